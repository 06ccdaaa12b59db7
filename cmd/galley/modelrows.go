package main

import (
	"fmt"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// modelRow is a model with what is said of it.
type modelRow struct {
	model session.ModelInfo
	about string
}

// modelsTable is the table of models. A column in which nothing is known is left
// out.
func modelsTable(rows []modelRow) *table {
	cols := []struct {
		head  string
		right bool
		cell  func(session.ModelInfo) string
	}{
		{"STATE", false, func(m session.ModelInfo) string { return m.State }},
		{"CONTEXT", true, contextWords},
		{"QUANT", false, func(m session.ModelInfo) string { return m.Quant }},
		{"SIZE", true, func(m session.ModelInfo) string { return binaryBytes(m.Bytes) }},
		{"GPU", true, func(m session.ModelInfo) string { return binaryBytes(m.VRAM) }},
		{"DIGEST", false, func(m session.ModelInfo) string { return shortDigest(m.Digest) }},
	}
	head, right := []string{"MODEL"}, []int{}
	var shown []func(session.ModelInfo) string
	for _, c := range cols {
		if !slices.ContainsFunc(rows, func(r modelRow) bool { return c.cell(r.model) != "" }) {
			continue
		}
		if c.right {
			right = append(right, len(head))
		}
		head, shown = append(head, c.head), append(shown, c.cell)
	}
	t := newTable(append(head, "ABOUT")...).numbers(right...)
	for _, r := range rows {
		cells := []any{text.Raw(r.model.Ref)}
		for _, f := range shown {
			v := f(r.model)
			if v == "" {
				v = "–"
			}
			cells = append(cells, text.Raw(v))
		}
		t.row(append(cells, text.Raw(r.about))...)
	}
	return t
}

// aboutModel is what the last column says: what is wrong, what it is, what it can.
func aboutModel(m session.ModelInfo, backend string, keyless bool) string {
	about := m.About
	if about == "" {
		about = backend
	}
	if len(m.Abilities) > 0 && m.About == "" {
		about = strings.Join(m.Abilities, ", ")
	}
	if m.Why != "" {
		about = m.Why
	}
	if keyless {
		about = "its key is not set, it can't be asked; " + about
	}
	return about
}

// contextWords is "4096 of 8192": what a request may have, of what the model was
// trained with.
func contextWords(m session.ModelInfo) string {
	switch {
	case m.Context > 0 && m.Trained > 0 && m.Context != m.Trained:
		return fmt.Sprintf("%d of %d", m.Context, m.Trained)
	case m.Context > 0:
		return itoa(m.Context)
	case m.Trained > 0:
		return "up to " + itoa(m.Trained)
	}
	return ""
}

// binaryBytes is a size as people write it, "" where it is not known.
func binaryBytes(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1<<20:
		return fmt.Sprintf("%.0f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// shortDigest is the beginning of a digest: enough to see that two differ.
func shortDigest(d string) string {
	if _, rest, ok := strings.Cut(d, ":"); ok {
		d = rest
	}
	return d[:min(12, len(d))]
}

package models

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// row is a line of the list: a backend, one of its models, or an engine that was
// found.
type row struct {
	shelf *shelf
	model *session.ModelInfo // nil: the backend itself
	found *Found
}

// key tells rows apart over a reading of the lists.
func (r row) key() string {
	switch {
	case r.found != nil:
		return "found " + r.found.Address
	case r.model != nil:
		return "model " + r.model.Ref
	}
	return "backend " + r.shelf.Name
}

// row is the row with the cursor, or nil.
func (s *Screen) row() *row {
	if i := s.list.Row(); i >= 0 && i < len(s.rows) {
		return &s.rows[i]
	}
	return nil
}

// model is the model with the cursor, or nil.
func (s *Screen) model() *session.ModelInfo {
	if r := s.row(); r != nil {
		return r.model
	}
	return nil
}

// query is what the filter holds, in small letters.
func (s *Screen) query() string { return strings.ToLower(text.Show(s.find.Value()).String()) }

// filtered reports whether the list is less than all.
func (s *Screen) filtered() bool { return s.finding || s.query() != "" }

// fill gives the list its rows and keeps the cursor on its own.
func (s *Screen) fill() {
	q := s.query()
	fits := func(name string) bool { return q == "" || strings.Contains(strings.ToLower(name), q) }
	s.rows = s.rows[:0]
	for _, sh := range s.shelves {
		var in []row
		for i := range sh.listing.Models {
			if m := &sh.listing.Models[i]; fits(m.Ref) {
				in = append(in, row{shelf: sh, model: m})
			}
		}
		if len(in) > 0 || fits(sh.Name) {
			s.rows = append(append(s.rows, row{shelf: sh}), in...)
		}
	}
	for i := range s.found {
		if f := &s.found[i]; f.As == "" && fits(f.Engine+" "+f.Name) {
			s.rows = append(s.rows, row{found: f})
		}
	}
	s.list.SetRows(len(s.rows))
	if i := slices.IndexFunc(s.rows, func(r row) bool { return r.key() == s.at }); i >= 0 {
		s.list.SetRow(i)
	}
	s.moved()
}

// aim puts the cursor on a row.
func (s *Screen) aim(key string) {
	s.at, s.top = key, 0
	s.fill()
}

// counts are the models that are listed, and of them those in memory.
func (s *Screen) counts() (models, loaded int) {
	for _, sh := range s.shelves {
		models += len(sh.listing.Models)
		for i := range sh.listing.Models {
			if st := s.state(&sh.listing.Models[i]); st == "loaded" || st == "ready" {
				loaded++
			}
		}
	}
	return models, loaded
}

// bare reports whether there is nothing but what is built in.
func (s *Screen) bare() bool {
	for _, sh := range s.shelves {
		if !sh.BuiltIn {
			return false
		}
	}
	return len(s.shelves) > 0
}

// state is the word for how a model stands.
func (s *Screen) state(m *session.ModelInfo) string {
	if b, ok := s.work[m.Ref]; ok {
		if b.loading {
			return "loading"
		}
		return "unloading"
	}
	if x, ok := s.status[m.Ref]; ok && x.State != "" && (x.State != "unloaded" || m.State != "failed") {
		return x.State
	}
	return m.State // a file that is not there has failed before anything was started
}

// why is what went wrong with a model, "" nothing.
func (s *Screen) why(m *session.ModelInfo) text.Shown {
	if x, ok := s.status[m.Ref]; ok && x.Why != "" {
		return text.Show(x.Why)
	}
	if w := s.failed[m.Ref]; w != "" {
		return text.Of(w)
	}
	return text.Of(m.Why)
}

// sign is a state as it stands in the list: a sign and a word, never a colour alone.
func (s *Screen) sign(m *session.ModelInfo) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	state := s.state(m)
	said := state
	switch x := s.status[m.Ref]; {
	case state == "loading" && x.Share > 0:
		said = fmt.Sprintf("loading %.0f%%", 100*min(x.Share, 1))
	case s.work[m.Ref].since != time.Time{}:
		said += " " + seconds(s.d.Now().Sub(s.work[m.Ref].since))
	}
	switch state {
	case "":
		return text.Of("–"), st.Faint
	case "loaded", "ready":
		return text.Of("● " + said), st.Good
	case "loading", "unloading", "starting", "stopping", "downloading", "waiting":
		return text.Of("◐ " + said), st.Warn
	case "failed":
		return text.Of("! " + said), st.Bad
	}
	return text.Of("○ ").Append(text.Head(text.Raw(said), 20).OneLine()), st.Dim
}

// columns are those of which something is known, of any model: they stay where
// they are while the list is narrowed down. A name gives way last.
func (s *Screen) columns() []kit.Column {
	widest := 16
	for _, sh := range s.shelves {
		for i := range sh.listing.Models {
			widest = max(widest, 2+text.Of(strings.TrimPrefix(sh.listing.Models[i].Ref, sh.Name+"/")).OneLine().Width())
		}
	}
	widest = min(widest, max(16, min(40, s.lay.list.w-19)))
	cols := []kit.Column{
		{Title: "Model", Min: widest, Flex: 1, Max: 64},
		{Title: "State", Min: 13, Hide: 1},
	}
	s.cols = append(s.cols[:0], colModel, colState)
	has := func(f func(m session.ModelInfo) bool) bool {
		return slices.ContainsFunc(s.shelves, func(sh *shelf) bool { return slices.ContainsFunc(sh.listing.Models, f) })
	}
	add := func(id int, c kit.Column, f func(m session.ModelInfo) bool) {
		if has(f) {
			s.cols, cols = append(s.cols, id), append(cols, c)
		}
	}
	add(colContext, kit.Column{Title: "Context", Min: 8, Right: true, Hide: 2}, func(m session.ModelInfo) bool { return m.Context > 0 })
	add(colTrained, kit.Column{Title: "Trained", Min: 8, Right: true, Hide: 5}, func(m session.ModelInfo) bool { return m.Trained > 0 })
	add(colQuant, kit.Column{Title: "Quant", Min: 7, Hide: 4}, func(m session.ModelInfo) bool { return m.Quant != "" })
	add(colSize, kit.Column{Title: "Size", Min: 8, Right: true, Hide: 3}, func(m session.ModelInfo) bool { return m.Bytes > 0 })
	add(colGPU, kit.Column{Title: "On GPU", Min: 8, Right: true, Hide: 6}, func(m session.ModelInfo) bool { return m.VRAM > 0 })
	add(colDigest, kit.Column{Title: "Digest", Min: 12, Hide: 7}, func(m session.ModelInfo) bool { return m.Digest != "" })
	return cols
}

// The columns.
const (
	colModel = iota
	colState
	colContext
	colTrained
	colQuant
	colSize
	colGPU
	colDigest
)

func (s *Screen) cell(i, col int) (text.Shown, lipgloss.Style) {
	if i >= len(s.rows) || col >= len(s.cols) {
		return text.Shown{}, s.d.Styles.Text
	}
	switch r := s.rows[i]; {
	case r.found != nil:
		return s.foundCell(*r.found, s.cols[col])
	case r.model == nil:
		return s.backendCell(r.shelf, s.cols[col])
	default:
		return s.modelCell(r, s.cols[col])
	}
}

func (s *Screen) backendCell(sh *shelf, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	switch {
	case col == colModel:
		return text.Of(sh.Name).OneLine(), st.Strong
	case col != colState:
		return text.Shown{}, st.Text
	case sh.asking && !sh.known:
		return text.Of("asking …"), st.Faint
	case sh.listing.Off != "":
		return text.Of("! no key"), st.Warn
	case sh.listing.Err != nil:
		return text.Of("! no answer"), st.Bad
	case sh.known && len(sh.listing.Models) == 0:
		return text.Of("no models"), st.Faint
	}
	return text.Shown{}, st.Text
}

func (s *Screen) foundCell(f Found, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	switch col {
	case colModel:
		return text.Of(f.Engine + ", found here"), st.Accent
	case colState:
		return text.Of("+ a adds it"), st.Accent
	}
	return text.Shown{}, st.Text
}

func (s *Screen) modelCell(r row, col int) (text.Shown, lipgloss.Style) {
	st, m := s.d.Styles, r.model
	number := func(n int) (text.Shown, lipgloss.Style) {
		if n <= 0 {
			return text.Of("–"), st.Faint
		}
		return text.Of(kit.Thousands(n)), st.Text
	}
	word := func(w string) (text.Shown, lipgloss.Style) {
		if w == "" {
			return text.Of("–"), st.Faint
		}
		return text.Head(text.Raw(w), 80).OneLine(), st.Dim
	}
	switch col {
	case colModel:
		return text.Of("  ").Append(text.Of(strings.TrimPrefix(m.Ref, r.shelf.Name+"/")).OneLine()), st.Text
	case colState:
		return s.sign(m)
	case colContext:
		return number(m.Context)
	case colTrained:
		return number(m.Trained)
	case colQuant:
		return word(m.Quant)
	case colSize:
		return word(size(m.Bytes))
	case colGPU:
		return word(size(m.VRAM))
	}
	return word(shortDigest(m.Digest))
}

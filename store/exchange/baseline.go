package exchange

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

const baselineFormat = "galley-baseline/1"

// baselineCase is a line of a baseline. What changes from one check to the next
// without meaning anything, as times and attempts, has no place in it.
type baselineCase struct {
	Case       text.Raw               `json:"case"`
	Variant    string                 `json:"variant"`
	Model      string                 `json:"model"`
	Take       int                    `json:"take"`
	Status     session.CheckStatus    `json:"status"`
	Score      float64                `json:"score"`
	Tags       []text.Raw             `json:"tags,omitempty"`
	Why        text.Raw               `json:"why,omitempty"`
	Assertions []session.AssertResult `json:"assertions,omitempty"`
}

// WriteBaseline makes the file that later checks are held against: a case a line,
// sorted, so that a change shows as the lines that changed.
func WriteBaseline(w io.Writer, c session.Check) error {
	lines := make([]baselineCase, 0, len(c.Cases))
	for _, k := range c.Cases {
		l := baselineCase{
			Case: k.Case.Name, Variant: refOf(k.Contestant), Model: k.Contestant.Model, Take: max(k.Take, 1),
			Status: k.Status, Score: k.Score, Tags: k.CaseTags, Why: k.Why, Assertions: k.Assertions,
		}
		if math.IsNaN(l.Score) || math.IsInf(l.Score, 0) {
			l.Score = 0
		}
		lines = append(lines, l)
	}
	slices.SortStableFunc(lines, func(x, y baselineCase) int {
		return cmp.Or(strings.Compare(string(x.Case), string(y.Case)), strings.Compare(x.Variant, y.Variant), strings.Compare(x.Model, y.Model), x.Take-y.Take)
	})
	b := []byte("{\"format\": " + quoted(baselineFormat) + ",\n\"suite\": " + quoted(c.Suite) + ",\n\"cases\": [")
	for i, l := range lines {
		if i > 0 {
			b = append(b, ',')
		}
		line, err := lineJSON(l)
		if err != nil {
			return err
		}
		b = append(append(b, '\n'), line...)
		if len(b) > 1<<20 {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(append(b, "\n]}\n"...))
	return err
}

// refOf is the contestant's variant as a reference; "" of one that has none.
func refOf(c session.Contestant) string {
	if c.Variant.Variant == "" {
		return ""
	}
	return c.Variant.String()
}

// ReadBaseline reads it, all of it or nothing.
func ReadBaseline(r io.Reader, file string) (session.Check, error) {
	in := &input{o: Options{File: file}}
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return session.Check{}, err
	}
	if len(data) > maxFile {
		return session.Check{}, in.problem(1, "", "it is larger than 1 GiB")
	}
	p := &parser{in: in, b: data, line: 1}
	v, err := p.value(1)
	if err != nil {
		return session.Check{}, err
	}
	if p.space(); p.at < len(p.b) {
		return session.Check{}, p.bad(p.at, "", "text follows the object")
	}
	keys := map[string]field{}
	for _, f := range v.keys {
		if f.name != "format" && f.name != "suite" && f.name != "cases" {
			return session.Check{}, in.problem(f.line, "", "the key %q is not known", clip(f.name))
		}
		keys[f.name] = f
	}
	switch {
	case v.kind != 'o' || keys["format"].kind != 's':
		return session.Check{}, in.problem(1, "galley check --save-baseline writes one", "it is no baseline")
	case keys["format"].text != baselineFormat:
		return session.Check{}, in.problem(keys["format"].line, "a newer Galley may have written it", "its format is %q; this one reads %q", clip(keys["format"].text), baselineFormat)
	case keys["suite"].kind != 's' || keys["cases"].kind != 'l':
		return session.Check{}, in.problem(1, "", "it needs the name of a suite and a list of cases")
	}
	c := session.Check{Suite: text.Raw(keys["suite"].text)}
	line := keys["cases"].line
	at := 0
	for _, e := range keys["cases"].list {
		// The text of a value is a part of the list's; where it begins gives its line.
		at += strings.Index(keys["cases"].text[at:], e.text)
		l := line + strings.Count(keys["cases"].text[:at], "\n")
		at += len(e.text)
		k, err := readBaselineCase(in, e, l)
		if err != nil {
			return session.Check{}, err
		}
		c.Cases = append(c.Cases, k)
	}
	c.Sum()
	return c, nil
}

func readBaselineCase(in *input, v value, line int) (session.CaseCheck, error) {
	var k session.CaseCheck
	if v.kind != 'o' {
		return k, in.problem(line, "", "an object was due")
	}
	var l baselineCase
	if err := exactJSON(&parser{in: in, b: []byte(v.text), line: line}, v, 0, &l); err != nil {
		return k, err
	}
	k = session.CaseCheck{
		Case: session.CaseKey{Name: l.Case}, CaseTags: l.Tags, Contestant: session.Contestant{Model: l.Model}, Take: l.Take,
		Status: l.Status, Score: l.Score, Why: l.Why, Assertions: l.Assertions,
	}
	if l.Variant != "" {
		ref, err := session.ParseVariantRef(l.Variant, "")
		if err == nil {
			err = errors.Join(session.CheckName("prompt", ref.Prompt), session.CheckName("variant", ref.Variant))
		}
		if err != nil {
			return k, in.problem(line, "", "%s", err)
		}
		k.Contestant.Variant = ref
	}
	if _, _, err := session.ParseModelRef(l.Model); err != nil {
		return k, in.problem(line, "", "%s", err)
	}
	if l.Take < 1 || l.Take > maxTakes {
		return k, in.problem(line, "", "take is %d; they count from 1 to %d", l.Take, maxTakes)
	}
	switch l.Status {
	case session.CheckPass, session.CheckFail, session.CheckError, session.CheckNotRun:
		return k, nil
	}
	return k, in.problem(line, "", "status is %q", clip(string(l.Status)))
}

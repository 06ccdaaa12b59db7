package exchange

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"galley/session"
	"galley/session/text"
)

// evalFormats are data sets of other tools that become cases: what was said to
// the model last is the variable input, what was said before it stands in
// variables of its own.
func evalFormats() []Format {
	lists := regexp.MustCompile(`^\s*\{(?:\s*"id"\s*:\s*(?:"[^"]*"|[0-9]+)\s*,)?\s*"input"\s*:\s*\[\s*\{`)
	return []Format{
		{
			Name: "openai-evals", Help: "samples of OpenAI evals: input and ideal", Noun: "rows", Ext: ".jsonl", In: true,
			Detect: func(head []byte, _ string) bool {
				return lists.Match(head) && bytes.Contains(head, []byte(`"ideal"`)) || regexp.MustCompile(`^\s*\{\s*"item"\s*:\s*\{`).Match(head)
			},
			open: func(in *input) source { return &evals{in: in, src: openJSONL(in)} },
		},
		{
			Name: "inspect", Help: "samples of Inspect: input and target", Noun: "rows", Ext: ".jsonl", In: true,
			Detect: func(head []byte, _ string) bool {
				return lists.Match(head) && bytes.Contains(head, []byte(`"target"`))
			},
			open: func(in *input) source { return &evals{in: in, src: openJSONL(in)} },
		},
	}
}

// evals turns samples into rows of cases.
type evals struct {
	in   *input
	src  source
	left map[string]bool
}

func (e *evals) next() (record, error) {
	r, err := e.src.next()
	if err != nil {
		return r, err
	}
	out := record{line: r.line}
	vars := field{name: "vars", line: r.line, value: value{kind: 'o'}}
	add := func(name string, v value, line int) {
		vars.keys = append(vars.keys, field{name: name, value: v, line: line})
	}
	for _, f := range r.fields {
		switch f.name {
		case "id":
			if session.CheckName("case", f.text) != nil {
				e.in.note(f.line, "the id %q can't be the name of a case and was left out", text.Raw(clip(f.text)))
				continue
			}
			out.fields = append(out.fields, field{name: "name", from: f.name, value: f.value, line: f.line})
		case "input":
			if err := e.input(f, add); err != nil {
				return r, err
			}
		case "item":
			for _, k := range f.keys {
				add(k.name, k.value, k.line)
			}
		case "ideal", "target":
			w := f.value
			if f.kind == 'l' {
				if len(f.list) == 0 {
					continue
				}
				if w = f.list[0]; len(f.list) > 1 {
					e.in.note(f.line, "%s of %s was left out: a case has one wanted answer", plural(len(f.list)-1, "more", "more"), f.name)
				}
			}
			out.fields = append(out.fields, field{name: "wanted", from: f.name, value: w, line: f.line})
		case "choices":
			var b strings.Builder
			for i, c := range f.list {
				if i > 0 {
					b.WriteByte('\n')
				}
				fmt.Fprintf(&b, "%c) %s", 'A'+rune(i%26), c.text)
			}
			add("choices", str(b.String()), f.line)
		default:
			if e.left == nil {
				e.left = map[string]bool{}
			}
			if !e.left[f.name] {
				e.left[f.name] = true
				e.in.note(f.line, "%s was left out", text.Raw(f.name))
			}
		}
	}
	if len(vars.keys) == 0 {
		return r, e.in.problem(r.line, `write {"input": …, "ideal": …} or {"input": …, "target": …}`, "it has no input")
	}
	out.fields = append(out.fields, vars)
	return out, nil
}

// input makes variables of what a model was told: the last message of the user is
// input, a system message before it system, all else conversation, as JSON.
func (e *evals) input(f field, add func(string, value, int)) error {
	if f.kind != 'l' {
		add("input", f.value, f.line)
		return nil
	}
	t := &table{input: e.in}
	m, err := t.messages(f, "input")
	if err != nil {
		return err
	}
	if len(m) > 0 && m[0].Role == session.RoleSystem {
		add("system", str(string(m[0].Content)), f.line)
		m = m[1:]
	}
	last := ""
	if n := len(m); n > 0 && m[n-1].Role == session.RoleUser {
		last, m = string(m[n-1].Content), m[:n-1]
	}
	if len(m) > 0 {
		b, err := lineJSON(chat(m))
		if err != nil {
			return err
		}
		add("conversation", str(string(b)), f.line)
	}
	add("input", str(last), f.line)
	return nil
}

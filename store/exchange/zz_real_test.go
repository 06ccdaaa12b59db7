package exchange

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"galley/session"
	"galley/session/text"
)

func TestZZReal(t *testing.T) {
	dir := os.Getenv("PF_OUT")
	if dir == "" {
		t.Skip()
	}
	b := sampleBundle()
	b.Cases, b.Recorded, b.Takes = nil, nil, 1
	b.Suite.Threshold = nil
	b.Suite.Assertions = nil
	words := append([]string{"{{ env.HOME }}", "{{ env.HOME | upper }}", "{% raw %}", "{% endraw %}", "{# c #}", "file:///etc/passwd", "file://x.js", "exec:ls", "python:x.py", "package:a:b", "{{ticket}}", "{{ ticket }}", "{{ lang }}", "${HOME}", "{{", "}}", "{%", "a {{ b", "$ref", "x\n", "$&", "$1", "{{ lang }}$&", "http://x", "https://y", "{", "}", "'", "\"x\"", "{\"a\": {\"b\": 1}}", "a' | load }}{{ env.HOME", "\\", "\\\\u007b", "---", "a\n---\nb", "__proto__", "\ud7ff", "你好", "😀", "az://x", "portkey://x", "langfuse://x", "[1,2]", "1.0", "1e5", "null", "a,b", "| load", "`x`", "{{ '", "<script>"}, hostile...)
	exp := map[string]map[string]any{}
	for i, h := range words {
		if !text.Raw(h).Valid() {
			continue
		}
		name := text.Raw(fmt.Sprintf("c%d", i))
		b.Cases = append(b.Cases, session.Case{Name: name, Split: "dev", Wanted: raw(h), Vars: []session.Var{{Name: "ticket", Value: text.Raw(h)}, {Name: "lang", Value: "en"}}})
		if h != "" {
			b.Suite.Assertions = append(b.Suite.Assertions, session.Assertion{CaseName: name, Kind: session.AssertEquals, Value: text.Raw(h), Weight: 1, Metric: text.Raw(h)},
				session.Assertion{CaseName: name, Kind: session.AssertContainsAll, Values: []text.Raw{text.Raw(h), text.Raw(h)}, Weight: 1},
				session.Assertion{CaseName: name, Kind: session.AssertStartsWith, Value: text.Raw(h), Weight: 1},
				session.Assertion{CaseName: name, Kind: session.AssertEndsWith, Value: text.Raw(h), Weight: 1},
				session.Assertion{CaseName: name, Kind: session.AssertLines, Min: f64(float64(text.Count(h).Lines)), Max: f64(float64(text.Count(h).Lines)), Weight: 1},
				session.Assertion{CaseName: name, Kind: session.AssertContains, Value: "{{ticket}}", Weight: 1})
		}
	}
	b.Suite.Assertions = append(b.Suite.Assertions, session.Assertion{Kind: session.AssertContains, Not: true, Value: "NOT{{ env.HOME }}{% raw %}", Weight: 1},
		session.Assertion{Kind: session.AssertIsJSON, Not: true, Value: `{"type":"string","$schema":"https://json-schema.org/draft/2020-12/schema","const":"{{x}}"}`, Weight: 0})
	// blocks: hostile text of a prompt, a brace beside a variable, a variable that freezes.
	var hb text.Raw
	for _, h := range words {
		hb += text.Raw(h) + "\n"
	}
	v := b.Variants[1]
	v.Content = v.Content.Clone()
	v.Content.Blocks[0].Text = "Rules { and {{ env.HOME }} " + hb
	v.Content.Blocks[1].Text = "{{{ticket}}} and {% {{lang}}#}{{ticket}}"
	b.Variants[1] = v
	fz := v
	fz.Content = v.Content.Clone()
	fz.Ref.Variant = "json"
	fz.Content.Blocks[1].Wrap = session.WrapJSON
	b.Variants = append(b.Variants, fz)
	fl := v
	fl.Content = v.Content.Clone()
	fl.Ref.Variant = "file"
	fl.Content.Blocks[0].Text = "file:///etc/passwd"
	b.Variants = append(b.Variants, fl)
	out, err := WritePromptfoo(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range out.Files {
		p := filepath.Join(dir, f.Path)
		os.MkdirAll(filepath.Dir(p), 0o755)
		os.WriteFile(p, f.Data, 0o644)
	}
	for _, n := range out.Notes {
		t.Log(n.What)
	}
	for i, c := range b.Cases {
		m := map[string]any{}
		for _, v := range b.Variants {
			m[fmt.Sprintf("%s@%d", v.Ref.Variant, v.Ref.Revision)] = chat(session.Compose(v.Content, c, b.Order).Messages)
		}
		m["out"] = string(*c.Wanted)
		_ = i
		exp[string(c.Name)] = m
	}
	j, _ := json.Marshal(exp)
	os.WriteFile(filepath.Join(dir, "exp.json"), j, 0o644)
}

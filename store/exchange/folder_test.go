package exchange

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares files with those in testdata/NAME.
func golden(t *testing.T, name string, files []File) {
	t.Helper()
	root := filepath.Join("testdata", name)
	if *update {
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			p := filepath.Join(root, filepath.FromSlash(f.Path))
			if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, f.Data, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, want := map[string]string{}, map[string]string{}
	for _, f := range files {
		got[f.Path] = string(f.Data)
	}
	err := fs.WalkDir(os.DirFS(root), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(p)))
		want[p] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-golden +written):\n%s", name, diff)
	}
}

func asFS(files []File) fstest.MapFS {
	m := fstest.MapFS{}
	for _, f := range files {
		m[f.Path] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	return m
}

func f64(v float64) *float64 { return &v }

// sampleBundle is a small suite with everything in it.
func sampleBundle() Bundle {
	block := func(k session.Kind, s text.Raw) session.Block {
		b := session.NewBlock("b-"+string(k), k)
		b.Text = s
		return b
	}
	shots := session.NewBlock("b-shots", session.KindShots)
	shots.Shots = []session.Shot{{UID: "s1", Name: "s1", Input: "Where is my order?", Output: "other"}, {UID: "s2", Name: "s2", Input: "Charged twice", Output: "billing", Tags: []text.Raw{"easy"}}}
	zero := session.Content{Blocks: []session.Block{block(session.KindSystem, "You sort tickets."), block(session.KindInput, "Ticket: {{ticket}}\nLanguage: {{lang}}")}, Params: session.DefaultParams()}
	few := zero.Clone()
	few.Blocks = []session.Block{few.Blocks[0], shots, few.Blocks[1]}
	ref := func(v string, n int) session.VariantRef {
		return session.VariantRef{Prompt: "triage", Variant: v, Revision: n}
	}
	old := session.Contestant{Variant: ref("zero-shot", 1), Model: "production/2025"}
	cases := []session.Case{
		{Name: "c1", Vars: []session.Var{{Name: "ticket", Value: "Charged twice for invoice 8841."}, {Name: "lang", Value: "en"}}, Wanted: raw("billing"), Tags: []text.Raw{"easy"}, Split: session.SplitDev},
		{Name: "c2", Vars: []session.Var{{Name: "ticket", Value: "The app\ncrashes: {{ env.HOME }} {% raw %}"}, {Name: "lang", Value: "de"}}, Split: session.SplitHoldout},
	}
	return Bundle{
		Suite: session.Suite{
			Prompt: "triage", Name: "tone", Note: "What a reply must hold.", Threshold: f64(0.75),
			Assertions: []session.Assertion{
				{UID: "a1", Kind: session.AssertIContains, Not: true, Weight: 1, Value: "as an AI", Metric: "tone", Origin: "r3 c1: warm over curt"},
				{UID: "a2", Kind: session.AssertWords, Weight: 0.5, Min: f64(1), Max: f64(90)},
				{UID: "a3", CaseName: "c1", Kind: session.AssertEquals, Weight: 2, Value: "billing"},
				{UID: "a4", CaseName: "c2", Kind: session.AssertContainsAny, Weight: 1, Values: []text.Raw{"bug", "{{ticket}}"}},
			},
		},
		Guideline: "Name the category.\nNothing else.",
		Variants:  []BundleVariant{{ref("five-shot", 3), few}, {ref("zero-shot", 1), zero}},
		Models:    []string{"ollama/llama3.2:3b", "openai/gpt-5-mini"},
		Cases:     cases, Takes: 3,
		Recorded: []session.Result{
			{
				Cell:   session.Cell{Contestant: old, CaseName: "c1", CaseTags: cases[0].Tags, CaseVars: cases[0].Vars, Wanted: cases[0].Wanted, Take: 1},
				Output: session.Output{Status: session.StatusDone, Finish: "stop", Text: "billing", Usage: session.Usage{Input: 12, Output: 1, Source: "server"}, Timing: session.Timing{TotalMS: 140}, CostUSD: f64(0.001)},
			},
			{
				Cell:   session.Cell{Contestant: old, CaseName: "c2", CaseTags: cases[1].Tags, CaseVars: cases[1].Vars, Take: 1},
				Output: session.Output{Status: session.StatusError, Error: &session.CallError{Kind: "timeout", Message: "no answer"}},
			},
		},
	}
}

func TestSuiteFolder(t *testing.T) {
	b := sampleBundle()
	out, err := WriteSuite(b)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "suite", out.Files)
	got, err := ReadSuite(asFS(out.Files))
	if err != nil {
		t.Fatal(err)
	}
	places := got.Places
	got.Places = Places{}
	if diff := cmp.Diff(b, got, cmp.AllowUnexported(session.Order{})); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	lines := strings.Split(string(out.Files[0].Data), "\n")
	for name, at := range places.Cases {
		if !strings.Contains(lines[at.Line-1], `- name: "`+string(name)+`"`) || at.End <= at.Line {
			t.Errorf("case %s is said to stand in lines %d to %d: %q", name, at.Line, at.End, lines[at.Line-1])
		}
	}
	for uid, at := range places.Assertions {
		if !strings.Contains(lines[at.Line-1], "- kind: ") || !strings.Contains(lines[at.End-1], `id: "`+uid+`"`) {
			t.Errorf("assertion %s is said to stand in lines %d to %d", uid, at.Line, at.End)
		}
	}
	again, err := WriteSuite(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(out.Files, again.Files); diff != "" {
		t.Errorf("written again:\n%s", diff)
	}
}

// Every text of a suite comes back to the byte.
func TestSuiteFolderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := func(label string) text.Raw { return text.Raw(hostileText().Draw(t, label)) }
		b := sampleBundle()
		b.Suite.Note, b.Guideline = h("note"), h("guideline")
		b.Cases[0].Vars[0] = session.Var{Name: h("name"), Value: h("value")}
		b.Cases[0].Vars[1].Name = b.Cases[0].Vars[0].Name + "2"
		b.Cases[0].Tags, b.Cases[0].Wanted = []text.Raw{h("tag"), h("tag")}, raw(string(h("wanted")))
		b.Cases[1].Vars = []session.Var{{Name: text.Raw(strings.Repeat("é", 1200)), Value: h("value")}}
		b.Suite.Assertions[0].Value += h("assertion")
		b.Suite.Assertions[0].Metric, b.Suite.Assertions[0].Origin = h("metric"), h("origin")
		b.Suite.Assertions[3].Values = []text.Raw{"x" + h("one"), "y" + h("two")}
		b.Variants[0].Content.Blocks[0].Text, b.Variants[0].Content.Blocks[0].Title = h("text"), h("title")
		b.Variants[0].Content.Blocks[1].Shots[0].Output = h("shot")
		for i := range b.Recorded {
			r := &b.Recorded[i]
			r.Cell.CaseTags, r.Cell.CaseVars, r.Cell.Wanted = b.Cases[i].Tags, b.Cases[i].Vars, b.Cases[i].Wanted
			r.Output.Text, r.Output.Prefill, r.Output.Reason, r.Output.Model = "a"+h("answer"), h("prefill"), h("reason"), h("model")
		}
		b.Recorded[1].Output.Error.Message = h("error")
		out, err := WriteSuite(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadSuite(asFS(out.Files))
		if err != nil {
			t.Fatalf("%v\n%s", err, out.Files[0].Data)
		}
		got.Places = Places{}
		if diff := cmp.Diff(b, got, cmp.AllowUnexported(session.Order{})); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
		for _, f := range out.Files {
			for i, c := range string(f.Data) {
				if c < 0x20 && c != '\n' || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0xfeff {
					t.Fatalf("%s holds %U at byte %d as it is", f.Path, c, i)
				}
			}
		}
	})
}

// What is not UTF-8 can't be kept, and is said.
func TestSuiteFolderRefusesBytes(t *testing.T) {
	for name, spoil := range map[string]func(*Bundle){
		"a value":     func(b *Bundle) { b.Cases[0].Vars[0].Value = "\xff" },
		"an output":   func(b *Bundle) { b.Recorded[0].Output.Text = "\xff" },
		"a block":     func(b *Bundle) { b.Variants[0].Content.Blocks[0].Text = "\xff" },
		"a guideline": func(b *Bundle) { b.Guideline = "\xff" },
		"an argument": func(b *Bundle) { b.Suite.Assertions[0].Value = "\xff" },
		"one name":    func(b *Bundle) { b.Cases[1].Name = b.Cases[0].Name },
		"a model":     func(b *Bundle) { b.Models = []string{"nothing"} },
		"a bad name":  func(b *Bundle) { b.Cases[1].Name = "a b" },
		"no suite":    func(b *Bundle) { b.Suite.Name = "" },
		"no pattern":  func(b *Bundle) { b.Suite.Assertions[0].Value = "" },
	} {
		b := sampleBundle()
		spoil(&b)
		if out, err := WriteSuite(b); err == nil || len(out.Files) > 0 {
			t.Errorf("%s: %d files, error %v", name, len(out.Files), err)
		}
	}
}

// A line of another program that calls half an answer done is read as what it is.
func TestRecordedAsItIs(t *testing.T) {
	out, err := WriteSuite(sampleBundle())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		finish, text string
		want         session.Status
	}{
		{"stop", "x", session.StatusDone}, {"", "x", session.StatusDone}, {"", "", session.StatusEmpty}, {"stop", "", session.StatusEmpty},
		{"length", "x", session.StatusTruncated}, {"MAX_TOKENS", "", session.StatusTruncated}, {"content_filter", "x", session.StatusFiltered},
		{"refusal", "x", session.StatusRefused}, {"tool_use", "", session.StatusToolCalls},
	} {
		m := asFS(out.Files)
		line, err := lineJSON(recordedJSON{Case: "c1", Take: 1, Status: session.StatusDone, Text: text.Raw(c.text), Finish: c.finish})
		if err != nil {
			t.Fatal(err)
		}
		m["recorded/production-2025/zero-shot.jsonl"] = &fstest.MapFile{Data: line}
		b, err := ReadSuite(m)
		if err != nil || len(b.Recorded) != 1 || b.Recorded[0].Output.Status != c.want {
			t.Errorf("%q by %q: %+v, %v; want %s", c.text, c.finish, b.Recorded, err, c.want)
		}
	}
}

// What is recorded twice, or has not ended, is said and does not spoil the folder.
func TestRecordedOnce(t *testing.T) {
	b := sampleBundle()
	again, waits := b.Recorded[0], b.Recorded[0]
	again.Output.Text = "newer"
	waits.Output.Status, waits.Cell.Take = session.StatusRunning, 2
	b.Recorded = append(b.Recorded, again, waits)
	out, err := WriteSuite(b)
	if err != nil || len(out.Notes) != 2 {
		t.Fatalf("%v, %v", out.Notes, err)
	}
	got, err := ReadSuite(asFS(out.Files))
	if err != nil || len(got.Recorded) != 2 || got.Recorded[0].Output.Text != "newer" {
		t.Errorf("%+v, %v", got.Recorded, err)
	}
}

func TestBrokenSuiteFolders(t *testing.T) {
	out, err := WriteSuite(sampleBundle())
	if err != nil {
		t.Fatal(err)
	}
	good := string(out.Files[0].Data)
	lineOf := func(s string) int {
		i := strings.Index(good, s)
		if i < 0 {
			t.Fatalf("the sample has no %q", s)
		}
		return strings.Count(good[:i], "\n") + 1
	}
	for _, c := range []struct {
		name, from, to string // in suite.yaml
		line           int    // 0: the line of from
		want           string
	}{
		{"another format", "galley-suite/1", "galley-suite/9", 5, "galley-suite/9"},
		{"an unknown key", "takes: 3", "takes: 3\ncolour: red", lineOf("takes: 3") + 1, `"colour"`},
		{"an endpoint", "takes: 3", "base_url: http://x\ntakes: 3", 0, "your own config"},
		{"a command", `prompt: "triage"`, "command: rm\nprompt: triage", 0, "your own config"},
		{"a key", "- kind: \"equals\"", "- api_key: x\n        kind: \"equals\"", 0, "your own config"},
		{"a model that is an address", `"openai/gpt-5-mini"`, `"http://evil/x"`, 0, "BACKEND/MODEL"},
		{"a model twice", `"openai/gpt-5-mini"`, `"ollama/llama3.2:3b"`, 0, "twice"},
		{"a case twice", `- name: "c2"`, `- name: "c1"`, 0, "stands already in line"},
		{"a key twice", `split: holdout`, "split: holdout\n    split: dev", lineOf("split: holdout") + 1, "twice"},
		{"a variable twice", "\"lang\": \"en\"", "\"lang\": \"en\"\n      lang: \"de\"", lineOf(`"lang": "en"`) + 1, "twice"},
		{"an id twice", `id: "a2"`, `id: "a1"`, lineOf(`kind: "word-count"`), "stands already"},
		{"an unknown kind", `kind: "equals"`, `kind: "llm-rubric"`, 0, "llm-rubric"},
		{"a kind without what it takes", `value: "billing"`, `origin: "x"`, lineOf(`kind: "equals"`), ""},
		{"an anchor", `prompt: "triage"`, `prompt: &a "triage"`, 0, "anchor"},
		{"a merge key", "takes: 3", "<<: {takes: 3}", 0, "merge"},
		{"a tag", `prompt: "triage"`, `prompt: !!binary "dHJpYWdl"`, 0, "tag"},
		{"a tag of a language", `prompt: "triage"`, `prompt: !!python/object:os.system x`, 0, "tag"},
		{"a second document", "takes: 3", "takes: 3\n---\nx: 1", 0, ""},
		{"a path that climbs", "prompts/five-shot.json", "prompts/../../secret.json", 0, "secret"},
		{"an absolute path", "prompts/five-shot.json", "/etc/passwd.json", 0, "passwd"},
		{"another drive", "prompts/five-shot.json", "C:/x.json", 0, "C:"},
		{"a backslash", "prompts/five-shot.json", `prompts/..\\x.json`, 0, "prompts"},
		{"a file in the wrong folder", "prompts/five-shot.json", "recorded/x.json", 0, "recorded"},
		{"a file named twice", "prompts/five-shot.json", "prompts/zero-shot.json", lineOf("zero-shot.json"), "twice"},
		{"a split that is none", "split: holdout", "split: test", 0, `"test"`},
		{"takes that are no number", "takes: 3", "takes: many", 0, "takes"},
		{"takes in quotes", "takes: 3", `takes: "3"`, 0, "takes"},
		{"endless takes", "takes: 3", "takes: 100000", 0, "takes"},
		{"a threshold that is no number", "threshold: 0.75", "threshold: .nan", 0, "threshold"},
		{"a threshold above 1", "threshold: 0.75", "threshold: 2", 0, "from 0 to 1"},
		{"a threshold below 0", "threshold: 0.75", "threshold: -0.5", 0, "from 0 to 1"},
		{"a model with a line break", `"openai/gpt-5-mini"`, `"openai/m\n::error file=x::pwned"`, 0, "no line break"},
		{"a model with what can't be seen", `"openai/gpt-5-mini"`, `"openai/m\u202e"`, 0, "can't be seen"},
		{"a recorded model with a line break", `model: "production/2025"`, `model: "production/2025\n##[error]x"`, 0, "no line break"},
		{"a variant with a line break", `name: "five-shot"`, `name: "five\n::error::x"`, 0, "variant name"},
		{"a recorded variant with a line break", `variant: "zero-shot"`, `variant: "zero\n::error::x"`, 0, "variant name"},
		{"a recorded variant that is a path", `variant: "zero-shot"`, `variant: "../x"`, 0, "variant name"},
		{"a recorded variant that is not listed", `variant: "zero-shot"`, `variant: "minus-one"`, 0, "does not list"},
		{"a recorded revision that is not listed", `variant: "zero-shot", revision: 1`, `variant: "zero-shot", revision: 2`, 0, "does not list"},
		{"a NUL", `wanted: "billing"`, "wanted: \"\x00\"", 0, `\u0000`},
		{"an escape", `wanted: "billing"`, "wanted: \"\x1b[2J\"", 0, `\u001b`},
		{"a C1 control", `wanted: "billing"`, "wanted: \"\u009b\"", 0, `\u009b`},
		{"a value that is missing", `wanted: "billing"`, "wanted:", 0, "no value"},
		{"a list for a text", `wanted: "billing"`, "wanted: [billing]", 0, "no text"},
		{"no UTF-8", `wanted: "billing"`, "wanted: \"\xff\"", 0, "UTF-8"},
		{"a line end of its own", `wanted: "billing"`, "wanted: \"a\u2028b\"", 0, "line end"},
		{"a name that is none", `- name: "c2"`, `- name: "a b"`, 0, "case name"},
		{"an order that is none", "takes: 3", "takes: 3\norder: up", lineOf("takes: 3") + 1, "order"},
		{"cut off", good[len(good)-30:], `"`, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := c.line
			if line == 0 {
				line = lineOf(c.from)
			}
			m := asFS(out.Files)
			m[suiteFile] = &fstest.MapFile{Data: []byte(strings.Replace(good, c.from, c.to, 1))}
			b, err := ReadSuite(m)
			var p *Problem
			if !errors.As(err, &p) || len(b.Cases) > 0 {
				t.Fatalf("%d cases, error %v", len(b.Cases), err)
			}
			if p.File != suiteFile || !strings.Contains(p.Error(), c.want) || p.Line != line && c.name != "a second document" && c.name != "cut off" {
				t.Errorf("%v; want line %d and %q", err, line, c.want)
			}
		})
	}
	t.Run("other files", func(t *testing.T) {
		for name, c := range map[string]struct {
			file, data string
			mode       fs.FileMode
			line       int
			want       string
		}{
			"a link":                      {"prompts/five-shot.json", "/etc/passwd", fs.ModeSymlink, 1, "link"},
			"no file":                     {"prompts/five-shot.json", "", fs.ModeDir, 1, "plain"},
			"an unknown key":              {"prompts/five-shot.json", "{\"blocks\": [],\n\"params\": {}, \"url\": 1}", 0, 2, "url"},
			"a key in capitals":           {"prompts/five-shot.json", "{\"Blocks\": [], \"params\": {}}", 0, 1, "Blocks"},
			"a key twice":                 {"prompts/five-shot.json", "{\"blocks\": [], \"params\": {},\n\"params\": {}}", 0, 2, "twice"},
			"an unknown block":            {"prompts/five-shot.json", `{"blocks": [{"uid":"x","kind":"shell","role":"user","wrap":"none"}], "params": {}}`, 0, 1, "shell"},
			"a number for a text":         {"prompts/five-shot.json", `{"blocks": [{"uid": 1}], "params": {}}`, 0, 1, "uid"},
			"a status that is none":       {"recorded/production-2025/zero-shot.jsonl", "\n{\"case\":\"c1\",\"take\":1,\"status\":\"pass\",\"text\":\"x\"}", 0, 2, "pass"},
			"a status still running":      {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1,"status":"running","text":"x"}`, 0, 1, "running"},
			"a take twice":                {"recorded/production-2025/zero-shot.jsonl", "{\"case\":\"c1\",\"take\":1,\"status\":\"done\",\"text\":\"x\"}\n{\"case\":\"c1\",\"take\":1,\"status\":\"done\",\"text\":\"y\"}", 0, 2, "line 1"},
			"an error of a whole answer":  {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1,"status":"done","text":"a","error":{"kind":"x","message":"y"}}`, 0, 1, "has an error"},
			"an answer that was given up": {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1,"status":"done","text":"a","finish_reason":"error"}`, 0, 1, "finish_reason error"},
			"a take that is a text":       {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":"1","status":"done","text":"a"}`, 0, 1, "take is a text; a whole number was due"},
			"half a take":                 {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1.5,"status":"done","text":"a"}`, 0, 1, "take is 1.5; a whole number was due"},
			"a take below 1":              {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":-1,"status":"done","text":"a"}`, 0, 1, "take is -1"},
			"a take beyond all":           {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1000000,"status":"done","text":"a"}`, 0, 1, "count to 1000"},
			"time below 0":                {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1,"status":"done","text":"a","timing":{"total_ms":-5}}`, 0, 1, "timing is below 0"},
			"a cost below 0":              {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1,"status":"done","text":"a","cost_usd":-1}`, 0, 1, "cost_usd is below 0"},
			"usage below 0":               {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1,"status":"done","text":"a","usage":{"input_tokens":-1}}`, 0, 1, "usage is below 0"},
			"a list for usage":            {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1,"status":"done","text":"a","usage":[]}`, 0, 1, "usage is a list; an object was due"},
			"no answer":                   {"recorded/production-2025/zero-shot.jsonl", ``, 0, 1, "holds no answer"},
			"an answer of no length":      {"prompts/five-shot.json", `{"blocks": [], "params": {"max_tokens": -5}}`, 0, 1, "max_tokens is -5"},
			"an unknown field":            {"recorded/production-2025/zero-shot.jsonl", `{"case":"c1","take":1,"status":"done","text":"x","command":"y"}`, 0, 1, "command"},
		} {
			m := asFS(out.Files)
			m[c.file] = &fstest.MapFile{Data: []byte(c.data), Mode: c.mode}
			_, err := ReadSuite(m)
			var p *Problem
			if !errors.As(err, &p) || p.File != c.file || p.Line != c.line || !strings.Contains(p.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		m := asFS(out.Files)
		delete(m, "prompts/five-shot.json")
		if _, err := ReadSuite(m); err == nil || !strings.Contains(err.Error(), "no such file") {
			t.Errorf("a file that is missing: %v", err)
		}
	})
	t.Run("a link on a disk", func(t *testing.T) {
		dir := t.TempDir()
		for _, f := range out.Files {
			p := filepath.Join(dir, filepath.FromSlash(f.Path))
			if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, f.Data, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := ReadSuite(os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		elsewhere := filepath.Join(t.TempDir(), "prompts")
		if err := errors.Join(os.Rename(filepath.Join(dir, "prompts"), elsewhere), os.Symlink(elsewhere, filepath.Join(dir, "prompts"))); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSuite(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "link") {
			t.Errorf("a folder that is a link was read: %v", err)
		}
	})
}

func TestYAMLBombs(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		p := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [*" + p + strings.Repeat(",*"+p, 8) + "]\n"
	}
	for name, data := range map[string]string{
		"aliases":        bomb,
		"deep":           strings.Repeat("[", 100_000),
		"deep, in lines": strings.Repeat("- ", 5_000) + "x",
		"many parts":     "[" + strings.Repeat("a,", 8<<20) + "]",
		"many lines":     strings.Repeat("- a\n", 4<<20),
		"hidden parts":   "[a \", " + strings.Repeat("b, ", 4<<20) + "\"]",
		"empty":          "",
		"only a comment": "# nothing\n",
		"binary":         "\x89PNG\r\n\x1a\n",
		"NUL":            "a: \x00",
	} {
		_, err := ReadSuite(fstest.MapFS{suiteFile: &fstest.MapFile{Data: []byte(data)}})
		var p *Problem
		if !errors.As(err, &p) || p.Line < 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every text that we write is the same text to a reader of YAML.
func TestYAMLTexts(t *testing.T) {
	words := append([]string{"no", "012", "0x1f", "=", "<<", "~", "null", ".nan", "1e3", "2001-01-01", "!tag", "&a", "*a", "%x", "@x", "`", "- a", "? a", "a: b", "# x", "|", ">", "\u0085", "\ufffe", "\uffff", "\U0001fffe"}, hostile...)
	for _, h := range words {
		var got string
		if err := yaml.Unmarshal([]byte(quoted(h)), &got); err != nil || got != h {
			t.Errorf("%q was read as %q, %v", h, got, err)
		}
		var m map[string]string
		p := &page{line: 1}
		p.entry("", h, quoted(h))
		if err := yaml.Unmarshal(p.b.Bytes(), &m); err != nil || m[h] != h {
			t.Errorf("the key %q was read as %q, %v", h, m, err)
		}
		var j string
		if err := json.Unmarshal([]byte(quoted(h)), &j); err != nil || j != h {
			t.Errorf("%q is %q in JSON, %v", h, j, err)
		}
	}
}

func TestBaseline(t *testing.T) {
	c := sampleCheck()
	var b bytes.Buffer
	if err := WriteBaseline(&b, session.Check{Suite: c.Suite, Cases: c.Cases}); err != nil {
		t.Fatal(err)
	}
	golden(t, "baseline", []File{{"baseline.json", b.Bytes()}})
	if !json.Valid(b.Bytes()) {
		t.Error("it is no JSON")
	}
	got, err := ReadBaseline(bytes.NewReader(b.Bytes()), "b.json")
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := WriteBaseline(&again, got); err != nil || again.String() != b.String() {
		t.Errorf("written again: %v\n%s", err, &again)
	}
	if len(got.Cases) != len(c.Cases) || got.Suite != c.Suite || got.Failed == 0 || got.Errors == 0 {
		t.Errorf("read %+v", got)
	}
	text := b.String()
	for name, c := range map[string]struct {
		data string
		line int
		want string
	}{
		"another file":   {`{"a": 1}`, 1, ""},
		"a list":         {`[]`, 1, "no baseline"},
		"a newer one":    {strings.Replace(text, "baseline/1", "baseline/2", 1), 1, "baseline/2"},
		"a state":        {strings.Replace(text, `"status":"pass"`, `"status":"ok"`, 1), 5, `"ok"`},
		"a key":          {strings.Replace(text, `"take":1`, `"took":1`, 1), 4, "took"},
		"a key twice":    {strings.Replace(text, `"take":1`, `"take":1,"take":2`, 1), 4, "twice"},
		"cut":            {text[:len(text)/2], 0, ""},
		"text after it":  {text + "x", strings.Count(text, "\n") + 1, "follows"},
		"a model":        {strings.Replace(text, `"model":"`, `"model":"\n::error::`, 1), 4, "no line break"},
		"a variant":      {strings.Replace(text, `"variant":"triage/`, `"variant":"triage/\n`, 1), 5, "variant name"},
		"no take":        {strings.Replace(text, `"take":1`, `"take":0`, 1), 4, "take is 0"},
		"a take's word":  {strings.Replace(text, `"take":1`, `"take":"1"`, 1), 4, "take is a text"},
		"half character": {strings.Replace(text, `"case":"`, `"case":"\ud800`, 1), 4, "half"},
	} {
		_, err := ReadBaseline(strings.NewReader(c.data), "b.json")
		var p *Problem
		if !errors.As(err, &p) || c.line != 0 && p.Line != c.line || !strings.Contains(p.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sampleCheck is a check with a case in each state.
func sampleCheck() Checked {
	who := session.Contestant{Variant: session.VariantRef{Prompt: "triage", Variant: "zero-shot", Revision: 3}, Model: "ollama/llama3.2:3b"}
	other := session.Contestant{Model: "production/2025"}
	bad := session.AssertResult{UID: "a1", Kind: session.AssertIContains, Not: true, Message: "the answer holds \"as an AI\" at character 3", Weight: 1, Metric: "tone"}
	fine := session.AssertResult{UID: "a2", Kind: session.AssertWords, Pass: true, Message: "12 words", Weight: 1}
	one := func(name text.Raw, c session.Contestant, take int, s session.CheckStatus, a ...session.AssertResult) session.CaseCheck {
		return session.CaseCheck{Case: session.CaseKey{Name: name}, Contestant: c, Take: take, Status: s, Assertions: a, Attempts: 1}
	}
	lost := one("c3", who, 1, session.CheckError)
	lost.Why = "rate_limit: 429, asked 3 times"
	lost.Attempts = 3
	none := one("c4", other, 1, session.CheckNotRun)
	none.Why = "the backend production is not in your config"
	return Checked{
		Suite: "tone", AtMS: 1_790_000_000_000, Against: "1 case newly fails",
		Cases: []session.CaseCheck{
			one("c1", who, 1, session.CheckPass, fine), one("c2", who, 1, session.CheckPass, fine), one("c2", who, 2, session.CheckFail, bad, fine),
			one("c2", who, 3, session.CheckPass, fine), lost, none, one("c1", other, 1, session.CheckFail, bad),
		},
		Newly:   []session.CaseCheck{one("c1", other, 1, session.CheckFail)},
		Digests: map[session.Contestant]string{who: "sha256:abc"},
		Places: Places{
			Suite:      Place{"suite.yaml", 5, 60},
			Cases:      map[text.Raw]Place{"c1": {"suite.yaml", 31, 36}, "c2": {"suite.yaml", 37, 45}},
			Assertions: map[string]Place{"a1": {"suite.yaml", 20, 24}},
		}.In("evals/triage"),
		TookMS: func(session.CaseCheck) int64 { return 1204 },
	}
}

func TestCI(t *testing.T) {
	c := sampleCheck()
	var x, g, s bytes.Buffer
	if err := errors.Join(WriteJUnit(&x, c), WriteGitHub(&g, c), WriteSummary(&s, c)); err != nil {
		t.Fatal(err)
	}
	golden(t, "ci", []File{{"junit.xml", x.Bytes()}, {"annotations.txt", g.Bytes()}, {"summary.md", s.Bytes()}})
	if !strings.HasPrefix(g.String(), "::error file=evals/triage/suite.yaml,line=31,endLine=36,title=newly failing%3A c1") {
		t.Errorf("the worst is not first:\n%s", &g)
	}
}

type junitFile struct {
	Tests, Failures, Errors, Skipped int `xml:",attr"`
	Suites                           []struct {
		Name  string `xml:"name,attr"`
		Cases []struct {
			Name    string `xml:"name,attr"`
			Line    int    `xml:"line,attr"`
			Failure *struct {
				Type    string `xml:"type,attr"`
				Message string `xml:"message,attr"`
				Body    string `xml:",chardata"`
			} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// Whatever an answer held, the file is XML, bounded, and says what happened.
func TestJUnitTakesAnyText(t *testing.T) {
	odd := append([]string{"]]>", "<![CDATA[", "&#0;", "\x01\x02\x1f", "\xff\xfe", "\ufffe\uffff", "</testcase>", "<!-- -->", "\"><x y=\"", strings.Repeat("\x00", 10<<20)}, hostile...)
	for _, h := range odd {
		c := sampleCheck()
		c.Suite = text.Raw(h)
		for i := range c.Cases {
			c.Cases[i].Case.Name = text.Raw(h) + c.Cases[i].Case.Name
			c.Cases[i].Contestant.Model += h
			c.Cases[i].Why = text.Raw(h)
			for j := range c.Cases[i].Assertions {
				c.Cases[i].Assertions[j].Message = text.Raw(h)
			}
		}
		var b bytes.Buffer
		if err := WriteJUnit(&b, c); err != nil {
			t.Fatal(err)
		}
		if b.Len() > 1<<20 {
			t.Errorf("%.20q made %d bytes", h, b.Len())
		}
		var f junitFile
		d := xml.NewDecoder(&b)
		d.Strict = true
		if err := d.Decode(&f); err != nil {
			t.Errorf("%.20q: %v", h, err)
			continue
		}
		n := 0
		for _, s := range f.Suites {
			n += len(s.Cases)
		}
		if len(f.Suites) != 2 || n != 5 {
			t.Errorf("%.20q: %d suites with %d cases", h, len(f.Suites), n)
		}
		var g, m bytes.Buffer
		if err := errors.Join(WriteGitHub(&g, c), WriteSummary(&m, c)); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSuffix(g.String(), "\n"), "\n") {
			if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") && !strings.HasPrefix(line, "::notice ") {
				t.Errorf("%.20q made the line %q", h, line)
			}
			if i := strings.IndexFunc(line, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }); i >= 0 {
				t.Errorf("%.20q left a control character in %q", h, line)
			}
		}
		if m.Len() > maxSummary {
			t.Errorf("the summary has %d bytes", m.Len())
		}
		if rows := strings.Count(m.String(), "\n| "); rows != 7 {
			t.Errorf("%.20q: the table has %d rows\n%.3000s", h, rows, m.String())
		}
	}
}

func TestManyFailures(t *testing.T) {
	one := sampleCheck().Cases[6]
	c := Checked{Suite: "tone"}
	for i := range 20_000 {
		k := one
		k.Case.Name = text.Raw("c" + num(i))
		k.Why = text.Raw(strings.Repeat("long ", 100))
		c.Cases = append(c.Cases, k)
	}
	var g, s bytes.Buffer
	if err := errors.Join(WriteGitHub(&g, c), WriteSummary(&s, c)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(g.String(), "::error "); n != maxAnnotations || !strings.Contains(g.String(), "19990 more") {
		t.Errorf("%d annotations\n%s", n, g.String()[g.Len()-200:])
	}
	if s.Len() > maxSummary || s.Len() < maxSummary/2 || !strings.Contains(s.String(), "more rows are left out") {
		t.Errorf("the summary has %d bytes", s.Len())
	}
}

package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func TestBrokenFilesNameTheirLine(t *testing.T) {
	big := strings.Repeat("x", MaxCell+1)
	deep := strings.Repeat("[", 200)
	for _, c := range []struct {
		name, file, data string
		line             int
		want             string
	}{
		{"empty", "a.csv", "", 1, "empty"},
		{"white space", "a.csv", " \n\n  \n", 1, "empty"},
		{"header only", "a.csv", "name,q\n", 1, "no rows"},
		{"ragged, short", "a.csv", "name,q\na,1\nb\nc,2\n", 3, "1 cells"},
		{"ragged, long", "a.csv", "name,q\na,1\nb,2,3\n", 3, "3 cells"},
		{"ragged after a cell of many lines", "a.csv", "name,q\na,\"1\n2\n3\"\nb\n", 5, "1 cells"},
		{"quote never closed", "a.csv", "name,q\na,1\nb,\"two\nthree\n", 3, "never closed"},
		{"text after a quote", "a.csv", "name,q\na,\"1\"2\n", 2, "after a cell's closing quote"},
		{"text after a quote of two lines", "a.csv", "name,q\na,\"1\n\"2\n", 3, "after a cell's closing quote"},
		{"quote in a cell", "a.csv", "name,q\na,say \"hi\"\n", 2, "middle of a cell"},
		{"space before a quote", "a.csv", "name,q\na, \"hi\"\n", 2, "middle of a cell"},
		{"two columns of one name", "a.csv", "name,q,q\na,1,2\n", 1, `"q"`},
		{"two columns of one name but for space", "a.csv", "name,q, q\na,1,2\n", 1, `"q"`},
		{"column without a name", "a.csv", "name,,q\na,1,2\n", 1, "column 2"},
		{"trailing comma", "a.csv", "name,q,\na,1,\n", 1, "column 3"},
		{"semicolons", "a.csv", "name;q\na;1\n", 1, "commas"},
		{"tabs", "a.csv", "name\tq\na\t1\n", 1, "commas"},
		{"NUL", "a.csv", "name,q\na,1\nb,x\x00y\n", 3, "NUL"},
		{"NUL in quotes", "a.csv", "name,q\na,\"1\n\x00\"\n", 3, "NUL"},
		{"not UTF-8", "a.csv", "name,q\na,1\nb,caf\xe9\n", 3, "UTF-8"},
		{"not UTF-8 in the third line of a cell", "a.csv", "name,q\na,\"1\n2\n\xff\n4\"\n", 4, "UTF-8"},
		{"not UTF-8 in the header", "a.csv", "name,\xff\na,1\n", 1, "UTF-8"},
		{"lone carriage returns", "a.csv", "name,q\ra,1\rb,2\r", 1, "carriage return"},
		{"a lone carriage return", "a.csv", "name,q\na,1\nb,2\rc,3\n", 3, "carriage return"},
		{"UTF-16 with a mark", "a.csv", "\xff\xfen\x00,\x00", 1, "UTF-16"},
		{"UTF-16, the other end first", "a.csv", "\xfe\xff\x00n\x00,", 1, "UTF-16"},
		{"UTF-16 without a mark", "a.csv", "n\x00a\x00m\x00e\x00", 1, "UTF-16"},
		{"a cell too large", "a.csv", "name,q\na,1\nb," + big + "\n", 3, "16 MiB"},
		{"a quoted cell too large", "a.csv", "name,q\na,1\nb,\"" + big + "\"\n", 3, "16 MiB"},
		{"a name twice", "a.csv", "name,q\na,1\nb,2\na,3\n", 4, "line 2"},
		{"a name that is none", "a.csv", "name,q\na,1\nb c,2\n", 3, "b c"},
		{"a split that is none", "a.csv", "name,q,split\na,1,dev\nb,2,test\n", 3, `"test"`},
		{"a web page", "a.csv", "<!DOCTYPE html>\n<html>", 1, "web page"},
		{"a web page with space before", "a.json", "\n <HTML>", 1, "web page"},
		{"XML", "a.csv", "<?xml version='1.0'?>", 1, "XML"},
		{"PNG", "a.csv", "\x89PNG\r\n\x1a\n", 1, "PNG"},
		{"JPEG", "a.jsonl", "\xff\xd8\xff\xe0", 1, "JPEG"},
		{"gzip", "a.csv.gz", "\x1f\x8b\x08\x00", 1, "gzip"},
		{"zip", "a.xlsx", "PK\x03\x04", 1, "zip"},
		{"PDF", "a.csv", "%PDF-1.7", 1, "PDF"},
		{"SQLite", "a.csv", "SQLite format 3\x00", 1, "SQLite"},
		{"Parquet", "a.csv", "PAR1", 1, "Parquet"},

		{"cut off", "a.jsonl", "{\"q\": \"a\"}\n{\"q\": \"b", 2, "never closed"},
		{"cut off after a colon", "a.jsonl", "{\"q\": \"a\"}\n{\"q\":", 2, "middle of a value"},
		{"cut off after a value", "a.jsonl", "{\"q\": 1", 1, "middle of an object"},
		{"a key twice", "a.jsonl", "{\"q\": 1}\n\n{\"q\": 1, \"q\": 2}\n", 3, "twice"},
		{"a key twice within", "a.jsonl", "{\"vars\": {\"q\": 1, \"\\u0071\": 2}}\n", 1, "twice"},
		{"half a character", "a.jsonl", "{\"q\": \"a\"}\n{\"q\": \"\\ud800\"}\n", 2, `\ud800`},
		{"the other half", "a.jsonl", "{\"q\": \"\\udc00x\"}\n", 1, `\udc00`},
		{"two first halves", "a.jsonl", "{\"q\": \"\\ud83d\\ud83d\"}\n", 1, "half"},
		{"bad hexadecimal", "a.jsonl", "{\"q\": \"\\u12g4\"}\n", 1, "hexadecimal"},
		{"signed hexadecimal", "a.jsonl", "{\"q\": \"\\u+123\"}\n", 1, "hexadecimal"},
		{"bad escape", "a.jsonl", "{\"q\": \"C:\\path\"}\n", 1, "escape"},
		{"a tab in a text", "a.jsonl", "{\"q\": \"a\tb\"}\n", 1, "control"},
		{"NUL in a text", "a.jsonl", "{\"q\": \"a\x00b\"}\n", 1, "control"},
		{"bytes that are not UTF-8", "a.jsonl", "{\"q\": \"a\"}\n{\"q\": \"\xff\"}\n", 2, "UTF-8"},
		{"a surrogate in UTF-8", "a.jsonl", "{\"q\": \"\xed\xa0\x80\"}\n", 1, "UTF-8"},
		{"NaN", "a.jsonl", "{\"q\": \"a\"}\n{\"q\": NaN}\n", 2, "NaN"},
		{"minus infinity", "a.jsonl", "{\"q\": -Infinity}\n", 1, "Infinity"},
		{"a number with a leading zero", "a.jsonl", "{\"q\": 012}\n", 1, "012"},
		{"a number with a plus", "a.jsonl", "{\"q\": +1}\n", 1, "+1"},
		{"a word", "a.jsonl", "{\"q\": yes}\n", 1, "yes"},
		{"single quotes", "a.jsonl", "{'q': 1}\n", 1, "double quotes"},
		{"a trailing comma", "a.jsonl", "{\"q\": 1,}\n", 1, "key"},
		{"no comma", "a.jsonl", "{\"q\": 1 \"r\": 2}\n", 1, "not expected"},
		{"no colon", "a.jsonl", "{\"q\" 1}\n", 1, "colon"},
		{"two objects in a line", "a.jsonl", "{\"q\": 1}\n{\"q\": 2} {\"q\": 3}\n", 2, "one object a line"},
		{"a list in JSON Lines", "a.jsonl", "{\"q\": 1}\n[1]\n", 2, "object was due"},
		{"an object over two lines in JSON Lines", "a.jsonl", "{\"q\": 1,\n\"r\": 2}\n", 1, "ends in the middle"},
		{"too deep", "a.jsonl", "{\"q\": 1}\n{\"q\": " + deep + "\n", 2, "deeper"},
		{"a text too large", "a.jsonl", "{\"q\": 1}\n{\"q\": \"" + big + "\"}\n", 2, "16 MiB"},
		{"tags of numbers", "a.jsonl", "{\"q\": 1, \"tags\": [1]}\n", 1, "tag"},

		{"no objects", "a.json", "[]", 1, "no rows"},
		{"cut off array", "a.json", "[\n{\"q\": 1},\n{\"q\": 2}\n", 4, "middle of a list"},
		{"cut off after a comma", "a.json", "[\n{\"q\": 1},\n", 3, "middle of a value"},
		{"text after the array", "a.json", "[\n{\"q\": 1}\n]\n\nmore", 5, "follows"},
		{"two arrays", "a.json", "[{\"q\": 1}]\n[{\"q\": 2}]\n", 2, "follows"},
		{"an array of texts", "a.json", "[\n\"a\"\n]", 2, "object was due"},
		{"a key twice on another line", "a.json", "[\n{\"q\": 1,\n\"r\": 2,\n\"q\": 3}\n]", 4, "twice"},
		{"half a character in the second object", "a.json", "[\n{\"q\": 1},\n{\"q\":\n\"\\ud800\"}\n]", 4, "half"},
		{"deep array", "a.json", deep, 1, "deeper"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cases, _, err := ReadCases(strings.NewReader(c.data), Options{File: c.file})
			var p *Problem
			if !errors.As(err, &p) {
				t.Fatalf("%d cases, error %v", len(cases), err)
			}
			if cases != nil {
				t.Error("there are cases beside the error")
			}
			if p.File != c.file || p.Line != c.line || !strings.Contains(p.Error(), c.want) {
				t.Errorf("%v; want line %d and %q", err, c.line, c.want)
			}
			if len(p.Error()) > 300 {
				t.Errorf("the error has %d bytes", len(p.Error()))
			}
		})
	}
}

func TestBrokenShotsAndOutputs(t *testing.T) {
	for _, c := range []struct {
		data string
		m    map[string]string
		line int
		want string
	}{
		{"name,input\na,1\n", nil, 2, "no output"},
		{"{\"input\": \"a\", \"output\": \"b\"}\n{\"input\": \"a\"}\n", nil, 2, "no output"},
		{"input,output\na,b\n", map[string]string{"output": "answer"}, 1, `"answer"`},
		{"input,output\na,b\n", map[string]string{"wanted": "output"}, 1, `"wanted"`},
	} {
		_, _, err := ReadShots(strings.NewReader(c.data), Options{File: "s", Map: c.m})
		var p *Problem
		if !errors.As(err, &p) || !strings.Contains(p.What, c.want) {
			t.Errorf("%q: %v", c.data, err)
		} else if p.Line != c.line {
			t.Errorf("%q: line %d", c.data, p.Line)
		}
	}
	for data, want := range map[string]string{
		"variant,case\nv,c\n":           "no text",
		"variant,case,text\n,c,hello\n": "variant is empty",
	} {
		_, _, err := ReadOutputs(strings.NewReader(data), Options{File: "o.csv"})
		var p *Problem
		if !errors.As(err, &p) || p.Line != 2 || !strings.Contains(p.What, want) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func raw(s string) *text.Raw { r := text.Raw(s); return &r }

func TestReadCases(t *testing.T) {
	want := []session.Case{
		{Name: "a", Vars: []session.Var{{Name: "q", Value: "one\r\ntwo, \"three\""}, {Name: "n", Value: " 1.50 "}}, Wanted: raw("yes"), Tags: []text.Raw{"easy", "short"}, Split: session.SplitDev},
		{Name: "b", Vars: []session.Var{{Name: "q", Value: ""}, {Name: "n", Value: ""}}, Split: session.SplitHoldout},
		{Name: "c", Vars: []session.Var{{Name: "q", Value: "x"}, {Name: "n", Value: "y"}}, Wanted: raw(""), Split: session.SplitDev},
	}
	for file, data := range map[string]string{
		"a.csv": "\xef\xbb\xbfname,q,n,expected,tags,split\r\na,\"one\r\ntwo, \"\"three\"\"\", 1.50 ,yes,easy; short,\r\n\r\nb,,,,,holdout\nc,x,y,\"\",,dev",
		"a.jsonl": `{"id": "a", "q": "one\r\ntwo, \"three\"", "n": " 1.50 ", "wanted": "yes", "tags": ["easy", "short"]}

{"name": "b", "vars": {"q": "", "n": ""}, "split": "holdout", "wanted": null}
{"name": "c", "vars": {"q": "x", "n": "y"}, "wanted": "", "tags": "", "extra": 1}`,
		"a.json": `[{"name": "a", "q": "one\r\ntwo, \"three\"", "n": " 1.50 ", "wanted": "yes", "tags": "easy;short"},
{"name": "b", "vars": {"q": "", "n": ""}, "split": "holdout"}, {"name": "c", "vars": {"q": "x", "n": "y"}, "wanted": ""} ]
`,
	} {
		got, notes, err := ReadCases(strings.NewReader(data), Options{File: file})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
		if file == "a.csv" && (len(notes) != 1 || notes[0].Line != 1) {
			t.Errorf("notes on the byte order mark: %v", notes)
		}
		if file == "a.jsonl" && (len(notes) != 1 || notes[0].Line != 4 || notes[0].What != "extra was left out") {
			t.Errorf("notes on what was left out: %v", notes)
		}
	}
}

func TestJSONKeepsDigitsAndNestedValues(t *testing.T) {
	got, _, err := ReadCases(strings.NewReader(`{"a": 1.50, "b": 12345678901234567890, "c": true, "d": {"x": [1,  2]}, "e": null, "f": "😀 \ud83d\ude00 \/"}`), Options{File: "x"})
	if err != nil {
		t.Fatal(err)
	}
	want := []session.Var{
		{Name: "a", Value: "1.50"}, {Name: "b", Value: "12345678901234567890"}, {Name: "c", Value: "true"},
		{Name: "d", Value: `{"x": [1,  2]}`}, {Name: "e", Value: ""}, {Name: "f", Value: "😀 😀 /"},
	}
	if diff := cmp.Diff(want, got[0].Vars); diff != "" {
		t.Error(diff)
	}
}

func TestMap(t *testing.T) {
	m, err := ParseMap("input=question, wanted=label,name=key")
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := ReadCases(strings.NewReader("key,question,label,wanted\na,1,2,3\n"), Options{File: "x.csv", Map: m})
	if err != nil {
		t.Fatal(err)
	}
	want := []session.Case{{Name: "a", Vars: []session.Var{{Name: "input", Value: "1"}, {Name: "wanted", Value: "3"}}, Wanted: raw("2"), Split: session.SplitDev}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, s := range []string{"a", "a=", "=b", "a=b,a=c", "a=c,b=c"} {
		if _, err := ParseMap(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
	if _, _, err := ReadCases(strings.NewReader("a,b\n1,2\n"), Options{File: "x.csv", Map: map[string]string{"q": "nothing"}}); err == nil {
		t.Error("a column that is not there was mapped")
	}
}

func TestReadOutputs(t *testing.T) {
	got, _, err := ReadOutputs(strings.NewReader("variant,case,output,model\nwarm,c1,\"Dear\n\nyou\",sample/by-hand\ncold,c1,No.,\n"), Options{File: "x.csv"})
	want := []Output{
		{Variant: "warm", Case: "c1", Model: "sample/by-hand", Text: "Dear\n\nyou", Line: 2},
		{Variant: "cold", Case: "c1", Text: "No.", Line: 5},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// hostile are texts that something on the way may change.
var hostile = []string{
	"", " ", "\n", "\r\n", "\r", "a\r\nb", "a\rb", "\t", ",", "\"", "\"\"", "'", "''", "a,b", "a\"b",
	"=1+1", "+1", "-1", "@x", " =1", "'=1", "''=1", "\"=1", "\t=1", "\r=1", "'+", "'a", "'-\n", "null", "NaN", "true", "007", "1e400",
	"\x00", "a\x00b", "\x1b[31m", "\u009b31m", "\u2028", "\u2029", "\ufeff", "\ufeffx", "x\u202ey", "\ufffd", "\U0010ffff", "e\u0301",
	"<script>", "&amp;", "\\", "\\n", "\\u0041", "{{x}}", "a;b", "[]", "{}", "-- x", "; DROP TABLE", "﷽", strings.Repeat("é\n", 50),
}

func hostileText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(hostile), rapid.StringN(0, 12, 48),
		rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom(hostile).Draw(t, "a") + rapid.SampledFrom(hostile).Draw(t, "b")
		}))
}

// What is written is read back the same, or is refused by name.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		format := rapid.SampledFrom(rowFormats()).Draw(t, "format").Name
		exact := rapid.Bool().Draw(t, "exact")
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}`), 0, 3, rapid.ID).Draw(t, "vars")
		if rapid.Bool().Draw(t, "odd") {
			names = append(names, hostileText().Filter(func(n string) bool { return !slices.Contains(names, n) }).Draw(t, "name"))
		}
		var cases []session.Case
		var shots []session.Shot
		for i := range rapid.IntRange(1, 4).Draw(t, "rows") {
			name := text.Raw("c" + string(rune('1'+i)))
			c := session.Case{Name: name, Split: rapid.SampledFrom([]session.Split{session.SplitDev, session.SplitHoldout}).Draw(t, "split")}
			for _, n := range names {
				c.Vars = append(c.Vars, session.Var{Name: text.Raw(n), Value: text.Raw(hostileText().Draw(t, "value"))})
			}
			if rapid.Bool().Draw(t, "wants") {
				c.Wanted = raw(hostileText().Draw(t, "wanted"))
			}
			if rapid.Bool().Draw(t, "tagged") {
				c.Tags = []text.Raw{"easy", text.Raw(hostileText().Draw(t, "tag"))}
			}
			cases = append(cases, c)
			shots = append(shots, session.Shot{Name: name, Tags: c.Tags,
				Input: text.Raw(hostileText().Draw(t, "input")), Output: text.Raw(hostileText().Draw(t, "output"))})
		}
		check := func(b *bytes.Buffer, err error, want any, read func() (any, error)) {
			var lossy *Lossy
			if errors.As(err, &lossy) && lossy.Format == "csv" {
				if b.Len() > 0 {
					t.Fatalf("something was written beside %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			written := b.String()
			got, err := read()
			if err != nil {
				t.Fatalf("%v\n%q", err, written)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s\n%q", diff, written)
			}
		}
		var b bytes.Buffer
		err := WriteCases(&b, format, cases, exact)
		check(&b, err, cases, func() (any, error) {
			c, _, err := ReadCases(&b, Options{File: "x." + format})
			return c, err
		})
		b.Reset()
		err = WriteShots(&b, format, shots, exact)
		check(&b, err, shots, func() (any, error) {
			s, _, err := ReadShots(&b, Options{File: "x." + format})
			return s, err
		})
	})
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, h := range hostile {
		if strings.ContainsRune(h, 0) {
			continue
		}
		var b bytes.Buffer
		if err := WriteShots(&b, "csv", []session.Shot{{Name: "a", Input: text.Raw(h), Output: "o"}}, false); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(strings.TrimLeft(cell+"x", " \"")[0])) {
					t.Errorf("%q became the cell %q", h, cell)
				}
			}
		}
	}
	var plain, exact bytes.Buffer
	shots := []session.Shot{{Name: "a", Input: "=cmd|' /C calc'!A0", Output: "+1"}}
	if err := errors.Join(WriteShots(&plain, "csv", shots, false), WriteShots(&exact, "csv", shots, true)); err != nil {
		t.Fatal(err)
	}
	if want := "name,input,output,tags,\"" + guardColumn + "\"\na,'=cmd|' /C calc'!A0,'+1,,\n"; plain.String() != want {
		t.Errorf("for people:\n%s\nwant\n%s", &plain, want)
	}
	if want := "name,input,output,tags\na,=cmd|' /C calc'!A0,+1,\n"; exact.String() != want {
		t.Errorf("exact:\n%s\nwant\n%s", &exact, want)
	}
}

func TestFormats(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Formats() {
		if f.Name == "" || f.Help == "" || strings.Contains(f.Help, "\n") || seen[f.Name] || f.Noun == "" || !f.In && !f.Out || f.Detect == nil {
			t.Errorf("format %q: %q", f.Name, f.Help)
		}
		seen[f.Name] = true
		if f.write == nil {
			continue
		}
		if got, err := Find(f.Name); err != nil || got.Name != f.Name {
			t.Errorf("finding %s: %v", f.Name, err)
		}
		var b bytes.Buffer
		if err := WriteCases(&b, f.Name, []session.Case{{Name: "a", Vars: []session.Var{{Name: "q", Value: "x"}}, Split: "dev"}}, false); err != nil {
			t.Fatal(err)
		}
		for _, g := range Formats() {
			if g.Detect(b.Bytes(), "file") {
				if g.Name != f.Name {
					t.Errorf("%s is taken for %s", f.Name, g.Name)
				}
				break
			}
		}
	}
	if _, err := Find("xlsx"); err == nil {
		t.Error("xlsx was found")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("name,q\na,1\n")
	f.Add(`{"q": "\ud83d\ude00"}`)
	f.Add(`[{"a": [1, {"b": null}]}]`)
	f.Fuzz(func(t *testing.T, data string) {
		cases, _, err := ReadCases(strings.NewReader(data), Options{File: "f"})
		if err == nil && len(cases) == 0 {
			t.Error("neither cases nor an error")
		}
		for _, c := range cases {
			for _, v := range c.Vars {
				if !v.Value.Valid() {
					t.Errorf("a value is not UTF-8: %q", string(v.Value))
				}
			}
		}
	})
}

package assert

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/itchyny/gojq"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// inJQ is what jq itself gives for a path.
func inJQ(t *rapid.T, q *gojq.Query, doc string) (values []string, failed bool) {
	code, err := gojq.Compile(q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	it := code.Run(reckoned(parseJSON(doc).value))
	for {
		x, ok := it.Next()
		if !ok {
			return values, false
		}
		if _, bad := x.(error); bad {
			return values, true
		}
		b, err := gojq.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, string(b))
	}
}

// reckoned is a document with its numbers as jq reckons with them.
func reckoned(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = reckoned(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = reckoned(v[k])
		}
	}
	return number(v)
}

// Paths mean what they mean to jq, value by value and in its order.
func TestPathIsJQ(t *testing.T) {
	leaf := []string{
		".", "..", ".a", ".b", ".a.b", ".[0]", ".[-1]", ".[]", ".[]?", ".a?", ".a.b?", ".a[]?", ".[1:]", ".[:-1]", ".[0.5:1.5]", ".a[.b]?", `."b"`, `.["a"]`, `.[1,0]?`,
		"1", "-1", "0.5", "1e3", "9007199254740993", `"a"`, `"é"`, "null", "true", "false", "[]", "-.a", "length", "keys", "first", "last", "type", "tostring", "tonumber",
		"ascii_downcase", "ascii_upcase", "sort", "unique", "add", "min", "max", "any", "all", "not", "empty", "values", "nulls", "strings", "numbers", "arrays",
		"objects", "booleans", "floor", "round", "ceil", "reverse", "to_entries", "trim", "[..]",
	}
	docs := []string{
		`null`, `1`, `-2.5`, `"a"`, `" A é "`, `"12.50"`, `[]`, `{}`, `[1,2,2.0,null,"a",[1],{"a":1}]`, `{"a":1,"b":[1,2,{"a":"x"}]}`, `{"a":{"b":[true,false]},"b":"b"}`, `["b","a","ab",""]`,
		`[[1,2],[1],[],[1,2]]`, `[{"a":1},{"a":2,"b":null},{"b":0}]`, `[9007199254740993,9007199254740992,1e2,100]`, `{"b":{"a":{"a":3}},"a":[0,1,2]}`, `[true,true]`, `[null,null]`, `[0.1,0.2]`, `"<&>\u007f\u2028\n"`,
	}
	var path func(depth int) *rapid.Generator[string]
	path = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
				return rapid.SampledFrom(leaf).Draw(t, "what")
			}
			form := rapid.SampledFrom([]string{
				"%s | %s", "%s | %s", "(%s), (%s)", "(%s) + (%s)", "(%s) - (%s)", "(%s) == (%s)", "(%s) != (%s)", "(%s) < (%s)", "(%s) >= (%s)", "(%s) and (%s)", "(%s) or (%s)", "(%s) // (%s)",
				"[%s] | %s", "(%s)? | (%s)", "[.[]? | select(%s) | %s]", "first(%s), (%s)", "last(%s), (%s)", "any(%s; %s)", "all(%s; %s)", "any(%s) or all(%s)", "map(%s) | %s", "(%s) | has(%s)",
				"(%s) | contains(%s)", "(%s) | startswith(%s)", "(%s) | endswith(%s)", "(%s) | ltrimstr(%s)", "(%s) | rtrimstr(%s)", "(%s)[%s]?", "(%s)[%s:]", "(%s)[:%s]?",
			}).Draw(t, "form")
			return fmt.Sprintf(form, path(depth-1).Draw(t, "one"), path(depth-1).Draw(t, "other"))
		})
	}
	same, unsaids := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p, doc := path(3).Draw(t, "path"), rapid.SampledFrom(docs).Draw(t, "document")
		q, err := readPath(p)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		var got []string
		err = func() (err error) {
			defer func() {
				if u, ok := recover().(unsaid); ok {
					err = u
				}
			}()
			w := &walk{left: 200_000}
			return w.query(q, number(parseJSON(doc).value), func(v any) error {
				p := &printer{w: w}
				p.value(v)
				got = append(got, p.b.String())
				return nil
			})
		}()
		if isLimit(err) {
			unsaids++ // what a path does not do, it says
			return
		}
		want, failed := inJQ(t, q, doc)
		var none noValue
		if strings.Join(got, " ") != strings.Join(want, " ") || failed != errors.As(err, &none) {
			t.Fatalf("%s of %s: %v %v, jq gives %v %t", p, doc, got, err, want, failed)
		}
		same++
	})
	if same < 50 && !testing.Short() {
		t.Errorf("%d paths are jq's, %d can't be said", same, unsaids)
	}
}

// Paths that are meant to hang or to fill the memory end, and say nothing.
func TestPathBounds(t *testing.T) {
	list := func(n int, one string) string { return "[" + strings.Repeat(one+",", n-1) + one + "]" }
	numbered := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ",%d", i)
		}
		return "[" + b.String()[1:] + "]"
	}
	long := `{"x":"` + strings.Repeat("a", 1e6) + `"}`
	lists := `{"x":` + numbered(60_000) + `,"y":` + numbered(60_000) + `}`
	texts := `{"x":` + list(60_000, `"ab"`) + `}`
	other := `{"x":` + list(60_000, `"ab"`) + `,"y":` + list(60_000, `"ac"`) + `}`
	for _, k := range []struct {
		path, doc string
		refused   bool
	}{
		{`.x|index(.[0:400000]+"b")`, long, true},
		{`.x|indices("a")|length`, long, true},
		{`(.x-.y)|length`, lists, false},
		{`.x as $x | $x`, lists, true},
		{`.x|inside(.)`, texts, true},
		{`[.y[] as $y | .x[] | select(. == $y)]`, other, true},
		{`.y|contains(["ab"])`, other, false},
		{`. as [$a] | 1`, lists, true},
		{`.x|contains(.+["b"])`, texts, false},
		{`.y as $y | .x|contains($y)`, other, true},
		{`[.x[] | contains("c")] | length`, texts, false},
		{`.x|.` + strings.Repeat("+.", 60), long, false},
		{`.x|.` + strings.Repeat("+.", 60), texts, false},
		{`.x|.` + strings.Repeat("+.", 250), long, true},
		{`.x` + strings.Repeat("|.+.", 40), long, false},
		{`.` + strings.Repeat("|[.,.]", 30) + "|tostring", `1`, false},
		{`.` + strings.Repeat("|[.,.]", 30) + "|.==.", `1`, false},
		{`.` + strings.Repeat("|[.,.]", 30) + "|sort|length", `1`, false},
		{`.` + strings.Repeat("|[.,.]", 30) + "|contains(.)", `1`, false},
		{`.` + strings.Repeat("|[.,.]", 30) + "|[..]|length", `1`, false},
		{`.` + strings.Repeat("|(.,.)", 30), `1`, false},
		{`..|..|..|..|..|..`, strings.Repeat("[", 900) + strings.Repeat("]", 900), false},
		{`[..]|map(tostring)|length`, strings.Repeat("[", 900) + strings.Repeat("1,", 20_000) + "1" + strings.Repeat("]", 900), false},
		{`[.x[]|tostring]|sort|unique|add|length`, lists, false},
		{`[.x[]|ascii_upcase]|add|.[0:100000]+.[1:]+.[2:]`, texts, false},
		{`[.x|.[0:],.[1:],.[2:],.[3:],.[4:],.[5:],.[6:],.[7:],.[8:],.[9:]]`, long, false},
		{`[.x[]|[.]|[.]|[.]|[.]]|length`, texts, false},
		{`[.[]|to_entries]|[.,.]|tostring|.+.|length`, list(80_000, `{"":1}`), false},
		{`"\(.)\(.)"|"\(.)\(.)"`, long, true},
		{`."\(.)"`, long, true},
		{`sort_by(.x)`, long, true},
		{`[.[0:]` + strings.Repeat("|.[0:]", 60) + "]|length", list(500_000, "1"), false},
		{strings.Repeat("[", 300) + "1" + strings.Repeat("]", 300), `1`, true},
		{strings.Repeat("(", 900) + "." + strings.Repeat(")", 900), `1`, true},
	} {
		a := session.Assertion{Kind: session.AssertJSONPath, Weight: 1, Path: text.Raw(k.path), Value: "1"}
		e, err := Compile(a)
		if (err != nil) != k.refused {
			t.Errorf("%.60s: %v", k.path, err)
			continue
		} else if err != nil {
			if !strings.Contains(err.Error(), "a path looks values up") && !strings.Contains(err.Error(), "parts") {
				t.Errorf("%.60s: %v", k.path, err)
			}
			continue
		}
		ends(t, k.path, func() session.AssertResult {
			return e.Eval(session.Result{Output: session.Output{Status: session.StatusDone, Finish: "stop", Text: text.Raw(k.doc)}})
		})
	}
}

// ends holds what is done to a minute, many times what it takes, and to 64 MiB
// that are in use at once.
func ends(t *testing.T, name string, do func() session.AssertResult) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, most := m.HeapAlloc, uint64(0)
	began := time.Now()
	done := make(chan session.AssertResult, 1)
	go func() { done <- do() }()
	for {
		select {
		case got := <-done:
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			t.Logf("%-60.60s %6s %4d MiB at most: %.80s", name, time.Since(began).Round(time.Millisecond), int64(most-before)>>20, got.Message)
			if most > before+64<<20 {
				t.Errorf("%.60s: %d MiB more", name, (most-before)>>20)
			}
			return
		case <-ctx.Done():
			t.Fatalf("%.60s does not end", name)
		case <-time.After(5 * time.Millisecond):
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
}

// What a path does not have is refused with what to write instead.
func TestPathInstead(t *testing.T) {
	for path, to := range map[string]string{".a | index(\"b\")": "contains", "sort_by(.a)": "| sort", ".a | inside([1])": "contains", ".a | test(\"x\")": "kind regex", "length(1)": "length/1", `"\(.a)"`: "=="} {
		if _, err := readPath(path); err == nil || !strings.Contains(err.Error(), to) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, to := range map[string]string{".a - .a": "select", ". + .": "adds no objects", ".[[1]]": "looks up a name"} {
		e, err := Compile(session.Assertion{Kind: session.AssertJSONPath, Weight: 1, Path: text.Raw(path), Value: "1", Not: true})
		if err != nil {
			t.Error(err)
			continue
		}
		got := e.Eval(session.Result{Output: session.Output{Status: session.StatusDone, Text: `{"a": [1]}`}})
		if got.Pass || !got.Error || !strings.Contains(string(got.Message), to) {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

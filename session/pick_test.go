package session_test

import (
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

func names(cases []session.Case) string {
	var out []string
	for _, c := range cases {
		out = append(out, string(c.Name))
	}
	return strings.Join(out, " ")
}

func TestPickCases(t *testing.T) {
	cases := []session.Case{
		{Name: "c1", UID: "u1", Split: session.SplitDev, Tags: []text.Raw{"easy"}},
		{Name: "c2", UID: "u2", Split: session.SplitHoldout, Tags: []text.Raw{"hard", "odd"}},
		{Name: "c3", UID: "u3", Split: session.SplitDev, Tags: []text.Raw{"hard"}},
	}
	for _, tt := range []struct{ list, want, bad string }{
		{list: "", want: "c1 c2 c3"},
		{list: "all", want: "c1 c2 c3"},
		{list: "c3,c1", want: "c1 c3"},
		{list: " c3 , c3,, ", want: "c3"},
		{list: "dev", want: "c1 c3"},
		{list: "holdout,u1", want: "c1 c2"},
		{list: "tag:hard", want: "c2 c3"},
		{list: "tag:odd,all", want: "c1 c2 c3"},
		{list: "c9", bad: `no case "c9"`},
		{list: "c1,tag:none", bad: `tag "none"`},
		{list: "C1", bad: `no case "C1"`},
	} {
		got, err := session.PickCases(cases, tt.list)
		if tt.bad != "" {
			if err == nil || !strings.Contains(err.Error(), tt.bad) {
				t.Errorf("%q: got %v, want an error with %s", tt.list, err, tt.bad)
			}
			continue
		}
		if err != nil || names(got) != tt.want {
			t.Errorf("%q picks %q (%v), want %q", tt.list, names(got), err, tt.want)
		}
	}
	if _, err := session.PickCases(cases[:1], "holdout"); err == nil {
		t.Error("a split with no case in it is no error")
	}
	named := append(slices.Clone(cases), session.Case{Name: "dev", Split: session.SplitHoldout})
	if got, _ := session.PickCases(named, "dev"); names(got) != "dev" {
		t.Errorf("a case that is called dev: got %q", names(got))
	}
}

func TestPickShots(t *testing.T) {
	bank := []session.Shot{{Name: "s1"}, {Name: "s2", Tags: []text.Raw{"x"}}, {Name: "s3"}}
	got, err := session.PickShots(bank, "s3,s1")
	if err != nil || len(got) != 2 || got[0].Name != "s3" || got[1].Name != "s1" {
		t.Errorf("got %v (%v), want s3 and s1", got, err)
	}
	if got, err := session.PickShots(bank, "all"); err != nil || len(got) != 3 {
		t.Errorf("all: %v, %v", got, err)
	}
	if _, err := session.PickShots(bank, "s9"); err == nil {
		t.Error("a shot that is not there is no error")
	}
}

func TestFindBlock(t *testing.T) {
	c := session.Content{Blocks: []session.Block{
		{Kind: session.KindSystem}, {Kind: session.KindInstructions, Title: "Rules"},
		{Kind: session.KindInstructions, Title: "Tone"}, {Kind: session.KindInput, Title: "system"},
	}}
	for _, tt := range []struct {
		name string
		want int
		bad  string
	}{
		{name: "1", want: 0}, {name: "4", want: 3}, {name: "rules", want: 1}, {name: "Tone", want: 2}, {name: "input", want: 3},
		{name: "system", want: 3}, // a title stands above a kind
		{name: "instructions", bad: "blocks 2 and 3"}, {name: "5", bad: "has 4"}, {name: "0", bad: "no block 0"}, {name: "x", bad: `no block "x"`},
	} {
		got, err := c.FindBlock(tt.name)
		switch {
		case tt.bad != "":
			if err == nil || !strings.Contains(err.Error(), tt.bad) {
				t.Errorf("%q: got %d and %v, want an error with %q", tt.name, got, err, tt.bad)
			}
		case err != nil || got != tt.want:
			t.Errorf("%q: got %d and %v, want %d", tt.name, got, err, tt.want)
		}
	}
}

func TestParamsSet(t *testing.T) {
	p := session.DefaultParams()
	for _, s := range []string{"temperature=0", "top_k=40", "max_tokens=none", "seed=-1", "top_p=none", `stop=\n\\n`, "min_p=0.05", "repeat_penalty=1.1"} {
		name, value, _ := strings.Cut(s, "=")
		if err := p.Set(name, value); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	if *p.Temperature != 0 || *p.TopK != 40 || p.MaxTokens != 0 || *p.Seed != -1 || p.TopP != nil || p.Stop[0] != "\n\\n" || *p.MinP != 0.05 {
		t.Errorf("got %+v", p)
	}
	before := string(session.Content{Params: p}.JSON())
	for _, s := range []string{"temperature=hot", "temperature=NaN", "temperature=9", "top_p=-1", "top_k=1.5", "max_tokens=0", "seed=", "stop=", "speed=1"} {
		name, value, _ := strings.Cut(s, "=")
		if err := p.Set(name, value); err == nil {
			t.Errorf("%s is taken", s)
		}
	}
	if after := string(session.Content{Params: p}.JSON()); after != before {
		t.Errorf("values that were refused changed %s to %s", before, after)
	}
}

func TestParseVars(t *testing.T) {
	got, err := session.ParseVars([]string{"a=1=2", "b="})
	if err != nil || len(got) != 2 || got[0].Value != "1=2" || got[1].Value != "" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range [][]string{{"a"}, {"=1"}, {"a=1", "a=2"}} {
		if _, err := session.ParseVars(bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestInputText(t *testing.T) {
	v := func(names ...text.Raw) session.Case {
		var c session.Case
		for _, n := range names {
			c.Vars = append(c.Vars, session.Var{Name: n})
		}
		return c
	}
	for _, tt := range []struct {
		cases []session.Case
		want  text.Raw
	}{
		{nil, "{{input}}"},
		{[]session.Case{v("ticket"), v("ticket")}, "{{ticket}}"},
		{[]session.Case{v("ticket", "facts")}, "ticket:\n{{ticket}}\n\nfacts:\n{{facts}}"},
	} {
		if got := session.InputText(tt.cases); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestContentCheck(t *testing.T) {
	good := session.NewBlock("u", session.KindShots)
	if err := (session.Content{Blocks: []session.Block{good}}).Check(); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*session.Block){
		func(b *session.Block) { b.Kind = "magic" }, func(b *session.Block) { b.Role = "tool" }, func(b *session.Block) { b.Wrap = "yaml" },
		func(b *session.Block) { b.Layout = "" }, func(b *session.Block) { b.Order = "seed" }, func(b *session.Block) { b.Text = "\xff" },
	} {
		b := good
		change(&b)
		if err := (session.Content{Blocks: []session.Block{b}}).Check(); err == nil {
			t.Errorf("%+v is taken", b)
		}
	}
}

func TestRunRefs(t *testing.T) {
	for s, want := range map[string]int64{"r7": 7, "7": 7, "r0": 0, "": 0, "x": 0, "r-1": 0, "r7 ": 0} {
		if got, err := session.ParseRunRef(s); got != want && want != 0 || (err == nil) != (want != 0) {
			t.Errorf("%q: got %d, %v", s, got, err)
		}
	}
}

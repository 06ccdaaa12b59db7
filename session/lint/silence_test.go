package lint_test

import (
	"strings"
	"testing"

	"galley/session"
	"galley/session/lint"
)

func TestSilences(t *testing.T) {
	b := bench{[]session.Block{fiveShots(), block("instructions", "Answer in English.\nBe kind.\nAnswer in French.\n{{nobody}}"), input()}, ticket("hi")}
	c, k, p := b.proof()
	all := lint.Check(c, k, p, lint.Options{})
	if len(all) != 2 || all[0].Rule != "variables" || all[1].Rule != "contradiction" {
		t.Fatalf("got %+v", all)
	}
	if got := string(all[1].Quote(p)); got != "Answer in English.\nAnswer in French." {
		t.Errorf("the quote is %q", got)
	}
	var silences []session.Silence
	for i, f := range all {
		s := f.Silence(p, "so it is", "ana")
		s.ID = int64(i + 7)
		silences = append(silences, s)
	}
	quiet := lint.Check(c, k, p, lint.Options{Silences: silences[1:]})
	if len(quiet) != 2 || quiet[0].Silenced != "" || quiet[1].Silenced != "so it is" || quiet[1].SilenceID != 8 || lint.Worst(quiet) != lint.Error {
		t.Errorf("with one silence: %+v", quiet)
	}
	if quiet = lint.Check(c, k, p, lint.Options{Silences: silences}); lint.Worst(quiet) != "" {
		t.Errorf("with both the worst is %q", lint.Worst(quiet))
	}
	other := silences[1]
	other.Rule = "redundancy"
	if got := lint.Check(c, k, p, lint.Options{Silences: []session.Silence{other}}); got[1].Silenced != "" {
		t.Error("a silence of another rule silences")
	}
	b.blocks[1].Text = "Answer in plain English.\nBe kind.\nAnswer in French.\n{{nobody}}"
	c, k, p = b.proof()
	if got := lint.Check(c, k, p, lint.Options{Silences: silences}); got[0].SilenceID == 8 || got[1].SilenceID == 8 || len(got) != 2 {
		t.Errorf("other words are silenced: %+v", got[0])
	}
}

// What has no place is known by what it says, and a long quote by its hash.
func TestQuote(t *testing.T) {
	c, k, p := bench{[]session.Block{input()}, ticket("hi")}.proof()
	f := lint.Check(c, k, p, lint.Options{})[0]
	if len(f.Spans) != 0 || string(f.Quote(p)) != f.Message {
		t.Errorf("the quote of %+v is %q", f, f.Quote(p))
	}
	c, k, p = bench{[]session.Block{pairs(strings.Repeat("a", 3000)+" → x", "b → y"), input()}, ticket("hi")}.proof()
	a := lint.Check(c, k, p, lint.Options{})[0].Quote(p)
	c, k, p = bench{[]session.Block{pairs(strings.Repeat("a", 3001)+" → x", "b → y"), input()}, ticket("hi")}.proof()
	b := lint.Check(c, k, p, lint.Options{})[0].Quote(p)
	if len(a) > 1000 || !strings.Contains(string(a), "sha256:") || a == b {
		t.Errorf("quotes of %d and %d bytes, the same: %v", len(a), len(b), a == b)
	}
}

func TestItemTemplates(t *testing.T) {
	odd := fiveShots()
	odd.Item = "Q: {{input}}\nA: {{answer}}"
	good := fiveShots()
	good.Item = "Q: {{input}}\nA: {{output}}"
	runTests(t, []lintTest{
		{"known", bench{[]session.Block{good, input()}, ticket("hi")}, nil},
		{"unknown, and the output is lost", bench{[]session.Block{odd, input()}, ticket("hi")}, []string{
			"error variables: {{answer}} | {{answer}} | {{answer}} | {{answer}} | {{answer}}",
			"warning variables: " + "Q: It burnt.\nA: {{answer}}\n\nQ: Where is it?\nA: {{answer}}\n\nQ: Too dear.\nA: {{answer}}\n\nQ: Who am I?\nA: {{answer}}\n\nQ: How?\nA: {{answer}}",
		}},
	})
}

package session_test

import (
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "7", "triage", "five-shot", "v1.2_b", "été", "日本", "alle", "x" + strings.Repeat("é", 79)} {
		if err := session.CheckName("prompt", name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
	for _, tt := range []struct{ name, why string }{
		{"", "empty"}, {"a\xff", "UTF-8"}, {strings.Repeat("é", 81), "80"}, {"all", "every"}, {"ALL", "every"},
		{"-a", "begin"}, {".a", "begin"}, {"_a", "begin"}, {" a", "begin"}, {"a b", "letters"}, {"a/b", "letters"}, {"a@3", "letters"},
		{"a,b", "letters"}, {"a\n", "letters"}, {"a\x1b[31m", "invisible"}, {"a\x00", "invisible"}, {"a\u202eb", "invisible"},
		{"a\u200b", "invisible"}, {"\u3164", "invisible"}, {"a\u115f", "invisible"}, {"a{{x}}", "letters"}, {"e\u0301", "letters"},
	} {
		err := session.CheckName("variant", tt.name)
		if err == nil || !strings.Contains(err.Error(), tt.why) || !strings.HasPrefix(err.Error(), "variant name ") {
			t.Errorf("%q: got %v, want an error with %q", tt.name, err, tt.why)
		} else if text.Invisible(text.Raw(err.Error())) > 0 {
			t.Errorf("%q: the error itself can't be shown: %q", tt.name, err)
		}
	}
}

func TestVariantRefs(t *testing.T) {
	for _, tt := range []struct {
		in, def string
		want    session.VariantRef
	}{
		{"triage/five", "", session.VariantRef{Prompt: "triage", Variant: "five"}},
		{"triage/five@3", "x", session.VariantRef{Prompt: "triage", Variant: "five", Revision: 3}},
		{"five", "triage", session.VariantRef{Prompt: "triage", Variant: "five"}},
		{"five@12", "triage", session.VariantRef{Prompt: "triage", Variant: "five", Revision: 12}},
	} {
		got, err := session.ParseVariantRef(tt.in, tt.def)
		if err != nil || got != tt.want {
			t.Errorf("%q reads as %+v, %v", tt.in, got, err)
		}
		if again, err := session.ParseVariantRef(got.String(), ""); err != nil || again != got {
			t.Errorf("%q is written as %q, which reads as %+v, %v", tt.in, got, again, err)
		}
	}
	for _, in := range []string{"", "five", "/five", "triage/", "a/b/c", "@3", "triage/@3", "a/b@", "a/b@0", "a/b@-1", "a/b@1@2", "a/b@x", "a/b@\x1b[31m"} {
		if got, err := session.ParseVariantRef(in, ""); err == nil {
			t.Errorf("%q reads as %+v; want an error", in, got)
		} else if text.Invisible(text.Raw(err.Error())) > 0 {
			t.Errorf("%q: the error itself can't be shown: %q", in, err)
		}
	}
}

func TestModelRefs(t *testing.T) {
	b, m, err := session.ParseModelRef("hub/org/model:7b")
	if b != "hub" || m != "org/model:7b" || err != nil {
		t.Errorf("got %q, %q, %v", b, m, err)
	}
	for _, in := range []string{"", "nearest", "/nearest", "embedded/"} {
		if _, _, err := session.ParseModelRef(in); err == nil {
			t.Errorf("%q is taken for a model", in)
		}
	}
}

func TestTag(t *testing.T) {
	for _, tt := range []struct {
		title text.Raw
		want  string
	}{
		{"", "input"}, {"  ", "input"}, {"Rules", "rules"}, {"House Rules", "house_rules"}, {"a-b.c", "a-b.c"}, {"1st", "_1st"}, {"-x", "_-x"},
		{"</x><y>", "__x__y_"}, {"a\"b", "a_b"}, {"Über", "über"}, {"a\xffb", "a_b"}, {"a\x00\x1bb", "a__b"}, {"日本", "日本"}, {"a\u202eb", "a_b"},
	} {
		if got := session.Tag(session.Block{Kind: session.KindInput, Title: tt.title}); got != tt.want {
			t.Errorf("%q becomes the tag %q, want %q", string(tt.title), got, tt.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		wanted, output text.Raw
		want           session.Grade
	}{
		{"billing", "billing", session.GradeRight},
		{"billing", " Billing\n", session.GradeRight},
		{"\u00a0Billing ", "BILLING", session.GradeRight},
		{"billing", "billing.", session.GradeWrong},
		{"billing", "bill ing", session.GradeWrong},
		{"billing", "", session.GradeWrong},
		{"", " \n", session.GradeRight},
		{"Straße", "STRAẞE", session.GradeRight},
		{"Straße", "STRASSE", session.GradeWrong}, // folding is character by character
		{"i", "I", session.GradeRight},
		{"İ", "i", session.GradeWrong}, // Turkish letters fold to none of ours
		{"ı", "I", session.GradeWrong},
		{"K", "\u212a", session.GradeRight}, // Kelvin
		{"ΣΑΣ", "σας", session.GradeRight},
		{"é", "e\u0301", session.GradeWrong},
		{"ab", "a\u200bb", session.GradeWrong}, // invisible differences are differences
		{"a\xff", "a\xfe", session.GradeWrong},
		{"a\xff", "A\xff", session.GradeRight},
		{"a\xff", "a\ufffd", session.GradeWrong},
	} {
		if got := (session.Case{Wanted: &tt.wanted}).Match(tt.output); got != tt.want {
			t.Errorf("%q against the wanted %q: grade %d, want %d", string(tt.output), string(tt.wanted), got, tt.want)
		}
	}
	for _, tt := range []struct {
		wanted, output text.Raw
		want           bool
	}{
		{"Billing", "it is about billing.", true},
		{"five working days", "It takes Five Working Days; then", true},
		{"no", "I do not know", false},
		{"no", "nono, no", true},
		{"no", "no", false}, // it is right
		{"12", "112", false},
		{"12", "12 %", true},
		{"ß", "Stra\u1e9ee", false},
		{"ß", "a \u1e9e", true},
		{"", "x", false},
		{"\xff", "a \xff", true},
		{"(a)", "x(a)y", true},
	} {
		if got := (session.Case{Wanted: &tt.wanted}).Holds(tt.output); got != tt.want {
			t.Errorf("%q holds %q: %v", tt.output, tt.wanted, got)
		}
	}
	if (session.Case{}).Holds("x") {
		t.Error("nothing is wanted, and it is there")
	}
	if got := (session.Case{}).Match("x"); got != session.GradeNone {
		t.Errorf("nothing wanted: grade %d", got)
	}
}

func TestGradeOfAResult(t *testing.T) {
	wanted := text.Raw("Label: bug")
	cell := session.Cell{Wanted: &wanted}
	for _, tt := range []struct {
		what string
		out  session.Output
		want session.Grade
	}{
		{"prefill counts", session.Output{Status: session.StatusDone, Prefill: "Label:", Text: " bug\n"}, session.GradeRight},
		{"wrong", session.Output{Status: session.StatusDone, Text: "bug"}, session.GradeWrong},
		{"an error that looks right", session.Output{Status: session.StatusError, Text: wanted}, session.GradeNone},
		{"cut off", session.Output{Status: session.StatusTruncated, Text: wanted}, session.GradeNone},
		{"stopped", session.Output{Status: session.StatusStopped, Text: wanted}, session.GradeNone},
		{"still running", session.Output{Status: session.StatusRunning, Text: wanted}, session.GradeNone},
	} {
		if got := (session.Result{Cell: cell, Output: tt.out}).Grade(); got != tt.want {
			t.Errorf("%s: grade %d, want %d", tt.what, got, tt.want)
		}
	}
}

func TestStatus(t *testing.T) {
	type s = session.Status
	for _, tt := range []struct {
		status                  s
		finished, ended, failed bool
	}{
		{session.StatusWaiting, false, false, false}, {session.StatusRunning, false, false, false},
		{session.StatusDone, true, true, false}, {session.StatusTruncated, true, true, false}, {session.StatusFiltered, true, true, false},
		{session.StatusRefused, true, true, false}, {session.StatusEmpty, true, true, false}, {session.StatusToolCalls, true, true, false},
		{session.StatusError, false, true, true}, {session.StatusStopped, false, true, true}, {session.StatusInterrupted, false, true, true},
	} {
		if f, e, x := tt.status.Finished(), tt.status.Ended(), tt.status.Failed(); f != tt.finished || e != tt.ended || x != tt.failed {
			t.Errorf("%s: finished %v, ended %v, failed %v", tt.status, f, e, x)
		}
	}
}

func TestCheckJudge(t *testing.T) {
	for _, ok := range []text.Raw{"ann", "Ann Lee", "評者", "ollama/qwen3:8b"} {
		if err := session.CheckJudge(ok); err != nil {
			t.Errorf("%q: %v", string(ok), err)
		}
	}
	for _, bad := range []text.Raw{"", " ", "\t", " ann", "identical", "Identical", "a\nb", "a\u202eb", "a\xff", text.Raw(strings.Repeat("x", 10_000))} {
		if session.CheckJudge(bad) == nil {
			t.Errorf("%q can be a judge's name", string(bad))
		}
	}
}

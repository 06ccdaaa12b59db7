package session_test

import (
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

// A shot is the case where its input is made of the case's values.
func TestWhichShotIsTheCase(t *testing.T) {
	long := "My parcel should have been delivered on Monday."
	for _, x := range []struct {
		name  string
		input string
		vars  []string
		want  bool
	}{
		{"the same", long, []string{long}, true},
		{"in other letters and spaces", "  my PARCEL should\nhave been  delivered on monday.", []string{long}, true},
		{"words of a template around it", "Ticket:\n" + long, []string{long}, true},
		{"a short one, the same", "five", []string{"Five "}, true},
		{"a short one in a longer text", "five days", []string{"five"}, false},
		{"a quotation in something longer", long + strings.Repeat(" And then much more happened.", 3), []string{long}, false},
		{"another", "The colours are too dark.", []string{long}, false},
		{"of two values the long one counts", long, []string{"en", long}, true},
		{"both long ones", long + "\n\nThe facts are these and no others.", []string{long, "The facts are these and no others."}, true},
		{"one of two long ones", long, []string{long, "The facts are these and no others."}, true},
		{"two cases that share some words", long + " The facts of another, which are more.", []string{long, "The facts are these and no others."}, false},
		{"a value twice, and half of something else", long + " The facts of another, which are of no concern here.", []string{long, long}, false},
		{"a value in another, and half of something else", long + " The facts of another, which are of no concern here.", []string{long, "have been delivered on Monday."}, false},
		{"no value", long, nil, false},
		{"an empty one", long, []string{" "}, false},
		{"output only", "", []string{long}, false},
	} {
		var c session.Case
		for i, v := range x.vars {
			c.Vars = append(c.Vars, session.Var{Name: text.Raw([]string{"a", "b"}[i]), Value: text.Raw(v)})
		}
		b := session.Block{Kind: session.KindShots, Pick: &session.Pick{How: session.PickFirst, N: 1, Bank: true}, Shots: []session.Shot{{Input: text.Raw(x.input), Output: "x"}}}
		if got, _ := session.Choose(b, c); (len(got) == 0) != x.want {
			t.Errorf("%s: chosen %v", x.name, got)
		}
	}
}

// From the bank the case's own shot is never chosen, however well it fits; from what
// was put into the block it is, as ever.
func TestTheCaseIsNotItsOwnShot(t *testing.T) {
	lines := []string{"bug a crash of the editor", "sales a price of the plan", "bug a crash of the editor when saving", "$bug a crash of the editor"}
	c := ask("a crash of the editor")
	for _, how := range []session.PickHow{session.PickNearest, session.PickFirst, session.PickRandom, session.PickSpread} {
		b := bank(&session.Pick{How: how, N: 4, Bank: true}, lines...)
		got, _ := session.Choose(b, c)
		if slices.Contains(got, 0) || !slices.Contains(got, 3) || len(got) != 3 {
			t.Errorf("%s: chosen %v; the pinned one was put there by hand", how, got)
		}
		p := session.Compose(session.Content{Blocks: []session.Block{b}}, c, session.Order{})
		if len(p.Notes) != 1 || !strings.Contains(string(p.Notes[0].What), "is this very case") {
			t.Errorf("%s: notes %+v", how, p.Notes)
		}
		b.Pick.Bank = false
		if got, _ := session.Choose(b, c); !slices.Contains(got, 0) {
			t.Errorf("%s: from the block %v", how, got)
		}
	}
	b := bank(&session.Pick{How: session.PickAll, Bank: true}, lines...)
	if got, _ := session.Choose(b, c); len(got) != 4 {
		t.Errorf("all of the bank: %v", got)
	}
}

func TestTakeBank(t *testing.T) {
	shots := []session.Shot{{UID: "1", Name: "s1", Input: "a"}, {UID: "2", Name: "s2", Input: "b", Off: true}, {UID: "3", Name: "s3", Input: "c"}}
	b := session.Block{Kind: session.KindShots, Pick: &session.Pick{How: session.PickNearest, N: 2, Bank: true}, Shots: []session.Shot{{UID: "3", Input: "old", Pin: session.PinLast}, {UID: "9", Input: "gone"}}}
	if d := b.Behind(shots, nil); d != (session.BankDiff{New: 1, Gone: 1}) {
		t.Errorf("behind %+v", d)
	}
	b.TakeBank(shots, nil)
	if len(b.Shots) != 2 || b.Shots[0].UID != "1" || b.Shots[1].Input != "c" || b.Shots[1].Pin != session.PinLast {
		t.Errorf("took %+v", b.Shots)
	}
	if d := b.Behind(shots, nil); d != (session.BankDiff{}) {
		t.Errorf("then behind %+v", d)
	}
	shots[0].Tags = []text.Raw{"x"}
	if b.Shots[0].Tags != nil {
		t.Error("shares memory with the bank")
	}
	b.Pick = nil
	if d := b.Behind(nil, nil); d != (session.BankDiff{}) {
		t.Errorf("some shots are behind nothing: %+v", d)
	}
	res := []session.Resource{{UID: "r", Text: "t"}, {UID: "q", Text: "u", Off: true}}
	r := session.Block{Kind: session.KindResources, Pick: &session.Pick{Bank: true}}
	if d := r.Behind(shots, res); d != (session.BankDiff{New: 1}) {
		t.Errorf("resources behind %+v", d)
	}
	if r.TakeBank(shots, res); len(r.Resources) != 1 || r.Resources[0].Text != "t" || len(r.Shots) != 0 {
		t.Errorf("took %+v", r)
	}
}

// What was saved before a choice could be made from the bank keeps its bytes.
func TestOldPicksKeepTheirBytes(t *testing.T) {
	c := session.Content{Blocks: []session.Block{{UID: "b", Kind: session.KindShots, Wrap: session.WrapNone, Pick: &session.Pick{How: session.PickNearest, N: 2}}}}
	if got := string(c.JSON()); !strings.Contains(got, `"pick":{"how":"nearest","n":2}`) {
		t.Error(got)
	}
}

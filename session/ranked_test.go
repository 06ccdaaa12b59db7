package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

func handbook() []session.Resource {
	var out []session.Resource
	for i, t := range []text.Raw{"We open at nine.", "A second copy of an invoice costs nothing.", "A parcel takes three days.", "A parcel to an island takes a week, as a parcel goes by ship.", "Invoice and parcel."} {
		out = append(out, session.Resource{UID: fmt.Sprint("u", i), Name: text.Raw(fmt.Sprint("r", i)), Text: t, Hash: session.Hash([]byte(t)), Off: i == 4})
	}
	return out
}

func asked(vars ...text.Raw) session.Case {
	c := session.Case{ID: 1, Name: "c1"}
	for i := 0; i < len(vars); i += 2 {
		c.Vars = append(c.Vars, session.Var{Name: vars[i], Value: vars[i+1]})
	}
	return c
}

// The ranking is that by which a block chooses, for every n.
func TestRankingIsTheBlocksOwn(t *testing.T) {
	bank := handbook()
	for _, q := range []text.Raw{"Where is my parcel?", "an invoice for the parcel to the island", "a ship takes days", "open"} {
		c := asked("question", q)
		list, note := session.RankResources(bank, session.Pick{How: session.PickNearest}, c)
		if note != "" || len(list) != 4 {
			t.Fatalf("%s: %d ranked, %q", q, len(list), note)
		}
		for n := 1; n <= 4; n++ {
			b := session.Block{Kind: session.KindResources, Resources: bank, Pick: &session.Pick{How: session.PickNearest, N: n}}
			_, why := session.Choose(b, c)
			for i := range n {
				if why[i].Item != list[i].Item || why[i].Score != list[i].Score || !slices.Equal(why[i].Words, list[i].Words) {
					t.Errorf("%s, %d of %d: chosen %+v, ranked %+v", q, i, n, why[i], list[i])
				}
			}
		}
	}
}

func TestRankResources(t *testing.T) {
	c := asked("question", "parcel", "found", `["a", {"name": "n", "text": "b"}]`)
	list, _ := session.RankResources(handbook(), session.Pick{How: session.PickNearest, Query: "question"}, c)
	if list[0].Rank != 1 || list[1].Rank != 2 || list[2].Rank != 0 || list[2].Name != "r0" {
		t.Errorf("got %+v", list)
	}
	if _, note := session.RankResources(handbook(), session.Pick{How: session.PickNearest, Query: "none"}, c); !strings.Contains(note, "no value none") {
		t.Errorf("note %q", note)
	}
	if list, note := session.RankResources(handbook(), session.Pick{}, asked("question", "zebra")); !strings.Contains(note, "No word") || list[0].Rank != 0 {
		t.Errorf("note %q, %+v", note, list[0])
	}
	own, note := session.RankResources(handbook(), session.Pick{How: session.PickColumn, Column: "found"}, c)
	if note != "" || len(own) != 2 || own[1].Rank != 2 || own[1].Name != "n" || own[1].Hash != session.Hash([]byte("b")) {
		t.Errorf("%q, %+v", note, own)
	}
	if own, note := session.RankResources(nil, session.Pick{How: session.PickColumn, Column: "none"}, c); note == "" || len(own) != 0 {
		t.Errorf("%q, %+v", note, own)
	}
}

func TestMarksAreTheLastWord(t *testing.T) {
	got := session.Marks([]session.Relevance{
		{ID: 1, CaseID: 1, Hash: "a", Grade: 3, By: "x", CreatedMS: 5},
		{ID: 2, CaseID: 1, Hash: "a", Grade: 1, By: "y", CreatedMS: 9},
		{ID: 3, CaseID: 1, Hash: "a", Grade: 2, By: "z", CreatedMS: 7},
		{ID: 4, CaseID: 2, Hash: "b", Grade: 2, By: "z", CreatedMS: 7},
	}, session.Case{ID: 1})
	if len(got) != 1 || got["a"] != 1 {
		t.Errorf("got %v", got)
	}
}

func TestJoinPieces(t *testing.T) {
	var s text.Raw
	for i := range 9 {
		s += text.Raw(fmt.Sprintf("# Head %d\n\nSome words of %d stand here, and more of them there. A second sentence is a little longer, as %d is.\n\n", i, i, i*i))
	}
	for _, o := range []session.SplitOptions{{How: session.SplitHeadings}, {How: session.SplitParagraphs}, {How: session.SplitWords, Words: 20}, {}} {
		pieces := session.PiecesOf("a.md", s, o)
		if got, ok := session.JoinPieces(pieces); !ok || got != s {
			t.Errorf("%s: %d pieces give %d of %d bytes, %v", o.How, len(pieces), len(got), len(s), ok)
		}
	}
	if _, ok := session.JoinPieces(session.PiecesOf("a.md", s, session.SplitOptions{How: session.SplitWords, Words: 30, Overlap: 15})); ok {
		t.Error("pieces that repeat each other were put together")
	}
}

func TestSplitFor(t *testing.T) {
	for file, want := range map[string]session.SplitHow{"a/b.MD": session.SplitHeadings, `c:\x.html`: session.SplitHeadings, "a.txt": session.SplitWords, "md": session.SplitWords} {
		if got := session.SplitFor(file); got.How != want {
			t.Errorf("%s is cut by %s", file, got.How)
		}
	}
}

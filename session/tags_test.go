package session

import (
	"slices"
	"testing"

	"galley/session/text"
)

func TestTagsAreReadAsTheyAreWritten(t *testing.T) {
	tags := []text.Raw{"easy", "long-running", "two words"}
	if got := JoinTags(tags); got != "easy, long-running, two words" || !slices.Equal(ReadTags(got), tags) {
		t.Errorf("%q", got)
	}
	if got := ReadTags(" a ;b,, a;"); !slices.Equal(got, []text.Raw{"a", "b"}) {
		t.Errorf("%q", got)
	}
}

func TestAsBank(t *testing.T) {
	copies := []string{"gone", "c", "lost", "a", "b"}
	AsBank(copies, func(x string) string { return x }, []string{"a", "b", "c", "d"})
	if !slices.Equal(copies, []string{"a", "b", "c", "gone", "lost"}) {
		t.Errorf("%q", copies)
	}
}

// What another screen journals goes on from the revision that Compose went back to.
func TestLeftDraftKnowsItsBase(t *testing.T) {
	var tab Table
	v := VariantInfo{Variant: Variant{ID: 7}, Revision: Revision{ID: 70, Content: Content{Blocks: []Block{{UID: "b", Text: "x"}}}}}
	tab.Lay(Laid{Variant: v})
	if d := tab.LeftDraft(5); d.VariantID != 7 || d.BaseID != 70 || !d.Left || d.UpdatedMS != 5 || d.Content.Hash() != v.Revision.Content.Hash() {
		t.Errorf("%+v", d)
	}
	tab.From = 60
	if d := tab.LeftDraft(5); d.BaseID != 60 {
		t.Errorf("from %d", d.BaseID)
	}
}

func TestTookBack(t *testing.T) {
	for e, want := range map[Edit]string{
		{Verb: "set", Noun: "shot", Name: "s01"}:  "Took back: set shot s01",
		{Verb: "import", Noun: "cases"}:           "Took back: import cases",
		{Verb: "set", Noun: "shot", Name: "a\nb"}: "Took back: set shot a⏎b",
	} {
		if got := e.TookBack(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

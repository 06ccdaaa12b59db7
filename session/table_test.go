package session

import "testing"

func TestRefresh(t *testing.T) {
	lay := func(ids ...int64) Laid {
		l := Laid{Prompt: PromptInfo{Prompt: Prompt{ID: 1}}}
		for _, id := range ids {
			l.Cases = append(l.Cases, Case{ID: id})
		}
		return l
	}
	var tab Table
	if tab.Refresh(lay(1)) {
		t.Error("an empty table was refreshed")
	}
	tab.Lay(lay(1, 2, 3))
	tab.GoCase(1)
	tab.Desk.Edit("x", "", func(c *Content) { c.Blocks = append(c.Blocks, Block{UID: "b"}) })
	v := tab.Version()
	if tab.Refresh(lay(1, 2, 3)) || tab.Version() != v {
		t.Error("the same was taken for other")
	}
	if !tab.Refresh(lay(7, 8, 1, 2)) || tab.Version() == v || tab.Case().ID != 2 || len(tab.Desk.Content().Blocks) != 1 {
		t.Errorf("case %d in hand, content %+v", tab.Case().ID, tab.Desk.Content())
	}
	if !tab.Refresh(lay(9)) || tab.Case().ID != 9 {
		t.Errorf("case %d in hand", tab.Case().ID)
	}
	other := lay(4)
	other.Prompt.ID = 2
	if tab.Refresh(other) || tab.Case().ID != 9 {
		t.Error("another prompt was taken")
	}
}

// A draft goes on from the revision that it began from, also after another was saved.
func TestTableBase(t *testing.T) {
	v := VariantInfo{Variant: Variant{ID: 1}, Revision: Revision{ID: 5}}
	var table Table
	table.Lay(Laid{Variant: v})
	if table.Base() != 5 {
		t.Errorf("without a draft on %d", table.Base())
	}
	table.Lay(Laid{Variant: v, Draft: &Draft{VariantID: 1, BaseID: 3}})
	if table.Base() != 3 {
		t.Errorf("a draft of @3 on %d", table.Base())
	}
	v.Revision.ID = 6
	table.Saved(v)
	if table.Base() != 6 {
		t.Errorf("saved, on %d", table.Base())
	}
}

package compose

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

var now = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

// desk is a store in memory.
type desk struct {
	mu     sync.Mutex
	table  *session.Table
	drafts map[int64]session.Draft
	past   map[int64][]session.Step
	future map[int64][]session.Step
	log    []string
	revs   []session.Revision
	made   []session.VariantInfo // by SaveAs
	uid    int
	err    error
	edit   func(t text.Raw) Edited
	quiet  []session.Silence
	unfit  string // why no answer fits a schema
}

func sample() (session.Content, []session.Shot, []session.Case) {
	var bank []session.Shot
	for i, x := range [][2]string{
		{"I paid for one book, but my card was charged for two.", "billing"}, {"My parcel should have been delivered on Monday.", "shipping"},
		{"The colours are too dark, faces look green.", "print"}, {"When I press Save, nothing happens.", "bug"},
		{"Can I change the paper after ordering?", "howto"}, {"I can't sign in with my new address.", "account"},
		{"The voucher is not taken off the sum.", "billing"}, {"A page is missing from the box.", "shipping"},
	} {
		bank = append(bank, session.Shot{ID: int64(i + 1), UID: fmt.Sprint("s", i), Name: text.Raw(fmt.Sprintf("s%02d", i+1)), Input: text.Raw(x[0]), Output: text.Raw(x[1])})
	}
	c := session.Content{Params: session.DefaultParams(), Blocks: []session.Block{
		{UID: "b1", Kind: session.KindSystem, Role: session.RoleSystem, Wrap: session.WrapNone,
			Text: "You sort the mail of Quirebird, a small workshop where people lay out photo books in a browser and have them printed, bound and sent."},
		{UID: "b2", Kind: session.KindInstructions, Role: session.RoleUser, Wrap: session.WrapXML, Title: "rules",
			Text: "Read the ticket and answer with exactly one of these six labels:\n\nbilling: money itself is the matter.\nshipping: the journey of a parcel.\nprint: the book in hand is not what the press should have made.\nbug: the website did something wrong.\nhowto: nothing is broken.\naccount: signing in, passwords, profiles.\n\nAnswer with the label alone, in lower case."},
		{UID: "b3", Kind: session.KindShots, Role: session.RoleUser, Wrap: session.WrapXML, Layout: session.LayoutInline, Order: "seed:42", Shots: session.CloneShots(bank[:5])},
		{UID: "b4", Kind: session.KindInput, Role: session.RoleUser, Wrap: session.WrapNone, Text: "Ticket:\n{{ticket}}"},
		{UID: "b5", Kind: session.KindPrefill, Role: session.RoleAssistant, Wrap: session.WrapNone, Text: "label:", Off: true},
	}}
	var cases []session.Case
	for i, x := range []string{"Logging in works again, thanks for that. But before the lockout I had redeemed a gift card; it said 50, now it says 0.", "Where do I find my invoices?"} {
		w := text.Raw("billing")
		cases = append(cases, session.Case{ID: int64(i + 1), UID: fmt.Sprint("c", i), Name: text.Raw(fmt.Sprintf("c%02d", i+1)), Vars: []session.Var{{Name: "ticket", Value: text.Raw(x)}}, Wanted: &w})
	}
	return c, bank, cases
}

func laid(c session.Content, bank []session.Shot, cases []session.Case) session.Laid {
	return session.Laid{
		Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "triage"}},
		Variant: session.VariantInfo{Variant: session.Variant{ID: 11, PromptID: 1, Name: "five-shot", Head: 3}, Prompt: "triage", Parent: 2,
			Revision: session.Revision{ID: 113, VariantID: 11, Number: 3, Intent: "two hard cases", Content: c, Hash: c.Hash()}},
		Cases: cases, Shots: bank,
	}
}

func newDesk() *desk {
	d := &desk{table: &session.Table{}, drafts: map[int64]session.Draft{}, past: map[int64][]session.Step{}, future: map[int64][]session.Step{}}
	c, bank, cases := sample()
	d.table.Lay(laid(c, bank, cases))
	older := c.Clone()
	older.Blocks = older.Blocks[:2]
	d.revs = []session.Revision{
		{ID: 113, VariantID: 11, Number: 3, Intent: "two hard cases", CreatedMS: now.Add(-time.Hour).UnixMilli(), Content: c, Hash: c.Hash()},
		{ID: 112, VariantID: 11, Number: 2, Intent: "tie rules", CreatedMS: now.Add(-26 * time.Hour).UnixMilli(), Content: older, Hash: older.Hash()},
	}
	return d
}

func (d *desk) say(f string, a ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = append(d.log, fmt.Sprintf(f, a...))
}

func (d *desk) deps() Deps {
	return Deps{
		Table: d.table, Styles: themes.Pick("", true).Styles(), Now: func() time.Time { return now },
		Tokens: func(_ context.Context, p session.Proof, model string) session.TokenCount {
			c := session.TokenCount{Source: "estimate", Limit: 8192}
			for _, sp := range p.Spans {
				n := (sp.End - sp.Start + 3) / 4
				c.Spans = append(c.Spans, n)
				c.Total += n
			}
			return c
		},
		Silences: func(context.Context, int64) ([]session.Silence, error) { return d.quiet, d.err },
		Fits:     func(_, _ text.Raw) string { return d.unfit },
		PutDraft: func(_ context.Context, x session.Draft) error {
			d.say("put %d", x.VariantID)
			if d.err != nil {
				return d.err
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.drafts[x.VariantID] = x
			return nil
		},
		DropDraft: func(_ context.Context, id int64) error {
			d.say("drop %d", id)
			d.mu.Lock()
			defer d.mu.Unlock()
			delete(d.drafts, id)
			return nil
		},
		PutSteps: func(_ context.Context, id int64, past, future []session.Step) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.past[id], d.future[id] = past, future
			return d.err
		},
		Save: func(_ context.Context, id, base int64, c session.Content, why string) (session.VariantInfo, error) {
			d.say("save %d on %d: %s", id, base, why)
			v := laid(c, nil, nil).Variant
			v.Head, v.Parent, v.Revision.Number, v.Revision.ID = 4, 3, 4, 114
			return v, d.err
		},
		SaveAs: func(_ context.Context, p int64, n string, c session.Content, why string) (session.VariantInfo, error) {
			d.say("save as %s: %s", n, why)
			v := laid(c, nil, nil).Variant
			v.ID, v.Name, v.Head, v.Revision.Number, v.Revision.ID = int64(12+len(d.made)), text.Raw(n), 1, 1, 121
			if d.err == nil {
				d.made = append(d.made, v)
			}
			return v, d.err
		},
		SaveAll: func(_ context.Context, p int64, list []session.NewVariant) (out []session.VariantInfo, err error) {
			d.say("save %d variants at once", len(list))
			for _, n := range list {
				v := laid(n.Content, nil, nil).Variant
				v.ID, v.Name, v.Head, v.Revision.Number, v.Revision.ID = int64(12+len(d.made)), text.Raw(n.Name), 1, 1, 121
				v.Revision.Hash = n.Content.Hash()
				if d.err == nil {
					d.made, out = append(d.made, v), append(out, v)
				}
			}
			return out, d.err
		},
		Variants: func(context.Context, int64) ([]session.VariantInfo, error) {
			return append([]session.VariantInfo{d.table.Variant}, d.made...), d.err
		},
		Editor: func(t text.Raw, tag string) tea.Cmd {
			return func() tea.Msg {
				e := d.edit(t)
				e.Tag = tag
				return e
			}
		},
		UID:  func() string { d.uid++; return fmt.Sprint("new", d.uid) },
		Seed: func() uint64 { return 7 },
	}
}

// stocked is a desk with a bank of resources, a block of them, and shots of every
// kind: with an input, output only, calling a tool, tagged and pinned.
func stocked() *desk {
	d := newDesk()
	c, bank, cases := sample()
	var res []session.Resource
	for i, x := range []string{
		"Refunds are paid back to the card that was charged, within five days.", "A gift card is money: it is redeemed under Account, Balance.",
		"Parcels leave the workshop on Tuesdays.", "Invoices are found under Account, Orders.",
	} {
		res = append(res, session.Resource{ID: int64(i + 1), UID: fmt.Sprint("r", i), Name: text.Raw(fmt.Sprintf("handbook.md#%d", i+1)), Source: "handbook.md", Place: i + 1, Text: text.Raw(x), Hash: session.Hash([]byte(x))})
	}
	for i := range bank {
		bank[i].Tags = []text.Raw{bank[i].Output}
	}
	bank[5].Input = ""
	bank[6].Calls = []session.ShotCall{{Name: "voucher", Arguments: `{"code": "X1"}`, Result: "unknown code"}}
	c.Blocks[2].Shots = session.CloneShots(bank)
	c.Blocks[2].Order = ""
	c.Blocks = slices.Insert(c.Blocks, 2, session.Block{UID: "b9", Kind: session.KindResources, Role: session.RoleUser, Wrap: session.WrapXML,
		Text: "Answer from these texts:", Resources: session.CloneResources(res[:3]), Pick: &session.Pick{How: session.PickNearest, N: 2}})
	l := laid(c, bank, cases)
	l.Resources = res
	d.table.Lay(l)
	return d
}

// rig is the screen on a stage, with the desk behind it.
type rig struct {
	*tuitest.Stage
	s *Screen
	d *desk
}

func open(t testing.TB, d *desk, w, h int) *rig { return staged(t, d, d.deps(), w, h) }

func staged(t testing.TB, d *desk, deps Deps, w, h int) *rig {
	t.Helper()
	r := resting(t, d, deps)
	r.Open(w, h)
	return r
}

// resting is a screen that was not brought to the front yet.
func resting(t testing.TB, d *desk, deps Deps) *rig {
	s := New(deps)
	return &rig{&tuitest.Stage{T: t, Screen: s, Mine: tuitest.Is[Edited]}, s, d}
}

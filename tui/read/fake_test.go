package read

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

var now = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

// desk is a workspace in memory.
type desk struct {
	rows    []session.Reading // the newest first
	modes   []session.FailureMode
	edits   []func() session.Edit
	log     []string
	queries []session.ReadQuery
	err     error
	writeNo error
	now     time.Time
	me      text.Raw
	proof   session.Proof
	rev     session.Revision
	next    int64
}

var tickets = []text.Raw{
	"I paid for the hardcover album twice. The second charge is from this morning.\n\nPlease send one of them back before my card is due on Friday. The order is Q-4471.",
	"The page with my uncle's wedding is printed upside down. All the others are fine.",
	"Where is my parcel? The tracking page has said \"label created\" for nine days.",
	"The editor forgets every caption after I press save, on the tablet only.",
	"How do I move a photo from one page to the next?",
	"I can't get in since I changed my address: the link in the mail goes nowhere.",
}

var replies = []text.Raw{
	"Dear Ms Ott,\n\nthank you for writing, and I am sorry about the second charge. I can see two payments of 48.90 for order Q-4471, one from 20 November and one from this morning.\n\nThe second one is on its way back to your card now. Banks take two to three working days, so it should be there by Wednesday; if your card is due on Friday, please tell your bank that a credit is pending.\n\nKind regards,\nthe workshop",
	"Sorry about that! Please send a photo of the page and we print the album again, free of charge.",
	"Your parcel left us on 13 November. I have asked the carrier to look for it, and will write to you by Tuesday whatever they find.",
	"As an AI language model, I can't look into the editor. Have you tried turning the tablet off and on again?",
	"Drag it to the edge of the page and hold it there: the pages turn under it.",
	"We have sent you a new link.",
}

// newDesk has n outputs of two prompts.
func newDesk(n int) *desk {
	d := &desk{now: now, me: "anna", next: 1000}
	names := []string{"warm", "plain", "steps"}
	for i := range n {
		p, prompt := int64(1), "reply"
		if i%7 == 6 {
			p, prompt = 2, "triage"
		}
		k := i % len(tickets)
		wanted := replies[k]
		r := session.Reading{PromptID: p, Run: fmt.Sprintf("r%d", 9-i*9/n)}
		r.Cell = session.Cell{
			ID: int64(n - i), UID: fmt.Sprint("cell", n-i), RunID: int64(9 - i*9/n), Index: i,
			Contestant: session.Contestant{RevisionID: int64(i%3 + 1), Model: "embedded/extract", Variant: session.VariantRef{Prompt: prompt, Variant: names[i%3], Revision: 1 + i%2}},
			CaseID:     int64(k + 1), CaseName: text.Raw(fmt.Sprintf("t%03d", k+1)), CaseTags: []text.Raw{"money", "angry"}[:1+k%2],
			CaseVars: []session.Var{{Name: "ticket", Value: tickets[k]}, {Name: "order", Value: text.Raw(fmt.Sprintf("Q-%d", 4471+k))}},
			Take:     1, Proof: "sha256:p", ProofKey: fmt.Sprint("key", k),
		}
		if k < 2 {
			r.Cell.Wanted = &wanted
		}
		r.Output = session.Output{
			CellID: r.Cell.ID, Status: session.StatusDone, Text: replies[(k+i/6)%len(replies)], EndedMS: now.Add(-time.Duration(i) * 17 * time.Minute).UnixMilli(),
			Usage: session.Usage{Input: 420, Output: 96, Source: "server"}, Timing: session.Timing{TotalMS: 1840},
		}
		d.rows = append(d.rows, r)
	}
	c := session.Content{Params: session.DefaultParams(), Blocks: []session.Block{
		{UID: "a", Kind: session.KindSystem, Role: session.RoleSystem, Text: "You answer the mail of Quirebird, a small workshop where people lay out photo books in a browser."},
		{UID: "b", Kind: session.KindInstructions, Role: session.RoleUser, Wrap: session.WrapXML, Title: "rules", Text: "Answer the letter below. Say what happens next and by when.\nPromise nothing that is not in the letter."},
		{UID: "d", Kind: session.KindInput, Role: session.RoleUser, Text: "Letter:\n{{ticket}}\n\nOrder: {{order}} {{name}}"},
	}}
	d.proof = session.Compose(c, session.Case{Vars: d.rows0().CaseVars}, session.Order{})
	d.rev = session.Revision{ID: 1, Number: 1, Content: c}
	return d
}

func (d *desk) rows0() session.Cell {
	if len(d.rows) == 0 {
		return session.Cell{}
	}
	return d.rows[0].Cell
}

func (d *desk) row(cell int64) *session.Reading {
	for i := range d.rows {
		if d.rows[i].Cell.ID == cell {
			return &d.rows[i]
		}
	}
	return nil
}

// find is what a store does with a query.
func (d *desk) find(q session.ReadQuery) ([]session.Reading, int, error) {
	d.queries = append(d.queries, q)
	if d.err != nil {
		return nil, 0, d.err
	}
	var fit []session.Reading
	for _, r := range d.rows {
		c := r.Cell.Contestant
		switch {
		case q.PromptID != 0 && r.PromptID != q.PromptID, q.RunID != 0 && r.Cell.RunID != q.RunID, q.Model != "" && c.Model != q.Model,
			q.Variant != "" && c.Variant.Variant != q.Variant, q.Status != "" && r.Output.Status != q.Status,
			q.Tag != "" && !slices.Contains(r.Cell.CaseTags, q.Tag), !fits(q, &r),
			len(q.CellIDs) > 0 && !slices.Contains(q.CellIDs, r.Cell.ID),
			q.Text != "" && !strings.Contains(strings.ToLower(string(r.Output.Text)), strings.ToLower(q.Text)):
			continue
		}
		r.Verdicts, r.Notes = slices.Clone(r.Verdicts), slices.Clone(r.Notes)
		fit = append(fit, r)
	}
	if q.Sample > 0 {
		rank := func(r session.Reading) string {
			said := slices.ContainsFunc(r.Verdicts, func(v session.Verdict) bool { return q.AsOfMS == 0 || v.AtMS < q.AsOfMS }) ||
				slices.ContainsFunc(r.Notes, func(n session.Note) bool { return q.AsOfMS == 0 || n.CreatedMS < q.AsOfMS })
			h := fnv.New64a()
			fmt.Fprint(h, q.Seed, r.Cell.UID)
			return fmt.Sprintf("%t%020d", said, h.Sum64())
		}
		sort.Slice(fit, func(i, j int) bool { return rank(fit[i]) < rank(fit[j]) })
		fit = fit[:min(q.Sample, len(fit))]
	}
	n, limit := len(fit), q.Limit
	if limit == 0 {
		limit = 100
	}
	return fit[min(q.Offset, n):min(q.Offset+limit, n)], n, nil
}

// edit does a change that can be taken back.
func (d *desk) edit(verb, noun string, cell int64) {
	was := *d.row(cell)
	modes := slices.Clone(d.modes)
	d.log = append(d.log, fmt.Sprintf("%s %s %d", verb, noun, cell))
	d.edits = append(d.edits, func() session.Edit {
		*d.row(cell) = was
		d.modes = modes
		return session.Edit{Verb: verb, Noun: noun}
	})
}

func (d *desk) notes(prompt int64) []session.Note {
	var out []session.Note
	for _, r := range d.rows {
		if r.PromptID == prompt {
			out = append(out, r.Notes...)
		}
	}
	return out
}

func (d *desk) deps() Deps {
	return Deps{
		Table: &session.Table{}, Styles: themes.Pick("", true).Styles(), As: d.me, NowMS: func() int64 { return d.now.UnixMilli() },
		Readings: func(_ context.Context, q session.ReadQuery) ([]session.Reading, int, error) { return d.find(q) },
		Proof: func(_ context.Context, key string) (session.Proof, error) {
			if !strings.HasPrefix(key, "key") {
				return session.Proof{}, errors.New("no such context: " + key)
			}
			return d.proof, nil
		},
		Revision: func(context.Context, int64) (session.Revision, error) { return d.rev, nil },
		Prompts: func(context.Context) ([]session.PromptInfo, error) {
			return []session.PromptInfo{{Prompt: session.Prompt{ID: 1, Name: "reply"}}, {Prompt: session.Prompt{ID: 2, Name: "triage"}}}, nil
		},
		Label: func(_ context.Context, cell int64, c session.Choice, by, reason text.Raw) error {
			if d.writeNo != nil {
				return d.writeNo
			}
			d.edit("judge", "verdict", cell)
			r := d.row(cell)
			r.Verdicts = slices.DeleteFunc(slices.Clone(r.Verdicts), func(v session.Verdict) bool { return v.Judge == by })
			r.Verdicts = append([]session.Verdict{{Judge: by, Mode: session.JudgePassFail, Choice: c, Reason: reason, AtMS: d.now.UnixMilli(), Left: session.Side{CellID: cell}}}, r.Verdicts...)
			return nil
		},
		Note: func(_ context.Context, cell int64, by, t text.Raw) error {
			d.edit("note", "note", cell)
			d.next++
			r := d.row(cell)
			r.Notes = append([]session.Note{{
				ID: d.next, CellID: cell, RunID: r.Cell.RunID, Variant: r.Cell.Contestant.Variant, Model: r.Cell.Contestant.Model,
				CaseName: r.Cell.CaseName, Text: t, By: by, CreatedMS: d.now.UnixMilli(),
			}}, r.Notes...)
			return nil
		},
		Correct: func(_ context.Context, cell int64, by, t text.Raw) error {
			if d.writeNo != nil {
				return d.writeNo
			}
			d.edit("correct", "output", cell)
			d.row(cell).Correction = &session.Correction{CellID: cell, Text: t, Judge: by, CreatedMS: d.now.UnixMilli()}
			return nil
		},
		Undo: func(context.Context) (session.Edit, error) {
			if len(d.edits) == 0 {
				return session.Edit{}, nil
			}
			back := d.edits[len(d.edits)-1]
			d.edits = d.edits[:len(d.edits)-1]
			return back(), nil
		},
		Modes: func(_ context.Context, prompt int64) ([]session.FailureMode, error) {
			out := slices.Clone(d.modes)
			for i := range out {
				out[i].Notes = 0
				for _, n := range d.notes(prompt) {
					if n.ModeID == out[i].ID {
						out[i].Notes++
					}
				}
			}
			return out, nil
		},
		NewMode: func(_ context.Context, prompt int64, name string) (session.FailureMode, error) {
			d.next++
			m := session.FailureMode{ID: d.next, PromptID: prompt, Name: text.Raw(name)}
			d.modes = append(d.modes, m)
			return m, nil
		},
		RenameMode: func(_ context.Context, id int64, name string) error {
			for i := range d.modes {
				if d.modes[i].ID == id {
					d.modes[i].Name = text.Raw(name)
				}
			}
			return nil
		},
		DeleteMode: func(_ context.Context, id int64) error {
			d.modes = slices.DeleteFunc(d.modes, func(m session.FailureMode) bool { return m.ID == id })
			for i := range d.rows {
				for j := range d.rows[i].Notes {
					if d.rows[i].Notes[j].ModeID == id {
						d.rows[i].Notes[j].ModeID = 0
					}
				}
			}
			return nil
		},
		SetMode: func(_ context.Context, note, mode int64) error {
			for i := range d.rows {
				for j := range d.rows[i].Notes {
					if d.rows[i].Notes[j].ID == note {
						d.rows[i].Notes[j].ModeID = mode
						return nil
					}
				}
			}
			return errors.New("no such note")
		},
		Notes: func(_ context.Context, prompt int64) ([]session.Note, error) { return d.notes(prompt), nil },
		Counts: func(_ context.Context, mode int64) ([]ModeCount, error) {
			var out []ModeCount
			for _, f := range []struct {
				what string
				of   func(r session.Reading) []text.Raw
			}{
				{"variant", func(r session.Reading) []text.Raw { return []text.Raw{text.Raw(r.Cell.Contestant.Variant.Variant)} }},
				{"model", func(r session.Reading) []text.Raw { return []text.Raw{text.Raw(r.Cell.Contestant.Model)} }},
				{"revision", func(r session.Reading) []text.Raw { return []text.Raw{text.Raw(contestant(r.Cell.Contestant))} }},
				{"tag", func(r session.Reading) []text.Raw { return r.Cell.CaseTags }},
			} {
				with, all := map[text.Raw]int{}, map[text.Raw]int{}
				for _, r := range d.rows {
					for _, n := range f.of(r) {
						all[n]++
						if slices.ContainsFunc(r.Notes, func(x session.Note) bool { return x.ModeID == mode }) {
							with[n]++
						}
					}
				}
				var names []text.Raw
				for n := range all {
					names = append(names, n)
				}
				slices.Sort(names)
				for _, n := range names {
					out = append(out, ModeCount{What: f.what, Name: n, Notes: with[n], Of: all[n]})
				}
			}
			return out, nil
		},
	}
}

// rig is the screen on a stage.
type rig struct {
	*tuitest.Stage
	s *Screen
}

func openAt(t testing.TB, d Deps, w, h int) *rig {
	t.Helper()
	s := New(d)
	return &rig{tuitest.NewStage(t, s, w, h), s}
}

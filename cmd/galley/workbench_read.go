package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
	reading "galley/tui/read"
)

// readDeps are the functions of the Read station.
func (d *desk) readDeps(as text.Raw) reading.Deps {
	st := d.store
	return reading.Deps{
		As: as, Readings: st.Readings, Proof: st.Proof, Prompts: st.Prompts, Revision: st.Revision, Facets: d.facets,
		Label: d.label,
		Note: func(ctx context.Context, cellID int64, by, t text.Raw) error {
			_, err := st.AddNoteBy(ctx, cellID, by, t)
			return err
		},
		Correct: func(ctx context.Context, cellID int64, by, t text.Raw) error {
			_, err := st.Correct(ctx, cellID, by, t)
			return err
		},
		Want: d.wantCell, KeepShot: d.keepShot,
		Undo:  d.undoOne,
		Modes: st.Modes, NewMode: st.CreateMode, RenameMode: st.RenameMode, DeleteMode: st.DeleteMode, SetMode: st.SetNoteMode,
		Notes: st.Notes, Counts: d.modeCounts,
	}
}

// facets lists what the outputs of a prompt, or of all, can be filtered by.
func (d *desk) facets(ctx context.Context, promptID int64) (reading.Facets, error) {
	var f reading.Facets
	prompts, err := d.store.Prompts(ctx)
	if err != nil {
		return f, err
	}
	for _, p := range prompts {
		if promptID != 0 && p.ID != promptID {
			continue
		}
		runs, err := d.store.RunContestants(ctx, p.ID)
		if err != nil {
			return f, err
		}
		for _, who := range runs {
			for _, c := range who {
				f.Models, f.Variants = append(f.Models, c.Model), append(f.Variants, c.Variant.Variant)
			}
		}
		cases, err := d.casesThere(ctx, nil, p.ID)
		if err != nil {
			return f, err
		}
		for _, c := range cases {
			f.Tags = append(f.Tags, c.Tags...)
		}
	}
	f.Models, f.Variants, f.Tags = distinct(f.Models), distinct(f.Variants), distinct(f.Tags)
	return f, nil
}

func distinct[T cmp.Ordered](all []T) []T {
	slices.Sort(all)
	return slices.Compact(all)
}

// modeCounts says where a failure mode stands: per variant, model, revision and
// tag, the most struck first.
func (d *desk) modeCounts(ctx context.Context, modeID int64) ([]reading.ModeCount, error) {
	spread, err := d.store.ModeSpread(ctx, modeID)
	if err != nil {
		return nil, err
	}
	var out []reading.ModeCount
	at := map[[2]string]int{}
	add := func(what string, name text.Raw, s session.Spread) {
		k := [2]string{what, string(name)}
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, reading.ModeCount{What: what, Name: name})
		}
		out[i].Notes += s.Noted
		out[i].Of += s.Outputs
	}
	for _, s := range spread {
		add("variant", text.Raw(s.Variant.Variant), s)
		add("model", text.Raw(s.Model), s)
		add("revision", text.Raw(fmt.Sprintf("%s@%d", s.Variant.Variant, s.Variant.Revision)), s)
		for _, t := range s.Tags {
			add("tag", t, s)
		}
	}
	rank := []string{"variant", "model", "revision", "tag"}
	slices.SortStableFunc(out, func(a, b reading.ModeCount) int {
		if a.What != b.What {
			return slices.Index(rank, a.What) - slices.Index(rank, b.What)
		}
		if a.Notes*b.Of != b.Notes*a.Of {
			return b.Notes*a.Of - a.Notes*b.Of
		}
		return strings.Compare(string(a.Name), string(b.Name))
	})
	return out, nil
}

// waits says what of a prompt waits for a person.
func (d *desk) waits(ctx context.Context, c *clerk, promptID int64, who text.Raw) (session.Waits, error) {
	var w session.Waits
	var err error
	if w.Duels, err = c.waiting(ctx, promptID, who); err != nil {
		return w, err
	}
	if w.Notes, err = d.store.FreshNotes(ctx, promptID); err != nil {
		return w, err
	}
	suites, err := d.store.Suites(ctx, promptID)
	if err != nil {
		return w, err
	}
	for _, s := range suites {
		why, err := d.stale(ctx, s)
		if err != nil {
			return w, err
		}
		if why != "" {
			w.Stale = append(w.Stale, text.Raw(string(s.Name)).String()+" "+why)
		}
	}
	return w, nil
}

// stale says since when a suite was not checked, "" where it is fresh: a variant
// that its newest check was of has a newer revision by now.
func (d *desk) stale(ctx context.Context, s session.Suite) (string, error) {
	checks, err := d.store.Checks(ctx, s.ID)
	if err != nil {
		return "", err
	}
	if len(checks) == 0 {
		return "was never checked", nil
	}
	variants, err := d.store.Variants(ctx, s.PromptID)
	if err != nil {
		return "", err
	}
	newest := checks[0]
	for _, c := range newest.Contestants {
		for _, v := range variants {
			if string(v.Name) == c.Variant.Variant && v.Revision.Number > c.Variant.Revision && c.Variant.Revision > 0 {
				return fmt.Sprintf("not checked since %s@%d", text.Raw(c.Variant.Variant), c.Variant.Revision), nil
			}
		}
	}
	if s.UpdatedMS > newest.AtMS {
		return "changed since its last check", nil
	}
	return "", nil
}

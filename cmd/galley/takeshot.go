package main

import (
	"context"
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
)

// takeShot makes a shot of an output: its correction, where somebody wrote one, else
// the answer as it is, for the input as it was sent.
func (d *desk) takeShot(ctx context.Context, cellID int64) (session.Shot, session.Reading, error) {
	var made session.Shot
	all, _, err := d.store.Readings(ctx, session.ReadQuery{CellIDs: []int64{cellID}, Limit: 1})
	if err != nil {
		return made, session.Reading{}, err
	}
	if len(all) == 0 {
		return made, session.Reading{}, usage("the output is not there any more; nothing was changed")
	}
	r := all[0]
	switch st := r.Output.Status; {
	case r.Correction != nil:
		made.Output = r.Correction.Text
	case st == session.StatusDone, st == session.StatusToolCalls:
		made.Output = r.Output.Whole()
		for _, c := range r.Output.ToolCalls {
			made.Calls = append(made.Calls, session.ShotCall{Name: text.Raw(c.Name), Arguments: text.Raw(c.Arguments)})
		}
	default:
		return made, r, usage("%s is no whole answer: it is %s; nothing was changed", outputName(r.Result), st)
	}
	bank, err := d.store.Shots(ctx, r.PromptID)
	if err != nil {
		return made, r, err
	}
	if made.Input, err = d.shotInput(ctx, r, bank); err != nil {
		return made, r, err
	}
	if made.Input.Blank() && len(made.Calls) > 0 {
		return made, r, usage("%s has no input, and a shot that calls tools needs one; nothing was changed", outputName(r.Result))
	}
	for _, x := range bank {
		if x.Input == made.Input && session.ShotAnswer(x) == session.ShotAnswer(made) {
			return x, r, nil
		}
	}
	return made, r, nil
}

// shotInput is the input of a cell as it was sent; of an answer from outside, whose
// context is not known, the values of its case.
func (d *desk) shotInput(ctx context.Context, r session.Reading, bank []session.Shot) (text.Raw, error) {
	k := session.Case{Name: r.Cell.CaseName, Vars: r.Cell.CaseVars}
	if id := r.Cell.Contestant.RevisionID; id != 0 {
		rev, err := d.store.Revision(ctx, id)
		if err != nil {
			return "", err
		}
		in := session.ShotInput(rev.Content, session.Compose(rev.Content, k, session.Order{}), k, bank)
		if !in.Blank() {
			return in, nil
		}
	}
	if len(k.Vars) == 1 {
		return k.Vars[0].Value, nil
	}
	var b strings.Builder
	for i, v := range k.Vars {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(string(v.Name) + ": " + string(v.Value))
	}
	return text.Raw(b.String()), nil
}

// keepShot puts what takeShot makes into the bank, and says what follows from it.
func (d *desk) keepShot(ctx context.Context, cellID int64) (string, error) {
	made, r, err := d.takeShot(ctx, cellID)
	if err != nil {
		return "", err
	}
	if made.ID != 0 {
		return made.Name.String() + " says just that already; nothing was changed", nil
	}
	kept, err := d.store.CreateShots(ctx, r.PromptID, []session.Shot{made})
	if err != nil {
		return "", err
	}
	return d.saidOfShot(kept[0], r), nil
}

// saidOfShot says what a shot was made of, and that its case tests no more what
// shows it.
func (d *desk) saidOfShot(x session.Shot, r session.Reading) string {
	of := "answer"
	if r.Correction != nil {
		of = "correction"
	}
	said := fmt.Sprintf("shot %s is made of the %s to %s", x.Name, of, r.Cell.CaseName)
	if r.Cell.CaseID != 0 {
		said += fmt.Sprintf("; a variant that shows it is not tested by %s any more: lint says so as a leak", r.Cell.CaseName)
	}
	return said
}

// newShotFrom is galley new shot --from OUTPUT.
func (d *desk) newShotFrom(ctx context.Context, g *globals, from string, args []string, tags []text.Raw, pin string) error {
	res, err := d.output(ctx, from)
	if err != nil {
		return err
	}
	made, r, err := d.takeShot(ctx, res.Cell.ID)
	if err != nil {
		return err
	}
	if made.ID != 0 {
		return usage("%s says just that already; nothing was changed", made.Name)
	}
	if len(args) == 1 {
		made.Name = text.Raw(args[0])
	}
	made.Tags = tags
	if pin != "" {
		if made.Pin, err = session.ParsePin(pin); err != nil {
			return usage("--pin: %w", err)
		}
	}
	kept, err := d.store.CreateShots(ctx, r.PromptID, []session.Shot{made})
	if err != nil {
		return err
	}
	g.say("%s", kept[0].Name)
	g.talk("%s", d.saidOfShot(kept[0], r))
	return nil
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"galley/session"
	"galley/session/text"
	"galley/store"
)

// sampleJudge is who judged in the sample: nobody's login name, so that a person
// who opens it has every duel still to decide.
const sampleJudge = "sample-judge"

// sampleLines reads a JSON Lines file of the sample.
func sampleLines[T any](name string) ([]T, error) {
	var out []T
	s := bufio.NewScanner(bytes.NewReader([]byte(sampleText(name))))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var row T
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, row)
	}
	return out, s.Err()
}

// answerOf finds an answer by its case and variant.
type answerOf map[[2]text.Raw]session.Result

func answers(results []session.Result) answerOf {
	out := answerOf{}
	for _, r := range results {
		out[[2]text.Raw{r.Cell.CaseName, text.Raw(r.Cell.Contestant.Variant.Variant)}] = r
	}
	return out
}

// judgeSample gives some answers of the reply prompt their verdicts, notes and
// failure mode.
func judgeSample(ctx context.Context, st *store.Store, p session.Prompt, run session.Run) error {
	results, err := st.Results(ctx, run.ID)
	if err != nil {
		return err
	}
	of := answers(results)
	if err := sampleVerdicts(ctx, st, p, run, of); err != nil {
		return err
	}
	return sampleNotes(ctx, st, p, of)
}

func sampleVerdicts(ctx context.Context, st *store.Store, p session.Prompt, run session.Run, of answerOf) error {
	rows, err := sampleLines[struct {
		Case, Left, Right, Reason text.Raw
		Choice                    session.Choice
		Seconds                   int64
	}]("reply/verdicts.jsonl")
	if err != nil {
		return err
	}
	s, err := st.BeginSitting(ctx, session.Sitting{PromptID: p.ID, Judge: sampleJudge, Mode: session.JudgePairs, RunIDs: []int64{run.ID}, Seed: sampleSeed, Of: len(rows)})
	if err != nil {
		return err
	}
	verdicts := make([]session.Verdict, len(rows))
	for i, r := range rows {
		b := session.Bout{Duel: session.Duel{Mode: session.JudgePairs}, Left: of[[2]text.Raw{r.Case, r.Left}], Right: of[[2]text.Raw{r.Case, r.Right}], Seed: s.Seed}
		verdicts[i] = b.Verdict(s, r.Choice, r.Reason, 1000*r.Seconds)
	}
	if _, err := st.AddVerdicts(ctx, verdicts); err != nil {
		return err
	}
	return st.EndSitting(ctx, s.ID)
}

func sampleNotes(ctx context.Context, st *store.Store, p session.Prompt, of answerOf) error {
	rows, err := sampleLines[struct{ Case, Variant, Text, Mode text.Raw }]("reply/notes.jsonl")
	if err != nil {
		return err
	}
	modes := map[text.Raw]int64{}
	for _, r := range rows {
		n, err := st.AddNoteBy(ctx, of[[2]text.Raw{r.Case, r.Variant}].Cell.ID, sampleJudge, r.Text)
		if err != nil {
			return err
		}
		if r.Mode == "" {
			continue
		}
		if modes[r.Mode] == 0 {
			m, err := st.CreateMode(ctx, p.ID, string(r.Mode))
			if err != nil {
				return err
			}
			modes[r.Mode] = m.ID
		}
		if err := st.SetNoteMode(ctx, n.ID, modes[r.Mode]); err != nil {
			return err
		}
	}
	return nil
}

// sampleSuite makes a suite of the assertions in a prompt's folder.
func sampleSuite(ctx context.Context, st *store.Store, p session.Prompt, name string, note text.Raw) error {
	rows, err := sampleLines[struct{ Case, Spec, Metric, Origin text.Raw }](string(p.Name) + "/suite.jsonl")
	if err != nil {
		return err
	}
	s, err := st.CreateSuite(ctx, p.ID, name, note)
	if err != nil {
		return err
	}
	var all []session.Assertion
	for _, r := range rows {
		a, err := session.ParseAssertion(string(r.Spec))
		if err != nil {
			return fmt.Errorf("%s/suite.jsonl: %w", p.Name, err)
		}
		a.Metric, a.Origin, a.CaseName = r.Metric, r.Origin, r.Case
		if r.Case != "" {
			c, err := st.Case(ctx, p.ID, string(r.Case))
			if err != nil {
				return err
			}
			a.CaseID = c.ID
		}
		all = append(all, a)
	}
	_, err = st.AddAssertions(ctx, s.ID, all)
	return err
}

// fillExtract makes the prompt that turns a product's text into fields.
func fillExtract(ctx context.Context, st *store.Store) error {
	p, shots, err := shotPrompt(ctx, st, "extract", "product texts to six fields, as JSON")
	if err != nil {
		return err
	}
	content := func(wrap session.Wrap, more ...session.Block) session.Content {
		return session.Content{Params: sampleParams(120), Blocks: append([]session.Block{
			sampleBlock(session.KindSystem, session.RoleSystem, "", sampleText("extract/system.txt")),
			sampleBlock(session.KindInstructions, session.RoleSystem, "Fields", sampleText("extract/instructions.txt")),
			sampleShots(shots, wrap, session.LayoutTurns),
			sampleBlock(session.KindInput, session.RoleUser, "Text", sampleText("extract/input.txt")),
		}, more...)}
	}
	for _, v := range []struct {
		name, intent string
		content      session.Content
	}{
		{"fields", "six examples as turns", content(session.WrapNone)},
		{"prefilled", "the same, the answer begun with a brace", content(session.WrapNone, sampleBlock(session.KindPrefill, session.RoleAssistant, "", "{"))},
	} {
		if _, err := st.CreateVariant(ctx, p.ID, v.name, v.content, text.Raw(v.intent)); err != nil {
			return err
		}
	}
	return sampleSuite(ctx, st, p, "shape", "what a program needs to use the answer unread")
}

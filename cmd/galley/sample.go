package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"galley/engine"
	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
)

//go:embed sample
var sampleFiles embed.FS

// byHand is the model that the sample's written answers are kept under. It can't
// be asked: they did not come from a model that was given these prompts.
const byHand = "sample/by-hand"

// fillSample puts the sample's prompts, cases, shots and answers into an empty
// workspace.
func fillSample(ctx context.Context, st *store.Store) error {
	for _, fill := range []func(context.Context, *store.Store) error{fillExtract, fillReply, fillHelp, fillTriage} {
		if err := fill(ctx, st); err != nil {
			return fmt.Errorf("the sample: %w", err)
		}
	}
	return nil
}

// sampleText is a file of the sample without its final line feed.
func sampleText(name string) text.Raw {
	data, err := fs.ReadFile(sampleFiles, "sample/"+name)
	if err != nil {
		panic(err) // it is embedded
	}
	return text.Raw(strings.TrimSuffix(string(data), "\n"))
}

func sampleRows[T any](name string, read func(r io.Reader, o exchange.Options) ([]T, []exchange.Note, error)) ([]T, error) {
	f, err := sampleFiles.Open("sample/" + name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, _, err := read(f, exchange.Options{File: name})
	return rows, err
}

// samplePrompt makes a prompt with the cases of its folder.
func samplePrompt(ctx context.Context, st *store.Store, name string, note text.Raw) (session.Prompt, error) {
	p, err := st.CreatePrompt(ctx, name, sampleText(name+"/guideline.txt"), note)
	if err != nil {
		return p, err
	}
	cases, err := sampleRows(name+"/cases.jsonl", exchange.ReadCases)
	if err == nil {
		_, err = st.CreateCases(ctx, p.ID, cases)
	}
	return p, err
}

// shotPrompt is samplePrompt with the shots of the folder too.
func shotPrompt(ctx context.Context, st *store.Store, name string, note text.Raw) (session.Prompt, []session.Shot, error) {
	p, err := samplePrompt(ctx, st, name, note)
	if err != nil {
		return p, nil, err
	}
	shots, err := sampleRows(name+"/shots.jsonl", exchange.ReadShots)
	if err != nil {
		return p, nil, err
	}
	shots, err = st.CreateShots(ctx, p.ID, shots)
	return p, shots, err
}

func sampleBlock(k session.Kind, r session.Role, title string, t text.Raw) session.Block {
	return session.Block{UID: newUID(), Kind: k, Role: r, Title: text.Raw(title), Text: t, Wrap: session.WrapNone}
}

func sampleShots(shots []session.Shot, w session.Wrap, l session.Layout) session.Block {
	return session.Block{
		UID: newUID(), Kind: session.KindShots, Role: session.RoleUser, Title: "Examples", Wrap: w, Layout: l,
		Shots: session.CloneShots(shots),
	}
}

// sampleSeed is near what the shots do on average; the sample's README says more.
const sampleSeed = 14

func sampleParams(maxTokens int) session.Params {
	temp, topP, seed := 0.0, 1.0, int64(sampleSeed)
	return session.Params{Temperature: &temp, TopP: &topP, MaxTokens: maxTokens, Seed: &seed}
}

// fillTriage makes the prompt that sorts tickets under six labels.
func fillTriage(ctx context.Context, st *store.Store) error {
	p, shots, err := shotPrompt(ctx, st, "triage", "support tickets to one of six labels")
	if err != nil {
		return err
	}
	content := func(s ...session.Block) session.Content {
		blocks := []session.Block{
			sampleBlock(session.KindSystem, session.RoleSystem, "", sampleText("triage/system.txt")),
			sampleBlock(session.KindInstructions, session.RoleSystem, "Rules", sampleText("triage/instructions.txt")),
		}
		blocks = append(blocks, s...)
		blocks = append(blocks, sampleBlock(session.KindInput, session.RoleUser, "Ticket", sampleText("triage/input.txt")))
		return session.Content{Blocks: blocks, Params: sampleParams(16)}
	}
	inline := func(n int, w session.Wrap) session.Block { return sampleShots(shots[:n], w, session.LayoutInline) }
	for _, v := range []struct {
		name, intent string
		content      session.Content
	}{
		{"zero-shot", "the rules alone", content()},
		{"five-shot", "five examples, account left out", content(inline(5, session.WrapNone))},
		{"five-shot-xml", "the same five, marked up as XML", content(inline(5, session.WrapXML))},
		{"twelve-shot", "two examples for every label", content(inline(12, session.WrapNone))},
	} {
		if _, err := st.CreateVariant(ctx, p.ID, v.name, v.content, text.Raw(v.intent)); err != nil {
			return err
		}
	}
	return nil
}

// fillReply makes the prompt that answers customers, with the answers written
// for it.
func fillReply(ctx context.Context, st *store.Store) error {
	p, shots, err := shotPrompt(ctx, st, "reply", "support answers of three to six sentences, from given facts")
	if err != nil {
		return err
	}
	variants := map[string]session.VariantInfo{}
	for _, v := range []struct{ name, intent string }{
		{"plain", "answer the question, nothing else"},
		{"warm", "meet the feeling first"},
		{"steps", "say what happens next, in order"},
	} {
		c := session.Content{Params: sampleParams(400), Blocks: []session.Block{
			sampleBlock(session.KindSystem, session.RoleSystem, "", sampleText("reply/system.txt")),
			sampleBlock(session.KindInstructions, session.RoleSystem, "How to answer", sampleText("reply/instructions-"+v.name+".txt")),
			sampleShots(shots, session.WrapNone, session.LayoutTurns),
			sampleBlock(session.KindInput, session.RoleUser, "Message", sampleText("reply/input.txt")),
		}}
		info, err := st.CreateVariant(ctx, p.ID, v.name, c, text.Raw(v.intent))
		if err != nil {
			return err
		}
		variants[v.name] = info
	}
	outputs, err := sampleRows("reply/outputs.jsonl", exchange.ReadOutputs)
	if err != nil {
		return err
	}
	cases, err := st.Cases(ctx, p.ID)
	if err != nil {
		return err
	}
	run, proofs, results, err := outputsRun(p, variants, cases, outputs, byHand)
	if err != nil {
		return err
	}
	run.Note = "answers written for this sample, not a model's; they can be read and judged, not asked for again"
	if run, err = st.ImportRun(ctx, run, proofs, results); err != nil {
		return err
	}
	if err := judgeSample(ctx, st, p, run); err != nil {
		return err
	}
	return sampleSuite(ctx, st, p, "honest", "what no answer may do, whatever its tone")
}

// outputsRun makes a finished run of outputs from outside: each beside the exact
// context that its variant and case make.
func outputsRun(p session.Prompt, variants map[string]session.VariantInfo, cases []session.Case, outputs []exchange.Output, model string) (session.Run, []session.Proof, []session.Result, error) {
	run := session.Run{PromptID: p.ID, Prompt: p.Name, Imported: true}
	byName := map[text.Raw]session.Case{}
	for _, c := range cases {
		byName[c.Name] = c
	}
	var proofs []session.Proof
	var results []session.Result
	seen := map[string]bool{}
	takes := map[string]int{}
	for _, o := range outputs {
		v, ok := variants[string(o.Variant)]
		if !ok && o.Variant != "" {
			return run, nil, nil, usage("line %d: there is no variant %s; create it first, or name another with --map", o.Line, o.Variant)
		}
		c, ok := byName[o.Case]
		if !ok {
			return run, nil, nil, usage("line %d: there is no case %s; import the cases first", o.Line, o.Case)
		}
		m := model
		if o.Model != "" {
			m = string(o.Model)
		}
		cell := session.Cell{
			Index: len(results), CaseID: c.ID, CaseName: c.Name, CaseTags: c.Tags, CaseVars: c.Vars, Wanted: c.Wanted,
			Contestant: session.Contestant{Model: m},
		}
		if ok { // else it is another system's: what that was asked is not known
			cell.Contestant.RevisionID, cell.Contestant.Variant = v.Revision.ID, v.Ref()
			proof := session.Compose(v.Revision.Content, c, session.Order{})
			cell.Proof = proof.Hash
			if !seen[proof.Hash] {
				seen[proof.Hash] = true
				proofs = append(proofs, proof)
			}
		}
		place := cell.Contestant.String() + " " + string(c.Name)
		takes[place]++
		cell.Take = takes[place]
		status := session.StatusDone
		if o.Text == "" {
			status = session.StatusEmpty
		}
		results = append(results, session.Result{Cell: cell, Output: session.Output{Status: status, Text: o.Text, Model: text.Raw(m)}})
	}
	return run, proofs, results, nil
}

// runSample asks the embedded backend for the sample's run, so that no screen is
// empty.
func runSample(ctx context.Context, d *desk) error {
	p, err := d.store.Prompt(ctx, "triage")
	if err != nil {
		return err
	}
	refs := []session.VariantRef{
		{Prompt: "triage", Variant: "zero-shot"}, {Prompt: "triage", Variant: "five-shot"}, {Prompt: "triage", Variant: "twelve-shot"},
	}
	m, err := d.matrix(ctx, p.ID, refs, []string{"embedded/nearest"}, nil)
	if err != nil {
		return err
	}
	m.Note = "the sample's run"
	plan, err := m.Plan()
	if err != nil {
		return err
	}
	j, err := d.runner.Start(ctx, plan)
	if err != nil {
		return err
	}
	_, err = waitQuietly(j)
	return err
}

// waitQuietly reads a job to its end without showing it.
func waitQuietly(j *engine.Job) (session.Run, error) {
	for range j.Bell() {
		j.Drain()
	}
	return j.Wait()
}

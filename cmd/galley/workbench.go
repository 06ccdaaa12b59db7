package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"galley/engine"
	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/tui"
	"galley/tui/bench"
	"galley/tui/library"
)

// opening is where the workbench begins. The zero value goes on where it was left.
type opening struct {
	station string
	arg     any
	prompt  string   // "" the one that lay there
	judge   text.Raw // who judges, "" the user
}

// workbench opens the workspace at path and the screen on it.
func workbench(ctx context.Context, g *globals, path string, at opening) error {
	c, err := readConfig(g.config)
	if err != nil {
		return err
	}
	bad := make(chan *store.BadRow, 64)
	st, err := store.Open(ctx, path, store.Options{Gone: ownerGone, Owner: ownerName(), Lives: ownerLives, Bad: func(b *store.BadRow) {
		logLine(b.Error())
		select {
		case bad <- b:
		default: // the log has them all
		}
	}})
	if notThere(err) {
		return noWorkspace(path)
	}
	if err != nil {
		return &exitError{exitUsage, err}
	}
	d, err := wire(c, st, wordDelay)
	if err != nil {
		return err
	}
	d.set.Human().Attend(true)
	f, err := d.face(ctx, at)
	if err != nil {
		_ = d.close()
		return err
	}
	err = runProgram(ctx, f, bad)
	keepLast(path, d.lying(ctx))
	if cerr := d.close(); err == nil && cerr != nil {
		err = &exitError{exitIncomplete, cerr}
	}
	return err
}

// face gives the screens the functions they want of the other rooms.
func (d *desk) face(ctx context.Context, at opening) (tui.Deps, error) {
	who := at.judge
	if who == "" {
		who = judgeName()
	}
	if err := session.CheckJudge(who); err != nil {
		return tui.Deps{}, usage("%w", err)
	}
	start := d.start(ctx)
	if at.prompt != "" && at.prompt != start.Prompt {
		p, err := d.prompt(ctx, at.prompt)
		if err != nil {
			return tui.Deps{}, err
		}
		start = session.VariantRef{}
		if variants, err := d.store.Variants(ctx, p.ID); err == nil && len(variants) > 0 {
			start = session.VariantRef{Prompt: string(p.Name), Variant: string(variants[0].Name)}
		}
	}
	c := newClerk(d)
	f := tui.Deps{
		Library: d.libraryDeps(), Compose: d.composeDeps(), Proof: d.proofDeps(who), Bench: d.benchDeps(), Shots: d.shotsDeps(), Study: d.studyPageDeps(),
		Judge: d.judgeDeps(c, who), Suite: d.suiteDeps(), Read: d.readDeps(who), Models: d.modelsDeps(), Cases: d.casesDeps(), Resources: d.resourcesDeps(who), Revisions: d.revisionsDeps(),
		Theme: d.config.theme(), Start: start, Station: at.station, Arg: at.arg, Model: "embedded/nearest",
		Look: d.load, Live: d.live, Stop: d.stop, Log: logLine,
	}
	f.Library.Waits = func(ctx context.Context, promptID int64) (session.Waits, error) {
		return d.waits(ctx, c, promptID, who)
	}
	return f, nil
}

// newest is the variant that was saved last.
func (d *desk) newest(ctx context.Context) session.VariantRef {
	prompts, err := d.store.Prompts(ctx)
	if err != nil || len(prompts) == 0 {
		return session.VariantRef{}
	}
	p := prompts[0]
	for _, q := range prompts {
		if q.UpdatedMS >= p.UpdatedMS {
			p = q
		}
	}
	variants, err := d.store.Variants(ctx, p.ID)
	if err != nil || len(variants) == 0 {
		return session.VariantRef{}
	}
	v := variants[0]
	for _, w := range variants {
		if w.UpdatedMS >= v.UpdatedMS {
			v = w
		}
	}
	return session.VariantRef{Prompt: string(p.Name), Variant: string(v.Name)}
}

// load brings a variant to lie on the table, with its draft unless a revision
// was named.
func (d *desk) load(ctx context.Context, ref session.VariantRef) (session.Laid, error) {
	var l session.Laid
	var err error
	if l.Prompt, err = d.store.Prompt(ctx, ref.Prompt); err != nil {
		return l, err
	}
	if l.Variant, err = d.store.Variant(ctx, ref); err != nil {
		return l, err
	}
	// A binding that gives nothing keeps no prompt shut: a run of it says so.
	var unbound *store.Unbound
	if l.Cases, err = d.store.Cases(ctx, l.Prompt.ID); err != nil && !errors.As(err, &unbound) {
		return l, err
	}
	if l.Shots, err = d.store.Shots(ctx, l.Prompt.ID); err != nil {
		return l, err
	}
	if l.Resources, err = d.store.Resources(ctx, l.Prompt.ID); err != nil {
		return l, err
	}
	if ref.Revision > 0 {
		return l, nil
	}
	if l.Draft, err = d.store.Draft(ctx, l.Variant.ID); err != nil {
		return l, err
	}
	if l.Draft != nil && l.Draft.Live {
		l.Draft, l.Elsewhere = nil, true
		return l, nil
	}
	if l.Draft != nil {
		d.store.TakeDraft(*l.Draft)
	}
	if l.Past, l.Future, err = d.store.Steps(ctx, l.Variant.ID); err != nil {
		logLine(err.Error()) // what can't be undone is no reason not to work
	}
	return l, nil
}

func (d *desk) libraryDeps() library.Deps {
	st := d.store
	return library.Deps{
		Prompts: st.Prompts, Variants: st.Variants, Runs: st.OwnRuns, Load: d.lay,
		CreatePrompt: func(ctx context.Context, name string) (session.VariantRef, error) {
			p, err := st.CreatePrompt(ctx, name, "", "")
			if err != nil {
				return session.VariantRef{}, err
			}
			const first = "first"
			_, err = st.CreateVariant(ctx, p.ID, first, firstContent(), "first wording")
			return session.VariantRef{Prompt: name, Variant: first}, err
		},
		RenamePrompt: st.RenamePrompt,
		CopyPrompt: func(ctx context.Context, id int64, name string) error {
			_, err := st.CopyPrompt(ctx, id, name)
			return err
		},
		DeletePrompt: st.DeletePrompt,
		CreateVariant: func(ctx context.Context, promptID int64, name string) error {
			_, err := st.CreateVariant(ctx, promptID, name, firstContent(), "first wording")
			return err
		},
		RenameVariant: st.RenameVariant,
		CopyVariant: func(ctx context.Context, id int64, name string) error {
			_, err := st.CopyVariant(ctx, id, name)
			return err
		},
		DeleteVariant: st.DeleteVariant,
		Undo:          d.undoOne,
	}
}

// firstContent is what a new variant begins with: the smallest prompt that asks
// for something.
func firstContent() session.Content {
	block := func(k session.Kind, t text.Raw) session.Block {
		return session.Block{UID: newUID(), Kind: k, Role: k.DefaultRole(), Text: t, Wrap: session.WrapNone}
	}
	return session.Content{
		Blocks: []session.Block{
			block(session.KindSystem, "You are a careful assistant."),
			block(session.KindInstructions, "Say what to do with the input."),
			block(session.KindInput, "{{input}}"),
		},
		Params: session.DefaultParams(),
	}
}

func newUID() string { return uuid.Must(uuid.NewV7()).String() }

func newSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return binary.BigEndian.Uint64(b[:]) % 1_000_000
}

func (d *desk) count(_ context.Context, p session.Proof, model string) session.TokenCount {
	return d.tokens.CountProof(p, model)
}

func (d *desk) variantByID(ctx context.Context, id int64) (session.VariantInfo, error) {
	prompts, err := d.store.Prompts(ctx)
	if err != nil {
		return session.VariantInfo{}, err
	}
	for _, p := range prompts {
		variants, err := d.store.Variants(ctx, p.ID)
		if err != nil {
			return session.VariantInfo{}, err
		}
		for _, v := range variants {
			if v.ID == id {
				return v, nil
			}
		}
	}
	return session.VariantInfo{}, errors.New("the variant was deleted meanwhile")
}

// models lists what can be asked, from every backend that answers.
func (d *desk) models(ctx context.Context) ([]session.ModelInfo, error) {
	var out []session.ModelInfo
	var errs []error
	for _, l := range d.set.Models(ctx) {
		out = append(out, l.Models...)
		if l.Err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", text.Raw(l.Backend), l.Err))
		}
	}
	if len(out) == 0 {
		return nil, errors.Join(errs...)
	}
	return out, nil
}

// offered is models for the bench, which also says what can't be asked and why.
func (d *desk) offered(ctx context.Context) (bench.Models, error) {
	m := bench.Models{Off: map[string]string{}, Trouble: map[string]string{}}
	for _, l := range d.set.Models(ctx) {
		m.List = append(m.List, l.Models...)
		var refused *backend.AccessError
		switch {
		case errors.As(l.Err, &refused):
			m.Off[l.Backend] = refused.Why
		case l.Err != nil:
			m.Trouble[l.Backend] = l.Err.Error()
		}
	}
	return m, nil
}

// free reports whether asking a model costs nothing, as far as is known.
func (d *desk) free(model string) bool {
	b, name, err := d.set.Lookup(model)
	return err == nil && b.Traits().FreeFor(name)
}

// saveNew writes a file that did not exist, 0600.
func saveNew(_ context.Context, name string, data []byte) (string, error) {
	if strings.HasPrefix(name, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			name = filepath.Join(home, name[2:])
		}
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%s exists; choose another name", text.Raw(name))
	}
	if err != nil {
		return "", fmt.Errorf("%s: %s", text.Raw(name), reason(err))
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", fmt.Errorf("%s: %s", text.Raw(name), reason(err))
	}
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	return name, nil
}

func (d *desk) benchDeps() bench.Deps {
	st := d.store
	plan := func(ctx context.Context, c bench.Choice) (engine.Plan, error) {
		m, err := d.matrix(ctx, c.PromptID, c.Variants, c.Models, c.Cases)
		if err != nil {
			return engine.Plan{}, err
		}
		m.Takes, m.Orders, m.NoCache = c.Takes, c.Orders, c.NoCache
		m.How, m.OnLimit = c.How, engine.OnLimit(c.OnLimit)
		m.Limits.MaxCostUSD, m.Limits.MaxRequests = c.MaxCostUSD, c.MaxRequests
		return m.Plan()
	}
	return bench.Deps{
		Models: d.offered, Free: d.free, Variants: st.Variants, Runs: st.OwnRuns, Results: st.Results, Proof: st.Proof, Revision: st.Revision, Wire: st.Request,
		Estimate: func(ctx context.Context, c bench.Choice) (bench.Estimate, error) {
			p, err := plan(ctx, c)
			if err != nil {
				return bench.Estimate{}, err
			}
			e, err := d.runner.Estimate(ctx, p)
			return estimateOf(e, len(p.Cells)), err
		},
		Start: func(ctx context.Context, c bench.Choice) (bench.Live, error) {
			p, err := plan(ctx, c)
			if err != nil {
				return nil, err
			}
			// The run outlives the command that starts it.
			return d.live1(d.runner.Start(context.WithoutCancel(ctx), p))
		},
		Reopen: func(ctx context.Context, runID int64, failed bool) (bench.Live, error) {
			return d.live1(d.runner.Resume(context.WithoutCancel(ctx), runID, failed))
		},
		Budget: d.config.BudgetUSD, Received: st.Received, Evaluated: st.Evaluated, Asks: askedHere{d.set.Human()}, Devices: d.devices, Looks: d.looks, Want: d.wantCell, KeepShot: d.keepShot,
		Notes: st.Notes,
		Note: func(ctx context.Context, cellID int64, t text.Raw) error {
			_, err := st.AddNote(ctx, cellID, t)
			return err
		},
	}
}

func (d *desk) live1(j *engine.Job, err error) (bench.Live, error) {
	if err != nil {
		return nil, err
	}
	d.track(j)
	return liveJob{j}, nil
}

// liveJob is a job as the bench reads it.
type liveJob struct{ *engine.Job }

func (l liveJob) Drain() []bench.Update {
	news := l.Job.Drain()
	out := make([]bench.Update, len(news))
	for i, u := range news {
		out[i] = bench.Update{Index: u.Index, Status: u.Status, Text: u.Text, Anew: u.Anew, Note: u.Note, Output: u.Final}
	}
	return out
}

func (l liveJob) Progress() bench.Progress {
	p := l.Job.Progress()
	trouble := p.Trouble
	if trouble == "" {
		trouble = p.Stopped
	}
	return bench.Progress{
		Cells: p.Cells, Waiting: p.Waiting, Running: p.Running, Done: p.Done, Failed: p.Failed, Cached: p.Cached,
		Requests: p.Requests, InputTokens: p.InputTokens, OutputTokens: p.OutputTokens, CostUSD: p.CostUSD, Free: p.Free,
		ElapsedMS: p.Elapsed.Milliseconds(), LeftMS: p.Left.Milliseconds(),
		Paused: p.Paused, Ended: p.State != session.RunRunning, State: p.State, Trouble: trouble,
		Backends: backendsOf(p),
	}
}

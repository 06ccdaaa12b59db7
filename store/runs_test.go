package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

// hostile are texts that something on the way may change or obey.
var hostile = []text.Raw{
	"", "\x00", "a\x00b", "\xff", "caf\xe9\xff\x00", "\xed\xa0\x80", "\x1b[31m", "\x1b]52;c;aGk=\a", "\u009b31m", "\u202e", "\ufeff", "\ufffd",
	"'; DROP TABLE outputs; --", "\"", "\\", "\r\n", "\r", "\t", "\u2028", "e\u0301", "\U0010ffff", "null", "{{x}}", "<b>", "%s%n", "12", "1e9",
	text.Raw(strings.Repeat("long ", 50_000)),
}

// matrix is a run of n cells over one proof, ready to start.
func matrix(v session.VariantInfo, n int) (session.Run, []session.Proof, []session.Cell) {
	p := session.Compose(v.Revision.Content, session.Case{}, session.Order{})
	cells := make([]session.Cell, n)
	for i := range cells {
		cells[i] = session.Cell{
			Index: i, Contestant: session.Contestant{RevisionID: v.Revision.ID, Variant: v.Ref(), Model: "embedded/nearest"},
			CaseName: text.Raw(fmt.Sprint("c", i)), CaseTags: []text.Raw{"easy"}, Take: 1, Proof: p.Hash,
		}
		if i > 0 { // the first has no variables
			cells[i].CaseVars = []session.Var{{Name: "ticket", Value: text.Raw(fmt.Sprint("<b>\x00 ", i%7))}, {Name: "tier", Value: ""}}
		}
	}
	return session.Run{PromptID: v.PromptID, Prompt: v.Prompt, NoCache: true}, []session.Proof{p}, cells
}

func start(t testing.TB, s *Store, v session.VariantInfo, n int, owner string) (session.Run, []session.Cell) {
	t.Helper()
	run, proofs, cells := matrix(v, n)
	run, cells, err := s.StartRun(t.Context(), run, proofs, cells, owner)
	must(t, err)
	return run, cells
}

func wire(i int) session.Wire {
	return session.NewWire("POST", "/v1/chat/completions", fmt.Appendf(nil, `{"n":%d,"x":"\x00"}`, i))
}

// ask records a cell from attempt to answer.
func ask(s *Store, c session.Cell, out session.Output) error {
	id, err := s.BeginAttempt(context.Background(), session.Attempt{CellID: c.ID, Number: 1, Wire: wire(c.Index)})
	if err != nil {
		return err
	}
	out.CellID = c.ID
	return s.FinishCell(context.Background(), out, id)
}

func TestARunFromStartToEnd(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true, Now: clock.now})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort {{x}}")
	run, cells := start(t, s, v, 3, "me")
	if run.Name() != "r1" || run.State != session.RunRunning || run.Cells != 3 {
		t.Fatalf("%+v", run)
	}
	cost := 0.25
	want := session.Output{
		CellID: cells[0].ID, Status: session.StatusDone, Finish: "stop", Text: "billing", Prefill: "a", Reason: "because",
		Usage: session.Usage{Input: 12, Output: 3, Source: "server"}, Timing: session.Timing{QueueMS: 1, TTFTMS: 2, TotalMS: 3, TokensPerS: 4.5},
		CostUSD: &cost, Attempts: 2, Model: "m\xff", Digest: "sha256:d", EndedMS: 77,
	}
	first, err := s.BeginAttempt(ctx, session.Attempt{CellID: cells[0].ID, Number: 1, Wire: wire(0)})
	must(t, err)
	must(t, s.FailAttempt(ctx, first, session.CallError{Kind: "rate_limit", Message: "slow\x00 down", Status: 429, Retryable: true}))
	second, err := s.BeginAttempt(ctx, session.Attempt{CellID: cells[0].ID, Number: 2, Wire: wire(0)})
	must(t, err)
	must(t, s.Checkpoint(ctx, []session.Output{{CellID: cells[0].ID, Text: "bil"}, {CellID: cells[1].ID, Text: "not running"}}))
	if r, err := s.Result(ctx, cells[0].ID); err != nil || r.Output.Status != session.StatusRunning || r.Output.Text != "bil" {
		t.Errorf("while it runs: %+v, %v", r, err)
	}
	must(t, s.FinishCell(ctx, want, second))
	failed := session.Output{CellID: cells[1].ID, Status: session.StatusError, Attempts: 1, EndedMS: 78,
		Error: &session.CallError{Kind: "server", Message: "no\x1b[31m", Status: 500, Retryable: true}}
	must(t, s.FinishCell(ctx, failed, 0))

	res, err := s.Results(ctx, run.ID)
	must(t, err)
	if len(res) != 3 {
		t.Fatalf("%d results", len(res))
	}
	for i, w := range []session.Output{want, failed, {CellID: cells[2].ID, Status: session.StatusWaiting}} {
		if diff := cmp.Diff(w, res[i].Output); diff != "" {
			t.Errorf("output %d (-want +got):\n%s", i, diff)
		}
	}
	cells[0].Wire = wire(0).Hash
	for i := range cells {
		if diff := cmp.Diff(cells[i], res[i].Cell, cmp.AllowUnexported(session.Order{})); diff != "" {
			t.Errorf("cell %d (-want +got):\n%s", i, diff)
		}
	}
	if w, err := s.Request(ctx, wire(0).Hash); err != nil || cmp.Diff(wire(0), w) != "" {
		t.Errorf("request: %+v, %v", w, err)
	}
	p, err := s.Proof(ctx, res[0].Cell.ProofKey)
	must(t, err)
	_, proofs, _ := matrix(v, 1)
	if diff := cmp.Diff(proofs[0], p, cmp.AllowUnexported(session.Order{})); diff != "" {
		t.Errorf("proof (-want +got):\n%s", diff)
	}
	if q, err := s.Proof(ctx, p.Hash); err != nil || q.Hash != p.Hash {
		t.Errorf("proof by its hash: %v", err)
	}
	page, err := s.ResultsPage(ctx, run.ID, 1, 1)
	if err != nil || len(page) != 1 || page[0].Cell.Index != 1 {
		t.Errorf("a page: %v, %v", page, err)
	}
	live, err := s.Run(ctx, run.ID)
	must(t, err)
	ended, err := s.EndRun(ctx, run.ID, "me", session.RunStopped)
	must(t, err)
	for what, r := range map[string]session.Run{"live": live, "ended": ended} {
		if !r.NoCache || r.Done != 1 || r.Failed != 1 || r.Requests != 2 || r.CostUSD != nil {
			t.Errorf("%s: %+v", what, r)
		}
	}
	if list, err := s.Runs(ctx, v.PromptID); err != nil || len(list) != 1 || cmp.Diff(ended, list[0]) != "" {
		t.Errorf("runs: %+v, %v", list, err)
	}
	if info, err := s.Prompt(ctx, "triage"); err != nil || info.Runs != 1 || info.Outputs != 1 || info.LastRun != "r1" {
		t.Errorf("prompt: %+v, %v", info, err)
	}
}

func TestAnAnswerIsNeverReplaced(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	_, cells := start(t, s, v, 2, "me")
	out := session.Output{CellID: cells[0].ID, Status: session.StatusDone, Text: "billing"}
	must(t, ask(s, cells[0], out))
	must(t, s.FinishCell(ctx, out, 0)) // the same again: a commit whose end was not known
	out.Text = "bug"
	var f *Finished
	if err := s.FinishCell(ctx, out, 0); !errors.As(err, &f) || f.Index != 0 {
		t.Errorf("another answer: %v", err)
	}
	if _, err := s.BeginAttempt(ctx, session.Attempt{CellID: cells[0].ID, Number: 2, Wire: wire(0)}); !errors.As(err, &f) {
		t.Errorf("asking again: %v", err)
	}
	must(t, s.Checkpoint(ctx, []session.Output{{CellID: cells[0].ID, Text: "late"}}))
	if r, err := s.Result(ctx, cells[0].ID); err != nil || r.Output.Text != "billing" {
		t.Errorf("%+v, %v", r.Output, err)
	}
	// What failed can be asked again.
	must(t, s.FinishCell(ctx, session.Output{CellID: cells[1].ID, Status: session.StatusError, Error: &session.CallError{Kind: "server"}}, 0))
	must(t, ask(s, cells[1], session.Output{Status: session.StatusDone, Text: "account"}))
	if r, err := s.Result(ctx, cells[1].ID); err != nil || r.Output.Text != "account" || r.Output.Error != nil {
		t.Errorf("%+v, %v", r.Output, err)
	}
	if err := s.FinishCell(ctx, session.Output{CellID: cells[1].ID, Status: session.StatusRunning}, 0); err == nil {
		t.Error("a cell finished as running")
	}
	var n *NotFound
	if err := s.FinishCell(ctx, session.Output{CellID: 999, Status: session.StatusDone}, 0); !errors.As(err, &n) {
		t.Errorf("a cell that is not there: %v", err)
	}
}

func TestCache(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	_, cells := start(t, s, v, 2, "me")
	must(t, ask(s, cells[0], session.Output{Status: session.StatusTruncated, Text: "bil", Digest: "d"}))
	key := session.CacheKey{Request: wire(0).Hash, Model: "embedded/nearest", Digest: "d", Take: 1}
	if _, ok, err := s.CachedOutput(ctx, key); ok || err != nil {
		t.Errorf("a cut answer came from the cache: %v", err)
	}
	cells[1].Index = 0 // the same request
	must(t, ask(s, cells[1], session.Output{Status: session.StatusDone, Text: "billing", Digest: "d"}))
	if out, ok, err := s.CachedOutput(ctx, key); !ok || err != nil || out.Text != "billing" {
		t.Errorf("%+v, %v, %v", out, ok, err)
	}
	for _, other := range []session.CacheKey{
		{Request: key.Request, Model: key.Model, Digest: key.Digest, Take: 2},
		{Request: key.Request, Model: key.Model, Digest: "", Take: 1},
		{Request: key.Request, Model: "other/m", Digest: key.Digest, Take: 1},
		{Request: "", Model: key.Model, Digest: key.Digest, Take: 1},
	} {
		if _, ok, err := s.CachedOutput(ctx, other); ok || err != nil {
			t.Errorf("%+v was found: %v", other, err)
		}
	}
}

func TestHostileBytesComeBackAsTheyWere(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	v := variant(t, s, p, "v", "Sort")
	_, cells := start(t, s, v, len(hostile), "me")
	for i, h := range hostile {
		must(t, ask(s, cells[i], session.Output{
			Status: session.StatusError, Text: h, Reason: h, Prefill: h, Model: h, Finish: string(h),
			Error: &session.CallError{Kind: "server", Message: h},
		}))
		n, err := s.AddNote(ctx, cells[i].ID, h)
		if err != nil || n.Text != h {
			t.Errorf("note %q: %v", string(h), err)
		}
	}
	path := s.Path()
	closed(t, s)
	s = open(t, path, Options{})
	for i, h := range hostile {
		r, err := s.Result(ctx, cells[i].ID)
		must(t, err)
		o := r.Output
		if o.Text != h || o.Reason != h || o.Prefill != h || o.Model != h || o.Finish != string(h) || o.Error.Message != h {
			t.Errorf("%q came back changed: %+v", string(h), o)
		}
		if notes, err := s.NotesOf(ctx, cells[i].ID); err != nil || len(notes) != 1 || notes[0].Text != h {
			t.Errorf("notes on %q: %v, %v", string(h), notes, err)
		}
		c := session.Case{Vars: []session.Var{{Name: "x", Value: h}, {Name: "a", Value: h}}, Wanted: &h, Tags: []text.Raw{h}, Split: session.SplitDev}
		made, err := s.CreateCases(ctx, p.ID, []session.Case{c})
		if !h.Valid() { // what goes into a request is refused, what came out of one is kept
			var bad *Invalid
			if !errors.As(err, &bad) {
				t.Errorf("a case of %q: %v", string(h), err)
			}
			if _, err := s.CreateVariant(ctx, p.ID, "bad", content(string(h)), ""); !errors.As(err, &bad) {
				t.Errorf("a variant of %q: %v", string(h), err)
			}
			continue
		}
		must(t, err)
		got, err := s.Case(ctx, p.ID, string(made[0].Name))
		if diff := cmp.Diff(made[0], got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", string(h), err, diff)
		}
		w, err := s.CreateVariant(ctx, p.ID, fmt.Sprint("v", i), content(string(h)), h)
		if diff := cmp.Diff(content(string(h)), w.Revision.Content); err != nil || diff != "" || w.Revision.Intent != h {
			t.Errorf("%q: %v\n%s", string(h), err, diff)
		}
	}
}

// Whatever is done to prompts, variants, cases and shots, what an old output is
// shown beside stays.
func TestOldOutputsKeepWhatTheyWereMadeOf(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	v := variant(t, s, p, "v", "Sort {{x}}")
	cases, err := s.CreateCases(ctx, p.ID, []session.Case{{Name: "one", Vars: []session.Var{{Name: "x", Value: "1"}}, Tags: []text.Raw{"easy"}}})
	must(t, err)
	run, proofs, cells := matrix(v, 1)
	cells[0].CaseID, cells[0].CaseName = cases[0].ID, cases[0].Name
	run, cells, err = s.StartRun(ctx, run, proofs, cells, "me")
	must(t, err)
	must(t, ask(s, cells[0], session.Output{Status: session.StatusDone, Text: "billing", EndedMS: 5}))
	_, err = s.EndRun(ctx, run.ID, "me", session.RunDone)
	must(t, err)
	look := func() string {
		res, err := s.Results(ctx, run.ID)
		must(t, err)
		proof, err := s.Proof(ctx, res[0].Cell.ProofKey)
		must(t, err)
		req, err := s.Request(ctx, res[0].Cell.Wire)
		must(t, err)
		rev, err := s.Revision(ctx, v.Revision.ID)
		must(t, err)
		u, err := s.Run(ctx, run.ID)
		must(t, err)
		return fmt.Sprintf("%#v\n%#v\n%#v\n%#v\n%s\n%#v", res[0].Cell, res[0].Output, proof.Messages, proof.Spans, rev.Content.JSON(), u) + string(req.Body)
	}
	before := look()
	shot := session.Shot{Name: "s", Input: "i", Output: "o"}
	for name, do := range map[string]func() error{
		"save": func() error { _, _, err := s.Save(ctx, v.ID, v.Revision.ID, content("Other"), ""); return err },
		"draft": func() error {
			return s.PutDraft(ctx, session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: content("x")})
		},
		"rename variant": func() error { return s.RenameVariant(ctx, v.ID, "w") },
		"edit case":      func() error { c := cases[0]; c.Vars[0].Value = "2"; c.Tags = nil; return s.UpdateCase(ctx, c) },
		"rename case":    func() error { return s.RenameCase(ctx, cases[0].ID, "two") },
		"import":         func() error { _, err := s.CreateShots(ctx, p.ID, []session.Shot{shot, {Input: "x"}}); return err },
		"rename prompt":  func() error { return s.RenamePrompt(ctx, p.ID, "sorting") },
		"guideline":      func() error { return s.SetGuideline(ctx, p.ID, "be kind") },
	} {
		must(t, do())
		if after := look(); after != before {
			t.Fatalf("%s changed an old output:\n%s\n%s", name, before, after)
		}
	}
	for name, do := range map[string]func() error{
		"delete case": func() error { return s.DeleteCase(ctx, cases[0].ID) }, "delete variant": func() error { return s.DeleteVariant(ctx, v.ID) },
	} {
		must(t, do())
		if look() != before {
			t.Fatalf("%s changed an old output", name)
		}
	}
	must(t, s.DeletePrompt(ctx, p.ID))
	_, err = s.CreatePrompt(ctx, "triage", "", "")
	must(t, err)
	if look() != before {
		t.Fatal("deleting the prompt changed an old output")
	}
	if _, err := s.Undo(ctx, 100); err != nil {
		t.Fatal(err)
	}
	if look() != before {
		t.Fatal("undoing everything changed an old output")
	}
}

func TestLeases(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	path := filepath.Join(t.TempDir(), "g.db")
	a := open(t, path, Options{Create: true, Now: clock.now})
	b := open(t, path, Options{Now: clock.now})
	v := variant(t, a, prompt(t, a, "triage"), "v", "Sort")
	run, cells := start(t, a, v, 3, "a")
	must(t, ask(a, cells[0], session.Output{Status: session.StatusDone, Text: "billing"}))
	_, err := a.BeginAttempt(ctx, session.Attempt{CellID: cells[1].ID, Number: 1, Wire: wire(1)})
	must(t, err)
	must(t, a.Checkpoint(ctx, []session.Output{{CellID: cells[1].ID, Text: "acc"}}))

	var held *LeaseHeld
	if _, _, _, err := b.ReopenRun(ctx, run.ID, "b"); !errors.As(err, &held) || held.Owner != "a" {
		t.Errorf("b takes a run that a works: %v", err)
	}
	if err := b.DeleteRun(ctx, run.ID); !errors.As(err, &held) {
		t.Errorf("b deletes a run that a works: %v", err)
	}
	for range 5 { // a renews, and stays
		clock.advance(RenewEvery)
		must(t, a.Renew(ctx, run.ID, "a"))
	}
	if u, err := b.Run(ctx, run.ID); err != nil || u.State != session.RunRunning || u.Done != 1 {
		t.Errorf("b watches: %+v, %v", u, err)
	}
	clock.advance(time.Duration(LeaseLength) * time.Millisecond)
	if u, err := b.Run(ctx, run.ID); err != nil || u.State != session.RunInterrupted {
		t.Errorf("after the lease: %+v, %v", u, err)
	}
	if res, err := b.Results(ctx, run.ID); err != nil || res[1].Output.Status != session.StatusInterrupted {
		t.Errorf("after the lease: %+v, %v", res, err)
	}
	u, res, proofs, err := b.ReopenRun(ctx, run.ID, "b")
	must(t, err)
	if u.State != session.RunRunning || len(proofs) == 0 || proofs[res[0].Cell.Proof].Hash != res[0].Cell.Proof || proofs[res[0].Cell.ProofKey].Hash == "" {
		t.Errorf("reopened: %+v, %d proofs", u, len(proofs))
	}
	for i, want := range []session.Status{session.StatusDone, session.StatusInterrupted, session.StatusWaiting} {
		if res[i].Output.Status != want {
			t.Errorf("cell %d is %s, want %s", i, res[i].Output.Status, want)
		}
	}
	if res[1].Output.Text != "acc" {
		t.Errorf("the text so far is %q", string(res[1].Output.Text))
	}
	var lost *LeaseLost
	if err := a.Renew(ctx, run.ID, "a"); !errors.As(err, &lost) {
		t.Errorf("a renews what b took: %v", err)
	}
	if _, err := a.EndRun(ctx, run.ID, "a", session.RunDone); !errors.As(err, &lost) {
		t.Errorf("a ends what b took: %v", err)
	}
	must(t, ask(b, res[1].Cell, session.Output{Status: session.StatusDone, Text: "account"}))
	u, err = b.EndRun(ctx, run.ID, "b", session.RunDone)
	if err != nil || u.Done != 2 || u.Requests != 3 {
		t.Errorf("ended: %+v, %v", u, err)
	}
	if _, _, _, err := a.ReopenRun(ctx, run.ID, "a"); err != nil {
		t.Errorf("an ended run can't be taken up again: %v", err)
	}
}

func TestOpenSweepsWhatDied(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	path := filepath.Join(t.TempDir(), "g.db")
	s := open(t, path, Options{Create: true, Now: clock.now})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	run, cells := start(t, s, v, 2, "me")
	_, err := s.BeginAttempt(ctx, session.Attempt{CellID: cells[0].ID, Number: 1, Wire: wire(0)})
	must(t, err)
	state := func(s *Store) string {
		var run, cell string
		must(t, s.read.QueryRow(`SELECT r.state, c.status FROM runs r JOIN cells c ON c.run_id = r.id WHERE c.idx = 0`).Scan(&run, &cell))
		return run + " " + cell
	}
	early := open(t, path, Options{Now: clock.now})
	if got := state(early); got != "running running" {
		t.Errorf("a live run was swept: %s", got)
	}
	clock.advance(time.Minute)
	late := open(t, path, Options{Now: clock.now})
	if got := state(late); got != "interrupted interrupted" {
		t.Errorf("a dead run is %s", got)
	}
	if u, err := late.Run(ctx, run.ID); err != nil || u.Failed != 1 || u.Requests != 1 {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestTwoStoresLoseNothing(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "g.db")
	a := open(t, path, Options{Create: true})
	b := open(t, path, Options{})
	p := prompt(t, a, "triage")
	v := variant(t, a, p, "v", "Sort")
	const workers, each = 8, 25
	var wg sync.WaitGroup
	errs := make(chan error, 2*workers)
	for i, s := range []*Store{a, b} {
		_, cells := start(t, s, v, workers*each, fmt.Sprint(i))
		for w := range workers {
			wg.Go(func() {
				for j := range each {
					c := cells[w*each+j]
					if err := ask(s, c, session.Output{Status: session.StatusDone, Text: c.CaseName}); err != nil {
						errs <- err
						return
					}
					if j%5 == 0 { // read, then write, in one transaction
						if _, err := s.CreateCases(ctx, p.ID, []session.Case{{}}); err != nil {
							errs <- err
							return
						}
					}
				}
			})
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	for _, s := range []*Store{a, b} {
		runs, err := s.Runs(ctx, 0)
		must(t, err)
		for _, r := range runs {
			if r.Done != workers*each || r.Requests != workers*each {
				t.Errorf("%+v", r)
			}
		}
		cases, err := s.Cases(ctx, p.ID)
		if err != nil || len(cases) != 2*workers*each/5 {
			t.Errorf("%d cases, %v", len(cases), err)
		}
		if h := history(t, s); len(h) != 2+len(cases) {
			t.Errorf("%d entries in the log for %d cases", len(h), len(cases))
		}
		must(t, s.Sound(ctx))
	}
	var uids, rows int
	must(t, a.read.QueryRow(`SELECT count(DISTINCT uid), count(*) FROM (SELECT uid FROM prompts UNION ALL SELECT uid FROM variants UNION ALL
		SELECT uid FROM revisions UNION ALL SELECT uid FROM cases UNION ALL SELECT uid FROM runs UNION ALL SELECT uid FROM cells UNION ALL
		SELECT uid FROM attempts UNION ALL SELECT uid FROM edits)`).Scan(&uids, &rows))
	if uids != rows {
		t.Errorf("%d uids for %d rows", uids, rows)
	}
}

// The variables of a case are kept as they were, once for each content; a row
// whose hash does not name what it holds is damage.
func TestVariablesAreKeptOnce(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort {{x}}")
	run, cells := start(t, s, v, 30, "me")
	_, _, want := matrix(v, 30)
	for i, c := range cells {
		must(t, ask(s, c, session.Output{Status: session.StatusDone, Text: "ok"}))
		r, err := s.Result(ctx, c.ID)
		must(t, err)
		if diff := cmp.Diff(want[i].CaseVars, r.Cell.CaseVars); diff != "" {
			t.Errorf("cell %d (-want +got):\n%s", i, diff)
		}
	}
	_, err := s.EndRun(ctx, run.ID, "me", session.RunDone)
	must(t, err)
	_, again, _, err := s.ReopenRun(ctx, run.ID, "me")
	must(t, err)
	for i := range again {
		if diff := cmp.Diff(want[i].CaseVars, again[i].Cell.CaseVars); diff != "" {
			t.Errorf("reopened, cell %d (-want +got):\n%s", i, diff)
		}
	}
	_, proofs, mine := matrix(v, 3)
	res := make([]session.Result, 3)
	for i := range res {
		res[i] = session.Result{Cell: mine[i], Output: session.Output{Status: session.StatusDone, Text: "from outside"}}
	}
	imported, err := s.ImportRun(ctx, session.Run{PromptID: v.PromptID, Prompt: v.Prompt}, proofs, res)
	must(t, err)
	got, err := s.Results(ctx, imported.ID)
	must(t, err)
	for i := range got {
		if diff := cmp.Diff(mine[i].CaseVars, got[i].Cell.CaseVars); diff != "" {
			t.Errorf("imported, cell %d (-want +got):\n%s", i, diff)
		}
	}
	var n int
	must(t, s.read.QueryRow(`SELECT count(*) FROM vars`).Scan(&n))
	if n != 7 {
		t.Errorf("%d contents, want 7", n)
	}
	_, err = s.write.Exec(`UPDATE vars SET body = '[["ticket","another"]]'`)
	must(t, err)
	got, err = s.Results(ctx, run.ID)
	must(t, err)
	for i, r := range got[1:] {
		if e := r.Output.Error; r.Output.Status != session.StatusError || e == nil || !strings.Contains(string(e.Message), "is damaged") {
			t.Errorf("cell %d with other variables than its own is %+v", i+1, r.Output)
		}
	}
}

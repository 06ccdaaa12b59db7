package store

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

// again answers a cell from the cache, as a run does.
func again(t *testing.T, s *Store, c session.Cell, key session.CacheKey) bool {
	t.Helper()
	out, ok, err := s.CachedOutput(t.Context(), key)
	must(t, err)
	if !ok {
		return false
	}
	out.CellID, out.Cached, out.EndedMS = c.ID, true, s.now()
	must(t, s.FinishCell(t.Context(), out, 0))
	return true
}

// An answer of a model without a digest is given again only at the address where it was
// asked; one of before addresses were written down, at any.
func TestTheCacheByOrigin(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	run, proofs, cells := matrix(v, 3)
	for i := range cells {
		cells[i].Contestant.Model, cells[i].Wire = "lab/a", wire(i).Hash
	}
	_, cells, err := s.StartRun(t.Context(), run, proofs, cells, "me")
	must(t, err)
	for i, k := range []struct{ digest, origin string }{{"", "here"}, {"sha", "here"}, {"", ""}} {
		o := told("billing")
		o.Digest, o.Origin = k.digest, k.origin
		must(t, ask(s, cells[i], o))
	}
	for _, k := range []struct {
		cell           int
		digest, origin string
		want           bool
	}{{0, "", "here", true}, {0, "", "there", false}, {0, "", "", false}, {1, "sha", "there", true}, {1, "other", "here", false}, {2, "", "there", true}} {
		_, ok, err := s.CachedOutput(t.Context(), session.CacheKey{Request: wire(k.cell).Hash, Model: "lab/a", Take: 1, Digest: k.digest, Origin: k.origin})
		if err != nil || ok != k.want {
			t.Errorf("%+v: %t %v", k, ok, err)
		}
	}
	// A copy is no second answer, wherever it was asked for.
	_, more, err := s.StartRun(t.Context(), run, proofs, slices.Clone(cells), "me")
	must(t, err)
	if !again(t, s, more[2], session.CacheKey{Request: wire(2).Hash, Model: "lab/a", Take: 1, Origin: "there"}) {
		t.Fatal("it is not given again")
	}
	if lines, err := s.CacheLines(t.Context()); err != nil || len(lines) != 1 || lines[0].Answers != 3 {
		t.Errorf("%+v %v", lines, err)
	}
}

// What is kept beside a copy is that of the server whose answer it is, also where another
// said the same.
func TestACopyShowsItsOwnServer(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	once := func(origin string) {
		run, proofs, cells := matrix(v, 1)
		cells[0].Contestant.Model, cells[0].Wire = "lab/a", wire(0).Hash
		_, cells, err := s.StartRun(t.Context(), run, proofs, cells, "me")
		must(t, err)
		if again(t, s, cells[0], session.CacheKey{Request: wire(0).Hash, Model: "lab/a", Take: 1, Origin: origin}) {
			if got, err := s.Received(t.Context(), cells[0].ID); err != nil || string(got) != "by "+origin {
				t.Errorf("of a copy of %s: %q %v", origin, got, err)
			}
			return
		}
		o := told("billing")
		o.Digest, o.Origin, o.Received = "", origin, []byte("by "+origin)
		must(t, ask(s, cells[0], o))
	}
	for _, origin := range []string{"here", "there", "here", "there"} {
		once(origin)
	}
	if lines, err := s.CacheLines(t.Context()); err != nil || len(lines) != 1 || lines[0].Reused != 2 {
		t.Errorf("%+v %v", lines, err)
	}
}

func TestTheCache(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true, Now: clock.now})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	// begin starts a run of n cells on a model, each with its request's hash.
	begin := func(model string, n int) []session.Cell {
		run, proofs, cells := matrix(v, n)
		for i := range cells {
			cells[i].Contestant.Model, cells[i].Wire = model, wire(i).Hash
		}
		_, cells, err := s.StartRun(ctx, run, proofs, cells, "me")
		must(t, err)
		return cells
	}
	key := func(model string, i int) session.CacheKey {
		return session.CacheKey{Request: wire(i).Hash, Model: model, Take: 1}
	}
	answer := func(words string, cost *float64) session.Output {
		o := told(text.Raw(words))
		o.Digest, o.CostUSD, o.EndedMS = "", cost, clock.now()
		return o
	}
	old := begin("lab/a", 3)
	for i := range 2 {
		must(t, ask(s, old[i], answer("old", ptr(0.25))))
	}
	must(t, ask(s, old[2], session.Output{Status: session.StatusTruncated, EndedMS: clock.now()}))
	clock.advance(time.Hour)
	other := begin("lab/b", 1)
	must(t, ask(s, other[0], answer("other", nil)))
	copies := begin("lab/a", 3)
	for i, want := range []bool{true, true, false} {
		if again(t, s, copies[i], key("lab/a", i)) != want {
			t.Errorf("%d from the cache: not %v", i, want)
		}
	}
	r, err := s.Result(ctx, copies[0].ID)
	must(t, err)
	want := alone(answer("old", ptr(0.25)))
	want.CellID, want.Cached, want.EndedMS = copies[0].ID, true, clock.now()
	if diff := cmp.Diff(want, r.Output); diff != "" {
		t.Error("a copy is not what it was copied from:\n", diff)
	}
	if e, ok, err := s.Evaluated(ctx, copies[0].ID); !ok || err != nil || e.Text != "old" {
		t.Errorf("evaluated for a copy: %+v, %v, %v", e, ok, err)
	}
	if m, err := s.EvaluatedOf(ctx, copies[0].RunID); err != nil || len(m) != 2 || cmp.Diff(session.Evaluated{Source: session.EvidenceIDs, Tokens: 4, Counted: 4, Differs: "old", Cut: true}, m[copies[0].ID]) != "" {
		t.Errorf("%+v, %v", m, err)
	}
	if n, err := s.Statuses(ctx); err != nil || n[copies[0].RunID][session.StatusToolCalls] != 2 || n[copies[0].RunID][session.StatusWaiting] != 1 || n[1][session.StatusTruncated] != 1 {
		t.Errorf("%v, %v", n, err)
	}
	if b, err := s.Received(ctx, copies[0].ID); err != nil || string(b) != "old" {
		t.Errorf("received for a copy: %q, %v", b, err)
	}
	lines := func(want ...session.CacheLine) {
		t.Helper()
		got, err := s.CacheLines(ctx)
		must(t, err)
		for i := range got { // told by the other tests
			if got[i].Received == 0 || got[i].Evaluated == 0 {
				t.Errorf("%+v", got[i])
			}
			got[i].Received, got[i].Evaluated, got[i].OldestMS, got[i].NewestMS = 0, 0, 0, 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	b := session.CacheLine{Model: "lab/b", Answers: 1, InputTokens: 9, OutputTokens: 2}
	lines(session.CacheLine{Model: "lab/a", Answers: 2, InputTokens: 18, OutputTokens: 4, CostUSD: ptr(0.5), Reused: 2}, b)

	// Asked anew later: the older answer is the one that is reused, until it is forgotten.
	clock.advance(time.Hour)
	anew := begin("lab/a", 1)
	must(t, ask(s, anew[0], answer("new", ptr(0.25))))
	first := func(i int) string {
		o, _, err := s.CachedOutput(ctx, key("lab/a", i))
		must(t, err)
		return string(o.Text)
	}
	forget := func(p session.CachePick, want int) {
		t.Helper()
		if n, err := s.Forget(ctx, p); err != nil || n != want {
			t.Errorf("%+v forgot %d, %v; want %d", p, n, err, want)
		}
	}
	forget(session.CachePick{Model: "lab/none"}, 0)
	forget(session.CachePick{BeforeMS: 1}, 0)
	if n, err := s.History(ctx, 0); err != nil || n[0].Noun == "cache" {
		t.Errorf("what did nothing is in the log: %+v, %v", n[0], err)
	}
	forget(session.CachePick{Model: "lab/a", BeforeMS: clock.now() - time.Minute.Milliseconds()}, 1) // the copies go with the old ones
	if first(0) != "new" || first(1) != "" {
		t.Errorf("%q, %q", first(0), first(1))
	}
	forget(session.CachePick{}, 2)
	lines(session.CacheLine{Model: "lab/a", Reused: 2}, session.CacheLine{Model: "lab/b"})
	third := begin("lab/a", 1)
	if again(t, s, third[0], key("lab/a", 0)) {
		t.Error("a forgotten answer was reused")
	}
	must(t, ask(s, third[0], answer("third", nil)))
	if first(0) != "third" {
		t.Errorf("what was asked since is not reused: %q", first(0))
	}
	undone, err := s.Undo(ctx, 2)
	if err != nil || len(undone) != 2 || undone[0].Verb != "prune" || undone[0].Name != "all models" || undone[0].Detail != "2 answers" || undone[1].Name != "lab/a" {
		t.Errorf("%+v, %v", undone, err)
	}
	if first(0) != "old" || first(1) != "old" {
		t.Errorf("after the undo: %q, %q", first(0), first(1))
	}
	if r, err := s.Result(ctx, old[0].ID); err != nil || r.Output.Text != "old" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestDropReceived(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	_, cells := start(t, s, v, 4, "me")
	for i, c := range cells {
		o := told("words")
		o.EndedMS, o.Received = int64(10+i), make([]byte, 10_000)
		must(t, ask(s, c, o))
	}
	before, err := s.KeptReceived(ctx)
	if err != nil || before.Rows != 4 || before.Whole != 40_000 || before.Disk >= before.Whole {
		t.Errorf("%+v, %v", before, err)
	}
	for _, c := range []struct {
		pick session.CachePick
		rows int
	}{{session.CachePick{Model: "lab/x"}, 0}, {session.CachePick{BeforeMS: 12}, 2}, {session.CachePick{BeforeMS: 12}, 0}, {session.CachePick{Model: "embedded/nearest"}, 2}} {
		gone, err := s.DropReceived(ctx, c.pick)
		if err != nil || gone.Rows != c.rows || gone.Whole != int64(10_000*c.rows) || gone.Disk != before.Disk/4*int64(c.rows) {
			t.Errorf("%+v: %+v, %v", c.pick, gone, err)
		}
	}
	if r, err := s.Result(ctx, cells[0].ID); err != nil || r.Output.Text != "words" {
		t.Errorf("%+v, %v", r.Output, err)
	}
	if b, err := s.Received(ctx, cells[0].ID); b != nil || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	must(t, s.Sound(ctx))
}

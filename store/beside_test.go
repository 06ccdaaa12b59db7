package store

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

func ptr[T any](v T) *T { return &v }

// told is an output with all that an engine can say, in the words w.
func told(w text.Raw) session.Output {
	return session.Output{
		Status: session.StatusToolCalls, Finish: "tool_calls", Text: w, Reason: w, Attempts: 1, Model: w, Server: string(w), Digest: "sha256:d",
		Usage:     session.Usage{Input: 9, Output: 2, Source: "server", Cached: ptr(0), Reasoning: ptr(7)},
		Timing:    session.Timing{TotalMS: 40, TTFTMS: 10, TokensPerS: 3},
		ToolCalls: []session.ToolCall{{ID: w, Name: w, Arguments: w}, {}},
		Engine: session.EngineTiming{
			PromptTokens: ptr(0), CachedTokens: ptr(12), PromptMS: ptr(0.1 + 0.2), GeneratedTokens: ptr(2), GeneratedMS: ptr(0.0), LoadMS: ptr(1e-300),
		},
		Repeatable: true, Evidence: session.EvidenceIDs, Differs: w, Cut: true, EndedMS: 5,
		Evaluated: &session.Evaluated{Text: w, IDs: []int{0, -1, 128009, 1 << 40}, Source: session.EvidenceIDs, Tokens: 4, Counted: 4, Differs: w, Cut: true},
		Received:  []byte(w),
	}
}

// alone is the output as it is read: what stands apart is read on its own.
func alone(o session.Output) session.Output {
	o.Evaluated, o.Received = nil, nil
	return o
}

func TestWhatAnEngineSaidComesBackAsItWas(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	_, cells := start(t, s, v, len(hostile), "me")
	for i, h := range hostile {
		must(t, ask(s, cells[i], told(h)))
	}
	path := s.Path()
	closed(t, s)
	s = open(t, path, Options{})
	for i, h := range hostile {
		want := told(h)
		want.CellID = cells[i].ID
		r, err := s.Result(ctx, cells[i].ID)
		must(t, err)
		if diff := cmp.Diff(alone(want), r.Output); diff != "" {
			t.Errorf("%.20q (-want +got):\n%s", string(h), diff)
		}
		got, ok, err := s.Evaluated(ctx, cells[i].ID)
		if diff := cmp.Diff(*want.Evaluated, got); !ok || err != nil || diff != "" {
			t.Errorf("evaluated %.20q: %v, %v\n%s", string(h), ok, err, diff)
		}
		body, err := s.Received(ctx, cells[i].ID)
		if err != nil || body == nil || !bytes.Equal(body, want.Received) {
			t.Errorf("received %.20q: %.40q, %v", string(h), body, err)
		}
	}
}

// What was not said does not come back as nothing, none or false.
func TestWhatWasNotSaidStaysUnsaid(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	_, cells := start(t, s, v, 6, "me")
	for i, o := range []session.Output{
		{},
		{ToolCalls: []session.ToolCall{}},
		{Usage: session.Usage{Source: "server", Cached: ptr(0)}},
		{Usage: session.Usage{Source: "server", Reasoning: ptr(0)}},
		{Engine: session.EngineTiming{QueueMS: ptr(0.0)}},
		{Engine: session.EngineTiming{PromptTokens: ptr(3)}},
	} {
		o.Status, o.EndedMS = session.StatusDone, 9
		must(t, ask(s, cells[i], o))
		o.CellID = cells[i].ID
		r, err := s.Result(ctx, cells[i].ID)
		if diff := cmp.Diff(o, r.Output); err != nil || diff != "" {
			t.Errorf("%d: %v\n%s", i, err, diff)
		}
		if _, ok, err := s.Evaluated(ctx, cells[i].ID); ok || err != nil {
			t.Errorf("%d: evaluated: %v, %v", i, ok, err)
		}
		if body, err := s.Received(ctx, cells[i].ID); body != nil || err != nil {
			t.Errorf("%d: received %q, %v", i, body, err)
		}
	}
	// A number that JSON has no word for costs no answer.
	_, cells = start(t, s, v, 1, "me")
	o := session.Output{Status: session.StatusDone, Text: "x", Engine: session.EngineTiming{PromptMS: ptr(math.NaN()), LoadMS: ptr(math.Inf(1)), PromptTokens: ptr(1)}}
	must(t, ask(s, cells[0], o))
	r, err := s.Result(ctx, cells[0].ID)
	if err != nil || r.Output.Engine.PromptMS != nil || r.Output.Engine.LoadMS != nil || *r.Output.Engine.PromptTokens != 1 {
		t.Errorf("%+v, %v", r.Output.Engine, err)
	}
}

// Contexts are kept once, whatever asked for them; a cell that is asked again
// keeps what it got last.
func TestEvaluatedOnceReceivedLast(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	_, cells := start(t, s, v, 3, "me")
	e := session.Evaluated{Text: text.Raw(strings.Repeat("<|im_start|>user\n", 500)), Source: session.EvidenceText, Tokens: 900}
	for _, c := range cells {
		o := session.Output{Status: session.StatusError, Error: &session.CallError{Kind: "server"}, Evaluated: &e, Received: []byte("HTTP/1.1 500\r\n\r\n")}
		must(t, ask(s, c, o))
	}
	kept, err := s.KeptEvaluated(ctx)
	if err != nil || kept.Rows != 1 || kept.Disk > 300 {
		t.Errorf("%+v, %v", kept, err)
	}
	r, err := s.Result(ctx, cells[0].ID)
	if err != nil || r.Output.Evidence != session.EvidenceText {
		t.Errorf("the output does not say what its context does: %+v, %v", r.Output, err)
	}
	must(t, ask(s, cells[0], session.Output{Status: session.StatusDone, Text: "a", Received: []byte("second")}))
	must(t, ask(s, cells[1], session.Output{Status: session.StatusDone, Text: "a"}))
	for i, want := range []string{"second", "", "HTTP/1.1 500\r\n\r\n"} {
		if body, err := s.Received(ctx, cells[i].ID); err != nil || string(body) != want {
			t.Errorf("%d: %q, %v", i, body, err)
		}
	}
	if _, ok, err := s.Evaluated(ctx, cells[0].ID); ok || err != nil {
		t.Errorf("what was evaluated for the answer before: %v, %v", ok, err)
	}
}

func TestDamageBesideAnOutputIsSaid(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct{ stmt, want string }{
		"received, cut":    {`UPDATE received SET body = substr(body, 1, 20)`, "received"},
		"received, empty":  {`UPDATE received SET body = x''`, "received"},
		"received, how":    {`UPDATE received SET body = x'7f00'`, "received"},
		"evaluated, other": {`UPDATE evaluated SET text = x'0041'`, "evaluated"},
		"evaluated, ids":   {`UPDATE evaluated SET ids = x'00ff'`, "evaluated"},
		"tokens":           {`UPDATE evaluated SET tokens = 5`, "evaluated"},
		"tool calls":       {`UPDATE outputs SET tool_calls = '{'`, "tool calls"},
		"engine":           {`UPDATE outputs SET engine = '[]'`, "timing"},
		"mixed":            {`UPDATE runs SET mixed = '7', ended_ms = 3, state = 'done'`, "mixed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := create(t)
			v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
			run, cells := start(t, s, v, 1, "me")
			must(t, ask(s, cells[0], told(text.Raw(strings.Repeat("words and ", 100)))))
			must(t, s.change(ctx, func(tx *tx) error { _, err := tx.ExecContext(ctx, c.stmt); return err }))
			_, err1 := s.Received(ctx, cells[0].ID)
			_, _, err2 := s.Evaluated(ctx, cells[0].ID)
			_, err3 := s.Result(ctx, cells[0].ID)
			_, err4 := s.Run(ctx, run.ID)
			var said []string
			for _, err := range []error{err1, err2, err3, err4} {
				if err != nil {
					said = append(said, err.Error())
				}
			}
			if len(said) != 1 || !contains(said[0], c.want) {
				t.Errorf("%q", said)
			}
		})
	}
}

// A bomb is not unpacked.
func TestUnpackIsBounded(t *testing.T) {
	b := pack(make([]byte, unpackMax+1))
	if len(b) > 4<<20 {
		t.Fatalf("%d bytes", len(b))
	}
	if _, err := unpack(b); err == nil {
		t.Error("unpacked")
	}
}

func TestAProofKeepsWhatStandsBesideItsMessages(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	bare := session.Compose(v.Revision.Content, session.Case{}, session.Order{})
	var proofs []session.Proof
	for _, b := range []session.Beside{
		{}, {Tools: `[{"type":"function"}]`}, {Schema: "{\"a\":\"<\x00>\"}"}, {Grammar: `root ::= "\n"`}, {Tools: "t", Schema: "s", Grammar: "g"},
	} {
		p := bare
		p.Beside = b
		p.Hash = p.Name()
		proofs = append(proofs, p)
	}
	run, _, _ := matrix(v, 0)
	_, _, err := s.StartRun(ctx, run, proofs, nil, "me")
	must(t, err)
	for i, p := range proofs {
		got, err := s.Proof(ctx, p.Hash)
		if diff := cmp.Diff(p, got, cmp.AllowUnexported(session.Order{})); err != nil || diff != "" {
			t.Errorf("%d: %v\n%s", i, err, diff)
		}
	}
	bad := bare
	bad.Beside.Schema = "\xff"
	bad.Hash = bad.Name()
	if _, _, err := s.StartRun(ctx, run, []session.Proof{bad}, nil, "me"); err == nil || !contains(err.Error(), "schema") {
		t.Error(err)
	}
	must(t, s.change(ctx, func(tx *tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE proofs SET extras = '{"tools":"x"}'`)
		return err
	}))
	if _, err := s.Proof(ctx, proofs[1].Hash); err == nil {
		t.Error("a proof with other tools than its hash names was read")
	}
}

// A run says how it asked, and what of it was not one model all the time.
func TestARunSaysHowAndWhatIsMixed(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	run, proofs, cells := matrix(v, 5)
	run.How = session.RunHow{Timing: true, Repeatable: true}
	cells[4].Contestant.Model = "lab/other"
	run, cells, err := s.StartRun(ctx, run, proofs, cells, "me")
	must(t, err)
	for i, o := range []session.Output{
		{Model: "m-0513", Digest: "a"}, {}, {Model: "m-0806\xff", Digest: "a"}, {Model: "x", Digest: "zz", Status: session.StatusStopped}, {Model: "m", Digest: "b"},
	} {
		if o.Status == "" {
			o.Status = session.StatusDone
		}
		must(t, ask(s, cells[i], o))
	}
	want := []session.Mixing{{Model: "embedded/nearest", Reported: []text.Raw{"m-0513", "m-0806\xff"}, Digests: []string{"a"}}}
	live, err := s.Run(ctx, run.ID)
	must(t, err)
	ended, err := s.EndRun(ctx, run.ID, "me", session.RunDone)
	must(t, err)
	later, err := s.Run(ctx, run.ID)
	must(t, err)
	for what, u := range map[string]session.Run{"live": live, "ended": ended, "later": later} {
		if diff := cmp.Diff(want, u.Mixed); diff != "" || !u.How.Timing || !u.How.Repeatable || u.Unsure != 0 {
			t.Errorf("%s: %+v\n%s", what, u, diff)
		}
	}
}

// What was in flight when its process died may have been billed, and stays said
// when the cell is asked again.
func TestWhatMayHaveBeenBilled(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	path := filepath.Join(t.TempDir(), "g.db")
	s := open(t, path, Options{Create: true, Now: clock.now})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	run, cells := start(t, s, v, 4, "me")
	begin := func(i, number int) int64 {
		id, err := s.BeginAttempt(ctx, session.Attempt{CellID: cells[i].ID, Number: number, Wire: wire(i)})
		must(t, err)
		return id
	}
	must(t, ask(s, cells[0], session.Output{Status: session.StatusDone, Attempts: 1}))
	begin(1, 1) // in flight
	must(t, s.FailAttempt(ctx, begin(2, 1), session.CallError{Kind: "rate_limit"}))
	unsure := func(when string, of int, each ...int) {
		t.Helper()
		u, err := s.Run(ctx, run.ID)
		must(t, err)
		res, err := s.Results(ctx, run.ID)
		must(t, err)
		var got []int
		for _, r := range res {
			got = append(got, r.Output.Unsure)
		}
		if u.Unsure != of || !slices.Equal(got, each) {
			t.Errorf("%s: the run says %d, its cells %v; want %d, %v", when, u.Unsure, got, of, each)
		}
	}
	unsure("while it runs", 0, 0, 0, 0, 0)
	clock.advance(time.Minute)
	unsure("its lease is over", 1, 0, 1, 0, 0)
	closed(t, s)
	s = open(t, path, Options{Now: clock.now})
	unsure("opened anew", 1, 0, 1, 0, 0)
	_, _, _, err := s.ReopenRun(ctx, run.ID, "you")
	must(t, err)
	unsure("taken over", 1, 0, 1, 0, 0)
	second := begin(1, 2)
	unsure("asked again", 1, 0, 1, 0, 0)
	must(t, s.FinishCell(ctx, session.Output{CellID: cells[1].ID, Status: session.StatusDone, Attempts: 2}, second))
	u, err := s.EndRun(ctx, run.ID, "you", session.RunStopped)
	if err != nil || u.Unsure != 1 || u.Requests != 4 {
		t.Errorf("%+v, %v", u, err)
	}
	unsure("ended", 1, 0, 1, 0, 0)
}

func TestSpeeds(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	_, cells := start(t, s, v, 60, "me")
	for i, c := range cells {
		o := session.Output{Status: session.StatusDone, Timing: session.Timing{TotalMS: int64(100 + i), TTFTMS: int64(i % 2 * 7), TokensPerS: float64(i)}}
		switch i {
		case 56:
			o.Timing.TotalMS += 1000 // a prompt that was read from its beginning
		case 57:
			o.Cached, o.Timing.TotalMS = true, 1
		case 58:
			o.Status, o.Timing.TotalMS = session.StatusError, 1
		case 59:
			o.Timing = session.Timing{} // not timed
		}
		must(t, ask(s, c, o))
	}
	got, err := s.Speeds(ctx, []string{"embedded/nearest", "embedded/nearest", "lab/none", ""})
	must(t, err)
	// The newest 50 of the 57 that say something: 7 to 56.
	want := map[string]session.Speed{"embedded/nearest": {Answers: 50, TotalMS: 151.5, TTFTMS: 7, TokensPerS: 31.5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var plan strings.Builder
	must(t, planOf(ctx, s, &plan, `SELECT total_ms FROM outputs WHERE timed = 'x' AND timed <> '' ORDER BY cell_id DESC LIMIT 50`))
	if !contains(plan.String(), "outputs_timed") || contains(plan.String(), "TEMP B-TREE") {
		t.Error("it is not read from the index:", plan.String())
	}
}

func planOf(ctx context.Context, s *Store, to *strings.Builder, stmt string) error {
	lines, err := collect(ctx, s.read, func(r scanner) (line string, err error) {
		var a, b, c int
		err = r.Scan(&a, &b, &c, &line)
		return line, err
	}, `EXPLAIN QUERY PLAN `+stmt)
	fmt.Fprint(to, strings.Join(lines, "\n"))
	return err
}

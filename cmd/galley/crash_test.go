package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/store"
)

// kills is how many processes TestKilledRuns kills; .ci/run sets it to 50.
func kills(t *testing.T) int {
	s := os.Getenv("GALLEY_KILLS")
	if s == "" {
		return 8
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("GALLEY_KILLS=%q is not a number of kills", s)
	}
	return n
}

// asked is what the loopback model was asked, and what it answered whole.
type asked struct {
	mu     sync.Mutex
	bodies map[string]int
}

func (a *asked) play(r backendtest.Request) backendtest.Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bodies[string(r.Body)]++
	return backendtest.Says("bil", "ling")
}

func (a *asked) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, k := range a.bodies {
		n += k
	}
	return n
}

// cellLine is what galley run --json prints of a cell.
type cellLine struct {
	Type, Cell, Text, Status, Run, Case, Variant, Request string
	Take                                                  int
}

// A run is killed at a random moment, again and again, and then resumed: no
// output that was reported is lost or altered, and no finished cell is asked
// again.
func TestKilledRuns(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "base.db")
	if err := fillNew(context.Background(), config{}, base); err != nil {
		t.Fatal(err)
	}
	for i := range kills(t) {
		t.Run(fmt.Sprint(i), func(t *testing.T) { killOnce(t, base, uint64(i)) })
	}
}

func killOnce(t *testing.T, base string, seed uint64) {
	ctx := context.Background()
	dir := t.TempDir()
	db := filepath.Join(dir, "w.db")
	data, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(db, data, 0o600); err != nil {
		t.Fatal(err)
	}
	ledger := &asked{bodies: map[string]int{}}
	srv := backendtest.NewServer(ledger.play)
	defer srv.Close()
	cfg := filepath.Join(dir, "config.toml")
	toml := fmt.Sprintf("[backends.lab]\nkind = \"openai\"\nbase_url = %q\nconcurrency = 4\n", srv.URL)
	if err := os.WriteFile(cfg, []byte(toml), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--config", cfg, "-w", db, "run", "--json", "--no-cache"}
	r := rand.New(rand.NewPCG(seed, 1))
	reported := runAndKill(t, append(args, "--prompt", "triage", "--variants", "five-shot,twelve-shot", "--models", "lab/m"), 1+r.IntN(100), r)

	st, err := store.Open(ctx, db, store.Options{Gone: ownerGone})
	if err != nil {
		t.Fatalf("the workspace does not open after the kill: %v", err)
	}
	runs, err := st.Runs(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	run := runs[0]
	finished := checkKept(t, st, run, reported)
	if err := st.Sound(ctx); err != nil {
		t.Error(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	before := ledger.count()
	// Whatever the model was asked is an answer that is kept, or is said to be one
	// that may have been billed.
	if lost := before - finished; lost > run.Unsure {
		t.Errorf("the model was asked %d times; %d answers are kept and %d requests may have been billed", before, finished, run.Unsure)
	}
	resumed := exec.Command(os.Args[0], append(args, "--resume", run.Name())...)
	resumed.Env = asGalley(dir)
	out, err := resumed.CombinedOutput()
	if err != nil {
		t.Fatalf("resume: %v\n%s", err, out)
	}
	if got, want := ledger.count()-before, run.Cells-finished; got != want {
		t.Errorf("resuming asked %d times for %d cells that were not finished (%d of %d were)", got, want, finished, run.Cells)
	}
	checkResumed(t, db, run, reported)
}

// checkResumed looks a run over that was resumed: every cell is answered, what was
// reported before the kill is as it was, and what may have been billed stays said.
func checkResumed(t *testing.T, db string, before session.Run, reported []cellLine) {
	t.Helper()
	st, err := store.Open(context.Background(), db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	run, err := st.Run(context.Background(), before.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n := checkKept(t, st, run, reported); n != run.Cells || run.State != session.RunDone || run.Unsure != before.Unsure {
		t.Errorf("after resuming %d of %d cells are finished, the run is %s and %d requests may have been billed; before it were %d",
			n, run.Cells, run.State, run.Unsure, before.Unsure)
	}
}

// runAndKill starts a run, kills it with SIGKILL a moment after it has reported
// so many cells, and returns what it had reported.
func runAndKill(t *testing.T, args []string, after int, r *rand.Rand) []cellLine {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = asGalley(t.TempDir())
	var talk strings.Builder
	cmd.Stderr = &talk
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []cellLine
	in := bufio.NewReader(stdout)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			if err != io.EOF {
				t.Fatal(err)
			}
			break // an unfinished last line was not reported
		}
		var c cellLine
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if c.Type == "cell" {
			lines = append(lines, c)
		}
		if len(lines) == after {
			time.AfterFunc(time.Duration(r.IntN(20))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	if len(lines) == 0 {
		t.Fatalf("the run reported nothing: %s", talk.String())
	}
	return lines
}

// checkKept holds every reported cell against the store and returns how many
// cells of the run are finished there. Nothing runs any more; what was asked and
// not answered is interrupted, and counted as what may have been billed.
func checkKept(t *testing.T, st *store.Store, run session.Run, reported []cellLine) (finished int) {
	t.Helper()
	ctx := context.Background()
	results, err := st.Results(ctx, run.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]session.Result{}
	unsure := 0
	for _, r := range results {
		kept[r.Cell.UID] = r
		unsure += r.Output.Unsure
		switch s := r.Output.Status; {
		case s.Finished():
			finished++
			if b, err := st.Received(ctx, r.Cell.ID); err != nil || len(b) == 0 {
				t.Errorf("%s is finished; of what was received %d bytes are kept: %v", outputName(r), len(b), err)
			}
		case s == session.StatusRunning, s == session.StatusInterrupted && r.Output.Unsure == 0:
			t.Errorf("%s is %s, and %d of its requests may have been billed", outputName(r), s, r.Output.Unsure)
		}
	}
	if unsure != run.Unsure {
		t.Errorf("the run says that %d requests may have been billed, its cells %d", run.Unsure, unsure)
	}
	for _, c := range reported {
		r, ok := kept[c.Cell]
		if !ok || string(r.Output.Text) != c.Text || string(r.Output.Status) != c.Status {
			t.Errorf("cell %s was reported as %s %q; the workspace has %s %q", c.Cell, c.Status, c.Text, r.Output.Status, string(r.Output.Text))
		}
	}
	return finished
}

package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galley/session"
	"galley/store"
	"galley/tui/judge"
)

// judgesFor names the workspace that the test binary judges in, in the place of
// its tests.
const judgesFor = "GALLEY_TEST_JUDGES"

// TestJudgeChild is the process that TestKilledJudging kills: it judges as the
// screen does, and prints a line for every verdict that the screen would tick.
func TestJudgeChild(t *testing.T) {
	path := os.Getenv(judgesFor)
	if path == "" {
		return // it is no test of its own
	}
	ctx := context.Background()
	st, err := store.Open(ctx, path, store.Options{Gone: ownerGone})
	if err != nil {
		t.Fatal(err)
	}
	d, err := wire(config{}, st, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := newClerk(d)
	p, err := st.Prompt(ctx, "triage")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(uint64(os.Getpid()), 7))
	step, err := c.begin(ctx, judge.Ask{PromptID: p.ID, Mode: session.JudgePairs, Judge: "ann"})
	for err == nil {
		choice := []session.Choice{session.ChoiceLeft, session.ChoiceRight, session.ChoiceTie, session.ChoiceBothBad, session.ChoiceSkip}[r.IntN(5)]
		switch {
		case step.Duel == nil && step.CanMore > 0:
			step, err = c.more(ctx, step.Sitting)
		case step.Duel == nil:
			step, err = c.begin(ctx, judge.Ask{PromptID: p.ID, Mode: session.JudgePairs, Judge: "ann", Anew: true})
			if step.Duel == nil {
				fmt.Println("over")
				return
			}
		case step.CanUndo && r.IntN(12) == 0:
			step, err = c.undo(ctx, step.Sitting)
			fmt.Println("undone")
		default:
			step, err = c.rule(ctx, judge.Ruling{Sitting: step.Sitting, Token: step.Token, Choice: choice, ScreenMS: 1})
			fmt.Println("ticked", choice)
		}
	}
	t.Fatal(err)
}

// Five hundred verdicts under kills at random moments: what was ticked is there,
// in its order, and the verdicts in force are what a replay of the log gives.
func TestKilledJudging(t *testing.T) {
	if os.Getenv(judgesFor) != "" {
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "w.db")
	if err := fillNew(context.Background(), config{}, path); err != nil {
		t.Fatal(err)
	}
	want := 500
	if os.Getenv("GALLEY_KILLS") == "" {
		want = 100 // .ci/run goes the whole way
	}
	r := rand.New(rand.NewPCG(3, 5))
	var said []string
	ticked := 0
	for round := 0; ticked < want; round++ {
		lines := judgeAndKill(t, path, 5+r.IntN(30), r)
		said = append(said, lines...)
		for _, l := range lines {
			if strings.HasPrefix(l, "ticked") {
				ticked++
			}
		}
		checkVerdicts(t, path, said)
		if len(lines) > 0 && lines[len(lines)-1] == "over" {
			judgedBy(t, path, fmt.Sprintf("ann-%d", round)) // every duel is decided: begin with a clean slate
			said = nil
		}
		if t.Failed() {
			return
		}
	}
}

// judgedBy gives the verdicts of ann another judge, so that she can begin anew.
func judgedBy(t *testing.T, path, name string) {
	t.Helper()
	db := openRaw(t, path)
	for _, table := range []string{"verdicts", "sittings"} {
		if _, err := db.Exec("UPDATE "+table+" SET judge = ? WHERE judge = 'ann'", name); err != nil {
			t.Fatal(err)
		}
	}
}

func openRaw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// judgeAndKill lets a child judge and kills it a moment after so many lines.
func judgeAndKill(t *testing.T, path string, after int, r *rand.Rand) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestJudgeChild$")
	cmd.Env = append(os.Environ(), judgesFor+"="+path)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	in := bufio.NewScanner(stdout)
	for in.Scan() {
		l := in.Text()
		if l != "over" && l != "undone" && !strings.HasPrefix(l, "ticked ") {
			if strings.HasPrefix(l, "---") || strings.Contains(l, "FAIL") || strings.Contains(l, "_test.go") {
				t.Errorf("the child: %s", l)
			}
			continue
		}
		lines = append(lines, l)
		if len(lines) == after {
			time.AfterFunc(time.Duration(r.IntN(4000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	if ctx.Err() != nil {
		t.Fatalf("after %d lines the child said nothing more", len(lines))
	}
	return lines
}

// checkVerdicts holds the workspace against what was ticked, and against the log.
func checkVerdicts(t *testing.T, path string, said []string) {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, path, store.Options{Gone: ownerGone})
	if err != nil {
		t.Fatalf("the workspace does not open after the kill: %v", err)
	}
	defer func() { _ = st.Close() }()
	all, err := st.Verdicts(ctx, session.VerdictQuery{Judge: "ann", Undone: true})
	if err != nil {
		t.Fatal(err)
	}
	var got, ticked []string
	undone, takenBack := 0, 0
	for _, v := range all {
		got = append(got, string(v.Choice))
		if v.Undone {
			takenBack++
		}
	}
	for _, l := range said {
		switch {
		case l == "undone":
			undone++
		case strings.HasPrefix(l, "ticked "):
			ticked = append(ticked, strings.TrimPrefix(l, "ticked "))
		}
	}
	// At each kill one verdict may be on disk that was not ticked yet: what was said
	// must stand there in its order.
	at := 0
	for _, c := range got {
		if at < len(ticked) && ticked[at] == c {
			at++
		}
	}
	if at < len(ticked) {
		t.Errorf("%d verdicts were ticked and only %d of them are there, in order", len(ticked), at)
	}
	if takenBack < undone {
		t.Errorf("%d were said to be taken back, %d are", undone, takenBack)
	}
	replayed := replay(t, path)
	for _, v := range all {
		if inForce := replayed[v.ID]; inForce == v.Undone {
			t.Errorf("verdict %d: the table says taken back %v, the log says in force %v", v.ID, v.Undone, inForce)
		}
	}
}

// replay reads the log of edits from its beginning: which verdicts are in force.
func replay(t *testing.T, path string) map[int64]bool {
	t.Helper()
	rows, err := openRaw(t, path).Query("SELECT changes FROM edits ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[int64]bool{}
	for rows.Next() {
		var changes string
		if err := rows.Scan(&changes); err != nil {
			t.Fatal(err)
		}
		var deltas []struct {
			T  string
			ID int64
			A  map[string]any
		}
		if err := json.Unmarshal([]byte(changes), &deltas); err != nil {
			t.Fatal(err)
		}
		for _, d := range deltas {
			if gone, ok := d.A["deleted_ms"]; ok && d.T == "verdicts" {
				out[d.ID] = gone == nil
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

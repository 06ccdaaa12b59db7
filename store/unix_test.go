//go:build unix

package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

func TestFilesAreTheOwnersWhateverTheUmask(t *testing.T) {
	for _, mask := range []int{0, 0o077, 0o027} {
		old := syscall.Umask(mask)
		path := filepath.Join(t.TempDir(), "g.db")
		s := open(t, path, Options{Create: true})
		prompt(t, s, "triage")
		must(t, s.Backup(t.Context(), path+".bak"))
		for _, suffix := range []string{"", "-wal", "-shm", ".bak"} {
			mode(t, path+suffix, 0o600)
		}
		closed(t, s)
		syscall.Umask(old)
	}
	s := create(t)
	closed(t, s)
	must(t, os.Chmod(s.Path(), 0o644))
	if o := open(t, s.Path(), Options{}); !o.Info().OthersCanRead {
		t.Error("a file that others can read is not said to be one")
	}
}

func TestAPipeIsRefusedWithoutWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(path, 0o600))
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(path, link))
	for _, p := range []string{path, link, os.DevNull} {
		var f *Foreign
		if _, err := Open(t.Context(), p, Options{}); !errors.As(err, &f) {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// Other parts of a process may open and close the file. On Linux our locks on it
// survive that: else another process could write into our open transaction, as
// the first migrations, before the log of WAL, would show.
func TestLocksSurviveAClose(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has locks that belong to an open file")
	}
	setUp()
	path := filepath.Join(t.TempDir(), "g.db")
	must(t, reserve(path))
	db, err := openPool(t.Context(), path, 1, "")
	must(t, err)
	defer db.Close()
	_, err = db.Exec(`CREATE TABLE t (a)`)
	must(t, err)
	tx, err := db.Begin()
	must(t, err)
	_, err = tx.Exec(`INSERT INTO t VALUES (1)`)
	must(t, err)
	read(t, path)
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), "GALLEY_CHILD=write", "GALLEY_FILE="+path)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "written: ") || strings.Contains(string(out), "written: <nil>") {
		t.Errorf("another process wrote into our transaction: %v\n%s", err, out)
	}
	must(t, tx.Commit())
}

// TestChild is what the tests run in a process of its own.
func TestChild(t *testing.T) {
	switch os.Getenv("GALLEY_CHILD") {
	case "write":
		setUp()
		ctx, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer stop()
		db, err := openPool(t.Context(), os.Getenv("GALLEY_FILE"), 1, "")
		must(t, err)
		_, err = db.ExecContext(ctx, `INSERT INTO t VALUES (2)`)
		fmt.Println("written:", err)
	case "judge":
		ctx := context.Background()
		s, err := Open(ctx, os.Getenv("GALLEY_FILE"), Options{})
		must(t, err)
		p, err := s.Prompt(ctx, "triage")
		must(t, err)
		res, err := s.Results(ctx, 1)
		must(t, err)
		for i := range 10_000 {
			switch i % 5 {
			case 3:
				v, _, err := s.UndoVerdict(ctx, p.ID, "anna", session.JudgePairs)
				must(t, err)
				_, _ = os.Stdout.WriteString(fmt.Sprintln("back", v.ID))
			case 4:
				_, err := s.Undo(ctx, 1) // it stands again
				must(t, err)
				_, err = s.Redo(ctx, 1)
				must(t, err)
			default:
				v, err := s.AddVerdicts(ctx, []session.Verdict{between(p.ID, res[0], res[1])})
				must(t, err)
				_, _ = os.Stdout.WriteString(fmt.Sprintln("kept", v[0].ID))
			}
		}
	case "step":
		ctx := context.Background()
		s, err := Open(ctx, os.Getenv("GALLEY_FILE"), Options{})
		must(t, err)
		seed, err := strconv.ParseUint(os.Getenv("GALLEY_SEED"), 10, 64)
		must(t, err)
		d := session.NewDesk(content("begin"))
		for i := range uint64(10_000) {
			scribble(d, seed, i)
			past, future := d.Steps()
			must(t, s.PutSteps(ctx, 1, past, future))
			_, _ = os.Stdout.WriteString(fmt.Sprintln("kept", i))
		}
	case "migrate":
		fmt.Println("ready")
		s, err := Open(context.Background(), os.Getenv("GALLEY_FILE"), Options{})
		must(t, err)
		must(t, s.Close())
		fmt.Println("migrated")
	case "record":
		s, err := Open(context.Background(), os.Getenv("GALLEY_FILE"), Options{})
		must(t, err)
		v, err := s.Variant(context.Background(), session.VariantRef{Prompt: "triage", Variant: "v"})
		must(t, err)
		_, cells := start(t, s, v, 4000, "child")
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := w; i < len(cells); i += 8 {
					if err := ask(s, cells[i], answer(cells[i].ID)); err != nil {
						fmt.Println("error", err)
						return
					}
					// One write: a line is either there or not.
					_, _ = os.Stdout.WriteString(fmt.Sprintln("kept", cells[i].ID))
				}
			})
		}
		wg.Wait()
	}
}

func answer(id int64) session.Output {
	return session.Output{Status: session.StatusDone, Text: text.Raw(strings.Repeat(fmt.Sprint("answer ", id, "\x00"), 40))}
}

// A result that was reported as kept is there after kill -9, with its bytes.
func TestKilledWhileRecording(t *testing.T) {
	s := create(t)
	variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	path := s.Path()
	closed(t, s)
	kept, times := 0, 10
	if testing.Short() {
		times = 2
	}
	rnd := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for range times {
		cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
		cmd.Env = append(os.Environ(), "GALLEY_CHILD=record", "GALLEY_FILE="+path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		ids := []int64{}
		last := 1 + rnd.IntN(60)
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "kept "); ok {
				id, err := strconv.ParseInt(v, 10, 64)
				must(t, err)
				ids = append(ids, id)
			} else if strings.HasPrefix(lines.Text(), "error") {
				t.Fatal(lines.Text())
			}
			if len(ids) == last {
				must(t, cmd.Process.Kill())
			}
		}
		_ = cmd.Wait()
		s := open(t, path, Options{})
		for _, id := range ids {
			r, err := s.Result(t.Context(), id)
			if err != nil || r.Output.Status != session.StatusDone || r.Output.Text != answer(id).Text {
				t.Errorf("cell %d was reported as kept: %+v, %v", id, r.Output.Status, err)
			}
		}
		must(t, s.Sound(t.Context()))
		closed(t, s)
		kept += len(ids)
	}
	if kept < times {
		t.Errorf("only %d results were kept: the child does not work", kept)
	}
}

// A verdict that was reported as kept, or as taken back, is that after kill -9;
// and what stands is what the log says.
func TestKilledWhileJudging(t *testing.T) {
	s := create(t)
	answered(t, s, 2)
	path := s.Path()
	closed(t, s)
	rnd := rand.New(rand.NewPCG(3, uint64(time.Now().UnixNano())))
	told := 0
	for range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
		cmd.Env = append(os.Environ(), "GALLEY_CHILD=judge", "GALLEY_FILE="+path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		stands := map[int64]bool{} // as it was told; what came after the last word may be more
		var last int64
		for n, until := 0, 1+rnd.IntN(80); lines.Scan(); n++ {
			what, id, _ := strings.Cut(lines.Text(), " ")
			if what != "kept" && what != "back" {
				t.Fatal(lines.Text())
			}
			last, err = strconv.ParseInt(id, 10, 64)
			must(t, err)
			stands[last] = what == "kept"
			told++
			if n == until {
				must(t, cmd.Process.Kill())
			}
		}
		_ = cmd.Wait()
		s := open(t, path, Options{})
		all, err := s.Verdicts(t.Context(), session.VerdictQuery{Undone: true})
		must(t, err)
		have := map[int64]bool{}
		for _, v := range all {
			have[v.ID] = !v.Undone
		}
		for id, want := range stands {
			// The last one may have been taken back, or stand again, before that was told.
			if got, ok := have[id]; !ok || got != want && id != last {
				t.Errorf("verdict %d was told to stand: %v; it is there: %v, and stands: %v", id, want, ok, got)
			}
		}
		if diff := cmp.Diff(replayed(t, s), have); diff != "" {
			t.Error("the verdicts are not what the log says:\n", diff)
		}
		must(t, s.Sound(t.Context()))
		closed(t, s)
	}
	if told < 20 {
		t.Errorf("only %d verdicts: the child does not work", told)
	}
}

// The steps that were reported as kept are there after kill -9, or those of the
// next deed; never half of either.
func TestKilledWhileStepping(t *testing.T) {
	s := create(t)
	variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	path := s.Path()
	closed(t, s)
	rnd := rand.New(rand.NewPCG(5, uint64(time.Now().UnixNano())))
	told := 0
	for seed := range uint64(6) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
		cmd.Env = append(os.Environ(), "GALLEY_CHILD=step", "GALLEY_FILE="+path, fmt.Sprint("GALLEY_SEED=", seed))
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		kept := uint64(0)
		for n, until := 0, 1+rnd.IntN(120); lines.Scan(); n++ {
			what, i, _ := strings.Cut(lines.Text(), " ")
			if what != "kept" {
				t.Fatal(lines.Text())
			}
			kept, err = strconv.ParseUint(i, 10, 64)
			must(t, err)
			told++
			if n == until {
				must(t, cmd.Process.Kill())
			}
		}
		_ = cmd.Wait()
		s := open(t, path, Options{})
		p, f, err := s.Steps(t.Context(), 1)
		must(t, err)
		d := session.NewDesk(content("begin"))
		for i := range kept + 1 {
			scribble(d, seed, i)
		}
		fits := func() bool {
			past, future := bounded(d.Steps())
			return shown(p) == shown(past) && shown(f) == shown(future)
		}
		if !fits() {
			scribble(d, seed, kept+1)
			if !fits() {
				t.Errorf("after deed %d there are %d steps back and %d forth, which were never those of the desk", kept, len(p), len(f))
			}
		}
		must(t, s.Sound(t.Context()))
		closed(t, s)
	}
	if told < 20 {
		t.Errorf("only %d deeds: the child does not work", told)
	}
}

// A migration that is killed leaves the old version or the new one, with all rows.
func TestKilledWhileMigrating(t *testing.T) {
	if testing.Short() {
		t.Skip("both sides are hit by many kills only, which make test does")
	}
	old := []byte(read(t, oldFile(t, 500)))
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(2, uint64(time.Now().UnixNano())))
	want, versions, whole := "", map[int]int{}, time.Duration(0)
	for i := range 25 {
		path := filepath.Join(dir, fmt.Sprint(i), "g.db")
		must(t, os.Mkdir(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, old, 0o600))
		if i == 0 {
			want = oldRows(t, path)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
		cmd.Env = append(os.Environ(), "GALLEY_CHILD=migrate", "GALLEY_FILE="+path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != "ready" {
		}
		begin := time.Now()
		if i > 0 { // the first tells how long it takes
			time.Sleep(time.Duration(rnd.Int64N(int64(whole))))
			must(t, cmd.Process.Kill())
		} else if !lines.Scan() || lines.Text() != "migrated" {
			t.Fatal("the child does not migrate")
		}
		whole = max(whole, time.Since(begin))
		for lines.Scan() {
		}
		_ = cmd.Wait()
		s := open(t, path, Options{})
		if s.Info().Copy == "" {
			versions[2]++
		} else {
			versions[1]++
		}
		if s.Info().Version != newest(t) {
			t.Errorf("version %d", s.Info().Version)
		}
		must(t, s.Sound(t.Context()))
		closed(t, s)
		if got := oldRows(t, path); got != want {
			t.Error("rows are not as they were")
		}
	}
	t.Logf("killed before the end %d times, after it %d times", versions[1], versions[2])
	if versions[1] == 0 || versions[2] == 0 {
		t.Errorf("by version: %v; the test did not hit both sides", versions)
	}
}

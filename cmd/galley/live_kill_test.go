//go:build llama

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galley/store"
)

// engineOf is the real llama-server and the folder of tiny models that a test
// runs with; the test is skipped where the environment names none.
func engineOf(t *testing.T) (program, models string) {
	t.Helper()
	program, models = os.Getenv("GALLEY_LLAMA_SERVER"), os.Getenv("GALLEY_GGUF_DIR")
	if program == "" || models == "" {
		t.Skip("GALLEY_LLAMA_SERVER and GALLEY_GGUF_DIR name no engine; make e2e-llama does")
	}
	return program, models
}

// childrenOf lists the processes whose command line holds the mark.
func childrenOf(t *testing.T, mark string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range all {
		b, err := os.ReadFile(p)
		if err != nil {
			continue // it has ended meanwhile
		}
		if line := strings.ReplaceAll(string(b), "\x00", " "); strings.Contains(line, mark) && strings.Contains(line, "llama-server") {
			out = append(out, line)
		}
	}
	return out
}

// A run on a server that Galley started is killed at a random moment, again and
// again: the server goes with it, what was reported is kept, and resuming starts
// a server anew and ends the run.
func TestLiveKilledRunsLeaveNoServer(t *testing.T) {
	program, models := engineOf(t)
	dir := t.TempDir()
	base := filepath.Join(dir, "base.db")
	if err := fillNew(context.Background(), config{}, base); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	some := "c01"
	for k := 2; k <= 24; k++ {
		some += fmt.Sprintf(",c%02d", k)
	}
	for i := range min(kills(t), 6) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			dir := t.TempDir()
			db, cfg, model := filepath.Join(dir, "w.db"), filepath.Join(dir, "config.toml"), filepath.Join(dir, "tiny-mark.gguf")
			if err := os.Link(filepath.Join(models, "tiny-chatml.gguf"), model); err != nil {
				if err := copyFile(filepath.Join(models, "tiny-chatml.gguf"), model); err != nil {
					t.Fatal(err)
				}
			}
			toml := fmt.Sprintf("[backends.gpu]\nkind = \"llama-server\"\nprogram = %q\nmodel = %q\nargs = [\"-np\", \"4\", \"-c\", \"16384\", \"-t\", \"1\"]\n", program, model)
			for path, b := range map[string][]byte{db: data, cfg: []byte(toml)} {
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := []string{"--config", cfg, "-w", db, "run", "--json", "--no-cache"}
			r := rand.New(rand.NewPCG(uint64(i), 7))
			reported := runAndKill(t, append(args, "--prompt", "triage", "--variants", "zero-shot,five-shot", "--models", "gpu/tiny-mark", "--cases", some), 1+r.IntN(30), r)
			gone := time.Now().Add(2 * time.Second)
			for left := childrenOf(t, model); len(left) > 0; left = childrenOf(t, model) {
				if time.Now().After(gone) {
					t.Fatalf("a server is still there 2 s after its Galley was killed: %q", left)
				}
				time.Sleep(20 * time.Millisecond)
			}
			st, err := store.Open(context.Background(), db, store.Options{Gone: ownerGone})
			if err != nil {
				t.Fatal(err)
			}
			runs, err := st.Runs(context.Background(), 0)
			if err != nil {
				t.Fatal(err)
			}
			finished := checkKept(t, st, runs[0], reported)
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			resumed := exec.Command(os.Args[0], append(args, "--resume", runs[0].Name())...)
			resumed.Env = asGalley(dir)
			out, err := resumed.Output()
			if code := resumed.ProcessState.ExitCode(); code != 0 && code != exitIncomplete || strings.Contains(string(out), `"status":"error"`) {
				t.Fatalf("resume: %v\n…%s", err, out[max(0, len(out)-600):]) // some answers are longer than allowed, which is 3
			}
			if got, want := strings.Count(string(out), `"type":"cell"`), runs[0].Cells-finished; got != want {
				t.Errorf("resuming asked %d cells; %d were not finished", got, want)
			}
			if left := childrenOf(t, model); len(left) > 0 {
				t.Errorf("a server outlived a run that ended well: %q", left)
			}
		})
	}
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

//go:build llama && linux

package managed

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

func liveProgram(t *testing.T) (program, models string) {
	t.Helper()
	program, models = os.Getenv("GALLEY_LLAMA_SERVER"), os.Getenv("GALLEY_GGUF_DIR")
	if program == "" {
		t.Skip("GALLEY_LLAMA_SERVER names no llama-server")
	}
	return program, models
}

// The real program tells how far it is, and is proved to be ours: no other key is
// taken.
func TestLiveLoads(t *testing.T) {
	program, models := liveProgram(t)
	args := []string{"-t", "1"}
	if p, err := Probe(context.Background(), program); err != nil {
		t.Fatal(err)
	} else if p.knows["--load-mode"] {
		args = append(args, "--load-mode", "none") // what is mapped is hardly read at all
	}
	var mu sync.Mutex
	var seen []ChildStatus
	s, err := New(Options{
		Name: "gpu", Program: program, StateDir: filepath.Join(t.TempDir(), "state"), Args: args,
		Files: map[string]string{"heavy": filepath.Join(models, "heavy.gguf")},
		Changed: func(c ChildStatus) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, c)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	began := time.Now()
	e, release := mustUse(t, s, "heavy")
	t.Logf("ready after %v, %d slots of %d tokens, %s", time.Since(began).Round(time.Millisecond), e.Slots, e.Context, e.Server)
	if code, _, err := get(context.Background(), e.BaseURL+"/props", newKey()); err != nil || code != 401 {
		t.Errorf("another key: %d, %v", code, err)
	}
	release()
	mu.Lock()
	defer mu.Unlock()
	last := -1.0
	var shares []float64
	for _, c := range seen {
		if c.State != StateLoading {
			continue
		}
		if c.Share < last {
			t.Errorf("the progress goes back, from %v to %v", last, c.Share)
		}
		if last = c.Share; last > 0 && last < 1 && !slices.Contains(shares, last) {
			shares = append(shares, last)
		}
	}
	t.Logf("progress: %.2f", shares)
	if len(shares) == 0 {
		t.Error("no progress was told")
	}
}

// The real program ends with its Galley, when that is killed.
func TestLiveParentKilled(t *testing.T) {
	program, models := liveProgram(t)
	cmd, _, pid := startParent(t, program, filepath.Join(t.TempDir(), "state"), filepath.Join(models, "mid.gguf"), "-t", "1")
	began := time.Now()
	_ = cmd.Process.Kill()
	for running(pid) && time.Since(began) < 2*time.Second {
		time.Sleep(time.Millisecond)
	}
	if running(pid) {
		t.Fatal("the server is still there after two seconds")
	}
	t.Logf("the server ended %v after its Galley", time.Since(began).Round(time.Millisecond))
}

//go:build unix

package engine_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
)

// 300 requests at once where the process may have 64 files open: they wait their
// turn, and no cell fails for it.
func TestFewFiles(t *testing.T) {
	if url := os.Getenv("GALLEY_TEST_FEW_FILES"); url != "" {
		fewFiles(t, url)
		return
	}
	s := backendtest.NewServer(func(r backendtest.Request) backendtest.Answer {
		a := backendtest.Echo(r)
		a.Wait = 50 * time.Millisecond
		return a
	})
	defer s.Close()
	c := exec.Command(os.Args[0], "-test.run", "^TestFewFiles$", "-test.timeout", "2m")
	c.Env = append(os.Environ(), "GALLEY_TEST_FEW_FILES="+s.URL)
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := len(s.Requests()); n < 900 {
		t.Errorf("%d requests came", n)
	}
}

func fewFiles(t *testing.T, url string) {
	l := syscall.Rlimit{Cur: 64, Max: 64}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
	set, err := backend.NewSet([]backend.Config{{Name: "lab", Kind: "openai", BaseURL: url, Concurrency: 300}}, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	rec := &backendtest.Recorder{}
	r := engine.New(set, rec, engine.Options{})
	defer r.Close()
	m := matrix(900, "lab/m")
	m.NoCache = true
	run, err := start(t, r, m).Wait()
	if err != nil || run.Done != 900 || run.Failed != 0 {
		for _, res := range rec.Results(run.ID) {
			if res.Output.Error != nil {
				t.Log(res.Output.Error)
				break
			}
		}
		t.Fatal(fmt.Sprintf("%+v", run), err)
	}
	sound(t, rec)
	if !t.Failed() {
		fmt.Println("PASS")
		os.Exit(0) // its connections are open still
	}
}

//go:build llama

package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// liveServer starts the real program and returns its address. It is named by
// GALLEY_LLAMA_SERVER, with the models of GALLEY_GGUF_DIR.
func liveServer(t *testing.T, args ...string) string {
	t.Helper()
	program, dir := os.Getenv("GALLEY_LLAMA_SERVER"), os.Getenv("GALLEY_GGUF_DIR")
	if program == "" {
		t.Skip("GALLEY_LLAMA_SERVER names no llama-server")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(free.Addr().(*net.TCPAddr).Port)
	_ = free.Close()
	var log bytes.Buffer
	c := exec.Command(program, append([]string{
		"--host", "127.0.0.1", "--port", port, "--offline",
		"-m", filepath.Join(dir, "tiny-chatml.gguf"), "-a", "tiny", "-t", "1", "--cache-ram", "0",
	}, args...)...)
	c.Stdout, c.Stderr = &log, &log
	c.Env = append(os.Environ(), "LLAMA_CACHE="+t.TempDir())
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		if t.Failed() {
			t.Logf("the server's log ends so:\n%s", log.Bytes()[max(0, log.Len()-2000):])
		}
	})
	base := "http://127.0.0.1:" + port
	for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get(base + "/health"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return base
			}
		}
		select {
		case <-ended:
			t.Fatalf("the server ended:\n%s", log.Bytes())
		default:
		}
		if time.Now().After(until) {
			t.Fatal("the server is not ready after a minute")
		}
	}
}

func liveRun(t *testing.T, base string, m engine.Matrix) (session.Run, []session.Result, backend.Backend) {
	t.Helper()
	set, err := backend.NewSet([]backend.Config{{Name: "here", Kind: "llamacpp", BaseURL: base}}, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = set.Close() })
	rec := &backendtest.Recorder{}
	r := engine.New(set, rec, engine.Options{})
	t.Cleanup(r.Close)
	run, err := start(t, r, m).Wait()
	if err != nil {
		t.Fatal(err)
	}
	sound(t, rec)
	b, _, err := set.Lookup("here/tiny")
	if err != nil {
		t.Fatal(err)
	}
	return run, rec.Results(run.ID), b
}

// tokensOf is what the server evaluated for an answer, in its own tokens.
func tokensOf(t *testing.T, b backend.Backend, res session.Result) []int {
	t.Helper()
	e := res.Output.Evaluated
	if e == nil || e.Text == "" {
		t.Fatalf("%s: it is not known what was evaluated: %+v %v", res.Cell.CaseName, res.Output, res.Output.Error)
	}
	all, err := b.(backend.Tokenizer).Tokenize(context.Background(), "tiny", e.Text, true)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int, len(all))
	for i, k := range all {
		out[i] = k.ID
	}
	return out
}

func commonTokens(a, b []int) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// The real server computes no prompt token that it need not: each variant's
// beginning once, and of each case what the case before it did not have.
func TestLiveLanesComputeTheMinimum(t *testing.T) {
	for _, k := range []struct{ variants, cases int }{{8, 8}, {6, 6}} {
		t.Run(fmt.Sprintf("%dx%d", k.variants, k.cases), func(t *testing.T) {
			const slots = 4
			base := liveServer(t, "-np", fmt.Sprint(slots), "-c", "16384")
			m, _, _ := variantsByCases(k.variants, k.cases, "here/tiny")
			for i := range m.Entries {
				zero, seed := 0.0, int64(7)
				m.Entries[i].Content.Params = session.Params{MaxTokens: 16, Temperature: &zero, Seed: &seed}
			}
			run, results, b := liveRun(t, base, m)
			if run.Done != k.variants*k.cases {
				t.Fatalf("%+v: %+v", run, results[0].Output)
			}
			computed, least, total := 0, 0, 0
			last := map[session.VariantRef][]int{}
			var first [][]int
			for _, res := range results { // case by case, as each lane asks them
				o := res.Output
				if o.Engine.PromptTokens == nil {
					t.Fatalf("the server did not count: %+v", o.Engine)
				}
				computed += *o.Engine.PromptTokens
				now := tokensOf(t, b, res)
				total += len(now)
				v := res.Cell.Contestant.Variant
				before, ok := last[v]
				if !ok {
					first = append(first, now)
				}
				least += len(now) - commonTokens(before, now)
				last[v] = now
			}
			// A slot that changes its variant keeps what all begin with.
			least -= (k.variants - slots) * commonTokens(first[0], first[1])
			if computed != least {
				t.Errorf("%d prompt tokens computed, the least is %d (of %d asked)", computed, least, total)
				for _, res := range results {
					o := res.Output
					t.Logf("%s case %s: sent at %d ms, took %d ms, computed %d", res.Cell.Contestant.Variant, res.Cell.CaseName, o.Timing.QueueMS, o.Timing.TotalMS, *o.Engine.PromptTokens)
				}
			}
			t.Logf("%d prompt tokens computed of %d asked", computed, total)
		})
	}
}

// Asked so that it repeats, the real server answers the same twice.
func TestLiveRepeatable(t *testing.T) {
	base := liveServer(t, "-np", "4", "-c", "16384")
	m, _, _ := variantsByCases(2, 6, "here/tiny")
	m.How.Repeatable = true
	for i := range m.Entries {
		warm, seed := 0.7, int64(5)
		m.Entries[i].Content.Params = session.Params{MaxTokens: 24, Temperature: &warm, Seed: &seed}
	}
	var before []text.Raw
	for range 2 {
		_, results, _ := liveRun(t, base, m)
		var now []text.Raw
		for _, res := range results {
			if !res.Output.Repeatable {
				t.Errorf("not recorded as repeatable: %+v", res.Output)
			}
			if e := res.Output.Engine; e.CachedTokens != nil && *e.CachedTokens > 0 {
				t.Errorf("%d tokens from the prompt cache", *e.CachedTokens)
			}
			now = append(now, res.Output.Text)
		}
		for i := range before {
			if before[i] != now[i] {
				t.Errorf("cell %d: %q, then %q", i, before[i], now[i])
			}
		}
		before = now
	}
}

//go:build llama

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// llamaListens starts a real llama-server on a port of its own, as its user would,
// and returns its address once it answers.
func llamaListens(t *testing.T) string {
	t.Helper()
	program, models := engineOf(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-m", filepath.Join(models, "tiny-chatml.gguf"), "-a", "tiny-chatml", "--host", "127.0.0.1", "--port", fmt.Sprint(port),
		"-np", "4", "-c", "16384", "-t", "1", "--cache-ram", "0", "--metrics", "--offline")
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		<-ended
		_ = log.Close()
	})
	at := fmt.Sprintf("http://127.0.0.1:%d", port)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if resp, err := http.Get(at + "/health"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return at
			}
		}
		select {
		case err := <-ended:
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("llama-server ended: %v\n%s", err, said)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("llama-server was not ready within a minute")
		}
	}
}

// The sample's whole path with a real local engine, by keyboard alone: a prompt on
// the table, the context as the server would evaluate it, a run, three duels, the
// suite. That a model of 7 MB fails the suite is what the check has to find.
func TestLiveWalk(t *testing.T) {
	at := llamaListens(t)
	bin := builtBinary(t)
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			x := start(t, size[0], size[1])
			if err := os.Mkdir(filepath.Join(x.dir, "galley"), 0o700); err != nil {
				t.Fatal(err)
			}
			toml := fmt.Sprintf("[backends.local]\nkind = \"llamacpp\"\nbase_url = %q\n", at)
			if err := os.WriteFile(filepath.Join(x.dir, "galley", "config.toml"), []byte(toml), 0o600); err != nil {
				t.Fatal(err)
			}
			x.line("%s demo --at $PWD/d.db", bin)
			x.wait("Library", "reply", "? help")
			x.keys("Home", "Down", "Down", "Enter")
			x.wait("steps", "enter open")
			x.keys("Down", "Enter")
			x.wait("Blocks", "Examples", "Proof of r01")

			x.keys("M-3")
			x.wait("messages", "embedded/nearest")
			for range 40 { // until the servers have said what models they have
				x.keys("M")
				time.Sleep(250 * time.Millisecond)
				if strings.Contains(x.screen(), "enter choose") {
					break
				}
			}
			x.wait("local/tiny-chatml", "enter choose")
			x.keys("Home", "Enter")
			x.wait("· local/tiny-chatml")
			x.keys("Tab")
			x.wait("POST /v1/chat/completions")
			x.keys("Tab")
			x.wait("as the server would evaluate it", "every message is there as it was composed", "<|im_start|>system", ", server")

			x.keys("M-4")
			x.wait("r1", "done")
			x.keys("n")
			x.wait("A new run of reply", "[x] local/tiny-chatml")
			x.keys("Home", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Space")
			x.wait("(•) tagged", "variants    3", "× cases     5", "requests    15") // of this choice: enter waits for it
			x.keys("Enter")
			s := x.wait("15 cells · 15 done")
			if strings.Contains(s, "input cut") {
				t.Errorf("nothing was cut:\n%s", s)
			}
			x.keys("Enter", "v")
			x.wait("proved:", "<|im_start|>system")
			x.keys("Escape")
			x.wait("15 cells · 15 done")

			x.keys("J")
			x.wait("5 cases, 3 versions", "begin")
			x.keys("Enter")
			for i := range 3 {
				x.wait(fmt.Sprintf("%d of 20", i+1))
				time.Sleep(500 * time.Millisecond) // verdict keys count after 0.4 s
				x.keys("1")
			}
			x.wait("4 of 20")

			x.keys("M-7")
			x.wait("honest", "6 assertions")
			x.keys("c")
			x.wait("Check honest", "[x] local/tiny-chatml", "from cache  5", "requests    19")
			x.keys("Enter")
			x.wait("0 of 24 pass", "Failing · 24")
			x.leave()
			x.line("clear; %s -w d.db list runs; echo status=$?", bin)
			x.wait("check of ho", "status=0")
		})
	}
}

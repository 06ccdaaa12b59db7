package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/store"
	"galley/tui"
	"galley/tui/tuitest"
)

// pressed is a key with the moment at which it was pressed.
type pressed struct {
	key tea.KeyPressMsg
	at  time.Time
}

// stopwatch takes the time from a key to the frame that holds what it did, with all
// that stood before it in the queue.
type stopwatch struct {
	tea.Model
	since time.Time
	mu    sync.Mutex
	took  []time.Duration
}

func (s *stopwatch) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if k, ok := msg.(pressed); ok {
		s.since, msg = k.at, k.key
	}
	m, cmd := s.Model.Update(msg)
	s.Model = m
	return s, cmd
}

func (s *stopwatch) View() tea.View {
	v := s.Model.View()
	if !s.since.IsZero() {
		s.mu.Lock()
		s.took = append(s.took, time.Since(s.since))
		s.mu.Unlock()
		s.since = time.Time{}
	}
	return v
}

// BenchmarkKeyMeanwhile is a key and its frame in the whole workbench, with a workspace
// on disk, while 64 answers of a server stream about thirty pieces a second each. It is
// one run of some hundred keys, whatever b.N is.
func BenchmarkKeyMeanwhile(b *testing.B) {
	const conns, keys = 64, 400
	b.Setenv("XDG_CONFIG_HOME", b.TempDir())
	s := newStub(b, 50*time.Millisecond)
	s.pieces, s.gap = 150, 33*time.Millisecond
	dir := b.TempDir()
	at, conf := filepath.Join(dir, "w.db"), filepath.Join(dir, "config.toml")
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(os.WriteFile(conf, fmt.Appendf(nil, "[backends.lab]\nkind = \"openai\"\nbase_url = %q\nconcurrency = %d\nmodels = [\"m\"]\n", s.URL+"/v1", conns), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	must(fillNew(ctx, config{}, at))
	c, err := readConfig(conf)
	must(err)
	st, err := store.Open(ctx, at, store.Options{})
	must(err)
	d, err := wire(c, st, wordDelay)
	must(err)
	defer func() { must(d.close()) }()
	face, err := d.face(ctx, opening{station: "Bench", prompt: "triage"})
	must(err)
	face.Model = "lab/m"
	w := &stopwatch{Model: tui.NewSafe(tui.New(face))}
	p := tea.NewProgram(w, tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler(), tea.WithFPS(120), tea.WithWindowSize(160, 45))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = p.Run() // it ends with its context
	}()
	until := func(what string, ok func() bool, keys ...string) {
		b.Helper()
		for i, end := 0, time.Now().Add(30*time.Second); !ok(); i++ {
			if time.Now().After(end) {
				b.Fatalf("not in time: %s; %d now\n%s", what, s.busy.Load(), ansi.Strip(w.Model.View().Content))
			}
			if len(keys) > 0 {
				p.Send(tuitest.Key(keys[i%len(keys)]))
			}
			time.Sleep(300 * time.Millisecond)
		}
	}
	time.Sleep(time.Second)
	p.Send(tuitest.Key("n"))
	time.Sleep(time.Second)
	until("a run", func() bool { return s.busy.Load() > conns/4 }, "enter", "y", "y", "y", "y", "y", "y", "y")
	full := func() bool { return s.busy.Load() >= conns-4 }
	until("64 answers that stream", full)
	w.mu.Lock()
	w.took = nil
	w.mu.Unlock()
	b.ResetTimer()
	for i := range keys {
		until("64 answers that stream", full)
		p.Send(pressed{tuitest.Key([]string{"right", "]", "down", "left", "["}[i%5]), time.Now()})
		time.Sleep(25 * time.Millisecond)
	}
	b.StopTimer()
	w.mu.Lock()
	took := slices.Clone(w.took)
	w.mu.Unlock()
	cancel()
	<-ended
	if len(took) < keys*9/10 {
		b.Fatalf("%d frames of %d keys", len(took), keys)
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	b.ReportMetric(inMS(took[len(took)/2]), "p50-ms")
	b.ReportMetric(inMS(p99), "p99-ms")
	b.ReportMetric(inMS(p99)/16, "p99-of-16ms")
}

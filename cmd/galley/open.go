package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/tokens"
	"galley/session"
	"galley/session/text"
	"galley/store"
)

// The store is what the engine records in: proved here, the only place where
// the two meet.
var _ engine.Recorder = (*store.Store)(nil)

// globals are the flags of every command and the streams it talks on.
type globals struct {
	workspace string // -w
	config    string // --config
	color     string // --color: auto, always, never
	json      bool   // --json
	raw       bool   // --raw

	typing *atomic.Bool // a person types an answer: no progress is drawn

	incomplete *atomic.Bool // a row could not be read: the command did not see all

	in  io.Reader
	out io.Writer // results
	err io.Writer // talk
}

// workspacePath is the file that -w, $GALLEY_WORKSPACE or the current folder
// names, in that order.
func (g *globals) workspacePath() string {
	if g.workspace != "" {
		return g.workspace
	}
	if p := os.Getenv("GALLEY_WORKSPACE"); p != "" {
		return p
	}
	return "galley.db"
}

// desk is a workspace that is open, with what can be asked from it: config,
// store, backends and runner. This is the only wiring there is.
type desk struct {
	config config
	store  *store.Store
	set    *backend.Set
	tokens *tokens.Counter
	runner *engine.Runner

	mu   sync.Mutex
	jobs []*engine.Job

	lain lain // on the workbench's table

	meter meter // of what the machine does

	seed func() uint64 // a new seed; tests give theirs
}

// noWorkspace says that nothing is at path, and what to do: open the one that lies in
// the same folder, or make one.
func noWorkspace(path string) error {
	var near []string
	all, _ := os.ReadDir(filepath.Dir(path)) // without a folder nothing lies there
	for _, e := range all {
		if name := filepath.Join(filepath.Dir(path), e.Name()); filepath.Ext(name) == ".db" && store.IsWorkspace(name) {
			near = append(near, name)
		}
	}
	if len(near) == 1 {
		return usage("there is no workspace at %s; galley -w %s opens the one that lies there, galley init %s makes one", text.Raw(path), text.Raw(near[0]), text.Raw(path))
	}
	return usage("there is no workspace at %s; make one with galley init %s, or the sample with galley demo", text.Raw(path), text.Raw(path))
}

// open opens the workspace and wires the rooms together. An error is one
// sentence with its exit code.
func (g *globals) open(ctx context.Context) (*desk, error) {
	c, err := readConfig(g.config)
	if err != nil {
		return nil, err
	}
	path := g.workspacePath()
	st, err := store.Open(ctx, path, store.Options{Gone: ownerGone, Bad: g.goesWithout})
	if err != nil {
		if notThere(err) {
			return nil, noWorkspace(path)
		}
		return nil, &exitError{exitUsage, err}
	}
	if st.Info().OthersCanRead {
		g.talk("warning: others on this machine can read %s; chmod 600 makes it yours", text.Raw(path))
	}
	return wire(c, st, 0)
}

// goesWithout tells of a row that can't be read; a command that did not see all is
// never a plain success.
func (g *globals) goesWithout(bad *store.BadRow) {
	if g.incomplete != nil {
		g.incomplete.Store(true)
	}
	g.talk("galley: %s; all else is there, and galley doctor says what is damaged", text.Raw(bad.What))
}

// wordDelay is the time between two words of the embedded backend at the
// workbench, so that a first run is seen to stream.
const wordDelay = 18 * time.Millisecond

// wire makes a desk of a config and an open store. delay is the embedded
// backend's between words; the command line takes none.
func wire(c config, st *store.Store, delay time.Duration) (*desk, error) {
	set, err := c.open(backend.Embedded{Delay: delay})
	if err != nil {
		_ = st.Close()
		return nil, err
	}
	set.Human().Name(judgeName().String())
	counter := tokens.New(set.Context)
	run := engine.New(set, st, engine.Options{Tokens: counter, Owner: ownerName()})
	return &desk{config: c, store: st, set: set, tokens: counter, runner: run, seed: newSeed}, nil
}

// close cancels what still runs, waits until it is on disk, and ends the desk.
func (d *desk) close() error {
	d.runner.Close()
	d.meter.close()
	return errors.Join(d.set.Close(), d.store.Close())
}

// track remembers a run in flight.
func (d *desk) track(j *engine.Job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.jobs = append(d.jobs, j)
}

// live counts the runs in flight.
func (d *desk) live() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, j := range d.jobs {
		if j.Progress().State == session.RunRunning {
			n++
		}
	}
	return n
}

// stop cancels the runs in flight and waits until their cells are on disk.
func (d *desk) stop(ctx context.Context) {
	d.mu.Lock()
	jobs := slices.Clone(d.jobs)
	d.mu.Unlock()
	for _, j := range jobs {
		j.Cancel()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, j := range jobs {
			_, _ = j.Wait() // what could not be recorded is said when the desk closes
		}
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// matrix turns names into contents: the variants at the revisions asked for, the
// cases that are named (none: all of the prompt's).
func (d *desk) matrix(ctx context.Context, promptID int64, refs []session.VariantRef, models []string, only []session.CaseKey) (engine.Matrix, error) {
	m := engine.Matrix{PromptID: promptID}
	for _, ref := range refs {
		v, err := d.store.Variant(ctx, ref)
		if err != nil {
			return m, err
		}
		m.Prompt = ref.Prompt
		for _, model := range models {
			m.Entries = append(m.Entries, engine.Entry{
				Contestant: session.Contestant{RevisionID: v.Revision.ID, Variant: v.Ref(), Model: model},
				Content:    v.Revision.Content,
			})
		}
	}
	cases, err := d.store.Cases(ctx, promptID)
	if err != nil {
		return m, err
	}
	if len(only) == 0 {
		m.Cases = cases
		return m, nil
	}
	want := make(map[session.CaseKey]bool, len(only))
	for _, k := range only {
		if k.ID != 0 { // whatever its name is by now
			k.Name = ""
		}
		want[k] = true
	}
	for _, c := range cases {
		k := c.Key()
		if k.ID != 0 {
			k.Name = ""
		}
		if want[k] {
			m.Cases = append(m.Cases, c)
		}
	}
	return m, nil
}

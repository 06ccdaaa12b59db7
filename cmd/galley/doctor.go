package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
	"galley/store"
)

// doctorJSON is what galley doctor found. It never holds a key.
type doctorJSON struct {
	Workspace workspaceJSON `json:"workspace"`
	Config    configJSON    `json:"config"`
	Backends  []backendJSON `json:"backends"`
	Problems  []string      `json:"problems"`
}

type workspaceJSON struct {
	Path          string   `json:"path"`
	Found         bool     `json:"found"`
	Version       int      `json:"version"`
	SQLite        string   `json:"sqlite"`
	OthersCanRead bool     `json:"others_can_read"`
	Sound         *bool    `json:"sound"` // null: not looked at
	Interrupted   []string `json:"interrupted_runs"`
	Drafts        int      `json:"drafts"`
	Received      keptJSON `json:"received"`  // what servers sent
	Evaluated     keptJSON `json:"evaluated"` // the contexts that engines evaluated
	Unsure        int      `json:"unsure"`    // requests of all runs that may have been billed without an answer
}

type keptJSON struct {
	Kept  int   `json:"kept"`
	Bytes int64 `json:"bytes"` // of the file
}

type configJSON struct {
	Path  string `json:"path"`
	Found bool   `json:"found"`
}

type backendJSON struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Origin string `json:"origin"`
	KeyEnv string `json:"key_env"`
	Key    *bool  `json:"key_present"` // null: it wants none
}

func doctorCommand(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look the workspace, the config and the backends over; ask no server",
		Args:  wants(0, 0),
		RunE: headless(g, func(ctx context.Context, _ []string) error {
			c, err := readConfig(g.config)
			if err != nil {
				return err
			}
			out := doctorJSON{Config: configJSON{Path: c.path}, Backends: examineBackends(c), Problems: []string{}}
			if c.path != "" {
				_, err := os.Stat(c.path)
				out.Config.Found = err == nil
			}
			if err := examine(ctx, g.workspacePath(), &out); err != nil {
				return err
			}
			for _, b := range out.Backends {
				if b.Key != nil && !*b.Key {
					out.Problems = append(out.Problems, fmt.Sprintf("backend %s: $%s is not set", text.Raw(b.Name), text.Raw(b.KeyEnv)))
				}
			}
			if g.json {
				err = g.printJSON(out)
			} else {
				out.print(g)
			}
			if err != nil {
				return err
			}
			return out.verdict()
		}),
	}
	jsonFlag(c, g, "print a JSON object")
	return c
}

// verdict is the exit code of what was found: 1 for damage, 3 for anything else
// that is to be seen to. Everything has been said.
func (j doctorJSON) verdict() error {
	switch {
	case j.Workspace.Sound != nil && !*j.Workspace.Sound:
		return &exitError{exitFailed, nil}
	case len(j.Problems) > 0:
		return &exitError{exitIncomplete, nil}
	}
	return nil
}

// examine looks a workspace over. One that is not there is no error.
func examine(ctx context.Context, path string, out *doctorJSON) error {
	w := &out.Workspace
	w.Path, w.Interrupted = path, []string{}
	sound := true
	st, err := store.Open(ctx, path, store.Options{Gone: ownerGone, Bad: func(bad *store.BadRow) {
		sound = false
		out.Problems = append(out.Problems, bad.Error()+"; lists go without it, and all else is there")
	}})
	if notThere(err) {
		out.Problems = append(out.Problems, fmt.Sprintf("there is no workspace at %s", text.Raw(path)))
		return nil
	}
	if err != nil {
		return err
	}
	defer st.Close()
	info := st.Info()
	w.Found, w.Version, w.SQLite, w.OthersCanRead = true, info.Version, info.SQLite, info.OthersCanRead
	if w.OthersCanRead {
		out.Problems = append(out.Problems, fmt.Sprintf("others on this machine can read %s; chmod 600 makes it yours", text.Raw(path)))
	}
	if err := st.Sound(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sound = false
		out.Problems = append(out.Problems, text.Raw(err.Error()).String())
	}
	w.Sound = &sound
	if sound {
		if err := st.ReadThrough(ctx); err != nil {
			return err
		}
	}
	runs, err := st.Runs(ctx, 0)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.State == session.RunInterrupted {
			w.Interrupted = append(w.Interrupted, r.Name())
		}
		w.Unsure += r.Unsure
	}
	received, err := st.KeptReceived(ctx)
	if err != nil {
		return err
	}
	evaluated, err := st.KeptEvaluated(ctx)
	if err != nil {
		return err
	}
	w.Received, w.Evaluated = keptJSON{received.Rows, received.Disk}, keptJSON{evaluated.Rows, evaluated.Disk}
	drafts, err := st.Drafts(ctx)
	w.Drafts = len(drafts)
	return err
}

// examineBackends says what the config defines, and whether each key is there.
func examineBackends(c config) []backendJSON {
	out := []backendJSON{{Name: "embedded", Kind: "embedded"}}
	for name, b := range c.Backends {
		j := backendJSON{Name: name, Kind: b.Kind, KeyEnv: b.KeyEnv}
		if u, err := url.Parse(b.BaseURL); err == nil && u.Host != "" {
			j.Origin = u.Scheme + "://" + u.Host // without userinfo and path
		}
		if b.KeyEnv != "" {
			present := os.Getenv(b.KeyEnv) != ""
			j.Key = &present
		}
		out = append(out, j)
	}
	slices.SortFunc(out[1:], func(a, b backendJSON) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (j doctorJSON) print(g *globals) {
	w := j.Workspace
	if w.Found {
		sound := "sound"
		if w.Sound != nil && !*w.Sound {
			sound = "DAMAGED"
		}
		g.say("workspace  %s: %s, version %d, SQLite %s, %s", text.Raw(w.Path), sound, w.Version, w.SQLite, plural(w.Drafts, "draft", "drafts"))
	} else {
		g.say("workspace  %s: not there", text.Raw(w.Path))
	}
	if len(w.Interrupted) > 0 {
		g.say("           interrupted: %s; galley run --resume goes on", strings.Join(w.Interrupted, ", "))
	}
	if k := w.Received; k.Kept > 0 {
		g.say("           received from servers: %s in %s; galley cache --received drops them", plural(k.Kept, "answer", "answers"), bytesOf(k.Bytes))
	}
	if k := w.Evaluated; k.Kept > 0 {
		g.say("           evaluated by engines: %s in %s", plural(k.Kept, "context", "contexts"), bytesOf(k.Bytes))
	}
	if w.Unsure > 0 {
		g.say("           %s on the way when a process died, and may have been billed; galley list runs tells where", plural(w.Unsure, "request was", "requests were"))
	}
	found := "not there, which is fine"
	if j.Config.Found {
		found = "read"
	}
	g.say("config     %s: %s", text.Raw(j.Config.Path), found)
	t := newTable("BACKEND", "KIND", "ORIGIN", "KEY")
	for _, b := range j.Backends {
		key := text.Raw("wants none")
		if b.Key != nil {
			key = text.Raw("$" + b.KeyEnv + " is not set")
			if *b.Key {
				key = text.Raw("$" + b.KeyEnv + " is set")
			}
		}
		t.row(text.Raw(b.Name), text.Raw(b.Kind), text.Raw(b.Origin), key)
	}
	t.print(g)
	for _, p := range j.Problems {
		g.say("%s %s", g.paint(styleWarn, "problem:"), p)
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
	"galley/tui"
	"galley/tui/models"
	"galley/tui/tuitest"
)

// atModels runs f with the real program at the station of the models, on a machine
// that reads the same in every test.
func atModels(t *testing.T, w, h int, configPath string, change func(*models.Deps), f func(d *desk, p *tuitest.Program)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := sampleDesk(t)
		d.config.path = configPath
		face, err := d.face(context.Background(), opening{judge: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		used, total, busy := int64(9<<30), int64(32<<30), 0.12
		face.Models.Devices = func(context.Context) ([]session.Device, error) {
			return []session.Device{{Name: "8 cores", Kind: "cpu", MemUsed: &used, MemTotal: &total, Util: &busy}}, nil
		}
		face.Models.Rest, face.Models.Note = nil, nil
		face.Models.Config = "~/.config/galley/config.toml"
		if change != nil {
			change(&face.Models)
		}
		p := tuitest.Start(t, tui.NewSafe(tui.New(face)), w, h)
		defer func() {
			if err := p.Quit(); err != nil {
				t.Error(err)
			}
			if err := d.close(); err != nil {
				t.Error(err)
			}
		}()
		p.Keys("alt+9")
		later(p)
		f(d, p)
	})
}

func TestGoldenModels(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {160, 45}} {
		atModels(t, size[0], size[1], "", nil, func(_ *desk, p *tuitest.Program) {
			golden(t, fmt.Sprintf("models-%dx%d", size[0], size[1]), p.Screen())
		})
	}
}

// An engine that is accepted on the screen stands in the config, and its models can
// be asked at once.
func TestAnEngineIsAcceptedOnTheScreen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const lines = "# Ollama 0.17.4, found on this machine\n[backends.near]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\n"
	find := func(m *models.Deps) {
		m.Find = func(context.Context) ([]models.Found, error) {
			return []models.Found{{Engine: "Ollama", Name: "near", Address: "http://127.0.0.1:9", Version: text.Raw("0.17.4"), State: "ready", Lines: lines}}, nil
		}
		list := m.List
		m.List = func(ctx context.Context, name string) models.Listing {
			if name == "near" { // nothing listens there, and no socket is opened in a bubble
				return models.Listing{Models: []session.ModelInfo{{Ref: "near/m"}}}
			}
			return list(ctx, name)
		}
	}
	atModels(t, 100, 30, path, find, func(d *desk, p *tuitest.Program) {
		p.Keys("d")
		if s := p.Screen(); !strings.Contains(s, "127.0.0.1") || !strings.Contains(s, "GET") {
			t.Fatalf("what it will do is not said:\n%s", s)
		}
		p.Keys("y", "a")
		if s := p.Screen(); !strings.Contains(s, "[backends.near]") {
			t.Fatalf("the lines are not shown:\n%s", s)
		}
		p.Keys("y")
		if got, err := os.ReadFile(path); err != nil || string(got) != "# mine\n\n"+lines {
			t.Errorf("the config is %q, %v", got, err)
		}
		if b, ok := d.set.Backend("near"); !ok || b == nil {
			t.Error("it can't be asked")
		}
		if s := p.Screen(); !strings.Contains(s, "near") || strings.Contains(s, "found here") {
			t.Errorf("it is not in the list:\n%s", s)
		}
	})
}

// A backend that is added while the workbench is open is listed once, and what comes
// with the program is known for it.
func TestBackendsGrow(t *testing.T) {
	d := sampleDesk(t)
	defer func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := d.set.Add(backend.Config{Name: "near", Kind: "openai", BaseURL: "http://127.0.0.1:9/v1"}); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, b := range d.backends() {
		names[b.Name] = b.BuiltIn
	}
	if in, ok := names["near"]; !ok || in || !names["embedded"] || !names["human"] {
		t.Errorf("the backends are %v", names)
	}
	if err := d.set.Add(backend.Config{Name: "near", Kind: "openai", BaseURL: "http://127.0.0.1:9/v1"}); err == nil {
		t.Error("a name was taken twice")
	}
}

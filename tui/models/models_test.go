package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

var sizes = [][2]int{{80, 22}, {118, 34}, {160, 43}, {40, 8}, {60, 20}}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"first": func(w, h int) *rig { return open(t, bare().deps(), w, h) },
		"ready": func(w, h int) *rig {
			r := open(t, full().deps(), w, h)
			r.second()
			r.to("model gpu/qwen3-8b-q4_k_m")
			return r
		},
		"failed": func(w, h int) *rig {
			r := open(t, full().deps(), w, h)
			r.to("model gpu/cut-short")
			return r
		},
		"details": func(w, h int) *rig {
			r := open(t, full().deps(), w, h)
			r.to("model ollama/llama3.2:3b")
			r.Keys("enter", "down", "down", "down")
			return r
		},
		"dead": func(w, h int) *rig { return open(t, full().deps(), w, h) },
		"keyless": func(w, h int) *rig {
			r := open(t, full().deps(), w, h)
			r.to("backend hosted")
			return r
		},
		"found": func(w, h int) *rig {
			r := open(t, full().deps(), w, h)
			r.Keys("d", "y")
			return r
		},
		"many": func(w, h int) *rig {
			r := open(t, many().deps(), w, h)
			r.Keys("end")
			return r
		},
		"filter": func(w, h int) *rig {
			r := open(t, many().deps(), w, h)
			r.Keys("/", "1", "7")
			return r
		},
		"asking": func(w, h int) *rig {
			return opened(t, full().deps(), w, h, true)
		},
	}
	tuitest.Goldens(t, sizes, states)
}

// many is one backend with two hundred models.
func many() *lab {
	l := bare()
	l.backends = append([]Backend{{Name: "ollama", About: "Ollama at http://127.0.0.1:11434", Loads: true}}, l.backends...)
	var all []session.ModelInfo
	for i := range 200 {
		all = append(all, session.ModelInfo{Ref: fmt.Sprintf("ollama/model-%03d:latest", i), State: "unloaded", Trained: 8192, Quant: "Q4_K_M", Bytes: int64(i+1) << 24})
	}
	l.lists["ollama"] = Listing{Models: all}
	return l
}

// hostile is a machine whose servers write what a terminal would obey.
func hostile() *lab {
	l := full()
	evil := "x\x1b]52;c;AAAA\a\x9b31m\r\n\u202eevil\u200b\xff"
	long := strings.Repeat("very-long-name-", 12)
	for name, list := range l.lists {
		for i := range list.Models {
			m := &list.Models[i]
			m.Ref, m.About, m.Quant, m.Digest, m.Params, m.Why, m.State = name+"/"+evil+fmt.Sprint(i)+long, evil, evil, evil+long, evil, evil+long, evil
			m.Abilities = []string{evil, "render"}
		}
		if list.Err != nil {
			list.Err = errors.New(evil + long)
			list.Off, list.Fix = evil, long
		}
		l.lists[name] = list
	}
	l.status = []Status{{Model: l.lists["gpu"].Models[0].Ref, State: "failed", Why: text.Raw(evil + long), Tail: []text.Raw{text.Raw(evil), text.Raw(long)}}}
	l.devices[0].Name = text.Raw(evil + long)
	l.loads = map[string]session.Load{}
	for _, m := range l.lists["llama"].Models {
		l.loads[m.Ref] = session.Load{Busy: of(1 << 40), Slots: of(3), Waiting: of(-1), CacheHits: of(-7.0), TokensPerS: of(1e300)}
	}
	l.found = []Found{{Engine: "vLLM", Name: "vllm", Address: evil, Version: text.Raw(evil + long), Models: []session.ModelInfo{{Ref: evil}}, Lines: evil}}
	return l
}

func TestEverySize(t *testing.T) {
	for name, mk := range map[string]func() *lab{"full": full, "hostile": hostile, "bare": bare, "many": many, "nothing": func() *lab { return &lab{} }} {
		t.Run(name, func(t *testing.T) {
			r := open(t, mk().deps(), 80, 22)
			for _, keys := range [][]string{{}, {"down"}, {"down", "down"}, {"enter", "end"}, {"esc", "d", "y"}, {"end"}, {"/", "e"}, {"enter"}} {
				r.Keys(keys...)
				r.second()
				for _, w := range []int{20, 39, 40, 79, 80, 117, 118, 160, 240} {
					for _, h := range []int{1, 2, 5, 8, 10, 13, 14, 22, 43, 70} {
						r.Resize(w, h)
						r.Plain()
					}
				}
				for range len(r.s.rows) {
					r.Resize(100, 30)
					r.s.list.Update(tuitest.Key("down"))
					r.s.moved()
					r.Plain()
				}
			}
		})
	}
	open(t, Deps{Styles: themes.Pick("", true).Styles()}, 80, 22).Plain()
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	s := New(Deps{Styles: themes.Pick("", true).Styles()})
	seen := map[string]string{}
	for _, a := range s.Actions() {
		for _, k := range a.Key.Keys() {
			if seen[k] != "" {
				t.Errorf("%s and %s share %s", seen[k], a.ID, k)
			}
			seen[k] = a.ID
		}
		if a.Long == "" || a.Do == nil {
			t.Errorf("%s says or does nothing", a.ID)
		}
		a.Off()
	}
}

func (r *rig) shows(want ...string) {
	r.T.Helper()
	v := r.Plain()
	for _, w := range want {
		if !strings.Contains(v, w) {
			r.T.Errorf("%q is not on the screen:\n%s", w, v)
		}
	}
}

func TestLoadAndUnload(t *testing.T) {
	l := full()
	l.status = nil
	r := open(t, l.deps(), 160, 43)
	r.to("model ollama/qwen3:8b")
	r.Keys("U")
	r.Heard("it is not loaded")
	r.Hold = true
	r.Keys("l")
	r.shows("◐ loading 0 s")
	r.Keys("l")
	r.Heard("it is on its way")
	r.Release()
	r.Heard("ollama/qwen3:8b is loaded")
	if r.s.model().State != "loaded" || l.did("load ollama/qwen3:8b") != 1 {
		t.Errorf("%+v after %v", r.s.model(), l.log)
	}
	r.Keys("l")
	r.Heard("it is loaded")
	r.Keys("U")
	r.Heard("ollama/qwen3:8b is unloaded")
	if r.s.model().State != "unloaded" {
		t.Errorf("%+v", r.s.model())
	}
	l.err = errors.New("server: model requires more system memory (40 GiB) than is available")
	r.Keys("l")
	r.Heard("ollama/qwen3:8b: server: model requires more system memory")
	r.shows("model requires more system memory (40 GiB)")
	r.to("backend ollama")
	r.Keys("l")
	r.Heard("the cursor is on a backend")
	r.to("model llama/tiny-chatml")
	r.Keys("U")
	r.Heard("its server holds the model that it was started with")
	r.to("model hosted/big")
	r.Keys("l")
	r.Heard("the models of hosted are not loaded and unloaded from here")
}

// U stops a load that goes on, and what was loading says so itself.
func TestStopLoading(t *testing.T) {
	l := full()
	d := l.deps()
	d.Load = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	r := open(t, d, 160, 43)
	r.to("model ollama/qwen3:8b")
	r.Hold = true
	r.Keys("l", "U")
	if l.did("unload ollama/qwen3:8b") != 0 {
		t.Error("unloaded beside the load")
	}
	r.Release()
	r.Heard("stopped loading ollama/qwen3:8b")
}

func TestLookAndAdd(t *testing.T) {
	l := full()
	r := open(t, l.deps(), 160, 43)
	r.Keys("a")
	r.Heard("the cursor is on no engine that was found")
	r.Keys("d")
	if r.Dialog == nil || l.did("find") != 0 {
		t.Fatal("it looked without being told to")
	}
	if v := r.Dialog.View(100, 40); !strings.Contains(v, "127.0.0.1") || !strings.Contains(v, "GET") {
		t.Errorf("what it will do is not said:\n%s", v)
	}
	r.Keys("n")
	if l.did("find") != 0 {
		t.Fatal("it looked after a no")
	}
	r.Keys("d", "y")
	r.Heard("found 1 engine; a adds")
	r.shows("vLLM, found here", "[backends.vllm]", "key_env = \"VLLM_KEY\"")
	if strings.Contains(r.Plain(), "Ollama, found here") {
		t.Error("what the config has is offered again")
	}
	r.Keys("a")
	if v := r.Dialog.View(100, 40); !strings.Contains(v, "kind = \"vllm\"") || !strings.Contains(v, "~/.config/galley/config.toml") || l.config != "" {
		t.Errorf("the lines are not shown before they are written:\n%s", v)
	}
	r.Keys("y")
	if l.config != l.found[1].Lines {
		t.Errorf("written was\n%s", l.config)
	}
	r.Heard("added vllm to your config")
	if x := r.s.row(); x == nil || x.key() != "backend vllm" {
		t.Errorf("the cursor is on %+v", x)
	}
	r.shows("vllm")
	if strings.Contains(r.Plain(), "found here") {
		t.Error("it is still offered")
	}
	l.found, l.err = nil, nil
	r.Keys("d", "y")
	r.Heard("no engine was found on this machine")
	l.err = errors.New("the network is down")
	r.Keys("d", "y")
	r.Heard("the network is down")
	if r.s.looking {
		t.Error("still looking")
	}
}

// A backend that does not answer holds up no other.
func TestOneThatHangs(t *testing.T) {
	l := full()
	r := opened(t, l.deps(), 160, 43, true)
	r.shows("asking …")
	for _, sh := range r.s.shelves {
		if sh.Name != "dead" {
			r.Run(r.s.Update(home(r.s, sh, l.lists[sh.Name])))
		}
	}
	r.shows("tiny-chatml", "llama3.2:3b")
	if n := strings.Count(r.Plain(), "asking …"); n != 1 {
		t.Errorf("%d are still asked", n)
	}
}

func TestOldAnswersAreDropped(t *testing.T) {
	l := full()
	r := open(t, l.deps(), 160, 43)
	sh := r.s.shelf("ollama")
	old := home(r.s, sh, Listing{})
	r.Keys("r")
	r.Run(r.s.Update(old))
	r.shows("llama3.2:3b")
}

// Nothing is measured that nobody looks at.
func TestReadingsStop(t *testing.T) {
	l := full()
	r := open(t, l.deps(), 160, 43)
	if n := l.did("devices"); n != 1 {
		t.Fatalf("read %d times on entering", n)
	}
	r.second()
	r.second()
	if n := l.did("devices"); n != 3 {
		t.Errorf("read %d times after two seconds", n)
	}
	if l.did("gauge gpu/qwen3-8b-q4_k_m") == 0 || l.did("gauge ollama/qwen3:8b") != 0 {
		t.Errorf("asked how busy: %v", l.log)
	}
	r.shows("96.0 of 140.0 GiB", "43%", "312 W", "61 °C", "2 of 4 at work", "queue 3", "133 tokens/s", "cache hits 87%")
	r.Run(r.s.Leave())
	n := l.did("devices")
	r.second()
	r.second()
	if l.did("devices") != n || l.did("rest") != 1 {
		t.Errorf("read %d times after leaving, %d rests", l.did("devices")-n, l.did("rest"))
	}
	r.Run(r.s.Enter())
	r.second()
	if l.did("devices") != n+2 || len(r.seconds) != 1 {
		t.Errorf("read %d times after coming back, %d seconds wait", l.did("devices")-n, len(r.seconds))
	}
}

func TestNoGPU(t *testing.T) {
	l := bare()
	r := open(t, l.deps(), 120, 34)
	r.second()
	r.shows("16 cores", "9.0 of 32.0 GiB", "no GPU reading")
	d := l.deps()
	d.Devices = func(context.Context) ([]session.Device, error) { return nil, errors.New("nvidia-smi went away") }
	r = open(t, d, 120, 34)
	r.shows("no reading of this machine: nvidia-smi went away")
}

// What is on its way is asked after while one looks, and nothing else.
func TestFollows(t *testing.T) {
	l := full()
	r := open(t, l.deps(), 160, 43)
	was, still := l.did("list gpu"), l.did("list ollama")
	r.second()
	if l.did("list gpu") != was+1 || l.did("list ollama") != still {
		t.Errorf("asked %v", l.log)
	}
}

func TestFilter(t *testing.T) {
	r := open(t, many().deps(), 100, 30)
	r.Keys("/", "1", "7", "7")
	if !r.s.Typing() || r.s.Cursor() == nil {
		t.Error("nothing is being typed")
	}
	r.shows("model-177", "1 of 203")
	r.Keys("enter")
	if r.s.Typing() || len(r.s.rows) != 2 {
		t.Errorf("%d rows", len(r.s.rows))
	}
	r.Keys("down")
	if m := r.s.model(); m == nil || m.Ref != "ollama/model-177:latest" {
		t.Errorf("on %+v", m)
	}
	r.Keys("esc")
	if len(r.s.rows) != 206 || r.s.model().Ref != "ollama/model-177:latest" {
		t.Errorf("%d rows, on %+v", len(r.s.rows), r.s.model())
	}
	r.Keys("/")
	r.Run(r.s.Update(tea.PasteMsg{Content: "zzz"}))
	r.shows("Nothing in the list has this in its name")
}

func TestMouse(t *testing.T) {
	r := open(t, full().deps(), 160, 43)
	r.Run(r.s.Update(tea.MouseClickMsg{X: 5, Y: 4, Button: tea.MouseLeft}))
	if x := r.s.row(); x.key() != "model gpu/qwen3-8b-q4_k_m" {
		t.Errorf("on %s", x.key())
	}
	r.Run(r.s.Update(tea.MouseClickMsg{X: 140, Y: 4, Button: tea.MouseLeft}))
	if !r.s.inDetail {
		t.Error("the details have no focus")
	}
	r.Resize(80, 22)
	r.Run(r.s.Update(tea.MouseWheelMsg{X: 10, Y: 15, Button: tea.MouseWheelDown}))
	if r.s.top != 3 {
		t.Errorf("scrolled to %d", r.s.top)
	}
}

// What is typed into the filter moves no column, and names do not give way to
// columns that say less.
func TestColumnsStay(t *testing.T) {
	l := full()
	long := "llama/org/some-model-name-of-forty-cells"
	l.lists["llama"] = Listing{Models: append(l.lists["llama"].Models, session.ModelInfo{Ref: long})}
	r := open(t, l.deps(), 80, 22)
	head := func() string { return strings.Split(r.Plain(), "\n")[1] }
	before := head()
	r.Keys("/", "s", "o", "m", "e")
	if got := strings.Split(r.Plain(), "\n")[2]; got != before {
		t.Errorf("the columns moved:\n%s\n%s", before, got)
	}
	r.shows("org/some-model-name-of-forty-cells")
	r.Keys("esc")
	r.to("model gpu/cut-short")
	if why := r.s.whyNotUnload(); why != "it is not loaded" {
		t.Errorf("a model that failed can be unloaded: %q", why)
	}
}

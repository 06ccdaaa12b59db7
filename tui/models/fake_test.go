package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

var now = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

// lab is a machine with engines in memory.
type lab struct {
	mu       sync.Mutex
	backends []Backend
	lists    map[string]Listing
	found    []Found
	status   []Status
	devices  []session.Device
	loads    map[string]session.Load
	err      error // of a deed
	log      []string
	config   string
}

func (l *lab) say(f string, a ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = append(l.log, fmt.Sprintf(f, a...))
}

func (l *lab) did(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, x := range l.log {
		if x == what {
			n++
		}
	}
	return n
}

func of[T any](v T) *T { return &v }

var builtIns = []Backend{
	{Name: "embedded", About: "a baseline to beat, not a language model; it reads shots and resources only", BuiltIn: true},
	{Name: "human", About: "a person: reads the exact context and types the answer", BuiltIn: true},
}

// bare is what there is on the first day.
func bare() *lab {
	return &lab{
		backends: builtIns,
		lists: map[string]Listing{
			"embedded": {Models: []session.ModelInfo{
				{Ref: "embedded/nearest", About: "answers with a shot's output; a baseline to beat", Digest: "embedded 2"},
				{Ref: "embedded/extract", About: "answers with the sentences of the context that fit the input best", Digest: "embedded 2"},
			}},
			"human": {Models: []session.ModelInfo{{Ref: "human/me"}}},
		},
		devices: []session.Device{{Name: "16 cores", Kind: "cpu", MemUsed: of[int64](9 << 30), MemTotal: of[int64](32 << 30), Util: of(0.12)}},
		loads:   map[string]session.Load{},
	}
}

const gig = 1 << 30

// full is a machine with a GPU and every kind of engine, each in another state.
func full() *lab {
	l := bare()
	l.backends = append([]Backend{
		{Name: "dead", About: "chat completions at http://127.0.0.1:9/v1"},
		{Name: "gpu", About: "llama-server, started here when it is asked", Loads: true, Gauges: true, Ours: true},
		{Name: "hosted", About: "chat completions at https://api.example.test/v1"},
		{Name: "llama", About: "llama-server at http://127.0.0.1:8080", Loads: true, Gauges: true},
		{Name: "ollama", About: "Ollama at http://127.0.0.1:11434; it counts tokens but shows none", Loads: true, Gauges: true, May: []string{"render"}},
	}, builtIns...)
	l.lists["dead"] = Listing{Err: errors.New("network: nothing listens at http://127.0.0.1:9 (connection refused)")}
	l.lists["hosted"] = Listing{
		Models: []session.ModelInfo{{Ref: "hosted/big", About: "named in your config", Context: 400000}},
		Err:    errors.New("the key is missing"), Off: "the key of backend \"hosted\" is missing: its key_env is HOSTED_KEY, and that variable is not set", Fix: "set HOSTED_KEY, or correct key_env under [backends.hosted]",
	}
	l.lists["gpu"] = Listing{Models: []session.ModelInfo{
		{Ref: "gpu/qwen3-8b-q4_k_m", State: "ready", Context: 8192, Trained: 40960, Quant: "Q4_K_M", Params: "8.2B", Bytes: 5 * gig, VRAM: 7 * gig, Slots: 4, Digest: "sha256-ends:9f2c4a1b7d3e55aa01",
			Abilities: []string{"evaluated", "render", "tokenize", "schema", "grammar", "tools", "think", "prefill", "load", "gauge"}},
		{Ref: "gpu/gemma-27b", State: "unloaded", Trained: 131072, Quant: "Q6_K", Bytes: 22 * gig},
		{Ref: "gpu/cut-short", State: "failed", Quant: "Q4_K_M", Bytes: 3 * gig},
	}}
	l.lists["llama"] = Listing{Models: []session.ModelInfo{
		{Ref: "llama/tiny-chatml", State: "loaded", Context: 4096, Trained: 8192, Quant: "F16", Params: "3.7M", Bytes: 7350272, Slots: 4, Abilities: []string{"evaluated", "render", "tokenize", "schema", "grammar", "prefill", "gauge"}},
	}}
	l.lists["ollama"] = Listing{Models: []session.ModelInfo{
		{Ref: "ollama/llama3.2:3b", State: "loaded", Context: 4096, Trained: 131072, Quant: "Q4_K_M", Params: "3.2B", Bytes: 2 * gig, VRAM: 3 * gig, Digest: "a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72", Abilities: []string{"load", "schema", "tools"}},
		{Ref: "ollama/qwen3:8b", State: "unloaded", Trained: 40960, Quant: "Q4_K_M", Params: "8.2B", Bytes: 5 * gig, Digest: "500a1f067a9f782620b40bee6f7b0c89e17ae61f686b92c24933e4ca4b2b8b41"},
	}}
	l.status = []Status{
		{Model: "gpu/qwen3-8b-q4_k_m", State: "ready", Since: now.Add(-time.Hour), Tail: []text.Raw{"srv  load_model: loading model", "main: server is listening on http://127.0.0.1:41233"}},
		{Model: "gpu/gemma-27b", State: "loading", Share: 0.43, Since: now.Add(-time.Minute)},
		{Model: "gpu/cut-short", State: "failed", Why: "the file is cut: tensor 'blk.3' data is not within the file bounds", Tail: []text.Raw{"llama_model_load: error loading model: tensor 'blk.3' data is not within the file bounds, model is corrupted or incomplete"}},
	}
	l.devices = []session.Device{
		{Name: "NVIDIA H200", Kind: "nvidia", Index: 0, MemUsed: of[int64](96 * gig), MemTotal: of[int64](140 * gig), Util: of(0.43), PowerW: of(312.4), TempC: of(61.0), OwnMem: of[int64](7 * gig)},
		{Name: "NVIDIA H200", Kind: "nvidia", Index: 1, MemUsed: of[int64](gig), MemTotal: of[int64](140 * gig), Util: of(0.0), PowerW: of(74.0), TempC: of(33.0)},
	}
	l.loads["gpu/qwen3-8b-q4_k_m"] = session.Load{Slots: of(4), Busy: of(2), Waiting: of(3), CacheHits: of(0.87), TokensPerS: of(133.0)}
	l.loads["llama/tiny-chatml"] = session.Load{Slots: of(4), Busy: of(0), Waiting: of(0)}
	l.found = []Found{
		{Engine: "Ollama", Name: "ollama-2", Address: "http://127.0.0.1:11434", State: "ready", As: "ollama"},
		{Engine: "vLLM", Name: "vllm", Address: "http://127.0.0.1:8000/v1", Version: "0.11.0", State: "wants a key", KeyEnv: "VLLM_KEY",
			Models: []session.ModelInfo{{Ref: "Qwen/Qwen3-8B"}},
			Lines:  "# vLLM 0.11.0, found on this machine\n[backends.vllm]\nkind = \"vllm\"\nbase_url = \"http://127.0.0.1:8000/v1\"\nkey_env = \"VLLM_KEY\"  # the environment variable that holds its key\n"},
	}
	return l
}

func (l *lab) deps() Deps {
	set := func(ref, state string) error {
		if l.err != nil {
			return l.err
		}
		for _, list := range l.lists {
			for i := range list.Models {
				if list.Models[i].Ref == ref {
					list.Models[i].State = state
				}
			}
		}
		return nil
	}
	return Deps{
		Styles: themes.Pick("", true).Styles(), Now: func() time.Time { return now }, Config: "~/.config/galley/config.toml", Where: "the ports of llama-server (8080, 9931) and Ollama (11434)",
		Backends: func() []Backend { return l.backends },
		List: func(_ context.Context, name string) Listing {
			l.say("list %s", name)
			got := l.lists[name]
			got.Models = slices.Clone(got.Models)
			return got
		},
		Load:   func(_ context.Context, ref string) error { l.say("load %s", ref); return set(ref, "loaded") },
		Unload: func(_ context.Context, ref string) error { l.say("unload %s", ref); return set(ref, "unloaded") },
		Find:   func(context.Context) ([]Found, error) { l.say("find"); return slices.Clone(l.found), l.err },
		Add: func(_ context.Context, f Found) error {
			l.say("add %s", f.Name)
			if l.err != nil {
				return l.err
			}
			l.config += f.Lines
			l.backends = append([]Backend{{Name: f.Name, About: f.Engine}}, l.backends...)
			l.lists[f.Name] = Listing{Models: []session.ModelInfo{{Ref: f.Name + "/m"}}}
			return nil
		},
		Status:  func() []Status { return l.status },
		Devices: func(context.Context) ([]session.Device, error) { l.say("devices"); return l.devices, nil },
		Gauge: func(_ context.Context, ref string) (session.Load, error) {
			l.say("gauge %s", ref)
			return l.loads[ref], nil
		},
		Rest: func() { l.say("rest") },
	}
}

// rig is the screen on a stage; a second passes when told to.
type rig struct {
	*tuitest.Stage
	s       *Screen
	seconds []func() tea.Msg
}

func open(t testing.TB, d Deps, w, h int) *rig { return opened(t, d, w, h, false) }

// opened is open; the answers to what the screen asks when it comes to the front
// may be held.
func opened(t testing.TB, d Deps, w, h int, hold bool) *rig {
	t.Helper()
	s := New(d)
	r := &rig{Stage: &tuitest.Stage{T: t, Screen: s, Hold: hold}, s: s}
	s.after = func(_ time.Duration, f func(time.Time) tea.Msg) tea.Cmd {
		return func() tea.Msg {
			r.seconds = append(r.seconds, func() tea.Msg { return f(now) })
			return nil
		}
	}
	r.Open(w, h)
	return r
}

// second lets a second pass.
func (r *rig) second() {
	due := r.seconds
	r.seconds = nil
	for _, f := range due {
		r.Run(r.s.Update(f()))
	}
}

// to puts the cursor on a row.
func (r *rig) to(key string) {
	r.T.Helper()
	r.s.aim(key)
	if x := r.s.row(); x == nil || x.key() != key {
		r.T.Fatalf("there is no row %s", key)
	}
}

// home is an answer of a backend that comes home now.
func home(s *Screen, sh *shelf, l Listing) kit.Home {
	return kit.Home{Asker: s, Gen: sh.gen, Msg: gotListing{sh.Name, l}}
}

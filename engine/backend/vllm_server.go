package backend

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"galley/session"
)

const tokenizeTime = time.Minute // a long text on a busy server

// ask sends an object to one of vLLM's own paths and reads the answer into it.
func (v *vllm) ask(ctx context.Context, path string, b *object, into any) error {
	body, err := b.bytes()
	if err != nil {
		return v.fail("config", "%v", err)
	}
	got, head, err := v.call(ctx, http.MethodPost, path, body, tokenizeTime, min(eventLimit, answerTo(body)))
	if err != nil {
		return v.explain(err)
	}
	if json.Unmarshal(got, into) != nil {
		return v.fail("protocol", "the answer to %s can't be read: %s", path, describe(head.Get("Content-Type"), []byte(v.safe(string(got)))))
	}
	return nil
}

// vllmModel is a model that the server has: its own, or an adapter of it.
type vllmModel struct {
	ID     string  `json:"id"`
	Root   string  `json:"root"`
	Parent string  `json:"parent"`
	MaxLen float64 `json:"max_model_len"`
}

func (m vllmModel) context() int {
	if !counts(m.MaxLen) {
		return 0
	}
	return int(m.MaxLen)
}

func (v *vllm) list(ctx context.Context) ([]vllmModel, error) {
	body, head, err := v.call(ctx, http.MethodGet, "/v1/models", nil, modelsTime, modelsLimit)
	if err != nil {
		return nil, err
	}
	var l struct {
		Data []vllmModel `json:"data"`
	}
	if json.Unmarshal(body, &l) != nil || l.Data == nil {
		return nil, v.fail("protocol", "the list of models can't be read: %s", describe(head.Get("Content-Type"), []byte(v.safe(string(body)))))
	}
	if err := v.tooMany(len(l.Data)); err != nil {
		return nil, err
	}
	return l.Data, nil
}

// Models lists what the server has. It loads when it starts and keeps what it has.
func (v *vllm) Models(ctx context.Context) ([]session.ModelInfo, error) {
	all, err := v.list(ctx)
	if err != nil {
		return nil, err
	}
	var out []session.ModelInfo
	for _, m := range all {
		if m.ID == "" {
			continue
		}
		i := session.ModelInfo{
			Ref: v.safe(m.ID), Context: m.context(), State: "loaded", Digest: m.digest(),
			Abilities: []string{"render", "tokenize", "evaluated", "schema", "grammar", "prefill", "gauge"},
		}
		if m.Parent != "" {
			i.About = "an adapter on " + v.safe(m.Parent)
		}
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b session.ModelInfo) int { return strings.Compare(a.Ref, b.Ref) })
	return out, nil
}

// digest names where the model came from: vLLM tells no digest of its weights. Two
// that are equal say that nobody started the server with another path or name.
func (m vllmModel) digest() string {
	if m.Root == "" {
		return ""
	}
	return "root:" + session.Hash([]byte(m.Root + "\x00" + m.Parent))[:16]
}

// Pin tells what stands behind a model's name.
func (v *vllm) Pin(ctx context.Context, model string) (session.Pin, error) {
	all, err := v.list(ctx)
	if err != nil {
		return session.Pin{}, err
	}
	i := slices.IndexFunc(all, func(m vllmModel) bool { return m.ID == model })
	if i < 0 {
		return session.Pin{}, v.fail("not_found", "the server has no model %q", model)
	}
	p := session.Pin{Digest: all[i].digest(), Server: vllmName, Context: all[i].context()}
	if body, _, err := v.call(ctx, http.MethodGet, "/version", nil, modelsTime, modelsLimit); err == nil {
		var s struct {
			Version string `json:"version"`
		}
		if json.Unmarshal(body, &s) == nil && s.Version != "" {
			p.Server += " " + v.safe(cut(s.Version, 60))
		}
	}
	return p, nil
}

// Gauge reads how busy the server is from its metrics, which it sums over all of
// its engines. How many requests it works at once, it does not tell.
func (v *vllm) Gauge(ctx context.Context, _ string) (session.Load, error) {
	body, _, err := v.call(ctx, http.MethodGet, "/metrics", nil, modelsTime, modelsLimit)
	if err != nil {
		return session.Load{}, err
	}
	return gaugeOf(body), nil
}

func gaugeOf(metrics []byte) session.Load {
	sums := map[string]float64{}
	lines := bufio.NewScanner(bytes.NewReader(metrics))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, ok := metric(lines.Text())
		if ok {
			sums[strings.TrimSuffix(name, "_total")] += value
		}
	}
	var l session.Load
	whole := func(name string) *int {
		if n, ok := sums[name]; ok && counts(n) {
			i := int(n)
			return &i
		}
		return nil
	}
	l.Busy, l.Waiting = whole("vllm:num_requests_running"), whole("vllm:num_requests_waiting")
	for _, name := range []string{"vllm:prefix_cache", "vllm:gpu_prefix_cache"} { // the newer name first
		if asked := sums[name+"_queries"]; asked > 0 {
			share := min(sums[name+"_hits"]/asked, 1)
			l.CacheHits = &share
			break
		}
	}
	return l
}

// metric reads one line of Prometheus text: a name, labels and a value.
func metric(line string) (name string, value float64, ok bool) {
	if line == "" || line[0] == '#' {
		return "", 0, false
	}
	name, rest, labelled := strings.Cut(line, "{")
	if labelled {
		i := strings.LastIndexByte(rest, '}')
		if i < 0 {
			return "", 0, false
		}
		rest = rest[i+1:]
	} else {
		name, rest, _ = strings.Cut(line, " ")
	}
	f := strings.Fields(rest)
	if len(f) == 0 {
		return "", 0, false
	}
	value, err := strconv.ParseFloat(f[0], 64)
	return name, value, err == nil && value >= 0
}

package backend

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"galley/session"
)

// Questions to a chat template that tell what it and its server can do. The
// template's endpoint reads a whole request, tools and schema included, and makes
// no tokens of it.
const (
	askUser    = `"messages":[{"role":"user","content":"a"}]`
	askPrefill = `"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"galley"}],"continue_final_message":true,"add_generation_prompt":false`
	askTools   = askUser + `,"tools":[{"type":"function","function":{"name":"galley_probe","description":"a","parameters":{"type":"object","properties":{}}}}]`
	askSchema  = askUser + `,"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"galley"}}}`
	askGrammar = askUser + `,"json_schema":{"type":"object"},"grammar":"root ::= \"a\""`
	askOn      = askUser + `,"chat_template_kwargs":{"enable_thinking":true}`
	askOff     = askUser + `,"chat_template_kwargs":{"enable_thinking":false}`
)

// abilities finds out what a loaded model can do, once for each build and digest.
// That it shows what it evaluated is only known from an answer.
func (l *llama) abilities(ctx context.Context, model, build string) []string {
	key := model + "\x00" + build
	l.mu.Lock()
	known, ok := l.able[key]
	l.mu.Unlock()
	if !ok {
		var sure bool
		if known, sure = l.probe(ctx, model); sure {
			l.mu.Lock()
			l.able[key] = known
			l.mu.Unlock()
		}
	}
	var out []string
	for _, a := range known {
		out = append(out, a)
		if a == "tokenize" && l.shows.Load() {
			out = append(out, "evaluated")
		}
	}
	return out
}

// probe asks; sure is false where the server could not be asked everything.
func (l *llama) probe(ctx context.Context, model string) (able []string, sure bool) {
	sure = true
	ask := func(question string) (prompt string, refused bool) {
		body := `{"model":` + string(appendString(nil, model)) + `,` + question + `}`
		prompt, err := l.template(ctx, []byte(body))
		var e *session.CallError
		if errors.As(err, &e) {
			refused = e.Status == 400 || e.Status == 500
			sure = sure && (refused || lacks(err))
		}
		return prompt, refused
	}
	add := func(name string, is bool) {
		if is {
			able = append(able, name)
		}
	}
	first, _ := ask(askUser)
	renders := first != ""
	add("render", renders)
	_, err := l.tokens(ctx, model, "a", false, false)
	sure = sure && (err == nil || lacks(err))
	add("tokenize", err == nil)
	if renders {
		_, noSchema := ask(askSchema)
		add("schema", noSchema) // one that is nonsense is refused where it is read
		_, notBoth := ask(askGrammar)
		add("grammar", notBoth) // likewise the two together
		tools, _ := ask(askTools)
		add("tools", strings.Contains(tools, "galley_probe"))
		on, _ := ask(askOn)
		off, _ := ask(askOff)
		add("think", on != off)
		prefill, _ := ask(askPrefill)
		add("prefill", strings.HasSuffix(prefill, "galley"))
	}
	load, err := l.Gauge(ctx, model)
	sure = sure && err == nil
	add("gauge", load != session.Load{})
	return able, sure
}

// Gauge tells how busy the server is, from its slots and, where they are switched
// on, its metrics. What it does not tell is nil, all of it of a model that is not
// loaded.
func (l *llama) Gauge(ctx context.Context, model string) (session.Load, error) {
	var load session.Load
	all, err := l.get(ctx, "/slots", model)
	switch {
	case asleep(err):
		return load, nil
	case lacks(err):
	case err != nil:
		return load, err
	default:
		var slots []struct {
			Busy bool `json:"is_processing"`
		}
		if json.Unmarshal(all, &slots) == nil {
			n, busy := len(slots), 0
			for _, s := range slots {
				if s.Busy {
					busy++
				}
			}
			load.Slots, load.Busy = &n, &busy
		}
	}
	all, err = l.get(ctx, "/metrics", model)
	switch {
	case lacks(err):
	case err != nil:
		return load, err
	default:
		llamaMetrics(string(all), &load)
	}
	if load.Slots == nil {
		if n := l.pinned(model).Slots; n > 0 {
			load.Slots = &n
		}
	}
	return load, nil
}

// asleep reports an error by which a router says that it has not loaded the model.
func asleep(err error) bool {
	var e *session.CallError
	return errors.As(err, &e) && e.Status == 400 && strings.Contains(string(e.Message), "model is not loaded")
}

// llamaMetrics takes the numbers of a Prometheus text that a load has.
func llamaMetrics(s string, load *session.Load) {
	m := map[string]float64{}
	for line := range strings.Lines(s) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		name, ours := strings.CutPrefix(name, "llamacpp:")
		if v, err := strconv.ParseFloat(value, 64); ok && ours && err == nil && v >= 0 && !math.IsInf(v, 0) {
			m[name] = v
		}
	}
	whole := func(name string) *int {
		v, ok := m[name]
		if !ok {
			return nil
		}
		return partOf(&v, maxUsage)
	}
	if load.Busy == nil {
		load.Busy = whole("requests_processing")
	}
	load.Waiting = whole("requests_deferred")
	hit, some := m["prompt_tokens_cached_total"]
	if all := hit + m["prompt_tokens_total"]; some && all > 0 {
		share := hit / all
		load.CacheHits = &share
	}
	if v, ok := m["predicted_tokens_seconds"]; ok && v > 0 {
		load.TokensPerS = &v
	}
}

package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// value is a sampler value as the panel shows it.
type value struct {
	name  string
	is    string // "": it is neither set nor sent
	set   bool   // by the variant
	sent  known  // as the request has it
	other string // what is sent in its place, where that is another number
	must  bool   // it has a row also when it is neither set nor sent
}

// known is whether something is in the request.
type known int

const (
	unknown known = iota // there is no request to look into
	absent
	present
)

// spellings are the sampler values by the names that the engines' requests have
// for them, in the order of the panel.
var spellings = []struct {
	name string
	must bool
	keys []string
}{
	{"temperature", true, []string{"temperature"}},
	{"top_p", true, []string{"top_p", "topP"}},
	{"top_k", true, []string{"top_k", "topK"}},
	{"min_p", true, []string{"min_p"}},
	{"repeat penalty", true, []string{"repeat_penalty", "repetition_penalty"}},
	{"max tokens", true, []string{"max_tokens", "max_completion_tokens", "num_predict", "maxOutputTokens"}},
	{"seed", true, []string{"seed"}},
	{"presence", false, []string{"presence_penalty", "presencePenalty"}},
	{"frequency", false, []string{"frequency_penalty", "frequencyPenalty"}},
	{"context", false, []string{"num_ctx"}},
}

// within are the parts of a request in which engines keep their sampler values,
// beside the request itself.
var within = []string{"options", "generationConfig"}

// sampled reads the numbers of a request, by key.
func sampled(body []byte) map[string]string {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return nil
	}
	out := map[string]string{}
	take := func(m map[string]json.RawMessage) {
		for k, v := range m {
			if _, err := strconv.ParseFloat(string(bytes.TrimSpace(v)), 64); err == nil {
				out[k] = string(bytes.TrimSpace(v))
			}
		}
	}
	for _, k := range within {
		var m map[string]json.RawMessage
		if json.Unmarshal(top[k], &m) == nil {
			take(m)
		}
	}
	take(top)
	return out
}

// wished are the values that a variant sets, by the names of the panel.
func wished(p session.Params) map[string]string {
	out := map[string]string{}
	float := func(name string, v *float64) {
		if v != nil {
			out[name] = strconv.FormatFloat(*v, 'g', -1, 64)
		}
	}
	float("temperature", p.Temperature)
	float("top_p", p.TopP)
	float("min_p", p.MinP)
	float("repeat penalty", p.RepeatPenalty)
	float("presence", p.Presence)
	float("frequency", p.Frequency)
	if p.TopK != nil {
		out["top_k"] = strconv.Itoa(*p.TopK)
	}
	if p.Seed != nil {
		out["seed"] = strconv.FormatInt(*p.Seed, 10)
	}
	if p.MaxTokens > 0 {
		out["max tokens"] = kit.Thousands(p.MaxTokens)
	}
	if p.Context > 0 {
		out["context"] = kit.Thousands(p.Context) + " tokens"
	}
	return out
}

// sampling is every sampler value: what the variant sets, and what the request to
// the model in hand holds besides.
func (s *Screen) sampling() []value {
	wish := wished(s.deps.Table.Proof().Params)
	there := s.ready && s.an.wireErr == nil && s.an.sampled != nil
	var out []value
	for _, sp := range spellings {
		v := value{name: sp.name, must: sp.must}
		v.is, v.set = wish[sp.name], wish[sp.name] != ""
		if there {
			v.sent = absent
			if i := slices.IndexFunc(sp.keys, func(k string) bool { return s.an.sampled[k] != "" }); i >= 0 {
				v.sent = present
				v.wire(s.an.sampled[sp.keys[i]])
			}
		}
		if sp.name == "max tokens" && !v.set && strings.HasPrefix(v.is, "-") {
			v.is = "no limit"
		}
		if v.must || v.is != "" {
			out = append(out, v)
		}
	}
	return out
}

// wire takes over what a request holds.
func (v *value) wire(number string) {
	if !v.set {
		v.is = number
		return
	}
	a, err := strconv.ParseFloat(strings.TrimSuffix(strings.ReplaceAll(v.is, ",", ""), " tokens"), 64)
	if b, berr := strconv.ParseFloat(number, 64); err == nil && berr == nil && a != b {
		v.other = number
	}
}

// besides are the settings that are words.
func besides(p session.Params) [][2]string {
	var out [][2]string
	if p.Think != "" {
		out = append(out, [2]string{"think", p.Think})
	}
	if len(p.Stop) > 0 {
		var stops []string
		for _, x := range p.Stop {
			stops = append(stops, strconv.Quote(x.String()))
		}
		out = append(out, [2]string{"stop", strings.Join(stops, " ")})
	}
	return out
}

// samplingSection lists the sampler values, and says of each that the variant
// leaves open whether one is sent all the same.
func (s *Screen) samplingSection(w int) section {
	st := s.deps.Styles
	sec := section{head: "sampling", keep: -1}
	if s.ready && s.an.sampled != nil {
		sec.head = "sampling, as it is sent"
	}
	if s.ready && s.an.wireErr != nil && s.deps.Table.Model() != "" {
		sec.lines = append(sec.lines, kit.Fit(st.Warn.Render("! no request can be made: w says why"), w))
	}
	for _, v := range s.sampling() {
		is, note, style := v.is, "", st.Text
		switch {
		case v.set && v.sent == absent:
			note, style = "  set, not sent", st.Dim
		case v.other != "":
			note = "  sent as " + v.other
		case v.set:
		case v.sent == present:
			note, style = "  not set", st.Dim
		case v.sent == absent:
			is, style = "not sent", st.Faint
		case s.ready:
			is, style = "not set", st.Faint
		default:
			is, style = "…", st.Faint
		}
		sec.lines = append(sec.lines, kit.Fit(st.Dim.Render(kit.Fit(v.name, 15))+
			kit.Render(text.Of(is).OneLine(), style, st.Mark)+st.Faint.Render(note), w))
	}
	for _, kv := range besides(s.deps.Table.Proof().Params) {
		sec.lines = append(sec.lines, kit.Fit(st.Dim.Render(kit.Fit(kv[0], 15))+kit.Render(text.Of(kv[1]).OneLine(), st.Text, st.Mark), w))
	}
	return sec
}

// samplingWords is the same in a line: what is set, how much of it is not sent, or otherwise,
// and how much is sent besides.
func (s *Screen) samplingWords() string {
	var set []string
	filled, idle, other := 0, 0, 0
	for _, v := range s.sampling() {
		switch {
		case v.set:
			set = append(set, strings.TrimSuffix(v.name, " tokens")+" "+v.is)
			switch {
			case v.sent == absent:
				idle++
			case v.other != "":
				other++
			}
		case v.sent == present:
			filled++
		}
	}
	for _, kv := range besides(s.deps.Table.Proof().Params) {
		set = append(set, kv[0]+" "+kv[1])
	}
	if s.ready && s.an.wireErr != nil && s.deps.Table.Model() != "" {
		set = append(set, "no request can be made: w says why")
	}
	if idle > 0 {
		set = append(set, fmt.Sprintf("%d of these not sent", idle))
	}
	if other > 0 {
		set = append(set, fmt.Sprintf("%d sent otherwise", other))
	}
	if filled > 0 {
		set = append(set, fmt.Sprintf("%d more sent, not set", filled))
	}
	return strings.Join(set, " · ")
}

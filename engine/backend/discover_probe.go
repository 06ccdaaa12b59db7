package backend

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// The engines that are told apart.
const (
	engineLlama    = "llama-server"
	engineRouter   = "llama-server router"
	engineOllama   = "Ollama"
	engineVLLM     = "vLLM"
	engineSGLang   = "SGLang"
	engineLMStudio = "LM Studio"
	engineTGI      = "TGI"
	engineOther    = "OpenAI-compatible server"
)

// The states of a Found.
const (
	isReady   = "ready"
	isLoading = "loading"
	wantsKey  = "wants a key"
)

const (
	probeBody   = 1 << 20 // bytes of one answer
	probeHeader = 64 << 10
	probeWord   = 200 // bytes of a name or a version
)

// prober asks strangers on this machine: without a key, a proxy, a cookie or a
// redirect.
type prober struct{ http http.RoundTripper }

func newProber() prober {
	dial := &net.Dialer{Timeout: discoverTime}
	return prober{&http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if a, err := netip.ParseAddrPort(addr); err != nil || !a.Addr().IsLoopback() {
				return nil, errNotHere
			}
			return dial.DialContext(ctx, network, addr)
		},
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: probeHeader,
	}}
}

var errNotHere = errors.New("only this machine is searched")

// reply is what a stranger answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) ok() bool { return r.status == http.StatusOK }

// denied reports that a key is wanted.
func (r reply) denied() bool {
	return r.status == http.StatusUnauthorized || r.status == http.StatusForbidden
}

// read puts a JSON object of the answer into v.
func (r reply) read(v any) bool {
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	return r.ok() && kind == "application/json" && json.Unmarshal(r.body, v) == nil
}

// get asks one question; the zero reply is no answer, or one that is too long or
// leads elsewhere.
func (p prober) get(ctx context.Context, at netip.AddrPort, path string) reply {
	ctx, cancel := context.WithTimeout(ctx, discoverTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.String()+path, nil)
	if err != nil {
		return reply{}
	}
	req.Header = http.Header{"Accept": {"application/json, text/plain"}, "User-Agent": {"galley"}}
	resp, err := p.http.RoundTrip(req)
	if err != nil {
		return reply{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, probeBody+1))
	if err != nil || len(body) > probeBody || resp.Header.Get("Content-Encoding") != "" {
		return reply{}
	}
	return reply{resp.StatusCode, resp.Header, body}
}

// probeList is the answer of /v1/models as all of them write it, with what some add.
type probeList struct {
	Object string `json:"object"`
	Data   []struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		OwnedBy string `json:"owned_by"`
		Context int64  `json:"max_model_len"` // vLLM, SGLang
		Trained int64  `json:"context_length"`
		Status  struct {
			Value  string `json:"value"`
			Failed bool   `json:"failed"`
		} `json:"status"` // llama-server as a router
		Meta struct {
			Context int64  `json:"n_ctx"`
			Trained int64  `json:"n_ctx_train"`
			Size    int64  `json:"size"`
			Quant   string `json:"ftype"`
		} `json:"meta"` // llama-server
	} `json:"data"`
}

func (l probeList) owner(name string) bool {
	return len(l.Data) > 0 && l.Data[0].OwnedBy == name
}

func (l probeList) models() []session.ModelInfo {
	var out []session.ModelInfo
	for _, m := range l.Data[:min(len(l.Data), discoverModels)] {
		if m.ID == "" {
			continue
		}
		i := session.ModelInfo{Ref: probeText(m.ID), Context: probeCount(m.Context), Trained: probeCount(m.Trained), State: probeText(m.Status.Value)}
		if n := probeCount(m.Meta.Context); n > 0 {
			i.Context = n
		}
		if n := probeCount(m.Meta.Trained); n > 0 {
			i.Trained = n
		}
		i.Bytes, i.Quant = max(0, m.Meta.Size), probeText(m.Meta.Quant)
		if m.Status.Failed {
			i.State = "failed"
		}
		out = append(out, i)
	}
	return out
}

// probeCount is a number of tokens or slots, 0 where it can be none.
func probeCount(n int64) int {
	if n < 0 || n > 1<<30 {
		return 0
	}
	return int(n)
}

// probeText is a short text of the server's in one line.
func probeText(s string) string { return string(oneLine(s, probeWord)) }

// probe asks who listens at an address; nil: nobody that is known.
func (p prober) probe(ctx context.Context, at netip.AddrPort) *Found {
	type answer struct {
		n int
		r reply
	}
	first := make(chan answer, 2)
	for n, path := range []string{"/v1/models", "/"} {
		go func() { first <- answer{n, p.get(ctx, at, path)} }()
	}
	var r [2]reply
	for range r {
		a := <-first
		r[a.n] = a.r
	}
	list, root := r[0], r[1]
	base := "http://" + at.String()
	if root.ok() && strings.TrimSpace(string(root.body)) == "Ollama is running" {
		return p.ollama(ctx, at, base)
	}
	if list.header.Get("Server") == "llama.cpp" || root.header.Get("Server") == "llama.cpp" {
		return p.llama(ctx, at, base, list)
	}
	if list.status == 0 && root.status == 0 {
		return nil
	}
	var l probeList
	known := list.read(&l) && l.Object == "list"
	switch {
	case known && l.owner("vllm"):
		return &Found{Engine: engineVLLM, Kind: "vllm", BaseURL: base + "/v1", Version: p.version(ctx, at), Models: l.models(), State: isReady}
	case known && l.owner("sglang"):
		return p.sglang(ctx, at, base, l)
	}
	if f := p.lmStudio(ctx, at, base); f != nil {
		return f
	}
	if f := p.tgi(ctx, at, base); f != nil {
		return f
	}
	if list.denied() {
		if v := p.version(ctx, at); v != "" && root.header.Get("Server") == "uvicorn" {
			return &Found{Engine: engineVLLM, Kind: "vllm", BaseURL: base + "/v1", Version: v, State: wantsKey}
		}
		return nil
	}
	if known && (len(l.Data) == 0 || l.Data[0].ID != "" && (l.Data[0].Object == "model" || l.Data[0].Object == "")) {
		return &Found{Engine: engineOther, Kind: openAIName, BaseURL: base + "/v1", Models: l.models(), State: isReady}
	}
	return nil
}

// version asks as vLLM and Ollama answer.
func (p prober) version(ctx context.Context, at netip.AddrPort) text.Raw {
	var v struct {
		Version string `json:"version"`
	}
	if !p.get(ctx, at, "/version").read(&v) {
		return ""
	}
	return text.Raw(probeText(v.Version))
}

// llama completes what is known of a llama-server: while it loads every path
// answers 503, and with a key set only /health is open.
func (p prober) llama(ctx context.Context, at netip.AddrPort, base string, list reply) *Found {
	f := &Found{Engine: engineLlama, Kind: "llamacpp", BaseURL: base, State: isReady}
	switch {
	case list.denied():
		f.State = wantsKey
		return f
	case list.status == http.StatusServiceUnavailable:
		f.State = isLoading
	}
	var props struct {
		Role  string `json:"role"`
		Build string `json:"build_info"`
		Alias string `json:"model_alias"`
		Slots int64  `json:"total_slots"`
	}
	if p.get(ctx, at, "/props").read(&props) {
		f.Version = text.Raw(probeText(props.Build))
	}
	var l probeList
	if props.Role == "router" {
		f.Engine = engineRouter
		list = p.get(ctx, at, "/models")
	}
	if !list.read(&l) {
		return f
	}
	f.Models = l.models()
	for i := range f.Models {
		if m := &f.Models[i]; props.Role != "router" {
			m.State, m.Slots = "loaded", probeCount(props.Slots)
		}
	}
	return f
}

func (p prober) ollama(ctx context.Context, at netip.AddrPort, base string) *Found {
	f := &Found{Engine: engineOllama, Kind: "ollama", BaseURL: base, State: isReady}
	var v struct {
		Version string `json:"version"`
	}
	if !p.get(ctx, at, "/api/version").read(&v) {
		return nil // it says so, and is not
	}
	f.Version = text.Raw(probeText(v.Version))
	var tags, up struct {
		Models []struct {
			Name    string `json:"name"`
			Size    int64  `json:"size"`
			VRAM    int64  `json:"size_vram"`
			Context int64  `json:"context_length"`
			Digest  string `json:"digest"`
			Details struct {
				Params string `json:"parameter_size"`
				Quant  string `json:"quantization_level"`
			} `json:"details"`
		} `json:"models"`
	}
	p.get(ctx, at, "/api/tags").read(&tags)
	p.get(ctx, at, "/api/ps").read(&up)
	for _, m := range tags.Models[:min(len(tags.Models), discoverModels)] {
		i := session.ModelInfo{
			Ref: probeText(m.Name), Bytes: max(0, m.Size), Digest: probeText(m.Digest), Params: probeText(m.Details.Params), Quant: probeText(m.Details.Quant), State: "unloaded",
		}
		for _, l := range up.Models {
			if l.Name == m.Name {
				i.State, i.Context, i.VRAM = "loaded", probeCount(l.Context), max(0, l.VRAM)
			}
		}
		f.Models = append(f.Models, i)
	}
	return f
}

func (p prober) sglang(ctx context.Context, at netip.AddrPort, base string, l probeList) *Found {
	f := &Found{Engine: engineSGLang, Kind: openAIName, BaseURL: base + "/v1", Models: l.models(), State: isReady}
	var v struct {
		Version string `json:"version"`
	}
	for _, path := range []string{"/server_info", "/get_server_info"} {
		if p.get(ctx, at, path).read(&v) && v.Version != "" {
			f.Version = text.Raw(probeText(v.Version))
			break
		}
	}
	return f
}

// lmStudio knows both of its REST interfaces, the newer first; nil: it is another.
func (p prober) lmStudio(ctx context.Context, at netip.AddrPort, base string) *Found {
	f := &Found{Engine: engineLMStudio, Kind: openAIName, BaseURL: base + "/v1", State: isReady}
	var v1 struct {
		Models []struct {
			Type   string `json:"type"`
			Key    string `json:"key"`
			Size   int64  `json:"size_bytes"`
			Params string `json:"params_string"`
			Max    int64  `json:"max_context_length"`
			Quant  struct {
				Name string `json:"name"`
			} `json:"quantization"`
			Loaded *[]struct {
				Config struct {
					Context  int64 `json:"context_length"`
					Parallel int64 `json:"parallel"`
				} `json:"config"`
			} `json:"loaded_instances"`
		} `json:"models"`
	}
	if p.get(ctx, at, "/api/v1/models").read(&v1) && len(v1.Models) > 0 && v1.Models[0].Key != "" && v1.Models[0].Loaded != nil {
		for _, m := range v1.Models[:min(len(v1.Models), discoverModels)] {
			i := session.ModelInfo{
				Ref: probeText(m.Key), Bytes: max(0, m.Size), Params: probeText(m.Params), Trained: probeCount(m.Max), Quant: probeText(m.Quant.Name), State: "unloaded",
			}
			if m.Loaded != nil && len(*m.Loaded) > 0 {
				c := (*m.Loaded)[0].Config
				i.State, i.Context, i.Slots = "loaded", probeCount(c.Context), probeCount(c.Parallel)
			}
			if m.Type != "embedding" {
				f.Models = append(f.Models, i)
			}
		}
		return f
	}
	var v0 struct {
		Data []struct {
			ID    string `json:"id"`
			Type  string `json:"type"`
			State string `json:"state"`
			Quant string `json:"quantization"`
			Max   int64  `json:"max_context_length"`
			Now   int64  `json:"loaded_context_length"`
		} `json:"data"`
	}
	states := []string{"loaded", "not-loaded"}
	if !p.get(ctx, at, "/api/v0/models").read(&v0) || len(v0.Data) == 0 || !slices.Contains(states, v0.Data[0].State) {
		return nil
	}
	for _, m := range v0.Data[:min(len(v0.Data), discoverModels)] {
		i := session.ModelInfo{Ref: probeText(m.ID), Trained: probeCount(m.Max), Context: probeCount(m.Now), Quant: probeText(m.Quant), State: "unloaded"}
		if m.State == "loaded" {
			i.State = "loaded"
		}
		if m.Type != "embeddings" {
			f.Models = append(f.Models, i)
		}
	}
	return f
}

func (p prober) tgi(ctx context.Context, at netip.AddrPort, base string) *Found {
	var v struct {
		Model   string `json:"model_id"`
		Router  string `json:"router"`
		Version string `json:"version"`
		Total   int64  `json:"max_total_tokens"`
		Input   int64  `json:"max_input_tokens"`
		At      int64  `json:"max_concurrent_requests"`
	}
	if !p.get(ctx, at, "/info").read(&v) || v.Model == "" || v.Router == "" && v.Total == 0 && v.Input == 0 {
		return nil
	}
	return &Found{
		Engine: engineTGI, Kind: openAIName, BaseURL: base + "/v1", Version: text.Raw(probeText(v.Version)), State: isReady,
		Models: []session.ModelInfo{{Ref: probeText(v.Model), Context: probeCount(v.Total), State: "loaded"}},
	}
}

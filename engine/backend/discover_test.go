package backend_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
)

// recorded reads an exchange that was recorded with a real engine.
func recorded(t *testing.T, name string) (path string, a backendtest.Answer) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "discover", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	a.Header = map[string]string{}
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines); i++ {
		l := strings.TrimPrefix(lines[i], "< ")
		switch {
		case strings.HasPrefix(l, "> GET "):
			path = strings.TrimPrefix(l, "> GET ")
		case strings.HasPrefix(l, "HTTP/1.1 "):
			a.Status, _ = strconv.Atoi(strings.Fields(l)[1])
		case a.Status == 0:
		case l == "":
			a.Body = []string{strings.TrimSpace(strings.Join(lines[i+1:], "\n"))}
			return path, a
		default:
			k, v, _ := strings.Cut(l, ": ")
			a.Header[k] = v
		}
	}
	t.Fatalf("%s is no exchange", name)
	return path, a
}

func jsonSays(body string) backendtest.Answer {
	return backendtest.Answer{Header: map[string]string{"Content-Type": "application/json"}, Body: []string{body}}
}

// engineOf answers by path, everything else is not there.
func engineOf(paths map[string]backendtest.Answer) func(backendtest.Request) backendtest.Answer {
	return func(r backendtest.Request) backendtest.Answer {
		if a, ok := paths[r.Path]; ok {
			return a
		}
		return backendtest.Answer{Status: 404, Header: map[string]string{"Content-Type": "text/html"}, Body: []string{"<html>no</html>"}}
	}
}

func replayed(t *testing.T, names ...string) func(backendtest.Request) backendtest.Answer {
	paths := map[string]backendtest.Answer{}
	for _, n := range names {
		p, a := recorded(t, n)
		paths[p] = a
	}
	return engineOf(paths)
}

func portOf(t *testing.T, raw string) int {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// find looks at one server and says what was found with its port written PORT.
func find(t *testing.T, play func(backendtest.Request) backendtest.Answer, o backend.DiscoverOptions) ([]backend.Found, *backendtest.Server) {
	t.Helper()
	srv := backendtest.NewServer(play)
	t.Cleanup(srv.Close)
	port := portOf(t, srv.URL)
	o.Ports = []int{port}
	all := backend.Discover(context.Background(), o)
	for i := range all {
		f := &all[i]
		f.BaseURL = strings.ReplaceAll(f.BaseURL, fmt.Sprint(port), "PORT")
		f.Lines = strings.ReplaceAll(f.Lines, fmt.Sprint(port), "PORT")
		f.Name = strings.ReplaceAll(f.Name, fmt.Sprint(port), "PORT")
	}
	return all, srv
}

// What each engine is known by, and what is offered for it. The first four are
// recorded; the others are written in the shape that their projects document.
func TestDiscoverKnowsEngines(t *testing.T) {
	text404 := backendtest.Answer{Status: 404, Header: map[string]string{"Content-Type": "application/json"}, Body: []string{`{"detail":"Not Found"}`}}
	denied := backendtest.Answer{Status: 401, Header: map[string]string{"Content-Type": "application/json", "Server": "uvicorn"}, Body: []string{`{"error":"Unauthorized"}`}}
	uvicorn := text404
	uvicorn.Header = map[string]string{"Content-Type": "application/json", "Server": "uvicorn"}
	for _, c := range []struct {
		name string
		play func(backendtest.Request) backendtest.Answer
		want backend.Found
	}{
		{"llama-server", replayed(t, "02-v1-models", "03-props"), backend.Found{
			Engine: "llama-server", Kind: "llamacpp", Name: "llama", BaseURL: "http://127.0.0.1:PORT", Version: "b11669-Debian", State: "ready",
			Models: []session.ModelInfo{{Ref: "tiny-chatml", State: "loaded", Context: 4096, Trained: 8192, Bytes: 7350272, Quant: "F16", Slots: 4}},
			Lines:  "# llama-server b11669-Debian, found on this machine\n[backends.llama]\nkind = \"llamacpp\"\nbase_url = \"http://127.0.0.1:PORT\"\n",
		}},
		{"router", replayedAt(t, map[string]string{"/v1/models": "router-09-models-two-loaded", "/models": "router-09-models-two-loaded", "/props": "router-03-props"}), backend.Found{
			Engine: "llama-server router", Kind: "llamacpp", Name: "llama", BaseURL: "http://127.0.0.1:PORT", Version: "b11669-Debian", State: "ready",
			Models: []session.ModelInfo{
				{Ref: "broken", State: "unloaded"},
				{Ref: "tiny-chatml", State: "loaded", Context: 2048, Trained: 8192, Bytes: 7350272, Quant: "F16"},
				{Ref: "tiny-llama3", State: "unloaded", Trained: 8192},
				{Ref: "tiny-opinionated", State: "loaded", Context: 2048, Trained: 8192, Bytes: 7350272, Quant: "F16"},
			},
			Lines: "# llama-server router b11669-Debian, found on this machine\n[backends.llama]\nkind = \"llamacpp\"\nbase_url = \"http://127.0.0.1:PORT\"\n",
		}},
		{"llama-server that loads", replayed(t, "loading-models"), backend.Found{
			Engine: "llama-server", Kind: "llamacpp", Name: "llama", BaseURL: "http://127.0.0.1:PORT", State: "loading",
			Lines: "# llama-server, found on this machine\n[backends.llama]\nkind = \"llamacpp\"\nbase_url = \"http://127.0.0.1:PORT\"\n",
		}},
		{"llama-server with a key", replayedAt(t, map[string]string{"/v1/models": "auth-props", "/props": "auth-props"}), backend.Found{
			Engine: "llama-server", Kind: "llamacpp", Name: "llama", BaseURL: "http://127.0.0.1:PORT", State: "wants a key", KeyEnv: "LLAMA_KEY",
			Lines: "# llama-server, found on this machine\n[backends.llama]\nkind = \"llamacpp\"\nbase_url = \"http://127.0.0.1:PORT\"\nkey_env = \"LLAMA_KEY\"  # the environment variable that holds its key\n",
		}},
		{"Ollama", replayed(t, "ollama-01-root", "ollama-03-version", "ollama-04-tags", "ollama-09-ps-loaded"), backend.Found{
			Engine: "Ollama", Kind: "ollama", Name: "ollama", BaseURL: "http://127.0.0.1:PORT", Version: "0.17.4", State: "ready",
			Models: []session.ModelInfo{
				{Ref: "mid:latest", State: "unloaded", Bytes: 38849132, Params: "19.41M", Quant: "F16", Digest: "b50159f65c2cf61e7cdbe2547bbda17d8a65a9bd5de96a313e10e5b3cb4c8100"},
				{Ref: "tiny-chatml:latest", State: "loaded", Context: 4096, Bytes: 7364092, Params: "3.67M", Quant: "F16", Digest: "a9a56f9cb6aaaa476556e79923f186426b5b3fb019229b779605d60219f54049"},
				{Ref: "tiny-llama3:latest", State: "unloaded", Bytes: 7364156, Params: "3.67M", Quant: "F16", Digest: "3ae0b2159705f100363155f13cfc9758f6c583a0a80ce2489d38f0eae8664d1f"},
				{Ref: "tiny-opinionated:latest", State: "unloaded", Bytes: 7364167, Params: "3.67M", Quant: "F16", Digest: "4e5713b8ec972f6eb4f5b7fa0103fea33aed19fed3ab347d943f505cb46e0501"},
			},
			Lines: "# Ollama 0.17.4, found on this machine\n[backends.ollama]\nkind = \"ollama\"\nbase_url = \"http://127.0.0.1:PORT\"\n",
		}},
		{"vLLM", engineOf(map[string]backendtest.Answer{
			"/v1/models": jsonSays(`{"object":"list","data":[{"id":"Qwen/Qwen3-8B","object":"model","created":1,"owned_by":"vllm","root":"Qwen/Qwen3-8B","parent":null,"max_model_len":32768}]}`),
			"/version":   jsonSays(`{"version":"0.11.0"}`), "/": text404,
		}), backend.Found{
			Engine: "vLLM", Kind: "vllm", Name: "vllm", BaseURL: "http://127.0.0.1:PORT/v1", Version: "0.11.0", State: "ready",
			Models: []session.ModelInfo{{Ref: "Qwen/Qwen3-8B", Context: 32768}},
			Lines:  "# vLLM 0.11.0, found on this machine\n[backends.vllm]\nkind = \"vllm\"\nbase_url = \"http://127.0.0.1:PORT/v1\"\n",
		}},
		{"vLLM with a key", engineOf(map[string]backendtest.Answer{"/v1/models": denied, "/": uvicorn, "/version": jsonSays(`{"version":"0.11.0"}`)}), backend.Found{
			Engine: "vLLM", Kind: "vllm", Name: "vllm", BaseURL: "http://127.0.0.1:PORT/v1", Version: "0.11.0", State: "wants a key", KeyEnv: "VLLM_KEY",
			Lines: "# vLLM 0.11.0, found on this machine\n[backends.vllm]\nkind = \"vllm\"\nbase_url = \"http://127.0.0.1:PORT/v1\"\nkey_env = \"VLLM_KEY\"  # the environment variable that holds its key\n",
		}},
		{"SGLang", engineOf(map[string]backendtest.Answer{
			"/v1/models":       jsonSays(`{"object":"list","data":[{"id":"qwen","object":"model","owned_by":"sglang","root":"qwen","max_model_len":40960}]}`),
			"/get_server_info": jsonSays(`{"model_path":"qwen","version":"0.5.2"}`),
		}), backend.Found{
			Engine: "SGLang", Kind: "openai", Name: "sglang", BaseURL: "http://127.0.0.1:PORT/v1", Version: "0.5.2", State: "ready",
			Models: []session.ModelInfo{{Ref: "qwen", Context: 40960}},
			Lines:  "# SGLang 0.5.2, found on this machine\n[backends.sglang]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:PORT/v1\"\n",
		}},
		{"LM Studio", engineOf(map[string]backendtest.Answer{
			"/v1/models": jsonSays(`{"object":"list","data":[{"id":"qwen3-8b","object":"model","owned_by":"organization_owner"}]}`),
			"/api/v1/models": jsonSays(`{"models":[{"type":"llm","key":"qwen3-8b","quantization":{"name":"Q4_K_M"},"size_bytes":5027784512,"params_string":"8B","max_context_length":40960,
				"loaded_instances":[{"id":"qwen3-8b","config":{"context_length":8192,"parallel":4}}]},{"type":"embedding","key":"nomic","loaded_instances":[]}]}`),
		}), backend.Found{
			Engine: "LM Studio", Kind: "openai", Name: "lmstudio", BaseURL: "http://127.0.0.1:PORT/v1", State: "ready",
			Models: []session.ModelInfo{{Ref: "qwen3-8b", State: "loaded", Context: 8192, Trained: 40960, Bytes: 5027784512, Params: "8B", Quant: "Q4_K_M", Slots: 4}},
			Lines:  "# LM Studio, found on this machine\n[backends.lmstudio]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:PORT/v1\"\n",
		}},
		{"an older LM Studio", engineOf(map[string]backendtest.Answer{
			"/v1/models":     jsonSays(`{"object":"list","data":[{"id":"a","object":"model"}]}`),
			"/api/v0/models": jsonSays(`{"object":"list","data":[{"id":"a","type":"llm","state":"not-loaded","quantization":"4bit","max_context_length":32768}]}`),
		}), backend.Found{
			Engine: "LM Studio", Kind: "openai", Name: "lmstudio", BaseURL: "http://127.0.0.1:PORT/v1", State: "ready",
			Models: []session.ModelInfo{{Ref: "a", State: "unloaded", Trained: 32768, Quant: "4bit"}},
			Lines:  "# LM Studio, found on this machine\n[backends.lmstudio]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:PORT/v1\"\n",
		}},
		{"TGI", engineOf(map[string]backendtest.Answer{
			"/info": jsonSays(`{"model_id":"bigscience/bloom","max_concurrent_requests":128,"max_input_tokens":1024,"max_total_tokens":2048,"router":"text-generation-router","version":"3.3.0"}`),
		}), backend.Found{
			Engine: "TGI", Kind: "openai", Name: "tgi", BaseURL: "http://127.0.0.1:PORT/v1", Version: "3.3.0", State: "ready",
			Models: []session.ModelInfo{{Ref: "bigscience/bloom", State: "loaded", Context: 2048}},
			Lines:  "# TGI 3.3.0, found on this machine\n[backends.tgi]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:PORT/v1\"\n",
		}},
		{"something that speaks the protocol", engineOf(map[string]backendtest.Answer{"/v1/models": jsonSays(`{"object":"list","data":[{"id":"m","object":"model"}]}`)}), backend.Found{
			Engine: "OpenAI-compatible server", Kind: "openai", Name: "local", BaseURL: "http://127.0.0.1:PORT/v1", State: "ready", Models: []session.ModelInfo{{Ref: "m"}},
			Lines: "# OpenAI-compatible server, found on this machine\n[backends.local]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:PORT/v1\"\n",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, srv := find(t, c.play, backend.DiscoverOptions{})
			if len(got) != 1 {
				t.Fatalf("found %d", len(got))
			}
			if d := cmp.Diff(c.want, got[0]); d != "" {
				t.Errorf("want -, got +\n%s", d)
			}
			onlyAsked(t, srv)
		})
	}
}

// onlyAsked holds a search to GET, and to nothing that a stranger should not get.
func onlyAsked(t *testing.T, srv *backendtest.Server) {
	t.Helper()
	for _, r := range srv.Requests() {
		if r.Method != http.MethodGet || len(r.Body) > 0 {
			t.Errorf("%s %s with %d bytes", r.Method, r.Path, len(r.Body))
		}
		for k := range r.Header {
			if !slices.Contains([]string{"Accept", "User-Agent", "Connection"}, k) {
				t.Errorf("%s was sent the header %s", r.Path, k)
			}
		}
	}
}

func replayedAt(t *testing.T, names map[string]string) func(backendtest.Request) backendtest.Answer {
	paths := map[string]backendtest.Answer{}
	for p, n := range names {
		_, paths[p] = recorded(t, n)
	}
	return engineOf(paths)
}

// What answers and is no engine is not offered, and nothing that it answers does
// any harm.
func TestDiscoverPassesStrangers(t *testing.T) {
	elsewhere := backendtest.NewServer(func(backendtest.Request) backendtest.Answer {
		return jsonSays(`{"object":"list","data":[{"id":"m","object":"model","owned_by":"vllm"}]}`)
	})
	defer elsewhere.Close()
	long := strings.Repeat("x", 2<<20)
	for name, play := range map[string]func(backendtest.Request) backendtest.Answer{
		"a web page": func(backendtest.Request) backendtest.Answer {
			return backendtest.Answer{Body: []string{"<html>hello</html>"}}
		},
		"nothing there": func(backendtest.Request) backendtest.Answer { return backendtest.Answer{Status: 404} },
		"no HTTP": func(backendtest.Request) backendtest.Answer {
			return backendtest.Answer{Raw: "SSH-2.0-OpenSSH_9.6\r\n"}
		},
		"hangs":  func(backendtest.Request) backendtest.Answer { return backendtest.Answer{Hang: true} },
		"resets": func(backendtest.Request) backendtest.Answer { return backendtest.Answer{Reset: true} },
		"a flood": func(backendtest.Request) backendtest.Answer {
			return jsonSays(`{"object":"list","data":[{"id":"` + long + `","object":"model"}]}`)
		},
		"headers without end": func(backendtest.Request) backendtest.Answer {
			return backendtest.Answer{Raw: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Y: "+strings.Repeat("z", 1000)+"\r\n", 100) + "\r\n"}
		},
		"leads elsewhere": func(backendtest.Request) backendtest.Answer {
			return backendtest.Answer{Status: 302, Header: map[string]string{"Location": elsewhere.URL + "/models"}}
		},
		"JSON of another kind": func(backendtest.Request) backendtest.Answer { return jsonSays(`{"object":"list","data":[{"id":7}]}`) },
		"deep":                 func(backendtest.Request) backendtest.Answer { return jsonSays(strings.Repeat("[", 100000)) },
		"says Ollama and is not": func(r backendtest.Request) backendtest.Answer {
			return backendtest.Answer{Header: map[string]string{"Content-Type": "text/plain"}, Body: []string{"Ollama is running"}}
		},
		"compressed": func(backendtest.Request) backendtest.Answer {
			return backendtest.Answer{Header: map[string]string{"Content-Encoding": "gzip", "Content-Type": "application/json"}, Body: []string{"\x1f\x8b\x08"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got, _ := find(t, play, backend.DiscoverOptions{}); len(got) != 0 {
				t.Errorf("found %+v", got)
			}
		})
	}
	if n := len(elsewhere.Requests()); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

// What a server writes of itself does not get into the lines for the config.
func TestDiscoverLinesAreOurs(t *testing.T) {
	evil := `1\n[backends.evil]\nbase_url = \"http://evil.test\"\u001b[31m`
	got, _ := find(t, engineOf(map[string]backendtest.Answer{
		"/v1/models": {Header: map[string]string{"Content-Type": "application/json", "Server": "llama.cpp"}, Body: []string{`{"object":"list","data":[{"id":"` + evil + `","object":"model","meta":{"n_ctx":-5,"n_ctx_train":99999999999999,"size":-1}}]}`}},
		"/props":     jsonSays(`{"build_info":"` + evil + `","total_slots":-4}`),
	}), backend.DiscoverOptions{})
	if len(got) != 1 {
		t.Fatalf("found %d", len(got))
	}
	f := got[0]
	if f.Lines != "# llama-server, found on this machine\n[backends.llama]\nkind = \"llamacpp\"\nbase_url = \"http://127.0.0.1:PORT\"\n" {
		t.Errorf("lines:\n%s", f.Lines)
	}
	m := f.Models[0]
	if m.Context != 0 || m.Trained != 0 || m.Bytes != 0 || m.Slots != 0 || strings.Contains(m.Ref, "\n") {
		t.Errorf("the model is %+v", m)
	}
}

func TestDiscoverNames(t *testing.T) {
	play := replayed(t, "02-v1-models", "03-props")
	one, two := backendtest.NewServer(play), backendtest.NewServer(play)
	defer one.Close()
	defer two.Close()
	a, b := portOf(t, one.URL), portOf(t, two.URL)
	got := backend.Discover(context.Background(), backend.DiscoverOptions{Ports: []int{a, a, b}})
	if len(got) != 2 || got[0].Name != "llama" || got[1].Name != fmt.Sprintf("llama-%d", b) {
		t.Fatalf("found %+v", got)
	}
	got = backend.Discover(context.Background(), backend.DiscoverOptions{
		Ports: []int{a, b}, Taken: []string{fmt.Sprintf("llama-%d", a)},
		Configured: []backend.Config{{Name: "llama", Kind: "llamacpp", BaseURL: fmt.Sprintf("http://localhost:%d/v1", b)}},
	})
	if len(got) != 2 || got[0].Name != fmt.Sprintf("llama-%d-2", a) || got[0].As != "" || got[1].As != "llama" {
		t.Fatalf("found %+v", got)
	}
}

// Where else one looks: what the environment names, if that is this machine.
func TestDiscoverEnvironment(t *testing.T) {
	srv := backendtest.NewServer(replayed(t, "ollama-01-root", "ollama-03-version", "ollama-04-tags"))
	defer srv.Close()
	port := portOf(t, srv.URL)
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf("127.0.0.1:%d", port)}, true},
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf("http://localhost:%d/", port)}, true},
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf("0.0.0.0:%d", port)}, true},
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf(":%d", port)}, true},
		{map[string]string{"LLAMA_ARG_PORT": fmt.Sprint(port)}, true},
		{map[string]string{"LLAMA_ARG_HOST": "127.0.0.1", "LLAMA_ARG_PORT": fmt.Sprint(port)}, true},
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf("192.0.2.7:%d", port)}, false},
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf("https://127.0.0.1:%d", port)}, false},
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf("example.test:%d", port)}, false},
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf("127.0.0.1.example.test:%d", port)}, false},
		{map[string]string{"OLLAMA_HOST": fmt.Sprintf("user@127.0.0.1:%d", port)}, false},
		{map[string]string{"LLAMA_ARG_HOST": "/run/llama.sock"}, false},
		{map[string]string{"LLAMA_ARG_HOST": "192.0.2.7", "LLAMA_ARG_PORT": fmt.Sprint(port)}, false},
		{map[string]string{"LLAMA_ARG_PORT": "-1"}, false},
	} {
		got := backend.Discover(context.Background(), backend.DiscoverOptions{Ports: []int{}, Env: func(k string) string { return c.env[k] }})
		if (len(got) == 1) != c.want {
			t.Errorf("%v: found %+v", c.env, got)
		}
	}
}

// A closed port is nothing, and no port at all no question.
func TestDiscoverNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	if got := backend.Discover(context.Background(), backend.DiscoverOptions{Ports: []int{port, 0, -1, 70000}}); len(got) != 0 {
		t.Errorf("found %+v", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	srv := backendtest.NewServer(replayed(t, "02-v1-models"))
	defer srv.Close()
	if got := backend.Discover(ctx, backend.DiscoverOptions{Ports: []int{portOf(t, srv.URL)}}); len(got) != 0 || len(srv.Requests()) != 0 {
		t.Errorf("a search that was stopped found %+v", got)
	}
}

// Every kind that is offered is one that there is.
func TestDiscoverOffersKinds(t *testing.T) {
	var kinds []string
	for _, k := range backend.All() {
		kinds = append(kinds, k.Name)
	}
	for _, want := range []string{"llamacpp", "ollama", "vllm", "openai"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("%s is none of %v", want, kinds)
		}
	}
}

package backend

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"galley/session"
	"galley/session/text"
)

// discoverPorts are where engines listen when nobody tells them otherwise:
// llama-server (older releases, newer ones), Ollama, vLLM, SGLang, LM Studio, TGI.
var discoverPorts = []int{8080, 9931, 11434, 8000, 30000, 1234, 3000}

const (
	discoverTime   = 300 * time.Millisecond // of one question
	discoverModels = 256                    // of one engine
)

// DiscoverOptions says where to look for engines. The zero value looks at the
// usual ports of this machine.
type DiscoverOptions struct {
	// Ports are asked instead of the usual ones.
	Ports []int
	// Env looks up what names another address of an engine: OLLAMA_HOST,
	// LLAMA_ARG_HOST and LLAMA_ARG_PORT, heeded where it is this machine. nil:
	// nothing is set.
	Env func(string) string
	// Configured are the backends of the user's config: one that is found is known
	// by its address, and a suggested name is none of theirs.
	Configured []Config
	// Taken are more names that may not be suggested.
	Taken []string
}

// Found is an engine that answered on this machine. Everything but Kind, Name,
// BaseURL and Lines may be what its server wrote.
type Found struct {
	Engine  string // "llama-server", "llama-server router", "Ollama", "vLLM", "SGLang", "LM Studio", "TGI", "OpenAI-compatible server"
	Kind    string // of the config, that speaks to it best
	Name    string // for the config, that is free there
	BaseURL string
	Version text.Raw // "" it does not say
	Models  []session.ModelInfo
	State   string // ready, loading, or "wants a key"
	As      string // the backend of the config that it is already, "" none
	// Lines are what the config needs to reach it: a table of TOML.
	Lines  string
	KeyEnv string // in Lines, where it wants a key
}

// Discover looks for engines on this machine. It asks loopback addresses only, all
// at once, by GET, 300 ms a question, follows nothing, and knows an engine by what
// it answers and not by its port. Nothing looks by itself: somebody asked.
func Discover(ctx context.Context, o DiscoverOptions) []Found {
	at := o.targets()
	all := make([]*Found, len(at))
	p := newProber()
	var wg sync.WaitGroup
	for i, a := range at {
		wg.Go(func() { all[i] = p.probe(ctx, a) })
	}
	wg.Wait()
	var out []Found
	taken := slices.Concat(o.Taken, reservedNames())
	for _, c := range o.Configured {
		taken = append(taken, c.Name)
	}
	for _, f := range all {
		if f == nil {
			continue
		}
		f.As = o.known(f.BaseURL)
		f.Name = freeName(*f, taken)
		taken = append(taken, f.Name)
		if f.State == wantsKey {
			f.KeyEnv = strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")) + "_KEY"
		}
		f.Lines = f.lines()
		out = append(out, *f)
	}
	return out
}

// targets are the addresses to ask, each once.
func (o DiscoverOptions) targets() []netip.AddrPort {
	ports := o.Ports
	if ports == nil {
		ports = discoverPorts
	}
	var out []netip.AddrPort
	add := func(a netip.AddrPort, ok bool) {
		if ok && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	for _, p := range ports {
		if p > 0 && p < 1<<16 {
			add(netip.AddrPortFrom(loopback4, uint16(p)), true)
		}
	}
	if o.Env == nil {
		return out
	}
	if h := o.Env("OLLAMA_HOST"); h != "" {
		add(loopbackOf(h, 11434))
	}
	host, port := o.Env("LLAMA_ARG_HOST"), o.Env("LLAMA_ARG_PORT")
	switch n, err := strconv.Atoi(port); {
	case err == nil && n > 0 && n < 1<<16:
		add(loopbackOf(net.JoinHostPort(strings.Trim(orLocal(host), "[]"), port), n))
	case port == "" && host != "":
		add(loopbackOf(host, 8080))
		add(loopbackOf(host, 9931))
	}
	return out
}

func orLocal(host string) string {
	if host == "" {
		return "127.0.0.1"
	}
	return host
}

var loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// loopbackOf reads an address as engines take theirs (host, host:port, :port, or a
// URL) and gives the one by which this machine reaches it; false: it is another
// machine, a socket's file, or no address. Names but localhost are not looked up.
func loopbackOf(s string, port int) (netip.AddrPort, bool) {
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	if _, rest, ok := strings.Cut(s, "://"); ok {
		if !strings.HasPrefix(s, "http://") {
			return netip.AddrPort{}, false
		}
		s, _, _ = strings.Cut(rest, "/")
	}
	host := s
	if h, p, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n >= 1<<16 {
			return netip.AddrPort{}, false
		}
		host, port = h, n
	}
	host = strings.Trim(host, "[]")
	if host == "" || strings.EqualFold(host, "localhost") {
		return netip.AddrPortFrom(loopback4, uint16(port)), true
	}
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil || a.Zone() != "":
		return netip.AddrPort{}, false
	case a == netip.IPv4Unspecified():
		a = loopback4 // where it listens; a client says which
	case a == netip.IPv6Unspecified():
		a = netip.IPv6Loopback()
	}
	a = a.Unmap()
	return netip.AddrPortFrom(a, uint16(port)), a.IsLoopback()
}

// known is the backend of the config that has the address, "" none.
func (o DiscoverOptions) known(base string) string {
	here, ok := placeOf(base)
	if !ok {
		return ""
	}
	for _, c := range o.Configured {
		raw := c.BaseURL
		if raw == "" && c.Kind == "ollama" {
			raw = "http://127.0.0.1:11434"
		}
		if at, ok := placeOf(raw); ok && at == here {
			return c.Name
		}
	}
	return ""
}

// placeOf is the address of a URL on this machine; that it has several names for
// itself makes no difference, but the two families of addresses do.
func placeOf(raw string) (netip.AddrPort, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" {
		return netip.AddrPort{}, false
	}
	return loopbackOf(u.Host, 80)
}

// reservedNames are those that have a meaning of their own.
func reservedNames() []string { return []string{builtIn, "openai", "anthropic", "gemini", "human"} }

// freeName suggests a name that is not taken: the engine's, with its port where
// that is.
func freeName(f Found, taken []string) string {
	base := "local"
	switch f.Engine {
	case engineLlama, engineRouter:
		base = "llama"
	case engineOllama, engineVLLM, engineSGLang, engineTGI:
		base = strings.ToLower(f.Engine)
	case engineLMStudio:
		base = "lmstudio"
	}
	if !slices.Contains(taken, base) {
		return base
	}
	if at, ok := placeOf(f.BaseURL); ok {
		base = fmt.Sprintf("%s-%d", base, at.Port())
	}
	name := base
	for n := 2; slices.Contains(taken, name); n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	return name
}

// lines are the table of the config. Of what the server wrote only a version goes
// in, and only one that can be nothing else.
func (f Found) lines() string {
	var b strings.Builder
	b.WriteString("# " + f.Engine)
	if v := string(f.Version); plainVersion(v) {
		b.WriteString(" " + v)
	}
	b.WriteString(", found on this machine\n")
	fmt.Fprintf(&b, "[backends.%s]\nkind = %q\nbase_url = %q\n", f.Name, f.Kind, f.BaseURL)
	if f.KeyEnv != "" {
		fmt.Fprintf(&b, "key_env = %q  # the environment variable that holds its key\n", f.KeyEnv)
	}
	return b.String()
}

func plainVersion(v string) bool {
	if v == "" || len(v) > 40 {
		return false
	}
	for _, c := range []byte(v) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("._+-", rune(c)) {
			return false
		}
	}
	return true
}

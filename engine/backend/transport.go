package backend

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"galley/session/text"
)

// Limits of one connection.
const (
	dialTime    = 5 * time.Second
	headerLimit = 256 << 10 // bytes
)

// origin is where a key may go: scheme, host and port, exactly.
type origin struct{ scheme, host, port string }

func originOf(u *url.URL) origin {
	o := origin{u.Scheme, strings.ToLower(u.Hostname()), u.Port()}
	if o.port == "" {
		switch o.scheme {
		case "http":
			o.port = "80"
		case "https":
			o.port = "443"
		}
	}
	return o
}

func (o origin) loopback() bool {
	if o.host == "localhost" {
		return true
	}
	ip := net.ParseIP(o.host)
	return ip != nil && ip.IsLoopback()
}

// parseBase reads a base URL. why is "" when it will do.
func parseBase(raw string, keyed bool) (u *url.URL, why string) {
	for i := range len(raw) {
		if c := raw[i]; c <= 0x20 || c >= 0x7f || c == '\\' {
			return nil, "holds a character that no address has; write plain ASCII, as in http://127.0.0.1:8000/v1"
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, "is not an address such as http://127.0.0.1:8000/v1"
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "must begin with http:// or https://"
	case u.User != nil || strings.Contains(u.Host, "@"):
		return nil, "holds a user name or password; a key belongs into the variable that key_env names"
	case u.Opaque != "" || u.Hostname() == "":
		return nil, "names no host"
	case strings.ContainsAny(u.Host, "%") || strings.HasSuffix(u.Hostname(), "."):
		return nil, "has a host name that can be read in two ways"
	case strings.HasSuffix(u.Host, ":"):
		return nil, "names no port after the colon"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, "has a part after ? or #; a base address has none"
	}
	if keyed && u.Scheme == "http" && !originOf(u).loopback() {
		return nil, "would send the key in the clear; use https, or a server on this machine"
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, ""
}

// newTransport is the one way out. It follows nothing, decodes nothing and
// never sends a request a second time by itself: it speaks HTTP/1.1 only, and
// requests go to RoundTrip without a way to rewind their body.
func newTransport(conns int) *http.Transport {
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            (&net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    2 * dialTime,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxResponseHeaderBytes: headerLimit,
		MaxIdleConns:           2 * conns,
		MaxIdleConnsPerHost:    conns,
		IdleConnTimeout:        30 * time.Second,
		DisableCompression:     true,
	}
}

// proxy is the environment's. What is wrong with it is said without showing it:
// its address may hold a password.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errProxy
	}
	return u, nil
}

var (
	errProxy = errors.New("the proxy that the environment names (HTTP_PROXY, HTTPS_PROXY) is not an address")
	errKey   = errors.New("the key holds a character that no header may have; look for a line feed at its end")
)

// keyed attaches the key, and only to requests to the origin that it is bound
// to: no caller can send one elsewhere.
type keyed struct {
	next   http.RoundTripper
	bound  origin
	key    func() string // "" none
	header string        // that carries it; "" is Authorization, after "Bearer "
}

// RoundTrip sends the request once.
func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	key := k.key()
	if key == "" || originOf(r.URL) != k.bound || r.URL.User != nil {
		return k.next.RoundTrip(r)
	}
	for i := range len(key) {
		if key[i] < 0x21 || key[i] > 0x7e {
			return nil, errKey
		}
	}
	r = r.Clone(r.Context())
	if k.header != "" {
		r.Header.Set(k.header, key)
	} else {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return k.next.RoundTrip(r)
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xc0 == 0x80 {
		limit--
	}
	return s[:limit] + "…"
}

func oneLine(s string, limit int) text.Raw {
	return text.Raw(cut(strings.Join(strings.Fields(s), " "), limit))
}

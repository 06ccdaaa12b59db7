package managed

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"galley/session/text"
)

// Program is a llama-server as it describes itself.
type Program struct {
	Version string // its first line
	path    string
	knows   map[string]bool // flags
}

// probeTime is how long a program may take to tell its version and its flags.
const probeTime = 20 * time.Second

type probeKey struct {
	path  string
	size  int64
	mtime time.Time
}

var probed = struct {
	sync.Mutex
	all map[probeKey]Program
}{all: map[probeKey]Program{}}

// Probe finds a program and asks it for its version and its flags, once for each
// file. An error is a *[session.CallError].
func Probe(ctx context.Context, program string) (Program, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) && !strings.ContainsAny(program, `/\`) {
			return Program{}, fail("config", "the program %s is not in PATH; install llama.cpp, or write its full path as program", text.Raw(program))
		}
		return Program{}, fail("config", "the program %s can't be run: %s", text.Raw(program), text.Raw(why(err)))
	}
	if path, err = filepath.Abs(path); err != nil {
		return Program{}, fail("config", "the program %s can't be found: %v", text.Raw(program), err)
	}
	fi, err := os.Stat(path)
	if err != nil {
		return Program{}, fail("config", "the program %s can't be run: %s", text.Raw(path), text.Raw(why(err)))
	}
	probed.Lock()
	defer probed.Unlock()
	k := probeKey{path, fi.Size(), fi.ModTime()}
	if p, ok := probed.all[k]; ok {
		return p, nil
	}
	p := Program{path: path}
	out, err := ask(ctx, path, "--version")
	if err == nil {
		p.Version, err = versionOf(out), nil
	}
	if err == nil && p.Version == "" {
		err = errors.New("it tells no version; is it a llama-server?")
	}
	if err != nil {
		return Program{}, fail("config", "%s --version: %s", text.Raw(path), text.Raw(err.Error()))
	}
	if out, err = ask(ctx, path, "--help"); err != nil {
		return Program{}, fail("config", "%s --help: %s", text.Raw(path), text.Raw(err.Error()))
	}
	p.knows = flagsOf(out)
	if !p.knows["--api-key"] || !p.knows["--port"] {
		return Program{}, fail("config", "%s is no llama-server: it knows no --port or --api-key", text.Raw(path))
	}
	probed.all[k] = p
	return p, nil
}

var version = regexp.MustCompile(`(?m)^version: *(.+?)\s*$`)

// versionOf is the line that names the version.
func versionOf(out []byte) string {
	if m := version.FindSubmatch(out); m != nil {
		return "llama-server " + cut(string(m[1]), 100)
	}
	return ""
}

var flag = regexp.MustCompile(`(?m)(?:^|[\s,])(--?[A-Za-z][A-Za-z0-9-]*)`)

func flagsOf(help []byte) map[string]bool {
	out := map[string]bool{}
	for _, m := range flag.FindAllSubmatch(help, -1) {
		out[string(m[1])] = true
	}
	return out
}

// ask runs the program for what it says about itself.
func ask(ctx context.Context, path, arg string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, arg)
	cmd.Env = environ(os.Environ())
	cmd.Dir = filepath.Dir(path)
	cmd.WaitDelay = time.Second
	var out bounded
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, errors.New("it did not answer")
	case err != nil:
		if line, _, _ := strings.Cut(strings.TrimSpace(out.String()), "\n"); line != "" {
			return nil, errors.New(cut(line, 300))
		}
		return nil, errors.New(why(err))
	}
	return out.Bytes(), nil
}

// bounded is a buffer that keeps the first MiB.
type bounded struct{ bytes.Buffer }

// Write takes everything, and keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	if room := 1<<20 - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// why is the reason in an error of the system, without the operation and the path.
func why(err error) string {
	var pe *os.PathError
	var ee *exec.Error
	switch {
	case errors.As(err, &ee):
		return why(ee.Err)
	case errors.As(err, &pe):
		return pe.Err.Error()
	}
	return err.Error()
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

package managed

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"galley/session/text"
)

// Bounds of a log.
const (
	ringLines = 200
	lineLimit = 4 << 10 // bytes of one line
	fileLimit = 4 << 20 // bytes of the file, before it begins anew
)

// ring keeps the last lines that a server wrote.
type ring struct {
	mu  sync.Mutex
	all []text.Raw
}

func (r *ring) add(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) >= ringLines {
		r.all = append(r.all[:0], r.all[1:]...)
	}
	r.all = append(r.all, text.Raw(s))
}

func (r *ring) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = nil
}

func (r *ring) lines() []text.Raw {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]text.Raw(nil), r.all...)
}

// tee takes one process's log apart into lines, for the ring and for a file that
// only the user can read. The key is taken out of it.
type tee struct {
	ring *ring
	key  string

	mu   sync.Mutex
	file *os.File // nil: it could not be made, which is no reason not to start
	path string
	size int64
	last time.Time // something was written
	dots int       // of the progress that is written as dots
}

func newTee(r *ring, path, key string) *tee {
	t := &tee{ring: r, key: key, path: path, last: time.Now()}
	t.open()
	return t
}

func (t *tee) open() {
	if fi, err := os.Stat(t.path); err == nil && fi.Size() > fileLimit {
		_ = os.Rename(t.path, t.path+".1")
	}
	f, err := os.OpenFile(t.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	t.file, t.size = f, 0
	if fi, err := f.Stat(); err == nil {
		t.size = fi.Size()
	}
}

// line keeps one line.
func (t *tee) line(s string) {
	s = strings.TrimRight(strings.ReplaceAll(s, t.key, "[key]"), "\r\n ")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = time.Now()
	if d := strings.TrimLeft(s, "."); d == "" && s != "" {
		t.dots += len(s)
		return
	}
	if s == "" {
		return
	}
	t.ring.add(s)
	if t.file == nil {
		return
	}
	n, _ := t.file.WriteString(time.Now().UTC().Format(time.RFC3339) + " " + text.Raw(s).String() + "\n")
	if t.size += int64(n); t.size > fileLimit {
		_ = t.file.Close()
		t.file = nil
		t.open()
	}
}

// moved is when the server wrote last, and how many dots so far.
func (t *tee) moved() (time.Time, int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last, t.dots
}

func (t *tee) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != nil {
		_ = t.file.Close()
		t.file = nil
	}
}

// readFrom reads lines to the end. What is longer than a line may be is cut.
func (t *tee) readFrom(r io.Reader) {
	b := bufio.NewReaderSize(r, lineLimit)
	for {
		line, err := b.ReadSlice('\n')
		t.line(message(line))
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = b.ReadSlice('\n')
		}
		if err != nil {
			return
		}
	}
}

// message is what a line of the log says: of a JSON object its msg.
func message(line []byte) string {
	var v struct {
		Type  string `json:"type"`
		Level string `json:"level"`
		Msg   string `json:"msg"`
	}
	if len(line) > 0 && line[0] == '{' && json.Unmarshal(line, &v) == nil {
		switch {
		case v.Type == "log" && v.Level == "error":
			return "E " + v.Msg
		case v.Type == "log" && v.Level == "warn":
			return "W " + v.Msg
		case v.Type == "log":
			return v.Msg
		}
	}
	return string(line)
}

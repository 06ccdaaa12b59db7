package kit

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// GuardWriter is the last line before the terminal. It reads every byte of the
// program's output and lets through text and a short list of control sequences:
// what drawing a screen takes, and nothing that reads from the terminal, writes
// its clipboard, names its window or hides what follows. It is given to
// tea.WithOutput; whatever it stops is a fault of ours, and is counted.
//
// It can be handed to Bubble Tea in the place of a terminal: Fd, Read and Close
// are those of the writer behind it.
type GuardWriter struct {
	mu      sync.Mutex
	w       io.Writer
	titles  []string
	clips   []string // announced clipboard sequences
	queries map[string]int
	state   guardState
	seq     []byte // the sequence being read
	want    string // the announced sequence that it may become
	out     []byte
	blocked int
	samples []string
}

type guardState int

const (
	gText   guardState = iota
	gEscape            // after ESC
	gCSI               // after ESC [
	gString            // in an OSC, DCS, APC, PM or SOS
	gUTF8              // in a character
)

const (
	maxCSI     = 256 // bytes of a control sequence
	maxString  = 512 // bytes of a string sequence that nobody announced
	queryTimes = 2   // how often each query may be asked
	maxSamples = 16
)

// Guard makes a guard before a terminal. titles are the only window titles that
// pass.
func Guard(w io.Writer, titles ...string) *GuardWriter {
	return &GuardWriter{w: w, titles: titles, queries: map[string]int{}}
}

// Fd is the file descriptor behind the guard; an invalid one when there is none.
func (g *GuardWriter) Fd() uintptr {
	if f, ok := g.w.(interface{ Fd() uintptr }); ok {
		return f.Fd()
	}
	return ^uintptr(0)
}

// Read reads from what is behind the guard.
func (g *GuardWriter) Read(p []byte) (int, error) {
	if r, ok := g.w.(io.Reader); ok {
		return r.Read(p)
	}
	return 0, io.EOF
}

// Close closes what is behind the guard.
func (g *GuardWriter) Close() error {
	if c, ok := g.w.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Blocked is the number of sequences and characters that were stopped.
func (g *GuardWriter) Blocked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.blocked
}

// Samples are the first few things that were stopped, quoted.
func (g *GuardWriter) Samples() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.samples)
}

// AllowClipboard announces that s is about to be written to the clipboard. It
// passes once; nothing else does.
func (g *GuardWriter) AllowClipboard(s string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	seq := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(s))
	if len(g.clips) >= 8 {
		g.clips = g.clips[1:]
	}
	g.clips = append(g.clips, seq)
}

// Restart lets the queries of a start be asked again, after the program was
// suspended.
func (g *GuardWriter) Restart() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.queries)
}

// Write filters p and writes what is left. Sequences and characters may be cut
// anywhere between two writes.
func (g *GuardWriter) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out = g.out[:0]
	for i := 0; i < len(p); {
		if g.state == gText {
			n := i
			for n < len(p) && p[n] >= 0x20 && p[n] < 0x7f {
				n++
			}
			g.out = append(g.out, p[i:n]...)
			if i = n; i == len(p) {
				break
			}
		}
		if g.step(p[i]) {
			i++
		}
	}
	if len(g.out) > 0 {
		if _, err := g.w.Write(g.out); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// step takes one byte and reports whether it was used up; if not, it is read
// again in the new state.
func (g *GuardWriter) step(c byte) bool {
	switch g.state {
	case gText:
		g.plain(c)
		return true
	case gUTF8:
		return g.char(c)
	case gEscape:
		return g.escape(c)
	case gCSI:
		return g.csi(c)
	default:
		return g.str(c)
	}
}

func (g *GuardWriter) plain(c byte) {
	switch {
	case c == 0x1b:
		g.begin(gEscape, c)
	case c == '\n', c == '\r', c == '\b', c == '\t', c >= 0x20 && c < 0x7f:
		g.out = append(g.out, c)
	case c >= 0x80:
		g.begin(gUTF8, c)
		if !utf8.RuneStart(c) || c > 0xf4 {
			g.drop()
		}
	default:
		g.seq = append(g.seq[:0], c)
		g.drop()
	}
}

func (g *GuardWriter) begin(s guardState, c byte) {
	g.state = s
	g.seq = append(g.seq[:0], c)
}

// drop counts what was read of a sequence and forgets it.
func (g *GuardWriter) drop() {
	g.blocked++
	if len(g.samples) < maxSamples {
		g.samples = append(g.samples, fmt.Sprintf("%.80q", g.seq))
	}
	g.state, g.seq = gText, g.seq[:0]
}

// pass writes what was read of a sequence.
func (g *GuardWriter) pass() {
	g.out = append(g.out, g.seq...)
	g.state, g.seq = gText, g.seq[:0]
}

// char reads a character of more than one byte.
func (g *GuardWriter) char(c byte) bool {
	if utf8.RuneStart(c) {
		g.drop()
		return false
	}
	g.seq = append(g.seq, c)
	if !utf8.FullRune(g.seq) {
		return true
	}
	x, n := utf8.DecodeRune(g.seq)
	switch {
	case x == utf8.RuneError && n <= 1:
		g.drop()
	case x < 0xa0, x >= 0x202a && x <= 0x202e, x >= 0x2066 && x <= 0x2069:
		g.drop() // a control character, or one that turns the line around
	default:
		g.pass()
	}
	return true
}

func (g *GuardWriter) escape(c byte) bool {
	g.seq = append(g.seq, c)
	switch c {
	case '[':
		g.state = gCSI
	case ']', 'P', '_', '^', 'X':
		g.state = gString
	case '7', '8', 'M':
		g.pass()
	case 0x1b:
		g.seq = g.seq[:1]
		g.drop()
		return false
	default:
		if c < 0x20 || c >= 0x7f {
			g.seq = g.seq[:1]
			g.drop()
			return false
		}
		g.drop()
	}
	return true
}

func (g *GuardWriter) csi(c byte) bool {
	if c < 0x20 || c >= 0x7f {
		g.drop()
		return false
	}
	g.seq = append(g.seq, c)
	switch {
	case c >= 0x40:
		if allowedCSI(g.seq) || g.query() {
			g.pass()
		} else {
			g.drop()
		}
	case len(g.seq) > maxCSI:
		g.drop()
	}
	return true
}

// str reads a string sequence up to its end. One that does not end is given up
// at the next control character, so that it can't swallow what follows.
func (g *GuardWriter) str(c byte) bool {
	escaped := len(g.seq) > 2 && g.seq[len(g.seq)-1] == 0x1b
	switch {
	case escaped && c == '\\':
		g.seq = append(g.seq, c)
		g.endString(len(g.seq) - 2)
	case escaped:
		g.seq = g.seq[:len(g.seq)-1]
		g.drop()
		g.begin(gEscape, 0x1b)
		return false
	case c == 0x07:
		g.seq = append(g.seq, c)
		g.endString(len(g.seq) - 1)
	case c == 0x1b:
		g.seq = append(g.seq, c)
	case c < 0x20, c == 0x7f:
		g.drop()
		return false
	default:
		g.seq = append(g.seq, c)
		if len(g.seq) > maxString && !g.announced() {
			g.drop()
		}
	}
	return true
}

// announced reports whether a long sequence may still become a clipboard write
// that was announced. It looks at the whole of it once and then at each byte as
// it comes.
func (g *GuardWriter) announced() bool {
	n := len(g.seq)
	if n == maxString+1 {
		g.want = ""
		for _, c := range g.clips {
			if strings.HasPrefix(c, string(g.seq)) {
				g.want = c
			}
		}
		return g.want != ""
	}
	return n <= len(g.want) && g.want[n-1] == g.seq[n-1]
}

// endString decides about a string sequence whose content ends at byte end.
func (g *GuardWriter) endString(end int) {
	s := string(g.seq[:end])
	for i, c := range g.clips {
		if c == s {
			g.clips = slices.Delete(g.clips, i, i+1)
			g.pass()
			return
		}
	}
	for _, prefix := range []string{"\x1b]2;", "\x1b]0;"} {
		if title, ok := strings.CutPrefix(s, prefix); ok && (title == "" || slices.Contains(g.titles, title)) {
			g.pass()
			return
		}
	}
	if g.query() {
		g.pass()
		return
	}
	g.drop()
}

// query reports whether the sequence is a question that a program may ask when
// it starts, and has not been asked too often.
func (g *GuardWriter) query() bool {
	q := string(g.seq)
	if !slices.Contains(queries, q) || g.queries[q] >= queryTimes {
		return false
	}
	g.queries[q]++
	return true
}

// queries are the questions of a start: synchronised output, grapheme widths,
// keyboard, background and foreground colour, colour capability.
var queries = []string{
	"\x1b[?2026$p", "\x1b[?2027$p", "\x1b[?u", "\x1b]11;?\x07", "\x1b]11;?\x1b\\", "\x1b]10;?\x07", "\x1b]10;?\x1b\\",
	"\x1bP+q524742\x1b\\", "\x1bP+q5463\x1b\\",
}

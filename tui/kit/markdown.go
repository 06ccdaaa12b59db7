package kit

import (
	"hash/maphash"
	"strings"
	"sync"

	"charm.land/glamour/v2"

	"galley/session/text"
	"galley/themes"
)

// MaxMarkdown is the size in bytes up to which Markdown is laid out; longer text
// is shown as it is.
const MaxMarkdown = 64 << 10

// Markdown lays Markdown from outside out. It is slow, so it is called from a
// command and keeps what it made; it may be used by many goroutines.
type Markdown struct {
	st   *themes.Styles
	mu   sync.Mutex
	seed maphash.Seed
	kept map[mdKey]string
	age  []mdKey
}

type mdKey struct {
	hash uint64
	size int
	w    int
}

// mdKeep is the number of texts that are kept.
const mdKeep = 128

// NewMarkdown makes a renderer for a theme.
func NewMarkdown(st *themes.Styles) *Markdown {
	return &Markdown{st: st, seed: maphash.MakeSeed(), kept: map[mdKey]string{}}
}

// Cached returns what Render made of the text before, if it is still kept.
func (m *Markdown) Cached(r text.Raw, w int) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.kept[m.key(r, w)]
	return s, ok
}

func (m *Markdown) key(r text.Raw, w int) mdKey {
	return mdKey{maphash.String(m.seed, string(r)), len(r), w}
}

// Render returns styled lines of at most w cells. Tags and entities are shown
// as they were written; nothing but colours leaves it.
func (m *Markdown) Render(r text.Raw, w int) string {
	if s, ok := m.Cached(r, w); ok {
		return s
	}
	s := m.render(r, max(8, w))
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.key(r, w)
	if _, ok := m.kept[k]; !ok {
		m.age = append(m.age, k)
		if len(m.age) > mdKeep {
			delete(m.kept, m.age[0])
			m.age = m.age[1:]
		}
	}
	m.kept[k] = s
	return s
}

// Characters of the private use area stand in for those that Markdown would
// take for a tag or an entity. text.Show leaves none of the text's own.
const (
	standLess = "\ue000"
	standAmp  = "\ue001"
)

var (
	standIn  = strings.NewReplacer("<", standLess, "&", standAmp)
	standOut = strings.NewReplacer(standLess, "<", standAmp, "&")
)

func (m *Markdown) render(r text.Raw, w int) string {
	shown := text.Show(r)
	if len(r) > MaxMarkdown || tooDeep(string(r)) {
		return Para(shown, w, m.st.Text, m.st.Mark)
	}
	out, err := m.glamour(standIn.Replace(shown.String()), w)
	if err != nil {
		return Para(shown, w, m.st.Text, m.st.Mark)
	}
	lines := strings.Split(standOut.Replace(onlySGR(out)), "\n")
	for i, l := range lines {
		lines[i] = trimStyled(l)
		if Width(lines[i]) > w {
			lines[i] = Fit(lines[i], w)
		}
	}
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}

// maxDepth is how many quotes and lists may stand within one another. The time
// that glamour takes grows with a power of it: 500 take minutes.
const maxDepth = 8

// tooDeep reports whether a line begins with more markers of quotes and lists,
// or further in, than maxDepth allows.
func tooDeep(s string) bool {
	for line := range strings.SplitSeq(s, "\n") {
		depth, in := 0, 0
		for _, c := range line {
			if c == '\t' {
				in += 3
			}
			in++
			if c == '>' || c == '-' || c == '*' || c == '+' || c == '.' || c == ')' {
				depth++
			} else if c != ' ' && c != '\t' && (c < '0' || c > '9') {
				break
			}
		}
		if rule := strings.Trim(line, " -*") == ""; !rule && (depth > maxDepth || in > 8*maxDepth) {
			return true
		}
		if in > 4*maxDepth && strings.Count(line, "- ")+strings.Count(line, "* ") > maxDepth {
			return true
		}
	}
	return false
}

// glamour lays out, and turns a panic of the library into plain text.
func (m *Markdown) glamour(s string, w int) (out string, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = errMarkdown
		}
	}()
	tr, err := glamour.NewTermRenderer(glamour.WithStyles(m.st.Theme.Markdown()), glamour.WithWordWrap(w), glamour.WithPreservedNewLines())
	if err != nil {
		return "", err
	}
	return tr.Render(s)
}

type markdownError string

func (e markdownError) Error() string { return string(e) }

const errMarkdown = markdownError("markdown could not be laid out")

// onlySGR drops every control character and sequence but line feeds and the
// selection of colours.
func onlySGR(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		c := s[i]
		if c != 0x1b {
			if c >= 0x20 && c != 0x7f || c == '\n' {
				b.WriteByte(c)
			}
			i++
			continue
		}
		n := sequence(s[i:])
		if seq := s[i : i+n]; n > 2 && seq[1] == '[' && seq[n-1] == 'm' && digits([]byte(seq[2:n-1]), ";:") {
			b.WriteString(seq)
		}
		i += n
	}
	return b.String()
}

// sequence is the length of the escape sequence that s begins with.
func sequence(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] < 0x7f {
				return i + 1
			}
			if s[i] < 0x20 || s[i] >= 0x7f {
				return i
			}
		}
		return len(s)
	case ']', 'P', '_', '^', 'X':
		for i := 2; i < len(s); i++ {
			switch s[i] {
			case 0x07:
				return i + 1
			case 0x1b:
				if i+1 < len(s) && s[i+1] == '\\' {
					return i + 2
				}
				return i
			case '\n':
				return i
			}
		}
		return len(s)
	}
	return 2
}

// trimStyled cuts the spaces at the end of a styled line, and with them the
// styles that only spaces wore.
func trimStyled(s string) string {
	end, styled := 0, false // after the last thing that can be seen; whether a style is on there
	on := false
	for i := 0; i < len(s); {
		if s[i] == 0x1b {
			n := sequence(s[i:])
			on = s[i:i+n] != "\x1b[m" && s[i:i+n] != "\x1b[0m"
			i += n
			continue
		}
		if s[i] != ' ' {
			end, styled = i+1, on
		}
		i++
	}
	if styled {
		return s[:end] + "\x1b[m"
	}
	return s[:end]
}

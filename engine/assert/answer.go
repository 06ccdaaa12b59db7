package assert

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// answer is an output with what several assertions want to know of it, each
// found out once.
type answer struct {
	r session.Result
	s string // prefill and completion, or calls of tools
	// calls are those of tools where something was written, too; nil: there are none.
	calls *answer

	low    string
	isLow  bool
	doc    *document
	nWords count
	nLines count
	nSents count
}

// count is a number that may not be known yet.
type count struct {
	n     int
	known bool
}

func (c *count) of(f func() int) int {
	if !c.known {
		c.n, c.known = f(), true
	}
	return c.n
}

// newAnswer takes for the answer what was written, with the calls of tools beside it,
// and where nothing was written, the calls: what is not to be in an answer is not to
// be in them either.
func newAnswer(r session.Result) *answer {
	o := &answer{r: r, s: string(r.Output.Whole())}
	if len(r.Output.ToolCalls) == 0 {
		return o
	}
	calls := callsJSON(r.Output.ToolCalls)
	switch {
	case !blank(o.s):
		o.calls = &answer{r: r, s: calls}
	case r.Output.Status == session.StatusToolCalls:
		o.s = calls
	}
	return o
}

// parts are where something may stand in an answer: in what was written, and in the
// calls of tools.
func (o *answer) parts() []*answer {
	if o.calls == nil {
		return []*answer{o}
	}
	return []*answer{o, o.calls}
}

// at says at which line and word a place of a part stands, or that it is in the
// calls.
func (o *answer) at(part *answer, s string, at int) text.Raw {
	if part != o {
		return "in its calls of tools"
	}
	return "at " + where(s, at)
}

// size says how much was looked through in vain.
func (o *answer) size() text.Raw {
	n := text.Raw(plural(o.words(), "word"))
	if o.calls != nil {
		n += " and its calls of tools"
	}
	return n
}

// callsJSON writes calls as chat completions do, and as other tools hold assertions
// against them: a list of functions, their arguments as the model wrote them.
func callsJSON(calls []session.ToolCall) string {
	type function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	}
	type call struct {
		ID       string   `json:"id"`
		Type     string   `json:"type"`
		Function function `json:"function"`
	}
	list := make([]call, 0, len(calls))
	for _, c := range calls {
		list = append(list, call{string(c.ID), "function", function{string(c.Name), string(c.Arguments)}})
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(list) != nil {
		return "" // unreached: it is strings
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (o *answer) lower() string {
	if !o.isLow {
		o.low, o.isLow = jsLower(o.s), true
	}
	return o.low
}

func (o *answer) words() int {
	return o.nWords.of(func() int { return len(strings.FieldsFunc(o.s, jsSpace)) })
}
func (o *answer) sentences() int { return o.nSents.of(func() int { return len(text.Sentences(o.s)) }) }

// lines counts line feeds, and one for a last line without.
func (o *answer) lines() int {
	return o.nLines.of(func() int {
		n := strings.Count(o.s, "\n")
		if o.s != "" && !strings.HasSuffix(o.s, "\n") {
			n++
		}
		return n
	})
}

// jsSpace is what JavaScript takes for white space, in \s and in trim: not the
// next line of Latin 1, but the byte order mark.
func jsSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// jsLower is JavaScript's toLowerCase. It differs from Go's in two characters:
// the dotted capital İ becomes an i with a dot above, and a capital sigma at the
// end of a word a final one. Bytes that are not UTF-8 stay as they are.
func jsLower(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	if utf8.ValidString(s) && !strings.ContainsAny(s, "İΣ") {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch r {
		case utf8.RuneError:
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
		case 'İ':
			b.WriteString("i̇")
		case 'Σ':
			if finalSigma(s, i) {
				b.WriteRune('ς')
			} else {
				b.WriteRune('σ')
			}
		default:
			b.WriteRune(lowerRune(r))
		}
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// where says at which line and word a place of the text stands, both from 1.
func where(s string, at int) text.Raw {
	line := strings.Count(s[:at], "\n") + 1
	from := strings.LastIndexByte(s[:at], '\n') + 1
	fields := strings.FieldsFunc(s[from:at], jsSpace)
	word := len(fields) + 1
	if last, _ := utf8.DecodeLastRuneInString(s[from:at]); len(fields) > 0 && !jsSpace(last) {
		word-- // it begins inside of a word
	}
	return text.Raw("line " + itoa(line) + ", word " + itoa(word))
}

// quoteSize is how many characters of an answer a message quotes.
const quoteSize = 40

// quote quotes the beginning of a text, in one line.
func quote(s string) text.Raw { return "“" + clip(s) + "”" }

// clip is the beginning of a text, in one line.
func clip(s string) text.Raw {
	n, at := 0, len(s)
	for i := range s {
		if n == quoteSize {
			at = i
			break
		}
		n++
	}
	q := strings.NewReplacer("\r\n", " ", "\n", " ").Replace(s[:at])
	if at < len(s) {
		q += "…"
	}
	return text.Raw(q)
}

// quoteEnd quotes the end of a text.
func quoteEnd(s string) text.Raw {
	at := len(s)
	for range quoteSize {
		_, n := utf8.DecodeLastRuneInString(s[:at])
		at -= n
	}
	if at == 0 {
		return quote(s)
	}
	return "“…" + text.Raw(strings.NewReplacer("\r\n", " ", "\n", " ").Replace(s[at:])) + "”"
}

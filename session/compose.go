package session

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session/text"
)

// Compose puts a variant's content, a case and an order together into the exact
// final context. The same arguments give the same proof.
//
// Blocks that follow each other in the same role share a message, with a blank
// line between them that belongs to the block that follows; each turn of a
// conversation is a message of its own. A {{name}} in a block's text is replaced
// by the case's value in one pass: a value that holds {{…}} stays text, and so
// do shots and resources. A {{name}} without a value stays as it is and is marked;
// \{{name}} is the text {{name}}.
//
// Of its shots or resources a block writes those that [Choose] names. An order other
// than as-is applies to those of them that are not pinned, in the shots blocks; in a
// content without one that is on, in the resources blocks. Elsewhere a block's own
// order stands.
func Compose(c Content, k Case, o Order) Proof {
	m := composer{c: k, block: -1}
	shots := hasShots(c)
	for i, b := range c.Blocks {
		if b.Off || b.Kind.Beside() {
			continue
		}
		m.block = i
		m.add(b, orderOf(b, shots, o))
	}
	p := Proof{Messages: m.msgs(), Spans: m.spans, Params: c.Params.Clone(), Retrieved: m.why, Notes: m.notes, Order: effective(c, o)}
	if n := len(p.Messages); n > 0 && m.last == KindPrefill {
		p.Prefill = true
	}
	p.Beside = besideOf(c)
	p.Hash = p.Name()
	return p
}

// besideOf is what the blocks that stand beside the messages say. Lists of tools
// are joined to one; of schemas and grammars the last counts, as the proof says.
func besideOf(c Content) Beside {
	var out Beside
	for _, b := range c.Blocks {
		if b.Off || strings.TrimSpace(string(b.Text)) == "" {
			continue
		}
		switch b.Kind {
		case KindTools:
			out.Tools = joinLists(out.Tools, b.Text)
		case KindSchema:
			out.Schema = b.Text
		case KindGrammar:
			out.Grammar = b.Text
		}
	}
	return out
}

// joinLists joins two JSON lists into one by their text. What is no list stays as
// it is written, for the backend to refuse.
func joinLists(a, b text.Raw) text.Raw {
	if a == "" {
		return b
	}
	l, r := strings.TrimSpace(string(a)), strings.TrimSpace(string(b))
	if !strings.HasSuffix(l, "]") || !strings.HasPrefix(r, "[") {
		return a + "\n" + b
	}
	head, tail := strings.TrimSpace(l[:len(l)-1]), strings.TrimSpace(r[1:])
	if head == "[" || tail == "]" {
		return text.Raw(head + tail)
	}
	return text.Raw(head + ", " + tail)
}

// effective is the order in force: the run's, else that of the first shots block,
// or of the first resources block where there is none of shots.
func effective(c Content, o Order) Order {
	if !o.AsIs() {
		return o
	}
	kind := KindShots
	if !hasShots(c) {
		kind = KindResources
	}
	for _, b := range c.Blocks {
		if b.Kind == kind && !b.Off {
			own, err := ParseOrder(b.Order)
			if err == nil {
				return own
			}
		}
	}
	return o
}

type composer struct {
	c     Case
	block int
	last  Kind // of the block that wrote the last byte

	done   []Message
	role   Role
	buf    strings.Builder
	open   bool // a message is being written
	sealed bool // and nothing may be added to it
	spans  []Span
	json   bool // texts go through JSON escaping
	calls  []ToolCall
	callID text.Raw

	called int // calls of tools so far
	why    []Retrieved
	notes  []ProofNote
}

func (m *composer) msgs() []Message {
	m.close()
	return m.done
}

func (m *composer) close() {
	if m.open {
		m.done = append(m.done, Message{Role: m.role, Content: text.Raw(m.buf.String()), Calls: m.calls, CallID: m.callID})
		m.buf.Reset()
		m.calls, m.callID = nil, ""
		m.open = false
	}
}

// begin makes sure that a message of the role is open; a block that joins one
// begins with a blank line.
func (m *composer) begin(role Role, own bool) {
	if m.open && (own || m.sealed || m.role != role) {
		m.close()
	}
	if m.open {
		m.put(PartSep, "\n\n")
		return
	}
	m.role, m.open, m.sealed = role, true, own
}

func (m *composer) put(part Part, s string) { m.span(Span{Part: part, Shot: -1, From: -1}, s) }

func (m *composer) span(sp Span, s string) {
	if m.json && sp.Part != PartWrap && sp.Part != PartSep && sp.Part != PartCalls {
		s = jsonEscape(s)
		sp.From = -1
	}
	if s == "" {
		return
	}
	sp.Message, sp.Block = len(m.done), m.block
	sp.Start = m.buf.Len()
	m.buf.WriteString(s)
	sp.End = m.buf.Len()
	m.spans = append(m.spans, sp)
}

// mark writes a span without bytes, so that a message without content is of a block.
func (m *composer) mark(part Part, shot int) {
	at := m.buf.Len()
	m.spans = append(m.spans, Span{Message: len(m.done), Start: at, End: at, Block: m.block, Part: part, Shot: shot, From: -1})
}

func (m *composer) add(b Block, o Order) {
	switch b.Kind {
	case KindShots, KindResources:
		m.addItems(b, o)
	case KindTurns:
		for _, t := range ParseTurns(b.Text) {
			m.begin(t.Role, true)
			m.template(string(b.Text), t.Start, t.End)
			m.last = b.Kind
		}
	default:
		if b.Text == "" && b.Kind != KindInput {
			return
		}
		role := b.Role
		if b.Kind == KindPrefill {
			role = RoleAssistant
		}
		m.begin(role, b.Kind == KindPrefill)
		open, end := around(b)
		m.put(PartWrap, open)
		m.json = b.Wrap == WrapJSON
		m.template(string(b.Text), 0, len(b.Text))
		m.json = false
		m.put(PartWrap, end)
		m.last = b.Kind
	}
}

// template writes s[from:to], a part of a block's text, with its variables
// replaced.
func (m *composer) template(s string, from, to int) {
	for _, h := range Placeholders(s[from:to]) {
		start := from + h.Start
		if h.Literal { // text between placeholders, or an escaped one
			m.span(Span{Part: PartText, Shot: -1, From: start + h.Skip}, s[start+h.Skip:from+h.End])
			continue
		}
		if v, ok := m.c.Lookup(h.Name); ok {
			m.span(Span{Part: PartVar, Shot: -1, Var: h.Name, From: start}, string(v))
		} else {
			m.span(Span{Part: PartUnknown, Shot: -1, Var: h.Name, From: start}, s[start:from+h.End])
		}
	}
}

// around is what a wrapper writes before and after a block's text.
func around(b Block) (open, end string) {
	switch b.Wrap {
	case WrapXML:
		t := Tag(b)
		return "<" + t + ">\n", "\n</" + t + ">"
	case WrapMarkdown:
		return "## " + oneLine(string(b.Name())) + "\n\n", ""
	case WrapJSON:
		return `{"` + jsonEscape(Tag(b)) + `": "`, `"}`
	}
	return "", ""
}

// Tag is the name of the block's XML element or JSON key: its title, or its
// kind, in lower case, with everything but letters, digits, - and . as _.
func Tag(b Block) string {
	t := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '.':
			return unicode.ToLower(r)
		}
		return '_'
	}, strings.TrimSpace(string(b.Name())))
	if t == "" {
		return string(b.Kind)
	}
	if r, _ := utf8.DecodeRuneInString(t); !unicode.IsLetter(r) && r != '_' {
		t = "_" + t
	}
	return t
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

const hexDigits = "0123456789abcdef"

// jsonEscape writes s as the inside of a JSON string, with as few escapes as
// JSON allows. Bytes that are not UTF-8 stay; [Content.Invalid] finds them
// before anything is sent.
func jsonEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < 0x20:
			b.WriteString(`\u00`)
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

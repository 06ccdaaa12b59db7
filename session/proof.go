package session

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"

	"galley/session/text"
)

// Message is one message of the exact final context.
type Message struct {
	Role    Role
	Content text.Raw
	// Calls are the tools that the message asks to call, of an assistant's turn in a
	// shot; CallID says which of them a message of RoleTool answers.
	Calls  []ToolCall
	CallID text.Raw
}

// Equal reports whether both messages are the same to the byte.
func (m Message) Equal(o Message) bool {
	return m.Role == o.Role && m.Content == o.Content && m.CallID == o.CallID && slices.Equal(m.Calls, o.Calls)
}

// SameMessages reports whether both lists are the same to the byte.
func SameMessages(a, b []Message) bool { return slices.EqualFunc(a, b, Message.Equal) }

// Part says what of a block a span is.
type Part string

// The parts.
const (
	PartText    Part = "text"    // the block's own words
	PartVar     Part = "var"     // a variable's value
	PartUnknown Part = "unknown" // a {{name}} that the case has no value for
	PartWrap    Part = "wrap"    // what the wrapper wrote
	PartSep     Part = "sep"     // the blank line before a block; it belongs to that block
	PartInput   Part = "input"   // a shot's input
	PartOutput  Part = "output"  // a shot's output
	PartItem    Part = "item"    // a resource's text
	// PartCalls is of a shot's calls of tools and their results: inline their JSON, of
	// a message of RoleTool the result. It has no bytes where a message has none, as
	// one that only calls: it says which shot the calls are of, at the end of the
	// message's content.
	PartCalls Part = "calls"
)

// Span says where the bytes from Start to End of a message's content came from.
type Span struct {
	Message    int // index of the message
	Start, End int // byte offsets into its content
	Block      int // index into Content.Blocks
	Part       Part
	Shot       int    // index into the block's Shots or Resources; -1 where it is of none
	Var        string // name of the variable, for PartVar and PartUnknown
	// From is the byte offset of the span's first byte in the block's text, for
	// PartText, PartVar and PartUnknown outside a JSON wrapper; -1 elsewhere.
	From int
}

// Proof is the exact final context of variant × case × order: what the model
// gets, and for every byte of every message the block it came from.
type Proof struct {
	Messages []Message
	// Prefill reports that the last message is the beginning of the answer.
	Prefill bool
	// Beside is what the server gets besides the messages.
	Beside Beside
	Params Params
	Spans  []Span // in order; they cover every byte of every message once
	// Retrieved lists what was chosen for the case, block by block, the best first,
	// and after them those that were left out next.
	Retrieved []Retrieved
	// Notes say what the blocks could not choose as they are written to.
	Notes []ProofNote
	Order Order  // in force; the blocks' own where the run gave none
	Hash  string // names Messages, Prefill and Beside
}

// Beside is what a request carries besides its messages, as it was written.
type Beside struct {
	Tools   text.Raw `json:"tools,omitempty"`   // a JSON list of function definitions
	Schema  text.Raw `json:"schema,omitempty"`  // a JSON Schema
	Grammar text.Raw `json:"grammar,omitempty"` // GBNF
}

// Name is the hash that names what the proof says.
func (p Proof) Name() string { return HashContext(p.Messages, p.Prefill, p.Beside) }

// Key names the proof with its parameters, spans and order: two proofs with one
// hash may differ in these.
func (p Proof) Key() string {
	b, err := json.Marshal(struct {
		Hash, Order string
		Params      Params
		Spans       []Span
	}{p.Hash, p.Order.String(), p.Params, p.Spans})
	if err != nil {
		panic("session: a proof is not JSON: " + err.Error()) // strings, numbers and slices only
	}
	return Hash(b)
}

// ItemName is the name of the shot or resource that a span of content c's proof is
// of; "" where it is of none or has no name.
func (p Proof) ItemName(c Content, s Span) text.Raw {
	if s.Shot < 0 || s.Block < 0 || s.Block >= len(c.Blocks) {
		return ""
	}
	b := c.Blocks[s.Block]
	switch {
	case b.Kind == KindResources && b.Pick != nil && b.Pick.How == PickColumn:
		for _, r := range p.Retrieved {
			if r.Block == s.Block && r.Item == s.Shot {
				return r.Name
			}
		}
	case b.Kind == KindResources && s.Shot < len(b.Resources):
		return b.Resources[s.Shot].Name
	case b.Kind == KindShots && s.Shot < len(b.Shots):
		return b.Shots[s.Shot].Name
	}
	return ""
}

// SpansOf returns the spans of message m.
func (p Proof) SpansOf(m int) []Span {
	lo := 0
	for lo < len(p.Spans) && p.Spans[lo].Message < m {
		lo++
	}
	hi := lo
	for hi < len(p.Spans) && p.Spans[hi].Message == m {
		hi++
	}
	return p.Spans[lo:hi]
}

// Bytes returns the number of bytes of all messages.
func (p Proof) Bytes() int {
	n := 0
	for _, m := range p.Messages {
		n += len(m.Content)
	}
	return n
}

// PrefillText returns what the answer begins with, or "".
func (p Proof) PrefillText() text.Raw {
	if !p.Prefill || len(p.Messages) == 0 {
		return ""
	}
	return p.Messages[len(p.Messages)-1].Content
}

// HashMessages names a context: SHA-256 over a version mark, then for each
// message its role and content, each preceded by its length, then the prefill
// mark. Two contexts have one name only if they are the same to the byte.
func HashMessages(msgs []Message, prefill bool) string { return HashContext(msgs, prefill, Beside{}) }

// HashContext is HashMessages for a context with something beside its messages:
// each of tools, schema and grammar that there is follows with its name.
func HashContext(msgs []Message, prefill bool, b Beside) string {
	h := sha256.New()
	mark := [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
	put := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	put("galley context 1")
	for _, m := range msgs {
		put(string(m.Role))
		put(string(m.Content))
		for _, c := range m.Calls {
			h.Write(mark[:]) // no length is that great, so that no message reads as a call
			put("call")
			put(string(c.ID))
			put(string(c.Name))
			put(string(c.Arguments))
		}
		if m.CallID != "" {
			h.Write(mark[:])
			put("result of")
			put(string(m.CallID))
		}
	}
	if prefill {
		put("prefill")
	}
	for _, o := range []struct {
		name string
		text text.Raw
	}{{"tools", b.Tools}, {"schema", b.Schema}, {"grammar", b.Grammar}} {
		if o.text != "" {
			put(o.name)
			put(string(o.text))
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Wire is the request that a proof becomes on one backend, to the byte.
type Wire struct {
	Method string
	Path   string // below the backend's base URL
	Body   []byte
	Hash   string // names Method, Path and Body
}

// NewWire returns a wire with its hash.
func NewWire(method, path string, body []byte) Wire {
	b := make([]byte, 0, len(method)+len(path)+len(body)+2)
	b = append(b, method...)
	b = append(b, '\n')
	b = append(b, path...)
	b = append(b, '\n')
	b = append(b, body...)
	return Wire{Method: method, Path: path, Body: body, Hash: Hash(b)}
}

// TokenCount says how many tokens each part of a proof has, and how that is
// known.
type TokenCount struct {
	Total    int
	Template int    // of Total, the chat template's own
	Source   string // "server", "tokenizer" or "estimate"
	Limit    int    // the model's context, 0: unknown
	Spans    []int  // per span of the proof; a token that crosses a border counts for the span of its first byte
}

// ByBlock sums the spans' tokens per block of n.
func (t TokenCount) ByBlock(p Proof, n int) []int {
	out := make([]int, n)
	for i, s := range p.Spans {
		if i < len(t.Spans) && s.Block >= 0 && s.Block < n {
			out[s.Block] += t.Spans[i]
		}
	}
	return out
}

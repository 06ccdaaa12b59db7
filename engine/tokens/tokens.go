// Package tokens counts tokens and says how it knows: by the model's own
// tokenizer, or as an estimate by another's. It asks nobody.
package tokens

import (
	"strings"
	"sync"

	"github.com/tiktoken-go/tokenizer"

	"galley/session"
	"galley/session/text"
)

// The sources of a count.
const (
	SourceTokenizer = "tokenizer" // the model's own
	SourceEstimate  = "estimate"  // another model's: near, not exact
)

// OpenAI's rule for what its chat format adds: three tokens around each
// message, one for its role, and three that begin the answer.
const (
	perMessage = 4
	perAnswer  = 3
	perCall    = 8 // what stands around a call's name and arguments, about
)

// maxExact is the length in bytes from which one line is not tokenized but
// taken as a token every four bytes: a line of nothing but spaces takes the
// tokenizer a second per megabyte.
const maxExact = 1 << 20

// maxKept bounds what a counter remembers, in bytes of text.
const maxKept = 8 << 20

// Counter counts and remembers: counting a prompt again after a change in one
// place costs what was changed. It is safe for many goroutines.
type Counter struct {
	limit func(ref string) int
	codec [2]func() tokenizer.Codec

	mu   sync.Mutex
	kept map[line][]uint32
	old  map[line][]uint32 // the generation before, dropped in whole
	size int               // bytes of the lines in kept
}

type vocabulary int

const (
	o200k vocabulary = iota
	cl100k
)

type line struct {
	v vocabulary
	s string
}

// New returns a counter. limit tells a model's context in tokens (BACKEND/MODEL;
// 0 unknown) and may be nil. Vocabularies are read when they are first needed,
// which takes tens of milliseconds.
func New(limit func(ref string) int) *Counter {
	if limit == nil {
		limit = func(string) int { return 0 }
	}
	load := func(e tokenizer.Encoding) func() tokenizer.Codec {
		return sync.OnceValue(func() tokenizer.Codec {
			c, err := tokenizer.Get(e)
			if err != nil {
				panic("tokens: " + err.Error()) // the vocabularies are part of the binary
			}
			return c
		})
	}
	return &Counter{
		limit: limit,
		codec: [2]func() tokenizer.Codec{load(tokenizer.O200kBase), load(tokenizer.Cl100kBase)},
		kept:  map[line][]uint32{},
	}
}

// vocabularyOf tells which tokenizer stands for a model, and whether it is the
// model's own. Models are known by OpenAI's names for them. The built-in
// baseline reads words; its tokens are o200k's by definition.
func vocabularyOf(ref string) (vocabulary, string) {
	if strings.HasPrefix(ref, "embedded/") {
		return o200k, SourceTokenizer
	}
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	name = strings.TrimPrefix(name, "ft:")
	for _, p := range []string{"gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "chatgpt-4o", "o1", "o3", "o4"} {
		if name == p || strings.HasPrefix(name, p+"-") || strings.HasPrefix(name, p+".") || strings.HasPrefix(name, p+":") {
			return o200k, SourceTokenizer
		}
	}
	if name == "gpt-4" || strings.HasPrefix(name, "gpt-4-") || strings.HasPrefix(name, "gpt-3.5-turbo") {
		return cl100k, SourceTokenizer
	}
	return o200k, SourceEstimate
}

// Count counts the tokens of s for a model, BACKEND/MODEL. source is "tokenizer"
// or "estimate".
func (c *Counter) Count(ref, s string) (n int, source string) {
	v, source := vocabularyOf(ref)
	each(s, func(l string) { n += len(c.tokens(v, l)) })
	return n, source
}

// CountProof counts the tokens of each span of a proof. A token that crosses a
// border between spans counts for the span of its first byte. What a message calls
// counts for the shot that the calls are of.
func (c *Counter) CountProof(p session.Proof, ref string) session.TokenCount {
	v, source := vocabularyOf(ref)
	out := session.TokenCount{Source: source, Limit: c.limit(ref), Spans: make([]int, len(p.Spans))}
	if !strings.HasPrefix(ref, "embedded/") && len(p.Messages) > 0 {
		out.Template = perMessage*len(p.Messages) + perAnswer
	}
	out.Total = out.Template
	sp := 0
	for m, msg := range p.Messages {
		at := 0
		each(string(msg.Content), func(l string) {
			for _, n := range c.tokens(v, l) {
				for sp < len(p.Spans) && (p.Spans[sp].Message < m || p.Spans[sp].Message == m && p.Spans[sp].End <= at) {
					sp++
				}
				if sp < len(p.Spans) && p.Spans[sp].Message == m && p.Spans[sp].Start <= at {
					out.Spans[sp]++
				}
				out.Total++
				at += int(n)
			}
		})
		for i := range msg.Calls {
			c.countCall(&out, p, m, i, v)
		}
	}
	return out
}

func (c *Counter) countCall(out *session.TokenCount, p session.Proof, m, i int, v vocabulary) {
	call := p.Messages[m].Calls[i]
	n := 0
	for _, s := range []text.Raw{call.Name, call.Arguments} {
		each(string(s), func(l string) { n += len(c.tokens(v, l)) })
	}
	out.Total += n
	for k, s := range p.Spans {
		if s.Message == m && s.Part == session.PartCalls {
			out.Spans[k] += n
		}
	}
	if out.Template > 0 {
		out.Template += perCall
		out.Total += perCall
	}
}

// each cuts s where no token of either vocabulary can cross: after a line feed
// that an ASCII letter or digit follows. The split patterns of both let a run
// of line feeds end a piece and never begin one with a letter or digit in it.
func each(s string, do func(string)) {
	start := 0
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '\n' && alnum(s[i+1]) {
			do(s[start : i+1])
			start = i + 1
		}
	}
	if start < len(s) {
		do(s[start:])
	}
}

func alnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// tokens returns the length in bytes of each token of a line.
func (c *Counter) tokens(v vocabulary, l string) []uint32 {
	if len(l) > maxExact {
		return quarters(len(l))
	}
	key := line{v, l}
	c.mu.Lock()
	got, ok := c.kept[key]
	if !ok {
		if got, ok = c.old[key]; ok {
			c.keep(key, got)
		}
	}
	c.mu.Unlock()
	if ok {
		return got
	}
	_, parts, err := c.codec[v]().Encode(l)
	if err != nil {
		return quarters(len(l))
	}
	lens := make([]uint32, len(parts))
	sum := 0
	for i, p := range parts {
		lens[i] = uint32(len(p))
		sum += len(p)
	}
	if sum != len(l) {
		// Bytes that are no UTF-8 come back as another character: keep the number
		// of tokens and spread them over the line.
		for i := range lens {
			lens[i] = uint32(len(l)*(i+1)/len(lens) - len(l)*i/len(lens))
		}
	}
	c.mu.Lock()
	c.keep(line{v, strings.Clone(l)}, lens)
	c.mu.Unlock()
	return lens
}

// keep remembers a line. What was not asked for during a whole generation is
// forgotten.
func (c *Counter) keep(key line, lens []uint32) {
	c.kept[key] = lens
	if c.size += len(key.s) + 64; c.size > maxKept/2 {
		c.old, c.kept, c.size = c.kept, map[line][]uint32{}, 0
	}
}

func quarters(n int) []uint32 {
	out := make([]uint32, 0, (n+3)/4)
	for ; n > 0; n -= 4 {
		out = append(out, uint32(min(n, 4)))
	}
	return out
}

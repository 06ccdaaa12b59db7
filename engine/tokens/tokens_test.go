package tokens

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tiktoken-go/tokenizer"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func proofOf(t interface{ Helper() }, parts ...string) session.Proof {
	t.Helper()
	var c session.Content
	for i, p := range parts {
		k := session.KindInstructions
		if i == 0 {
			k = session.KindSystem
		}
		c.Blocks = append(c.Blocks, session.Block{Kind: k, Role: k.DefaultRole(), Text: text.Raw(p)})
	}
	return session.Compose(c, session.Case{}, session.Order{})
}

func TestCountProof(t *testing.T) {
	c := New(func(string) int { return 4096 })
	p := proofOf(t, "You are a careful cook.", "Answer in one word.", "Now.")
	for _, k := range []struct {
		ref, source string
		template    int
	}{
		{"openai/gpt-4o-mini", SourceTokenizer, 2*4 + 3},
		{"openai/gpt-4", SourceTokenizer, 2*4 + 3},
		{"openai/o3", SourceTokenizer, 2*4 + 3},
		{"lab/qwen3-8b", SourceEstimate, 2*4 + 3},
		{"lab/olmo-2", SourceEstimate, 2*4 + 3},
		{"lab/o1xyz", SourceEstimate, 2*4 + 3},
		{"embedded/nearest", SourceTokenizer, 0},
	} {
		n := c.CountProof(p, k.ref)
		sum := n.Template
		for _, s := range n.Spans {
			sum += s
		}
		if n.Source != k.source || n.Template != k.template || n.Total != sum || n.Limit != 4096 || n.Total < 13 {
			t.Errorf("%s: %+v", k.ref, n)
		}
	}
	if n := c.CountProof(session.Proof{}, "openai/gpt-4o"); n.Total != 0 {
		t.Errorf("nothing has %d tokens", n.Total)
	}
}

// A token belongs to the span of its first byte: "\n\n" before a block is the
// block's, even where it is one token with the full stop before it.
func TestBorders(t *testing.T) {
	c := New(nil)
	p := session.Proof{
		Messages: []session.Message{{Role: session.RoleUser, Content: "hello world"}},
		Spans:    []session.Span{{Start: 0, End: 8}, {Start: 8, End: 11}}, // hello wo|rld
	}
	if n := c.CountProof(p, "openai/gpt-4o"); n.Spans[0] != 2 || n.Spans[1] != 0 {
		t.Errorf("%v", n.Spans)
	}
}

// OpenAI's rule, message by message: three tokens around each, its role, its
// words, and three that begin the answer.
func TestRule(t *testing.T) {
	msgs := []session.Message{
		{Role: "system", Content: "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
		{Role: "user", Content: "This late pivot means we don't have time to boil the ocean for the client deliverable."},
	}
	p := session.Proof{Messages: msgs}
	c := New(nil)
	for ref, enc := range map[string]tokenizer.Encoding{"openai/gpt-4": tokenizer.Cl100kBase, "openai/gpt-4o": tokenizer.O200kBase} {
		want := 3
		codec, _ := tokenizer.Get(enc)
		for _, m := range msgs {
			n, _ := codec.Count(string(m.Content))
			r, _ := codec.Count(string(m.Role))
			want += 3 + n + r
		}
		if n := c.CountProof(p, ref); n.Total != want {
			t.Errorf("%s: %d, want %d", ref, n.Total, want)
		}
	}
}

// Counting line by line is counting in whole.
func TestLines(t *testing.T) {
	c := New(nil)
	codecs := map[string]tokenizer.Codec{"openai/gpt-4o": c.codec[o200k](), "openai/gpt-4": c.codec[cl100k]()}
	piece := rapid.SampledFrom([]string{
		"\n", "\n\n", "\r\n", " ", "  ", "\t", "a", "B", "Word", "'s", "'", "9", "2026", ".", "—", "é", "日本", "👍🏽", "\u0301",
		"/", "{{x}}", "<b>", "### ", "\u2028", "e\u0301", "\n a", ".\n", "ſ",
	})
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "s"), "")
		for ref, codec := range codecs {
			want, _ := codec.Count(s)
			if got, _ := c.Count(ref, s); got != want {
				t.Fatalf("%s: %q: %d, in whole %d", ref, s, got, want)
			}
		}
	})
}

func TestSpansSum(t *testing.T) {
	c := New(nil)
	rapid.Check(t, func(t *rapid.T) {
		p := proofOf(t, rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "parts")...)
		n := c.CountProof(p, "lab/x")
		sum := n.Template
		for _, s := range n.Spans {
			sum += s
		}
		if sum != n.Total {
			t.Fatalf("%d in spans, %d in all", sum, n.Total)
		}
	})
}

func TestNotUTF8(t *testing.T) {
	c := New(nil)
	p := proofOf(t, "ok\xff\xfe", "\xc3")
	if n := c.CountProof(p, "lab/x"); n.Total <= n.Template {
		t.Errorf("%+v", n)
	}
	long := strings.Repeat(" ", maxExact+5)
	if n, _ := c.Count("lab/x", long); n != (maxExact+5+3)/4 {
		t.Errorf("%d", n)
	}
}

func TestManyAtOnce(t *testing.T) {
	c := New(nil)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				c.Count("openai/gpt-4o", fmt.Sprintf("line %d\nline %d\nthe same", i, g))
			}
		})
	}
	wg.Wait()
}

func TestBounded(t *testing.T) {
	c := New(nil)
	for i := range 40 {
		c.Count("lab/x", fmt.Sprint(i)+strings.Repeat(" word", 100_000))
	}
	size := 0
	for k := range c.kept {
		size += len(k.s)
	}
	for k := range c.old {
		size += len(k.s)
	}
	if size > maxKept+1<<20 {
		t.Errorf("%d bytes kept", size)
	}
}

func BenchmarkRecount(b *testing.B) {
	for _, kb := range []int{1, 50, 500} {
		var s strings.Builder
		for i := 0; s.Len() < kb<<10; i++ {
			fmt.Fprintf(&s, "Line %d of a text that is neither long nor short, with words.\n", i)
		}
		b.Run(fmt.Sprintf("%dKB", kb), func(b *testing.B) {
			c := New(nil)
			c.Count("openai/gpt-4o", s.String())
			for i := 0; b.Loop(); i++ {
				c.CountProof(proofOf(b, fmt.Sprintf("changed %d", i), s.String()), "openai/gpt-4o")
			}
		})
	}
}

func BenchmarkCount(b *testing.B) {
	s := strings.Repeat("the quick brown fox jumps over the lazy dog. ", 200)
	c := New(nil)
	b.SetBytes(int64(len(s)))
	for i := 0; b.Loop(); i++ {
		c.Count("openai/gpt-4o", fmt.Sprint(i)+s)
	}
}

func TestCallsAreCounted(t *testing.T) {
	shot := session.Shot{Input: "Where is 7?", Calls: []session.ShotCall{{Name: "look", Arguments: `{"id": 7}`, Result: "shipped"}}}
	p := session.Compose(session.Content{Blocks: []session.Block{
		{Kind: session.KindShots, Role: session.RoleUser, Layout: session.LayoutTurns, Shots: []session.Shot{shot}},
	}}, session.Case{}, session.Order{})
	c := New(nil)
	name, _ := c.Count("openai/gpt-4o", "look")
	args, _ := c.Count("openai/gpt-4o", `{"id": 7}`)
	got := c.CountProof(p, "openai/gpt-4o")
	calls := -1
	sum := got.Template
	for i, s := range p.Spans {
		sum += got.Spans[i]
		if s.Part == session.PartCalls && s.Start == s.End {
			calls = got.Spans[i]
		}
	}
	if calls != name+args || sum != got.Total || got.Template != 3*4+3+8 {
		t.Errorf("the calls count %d, want %d; %d of %d tokens are of spans or the template (%d)", calls, name+args, sum, got.Total, got.Template)
	}
}

package session

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"galley/session/text"
)

// bytesAsTokens counts a token a byte, and tmpl for the template.
func bytesAsTokens(p Proof, limit, tmpl int) TokenCount {
	t := TokenCount{Total: tmpl, Template: tmpl, Source: "server", Limit: limit}
	for _, s := range p.Spans {
		t.Spans = append(t.Spans, s.End-s.Start)
		t.Total += s.End - s.Start
	}
	return t
}

func spanned(contents ...string) Proof {
	var p Proof
	for i, c := range contents {
		p.Messages = append(p.Messages, Message{Role: RoleUser, Content: text.Raw(c)})
		p.Spans = append(p.Spans, Span{Message: i, End: len(c), Block: i, Shot: -1})
	}
	return p
}

func TestRoom(t *testing.T) {
	p := spanned("aaaaaaaaaa", "one two three\nfour five six\n")
	p.Params.MaxTokens = 5
	for _, tt := range []struct {
		limit int
		words string
		short bool
		over  bool
		hard  SpanPlace
	}{
		{0, "", false, false, SpanPlace{}},
		{45, "", false, false, SpanPlace{}},
		{44, "the answer's 5 tokens want 1 more than the 44 that there are", true, false, SpanPlace{}},
		{28, "12 tokens over the 28, and no room for the answer's 5", true, true, SpanPlace{1, 14}},
		{8, "32 tokens over the 8, and no room for the answer's 5", true, true, SpanPlace{0, 0}},
	} {
		fine, of := LineSpans(p)
		count, lines := FoldLines(p, bytesAsTokens(fine, tt.limit, 2), of)
		r := RoomOf(p, count, lines)
		if r.Words() != tt.words || r.Short != tt.short || r.Over != tt.over || r.Hard != tt.hard {
			t.Errorf("limit %d: %q %v %v %+v", tt.limit, r.Words(), r.Short, r.Over, r.Hard)
		}
	}
	p.Params.MaxTokens = 4096
	if r := RoomOf(p, bytesAsTokens(p, 1024, 2), nil); r.Words() != "max tokens of 4,096 leave no room in a context of 1,024" || !r.Short || r.Soft != (SpanPlace{}) {
		t.Errorf("%q %+v", r.Words(), r)
	}
}

func TestSentContext(t *testing.T) {
	for body, want := range map[string]int{`{"options":{"num_ctx":4096}}`: 4096, `{"model":"m"}`: 0, `{"options":{"num_ctx":-1}}`: 0, `[`: 0, ``: 0} {
		if got := SentContext([]byte(body)); got != want {
			t.Errorf("%s: %d, not %d", body, got, want)
		}
	}
}

// Cut where lines end, the spans are the same bytes, and a count folded back is that
// of the whole.
func TestLineSpansLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := spanned(rapid.SliceOfN(rapid.StringMatching(`[a\né ]{0,12}`), 0, 4).Draw(t, "texts")...)
		fine, of := LineSpans(p)
		if len(of) != len(fine.Spans) {
			t.Fatal("not every part has a span")
		}
		var joined strings.Builder
		for i, s := range fine.Spans {
			part := string(p.Messages[s.Message].Content[s.Start:s.End])
			if strings.Contains(strings.TrimSuffix(part, "\n"), "\n") {
				t.Fatalf("%q is more than a line", part)
			}
			if p.Spans[of[i]].Message != s.Message {
				t.Fatal("a part is of another span")
			}
			joined.WriteString(part)
		}
		var all strings.Builder
		for _, m := range p.Messages {
			all.WriteString(string(m.Content))
		}
		if joined.String() != all.String() {
			t.Fatalf("%q, not %q", joined.String(), all.String())
		}
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		whole := bytesAsTokens(p, limit, 1)
		folded, lines := FoldLines(p, bytesAsTokens(fine, limit, 1), of)
		for i := range whole.Spans {
			if whole.Spans[i] != folded.Spans[i] {
				t.Fatalf("span %d has %d tokens, not %d", i, folded.Spans[i], whole.Spans[i])
			}
		}
		r := RoomOf(p, folded, lines)
		if r.Over != (whole.Total > limit) {
			t.Fatalf("over %v with %d of %d", r.Over, whole.Total, limit)
		}
		if r.Over {
			before := 1
			for _, s := range p.Spans[:r.Hard.Span] {
				before += s.End - s.Start
			}
			if before+r.Hard.Off > max(limit, 1) || r.Hard.Off > p.Spans[r.Hard.Span].End {
				t.Fatalf("%d tokens stand before the place, %d fit", before+r.Hard.Off, limit)
			}
		}
	})
}

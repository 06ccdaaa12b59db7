package session

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"galley/session/text"
)

func chat(lines ...string) Proof {
	var p Proof
	for _, l := range lines {
		role, content, _ := strings.Cut(l, ":")
		p.Messages = append(p.Messages, Message{Role: Role(role), Content: text.Raw(content)})
	}
	p.Hash = p.Name()
	return p
}

func TestCompareContextsPairs(t *testing.T) {
	a := chat("system:be kind", "user:one\ntwo", "assistant:yes", "user:three")
	b := chat("system:be kind", "user:new shot", "assistant:no", "user:one\ntwo!", "assistant:yes", "user:three")
	b.Beside.Schema = `{"a":1}`
	var got []string
	for _, p := range CompareContexts(a, b) {
		got = append(got, fmt.Sprintf("%d-%d %v", p.A, p.B, p.Same()))
	}
	want := "0-0 true, -1-1 false, -1-2 false, 1-3 false, 2-4 true, 3-5 true, -1--1 false"
	if strings.Join(got, ", ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestContextLinesWords(t *testing.T) {
	p := ContextPart{TextA: "keep\nat most 100 words\n", TextB: "keep\nat most 80 words\nnew\n", InA: true, InB: true}
	var got []string
	for _, l := range p.Lines() {
		words := ""
		for _, w := range l.Words {
			if w.Kind != text.Same {
				words += "[" + string(w.Text) + "]"
			}
		}
		got = append(got, fmt.Sprintf("%d %d/%d %q%s", l.Kind, l.LineA, l.LineB, string(l.Text), words))
	}
	want := []string{`0 1/1 "keep\n"`, `1 2/0 "at most 100 words\n"[100]`, `2 0/2 "at most 80 words\n"[80]`, `2 0/3 "new\n"`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// Whatever two contexts are: every message of both stands once, in its order, and the
// lines of a part give both texts back to the byte.
func TestCompareContextsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Proof {
			var p Proof
			for i := range rapid.IntRange(0, 6).Draw(t, name) {
				p.Messages = append(p.Messages, Message{
					Role:    rapid.SampledFrom([]Role{RoleSystem, RoleUser, RoleAssistant}).Draw(t, fmt.Sprint(name, "role", i)),
					Content: text.Raw(rapid.StringMatching(`([ab \n]{0,6}|\x00x\n?)`).Draw(t, fmt.Sprint(name, "text", i))),
				})
			}
			return p
		}
		a, b := draw("a"), draw("b")
		nextA, nextB := 0, 0
		for _, p := range CompareContexts(a, b) {
			if p.InA {
				if p.A != nextA || p.TextA != a.Messages[p.A].Content {
					t.Fatalf("message %d of the first stands at %d", p.A, nextA)
				}
				nextA++
			}
			if p.InB {
				if p.B != nextB || p.TextB != b.Messages[p.B].Content {
					t.Fatalf("message %d of the second stands at %d", p.B, nextB)
				}
				nextB++
			}
			if p.InA && p.InB && a.Messages[p.A].Role != b.Messages[p.B].Role {
				t.Fatal("a pair of two roles")
			}
			var ra, rb text.Raw
			for _, l := range p.Lines() {
				if l.Kind != text.Ins {
					ra += l.Text
				}
				if l.Kind != text.Del {
					rb += l.Text
				}
			}
			if ra != p.TextA || rb != p.TextB {
				t.Fatalf("lines give %q %q, not %q %q", ra, rb, p.TextA, p.TextB)
			}
		}
		if nextA != len(a.Messages) || nextB != len(b.Messages) {
			t.Fatalf("%d of %d and %d of %d messages", nextA, len(a.Messages), nextB, len(b.Messages))
		}
	})
}

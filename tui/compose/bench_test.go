package compose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// long is about n bytes of prose.
func long(n int) text.Raw {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "Line %d says that the parcel should have come on Monday and that {{ticket}} is what one asks about.\n", i)
	}
	return text.Raw(b.String()[:n])
}

func typing(n int) *Screen { return typingIn(long(n)) }

func typingIn(t text.Raw) *Screen {
	d, n := newDesk(), len(t)
	c, bank, cases := sample()
	c.Blocks[1].Text = t
	d.table.Lay(laid(c, bank, cases))
	s := New(d.deps())
	s.Resize(120, 37)
	s.Enter()
	s.choose(1)
	s.enter()
	s.ed.GotoByte(n/2, 0)
	s.View()
	return s
}

// BenchmarkKey is a key typed in the middle of a block, with the frame that
// follows.
func BenchmarkKey(b *testing.B) {
	for _, n := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("%dKB", n), func(b *testing.B) {
			s := typing(n << 10)
			key := tea.KeyPressMsg{Code: 'a', Text: "a"}
			b.ResetTimer()
			for range b.N {
				s.Update(key)
				s.View()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(16*time.Millisecond), "of-16ms")
		})
	}
}

// BenchmarkPause is what a bulky text costs Update when it was left alone: the
// proof was made elsewhere, and is put in its place.
func BenchmarkPause(b *testing.B) {
	s := typing(500 << 10)
	s.gen++
	s.proof.gen = s.gen
	home := s.compute()().(kit.Home)
	b.ResetTimer()
	for range b.N {
		s.Update(home)
		s.View()
	}
}

// BenchmarkKeyShapes is BenchmarkKey in half a megabyte of other shapes: one line of
// letters, one of wide characters, many short ones, JSON.
func BenchmarkKeyShapes(b *testing.B) {
	const n = 500 << 10
	for name, t := range map[string]string{
		"one-line": strings.Repeat("abcdefg hij ", n/12), "CJK-one-line": strings.Repeat("日本語", n/9),
		"CJK-lines": strings.Repeat("日本語の手紙を読む。\n", n/31), "short-lines": strings.Repeat("ab\n", n/3), "CRLF": strings.Repeat("a line of words\r\n", n/17),
	} {
		b.Run(name, func(b *testing.B) {
			s := typingIn(text.Raw(t))
			key := tea.KeyPressMsg{Code: 'a', Text: "a"}
			b.ResetTimer()
			for range b.N {
				s.Update(key)
				s.View()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(16*time.Millisecond), "of-16ms")
		})
	}
}

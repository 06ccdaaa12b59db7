package kit

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
)

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func testDoc() Doc {
	seg := func(i int, name string, brk bool, s text.Raw) Segment {
		return Segment{ID: 10 + i, Text: s, Style: testStyles.Block(i), Gutter: name, GutterStyle: testStyles.Gutter(i), Break: brk}
	}
	return Doc{
		seg(0, "system", true, "You are a careful proof-reader.\nYou never invent errors.\n"),
		seg(1, "shot 1", true, "<example>\n"+text.Raw(strings.Repeat("A long example that has to be wrapped. ", 6))+"\n</example>\n"),
		seg(2, "input", false, "Here is the text: "),
		seg(3, "draft", false, "\x1b[2Jthe draft\u202e itself\tends without a line feed"),
		seg(4, "prefill", true, "Answer:"),
	}
}

func TestPagerGolden(t *testing.T) {
	p := NewPager(testStyles)
	p.SetNumbers(true)
	p.SetDoc(testDoc())
	goldens(t, "pager", func(w, h int) string { p.Resize(w, h); return p.View() })
}

func TestPagerEverySize(t *testing.T) {
	for _, n := range nasty {
		p := NewPager(testStyles)
		p.SetDoc(append(testDoc(), Segment{Text: n, Style: testStyles.Text}))
		p.SetNumbers(true)
		every(t, func(w, h int) string { p.Resize(w, h); return p.View() })
		p.Search("e")
		p.StartSearch()
		every(t, func(w, h int) string { p.Resize(w, h); p.Update(press("G")); return p.View() })
		p.SetText(n)
		every(t, func(w, h int) string { p.Resize(w, h); return p.View() })
	}
}

// Every row begins with the bar, which text can't draw where it stands.
func TestPagerGutter(t *testing.T) {
	p := NewPager(testStyles)
	p.Resize(40, 30)
	p.SetText("▎fake\n\r▎\n\x1b[1;1Hx\n" + text.Raw(strings.Repeat("w ", 100)))
	for i, r := range screen(t, p.View(), 40, 30)[:p.Rows()] {
		if !strings.HasPrefix(r, "▎") {
			t.Errorf("row %d begins with %q", i, r)
		}
	}
	if rows := screen(t, p.View(), 40, 30); rows[0] != "▎ ▎fake" {
		t.Errorf("row 0 is %q", rows[0])
	}
}

func TestPagerGoto(t *testing.T) {
	var d Doc
	for i := range 50 {
		d = append(d, Segment{ID: i, Text: text.Raw(fmt.Sprintf("segment %d\n%s\n", i, strings.Repeat("word ", 40))), Style: testStyles.Text, Break: true})
	}
	p := NewPager(testStyles)
	p.Resize(40, 10)
	p.SetDoc(d)
	if !p.GotoSegment(20) || p.Segment() != 20 {
		t.Errorf("stands at segment %d", p.Segment())
	}
	if rows := screen(t, p.View(), 40, 10); !strings.Contains(rows[0], "segment 20") {
		t.Errorf("row 0 is %q", rows[0])
	}
	if !p.GotoSpan(30, 11, 15) || !strings.Contains(p.View(), newInk(testStyles.Selection).text("word")) {
		t.Error("the span is not pointed out")
	}
	p.Resize(23, 10) // the place stays through a change of width
	if s := p.Segment(); s < 29 || s > 30 {
		t.Errorf("after a change of width at segment %d", s)
	}
	if p.GotoSegment(99) {
		t.Error("went to a segment that is not there")
	}
}

func TestPagerSearch(t *testing.T) {
	p := NewPager(testStyles)
	p.Resize(40, 5)
	p.SetText(text.Raw(strings.Repeat("nothing\n", 100) + "a Needle\n" + strings.Repeat("nothing\n", 100) + "needle"))
	for _, k := range []string{"/", "n", "e", "e", "d", "l", "e", "enter"} {
		p.Update(press(k))
	}
	rows := strings.Join(screen(t, p.View(), 40, 5), "\n")
	if !strings.Contains(rows, "a Needle") || !strings.Contains(rows, "1 of 2") {
		t.Errorf("search shows\n%s", rows)
	}
	p.Update(press("n"))
	if rows = strings.Join(screen(t, p.View(), 40, 5), "\n"); !strings.Contains(rows, "2 of 2") {
		t.Errorf("n shows\n%s", rows)
	}
	p.Update(press("n"))
	p.Update(press("N"))
	if rows = strings.Join(screen(t, p.View(), 40, 5), "\n"); !strings.Contains(rows, "2 of 2") {
		t.Errorf("N shows\n%s", rows)
	}
	p.Update(press("esc"))
	if len(screen(t, p.View(), 40, 5)[4]) == 0 || p.Update(press("n")) {
		t.Error("the search is still there after esc")
	}
}

func TestPagerAppend(t *testing.T) {
	whole := "First line\nsecond " + strings.Repeat("long 日本 ", 40) + "\n\x1b[31mthird\r\nlast\n"
	for _, chunk := range []int{1, 3, 7, 50} {
		p := NewPager(testStyles)
		p.Resize(30, 8)
		p.SetFollow(true)
		p.SetDoc(Doc{{Text: "", Style: testStyles.Text}})
		for i := 0; i < len(whole); i += chunk {
			p.Append(text.Raw(whole[i:min(len(whole), i+chunk)]))
			screen(t, p.View(), 30, 8)
		}
		q := NewPager(testStyles)
		q.Resize(30, 8)
		q.SetText(text.Raw(whole))
		if fmt.Sprint(p.rows) != fmt.Sprint(q.rows) {
			t.Errorf("in chunks of %d wrapped at %v, whole %v", chunk, p.rows, q.rows)
		}
		if !p.AtEnd() {
			t.Error("does not follow")
		}
		p.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
		top := p.top
		p.Append("\n\n\nmore")
		if p.top != top {
			t.Error("follows after the reader scrolled away")
		}
	}
}

func BenchmarkPager(b *testing.B) {
	doc := Doc{{Text: text.Raw(prose(1<<20, 40)), Style: testStyles.Text}}
	b.Run("open1MB", func(b *testing.B) {
		for range b.N {
			p := NewPager(testStyles)
			p.Resize(120, 50)
			p.SetDoc(doc)
			p.View()
		}
	})
	p := NewPager(testStyles)
	p.Resize(120, 50)
	p.SetDoc(doc)
	b.Run("scroll1MB", func(b *testing.B) {
		for range b.N {
			p.Update(press("down"))
			p.View()
		}
	})
	b.Run("search1MB", func(b *testing.B) {
		for range b.N {
			p.Search("careful")
			p.View()
		}
	})
	b.Run("append1MB", func(b *testing.B) {
		for range b.N {
			p.Append("token ")
			p.View()
		}
	})
}

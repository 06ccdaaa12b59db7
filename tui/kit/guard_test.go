package kit

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"galley/session/text"
)

// stopped are sequences and characters that must never reach a terminal.
var stopped = []string{
	"\x1b]0;evil\x07", "\x1b]2;evil\x1b\\", "\x1b]52;c;aGk=\x07", "\x1b]52;c;?\x07", "\x1b]8;;http://x\x1b\\", "\x1b]1337;Copy=:aGk=\x07", "\x1b]9;4;1;50\x07",
	"\x1b]4;1;?\x07", "\x1b]12;#ff0000\x07", "\x1bP$qm\x1b\\", "\x1bPq#0\x1b\\", "\x1b_Gf=24;AAAA\x1b\\", "\x1b^pm\x1b\\", "\x1bXsos\x1b\\", "\x1bPtmux;x\x1b\\",
	"\x1b[6n", "\x1b[5n", "\x1b[c", "\x1b[>c", "\x1b[>q", "\x1b[=c", "\x1b[?6n", "\x1b[21t", "\x1b[14t", "\x1b[8;1;1t", "\x1b[18t", "\x1b[?1004$p", "\x1b[?69h", "\x1b[?47h",
	"\x1b[?1000;2031h", "\x1b[20h", "\x1b[!p", "\x1b[1i", "\x1b[?5i", "\x1b[1;2s", "\x1b[\"q", "\x1b[0#p", "\x1b[2'}",
	"\x1bc", "\x1b#8", "\x1b(0", "\x1bN", "\x1b=", "\x1bGQ", "\x1bZ", "\x1b%G",
	"\x07", "\x00", "\x0e", "\x0f", "\x05", "\x7f", "\x0b", "\x18",
	"\u009b31m", "\u009d0;x", "\u0085", "\x9b31m", "\x90q", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5", "\u202e", "\u2066",
}

// passed are what drawing takes.
var passed = []string{
	"plain", "日本語 é 👩\u200d👧", "\x1b[m", "\x1b[1;38;2;1;2;3;48;5;7m", "\x1b[4:3m", "\x1b[H", "\x1b[12;40H", "\x1b[5A\x1b[5B\x1b[5C\x1b[5D", "\x1b[3G", "\x1b[3d", "\x1b[2J", "\x1b[K",
	"\x1b[1K", "\x1b[4X", "\x1b[3b", "\x1b[2@", "\x1b[2P", "\x1b[2L", "\x1b[2M", "\x1b[2S", "\x1b[2T", "\x1b[2;10r", "\x1b[?25l\x1b[?25h", "\x1b[?1049h", "\x1b[?1002h\x1b[?1006h",
	"\x1b[?2004h", "\x1b[?2026h\x1b[?2026l", "\x1b[?2027h", "\x1b[>1u\x1b[<u\x1b[=1;1u", "\x1b[>4;2m\x1b[>4m", "\x1b[2 q", "\x1bM\x1b7\x1b8", "\r\n\b\t", "\x1b]2;galley\x07", "\x1b[4h\x1b[4l", "\x1b[?5W",
}

func through(g *GuardWriter, buf *bytes.Buffer, parts ...string) string {
	buf.Reset()
	for _, p := range parts {
		if n, err := g.Write([]byte(p)); n != len(p) || err != nil {
			panic(fmt.Sprint(n, err))
		}
	}
	return buf.String()
}

func TestGuardStops(t *testing.T) {
	for _, h := range stopped {
		for cut := range len(h) + 1 {
			var buf bytes.Buffer
			g := Guard(&buf, "galley")
			got := through(g, &buf, "«A"+h[:cut], h[cut:]+"B»")
			if strings.ContainsAny(got, "\x1b\x07\x00\x7f") || strings.Contains(got, h) {
				t.Errorf("%q cut at %d lets %q through", h, cut, got)
			}
			if g.Blocked() == 0 || len(g.Samples()) == 0 {
				t.Errorf("%q cut at %d is not counted", h, cut)
			}
			if !strings.HasPrefix(got, "«A") || !strings.HasSuffix(got, "»") {
				t.Errorf("%q cut at %d swallows what is around it: %q", h, cut, got)
			}
		}
	}
}

func TestGuardPasses(t *testing.T) {
	for _, s := range passed {
		for cut := range len(s) + 1 {
			var buf bytes.Buffer
			g := Guard(&buf, "galley")
			if got := through(g, &buf, s[:cut], s[cut:]); got != s || g.Blocked() != 0 {
				t.Errorf("%q cut at %d became %q, %d blocked: %q", s, cut, got, g.Blocked(), g.Samples())
			}
		}
	}
}

// What does not end must not swallow the frame that follows.
func TestGuardUnfinished(t *testing.T) {
	for _, h := range []string{"\x1b]0;x", "\x1bPq", "\x1b_G", "\x1b[", "\x1b[1;2", "\x1b", "\xe2\x82", "\x1b]52;c;" + strings.Repeat("A", 5000)} {
		var buf bytes.Buffer
		g := Guard(&buf)
		got := through(g, &buf, h+"\x1b[1;1H", "frame\r\n")
		if !strings.HasSuffix(got, "\x1b[1;1Hframe\r\n") || g.Blocked() == 0 {
			t.Errorf("%.20q gave %q", h, got)
		}
		if got := through(g, &buf, h, "\nfree"); !strings.HasSuffix(got, "free") {
			t.Errorf("%.20q and a line feed gave %q", h, got)
		}
	}
}

func TestGuardClipboard(t *testing.T) {
	var buf bytes.Buffer
	g := Guard(&buf)
	big := strings.Repeat("secret ", 20000)
	for _, s := range []string{"hi", big} {
		var frame bytes.Buffer
		p := tea.NewProgram(&clipModel{text: s}, tea.WithInput(nil), tea.WithOutput(&frame), tea.WithoutSignals(), tea.WithWindowSize(20, 5))
		if _, err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if i := strings.Index(frame.String(), "\x1b]52;c;"); i < 0 {
			t.Fatal("no clipboard sequence to test with")
		}
		if got := through(g, &buf, frame.String()); strings.Contains(got, "]52") {
			t.Error("the clipboard was written unannounced")
		}
		g.AllowClipboard(s)
		half := frame.Len() / 2
		if got := through(g, &buf, frame.String()[:half], frame.String()[half:]); !strings.Contains(got, "\x1b]52;c;") {
			t.Errorf("an announced clipboard of %d bytes was stopped: %q", len(s), g.Samples())
		}
		if got := through(g, &buf, frame.String()); strings.Contains(got, "]52") {
			t.Error("an announcement was used twice")
		}
	}
	g.AllowClipboard("one")
	if got := through(g, &buf, "\x1b]52;c;dHdv\x07"); got != "" {
		t.Errorf("another text than announced passed: %q", got)
	}
}

type clipModel struct{ text string }

func (m *clipModel) Init() tea.Cmd                       { return tea.Sequence(tea.SetClipboard(m.text), tea.Quit) }
func (m *clipModel) Update(tea.Msg) (tea.Model, tea.Cmd) { return m, nil }
func (m *clipModel) View() tea.View                      { return tea.NewView("x") }

func TestGuardQueries(t *testing.T) {
	var buf bytes.Buffer
	g := Guard(&buf)
	for i, want := range []string{"\x1b]11;?\x07", "\x1b]11;?\x07", "", ""} {
		if got := through(g, &buf, "\x1b]11;?\x07"); got != want {
			t.Errorf("query %d gave %q", i, got)
		}
	}
	g.Restart()
	if got := through(g, &buf, "\x1b]11;?\x07"); got == "" {
		t.Error("a restarted program may not ask")
	}
}

// everything is a program that uses all of a view that Galley uses.
type everything struct {
	n  int
	ed *Editor
}

func (m *everything) Init() tea.Cmd { return tea.RequestBackgroundColor }

func (m *everything) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if w, ok := msg.(tea.WindowSizeMsg); ok {
		m.ed.Resize(w.Width, w.Height-1)
	}
	if k, ok := msg.(tea.KeyPressMsg); ok {
		m.n++
		m.ed.Update(k)
		if m.n%7 == 0 {
			m.ed.Update(tea.PasteMsg{Content: "日本語 {{v}} \x1b]0;x\x07 line\n\n\tline\n"})
		}
	}
	return m, nil
}

func (m *everything) View() tea.View {
	v := tea.NewView(m.ed.View() + "\n" + Footer(nil, 60, testStyles))
	v.AltScreen, v.ReportFocus, v.MouseMode, v.WindowTitle = true, true, tea.MouseModeCellMotion, "galley"
	v.KeyboardEnhancements.ReportEventTypes = true
	v.Cursor = m.ed.Cursor()
	return v
}

func TestGuardPassesARealProgram(t *testing.T) {
	for _, term := range []string{"xterm-256color", "xterm-kitty", "xterm-ghostty", "tmux-256color", "alacritty", "linux", "vt100"} {
		var raw, out lockedBuffer
		g := Guard(&out, "galley")
		both := writerFunc(func(p []byte) (int, error) { raw.Write(p); return g.Write(p) })
		m := &everything{ed: NewEditor(testStyles)}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		p := tea.NewProgram(m, tea.WithInput(strings.NewReader("")), tea.WithOutput(both), tea.WithoutSignals(), tea.WithWindowSize(60, 12), tea.WithContext(ctx),
			tea.WithColorProfile(colorprofile.TrueColor), tea.WithEnvironment([]string{"TERM=" + term, "COLORTERM=truecolor"}))
		go func() {
			for i := range 60 {
				p.Send(press([]string{"a", "enter", "space", "backspace", "pgup", "ctrl+end", "x", "ctrl+z", "ctrl+a", "down"}[i%10]))
				if i%20 == 0 {
					time.Sleep(30 * time.Millisecond)
				}
			}
			p.Send(tea.WindowSizeMsg{Width: 40, Height: 8})
			p.Send(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
			time.Sleep(60 * time.Millisecond)
			p.Quit()
		}()
		if _, err := p.Run(); err != nil {
			t.Fatal(err)
		}
		cancel()
		if g.Blocked() != 0 {
			t.Errorf("%s: %d things of an honest program were stopped: %q", term, g.Blocked(), g.Samples())
		}
		if raw.String() != out.String() || len(out.String()) < 1000 {
			t.Errorf("%s: %d bytes became %d", term, len(raw.String()), len(out.String()))
		}
	}
}

func FuzzGuard(f *testing.F) {
	for _, s := range append(append([]string{}, stopped...), passed...) {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, cut int) {
		cut = max(0, min(cut, len(s)))
		var a, b bytes.Buffer
		ga, gb := Guard(&a, "galley"), Guard(&b, "galley")
		one := through(ga, &a, s)
		two := through(gb, &b, s[:cut], s[cut:])
		if one != two {
			t.Fatalf("%q cut at %d gives %q, whole %q", s, cut, two, one)
		}
		for _, bad := range []string{"\x1b]52", "\x1bP$", "\x1b_", "\x1b^", "\x1bX", "\x07\x07", "\u009b", "\x00"} {
			if strings.Contains(one, bad) {
				t.Fatalf("%q lets %q through: %q", s, bad, one)
			}
		}
		// What came through comes through again.
		var c bytes.Buffer
		gc := Guard(&c, "galley")
		if again := through(gc, &c, one); again != one {
			t.Fatalf("%q: %q becomes %q", s, one, again)
		}
	})
}

func BenchmarkGuard(b *testing.B) {
	m := newTestEditor(text.Raw(prose(20000, 40)), 200, 60)
	frame := []byte("\x1b[?2026h\x1b[H" + strings.ReplaceAll(m.View(), "\n", "\r\n") + "\x1b[?2026l")
	g := Guard(writerFunc(func(p []byte) (int, error) { return len(p), nil }))
	b.SetBytes(int64(len(frame)))
	for range b.N {
		g.Write(frame)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// hostile holds strings of each family that tries to reach or deceive a
// terminal. Joined with a marker at either end, both markers must be seen.
var hostile = []string{
	// control sequences
	"\x1b[31mred\x1b[0m", "\x1b[2J\x1b[H", "\x1b[?1049h", "\x1b[8mhidden", "\x1b[6n", "\x1b[c", "\x1b[?2026h", "\x1b[999;999H", "\x1bc",
	// string sequences, ended and not
	"\x1b]0;title\x07", "\x1b]2;title\x1b\\", "\x1b]52;c;aGk=\x07", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "\x1b]1337;Copy=:aGk=\x07",
	"\x1bP$qm\x1b\\", "\x1bPq#0;2;0;0;0\x1b\\", "\x1b_Gf=24;AAAA\x1b\\", "\x1b^pm\x1b\\", "\x1bXsos\x1b\\", "\x1b]unterminated", "\x1bPunterminated", "\x1b",
	"\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\", "\x1b]5522;type=write\x1b\\", "\x1b[201~pasted\x1b[200~", "\x1bGQ",
	// C1, as bytes and as UTF-8
	"\x9b31m", "\x9d0;x\x9c", "\u009b31m", "\u009d52;c;aGk=\u009c", "\u0090q\u009c", "\u0085", "\x90\x9c",
	// C0 and DEL
	"\x00", "\x07\x07", "abc\rXYZ", "abc\b\b\bXYZ", "\x0b\x0c", "\x0e\x0f", "\x18\x1a", "\x7f", "\x1f", "a\r\nb\r",
	// direction
	"\u202eevil\u202c", "\u2066x\u2069", "\u2067x\u2069", "\u2068", "\u200e\u200f\u061c", "/*\u202e } \u2066if (admin)\u2069 \u2066*/",
	// invisible
	"a\u200bb", "a\u200cb", "a\u200db", "\ufeff", "a\u00adb", "\u2060", "a\u034fb", "\u3164", "\uffa0", "\u115f\u1160", "\u2800", "\u180e",
	"\u2028\u2029", "x\ufe00", "x\U000e0100", "a\ufe0f", "😀\U000e0141\U000e0142", "\U000e0041\U000e0042\U000e007f", "\U000e0001",
	"\U0001f3f4\U000e0041\U000e0042\U000e0043\U000e0044\U000e0045\U000e0046\U000e0047\U000e0048\U000e007f", "❤\ufe0f\ufe0f\ufe0f", "😀\u200d", "\u200d😀",
	"می\u200c\u200c\u200cخواهم", "1\u200d2", "##\ufe0f\ufe0f", "\ufff9a\ufffab\ufffb", "\U0001d173",
	// private, unassigned, not characters
	"\ue000", "\U000f0000", "\U0010ffff", "\ufffe", "\u0378",
	// not UTF-8
	"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\xffb\xfec", "\xf0\x9f\x98", "\u0600\xff", "\xc2", "\xe2\x80",
	// combining storms
	"a" + strings.Repeat("\u0301", 1000), strings.Repeat("\u0301", 50), "\u0301", " \u0301", "\n\u0301x", "\x1b\u0301", "\xff\u0301",
	"a\u200b\u0301", "a\u034f\u0301", "Z\u0351\u0346\u034a\u030d\u0321\u0353\u0300\u0301\u0302\u0303\u0304\u0305\u0306",
	// shape
	strings.Repeat("\n", 2000), strings.Repeat("\t", 500), strings.Repeat("x", 10000), strings.Repeat("中", 3000), strings.Repeat(" ", 10000) + "x",
	strings.Repeat("👩\u200d", 200), strings.Repeat("\x1b", 5000), "\t\u0301", "中\t中\t",
}

// legit holds strings of living languages and everyday emoji. They are shown as
// they are.
var legit = []string{
	"plain ASCII, with punctuation!", "naïve café, Ångström", "e\u0301 o\u0302\u0323 (combining)", "Tiếng Việt", "Привет, мир", "Γειά σου κόσμε",
	"日本語のテキスト", "中文字符", "한국어 문장", "각", "हिन्दी में लिखा हुआ", "क्\u200dष and क्\u200cष", "தமிழ் எழுத்து", "ภาษาไทย", "မြန်မာ",
	"می\u200cخواهم", "فارسی و العربية", "עברית", "বাংলা", "ශ්\u200dරී ලංකා",
	"👩\u200d👩\u200d👧\u200d👦 family", "👍🏽 tone", "🏳\ufe0f\u200d🌈 flag", "🇩🇪🇯🇵🇺🇸", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "1\ufe0f\u20e3 #\ufe0f\u20e3 *\ufe0f\u20e3",
	"❤\ufe0f ☀\ufe0f ✂\ufe0e", "👨🏻\u200d⚕\ufe0f", "🧑\u200d🚀", "❤\ufe0f\u200d🔥", "😀😁", "©\ufe0f ®", "‼\ufe0f", "∑ ∫ ≠ → ⟨x⟩", "“quotes” — dashes…", "a\u00a0b", "x\u0307\u0308\u0323",
	"│ ┌─┐ box", "０１２ｆｕｌｌ", "ﾊﾝｶｸ",
}

// clean fails unless s may be written to a terminal.
func clean(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("not UTF-8: %q", s)
	}
	for _, x := range s {
		if x < 0x20 && x != '\n' || x >= 0x7f && x < 0xa0 || x >= 0x202a && x <= 0x202e || x >= 0x2066 && x <= 0x2069 ||
			x == 0x200e || x == 0x200f || x == 0x61c || x == 0xfeff || x == 0x200b || x == 0x2028 || x == 0x2029 || x >= 0xe000 && x <= 0xf8ff {
			t.Fatalf("%U in %q", x, s)
		}
	}
}

func TestShowHostile(t *testing.T) {
	for _, h := range hostile {
		s := Show(Raw("«" + h + "»"))
		clean(t, s.String())
		if !strings.HasPrefix(s.String(), "«") || !strings.HasSuffix(s.String(), "»") {
			t.Errorf("%q lost a marker: %q", h, s)
		}
		for _, c := range []string{"\x1b", "\x00", "\u202e", "\u200b", "\xff", "\ufeff"} {
			if strings.Contains(h, c) && s.Marked() == 0 {
				t.Errorf("%q has no mark", h)
			}
		}
	}
	seen := map[string]string{}
	for _, h := range hostile {
		s := Show(Raw(h)).String()
		if o, ok := seen[s]; ok {
			t.Errorf("%q and %q look alike: %q", o, h, s)
		}
		seen[s] = h
	}
}

func TestShowLegit(t *testing.T) {
	for _, l := range legit {
		s := Show(Raw(l))
		if s.String() != l || s.Marked() != 0 {
			t.Errorf("%q is shown as %q with %d marks", l, s, s.Marked())
		}
		if n := Invisible(Raw(l)); n != 0 {
			t.Errorf("%q: %d invisible characters", l, n)
		}
	}
}

func TestShowMarks(t *testing.T) {
	for raw, want := range map[string]string{
		"a\x1b[m": "a[␛][m", "\x00": "[␀]", "\x7f": "[␡]", "\u202e": "[⟨RLO⟩]", "\xff": "[⟨xFF⟩]", "\u009b": "[⟨9B⟩]", "a\u200bb": "a[⟨ZWSP⟩]b",
		"\tx": "    x", "ab\tx": "ab  x", "a\nb": "a\nb", "a\r\n": "a[␍]\n", "\U000e0041": "[⟨U+E0041⟩]", "\u0301": "[⟨U+0301⟩]", "中\tx": "中  x",
		"a" + strings.Repeat("\u0301", 12): "a" + strings.Repeat("\u0301", 8) + "[⟨+4⟩]", "␛": "␛",
	} {
		var b strings.Builder
		for _, r := range Show(Raw(raw)).Runs() {
			if r.Mark {
				b.WriteString("[" + r.Text + "]")
			} else {
				b.WriteString(r.Text)
			}
		}
		// Neighbouring marks are runs of their own.
		if got := b.String(); got != want {
			t.Errorf("Show(%q) = %s, want %s", raw, got, want)
		}
	}
}

// What is taken for simple must be as wide and as single as the libraries say.
func TestSimple(t *testing.T) {
	for x := rune(0x20); x < 0x30000; x++ {
		w := simple(x)
		if w == 0 {
			continue
		}
		c := string(x)
		if displaywidth.String(c) != w || invisible(x) || leaning(x) || !unicode.IsGraphic(x) {
			t.Errorf("%U is not simple: %d cells", x, displaywidth.String(c))
		}
		for _, y := range []string{"a", "é", "я", "日", "あ", "。"} {
			for _, pair := range []string{c + y, y + c} {
				if g := graphemes.FromString(pair).First(); len(g) == len(pair) {
					t.Errorf("%q is one cluster", pair)
				}
			}
		}
	}
}

func TestInvisible(t *testing.T) {
	for s, want := range map[string]int{"abc\t\r\n": 0, "a\x1bb": 1, "\u200b\u202e": 2, "a\x00é\x07": 2, "😀\U000e0141": 1, "می\u200cخ": 0, "x\u200cy": 1, "\u00adé": 1} {
		if got := Invisible(Raw(s)); got != want {
			t.Errorf("Invisible(%q) = %d, want %d", s, got, want)
		}
	}
}

// laws are what holds of any text whatever.
func laws(t *testing.T, raw string) {
	t.Helper()
	s := Show(Raw(raw))
	clean(t, s.String())
	if strings.Count(s.String(), "\n") != strings.Count(raw, "\n") {
		t.Fatalf("%q: line feeds changed", raw)
	}
	if plainASCII(raw) && s.String() != raw {
		t.Fatalf("plain text changed: %q", raw)
	}
	var b strings.Builder
	for _, r := range s.Runs() {
		b.WriteString(r.Text)
	}
	if b.String() != s.String() {
		t.Fatalf("%q: runs are not the text", raw)
	}
	// Steps show piece by piece what Show shows, and as wide as they say.
	col, pieces := 0, strings.Builder{}
	for rest := raw; rest != ""; {
		n, w := Step(rest, col)
		p := ShowAt(Raw(rest[:n]), col)
		pieces.WriteString(p.String())
		if n <= 0 || p.Width() != w && rest[0] != '\n' {
			t.Fatalf("%q: step of %d bytes, %d cells, shown in %d", rest, n, w, p.Width())
		}
		if col += w; rest[0] == '\n' {
			col = 0
		}
		rest = rest[n:]
	}
	if pieces.String() != s.String() {
		t.Fatalf("%q: steps show %q, Show %q", raw, pieces.String(), s)
	}
	lines := s.Lines()
	joined := lines[0]
	for _, l := range lines[1:] {
		joined = joined.Append(Shown{s: "\n"}).Append(l)
	}
	if joined.String() != s.String() || joined.Marked() != s.Marked() {
		t.Fatalf("%q: Lines and Append do not agree", raw)
	}
	for _, w := range []int{2, 7, 40} {
		wrapLaws(t, s, w)
	}
	for _, w := range []int{0, 1, 5, 30} {
		cut := s.Truncate(w)
		if cut.Width() > max(w, 0) || strings.Contains(cut.String(), "\n") {
			t.Fatalf("%q: Truncate(%d) = %q", raw, w, cut)
		}
		if h := Head(Raw(raw), w); h.Width() > w || strings.Contains(h.String(), "\n") {
			t.Fatalf("%q: Head(%d) = %q", raw, w, h)
		}
	}
	if one := s.OneLine(); strings.Contains(one.String(), "\n") || one.Marked() < s.Marked() {
		t.Fatalf("%q: OneLine = %q", raw, one)
	}
}

func wrapLaws(t *testing.T, s Shown, w int) {
	t.Helper()
	strip := func(x string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(x) }
	var b strings.Builder
	marks := 0
	for _, l := range s.Wrap(w) {
		if displaywidth.String(l.String()) > w {
			t.Fatalf("Wrap(%d) of %q has %q", w, s, l)
		}
		b.WriteString(l.String())
		marks += l.Marked()
	}
	if strip(b.String()) != strip(s.String()) {
		t.Fatalf("Wrap(%d) of %q lost text", w, s)
	}
	if marks < s.Marked() {
		t.Fatalf("Wrap(%d) of %q lost marks", w, s)
	}
}

func plainASCII(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 && c != '\n' || c >= 0x7f {
			return false
		}
	}
	return true
}

func TestLaws(t *testing.T) {
	for _, s := range append(append([]string{""}, hostile...), legit...) {
		laws(t, s)
		laws(t, "one "+s+" two "+s)
	}
}

// Text that arrives in pieces is shown whole each time: a cut anywhere costs
// looks until the rest is there, never safety.
func TestShowCutAnywhere(t *testing.T) {
	for _, h := range append(hostile, legit...) {
		if len(h) > 200 {
			continue
		}
		for i := range len(h) + 1 {
			clean(t, Show(Raw(h[:i])).String())
			clean(t, Show(Raw(h[i:])).String())
		}
	}
}

func FuzzShow(f *testing.F) {
	for _, s := range append(hostile, legit...) {
		if len(s) < 300 {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 4096 {
			laws(t, s)
		}
	})
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{
		{"hello world", 5, "hello|world"}, {"hello world", 6, "hello |world"}, {"hello world", 80, "hello world"}, {"abcdef", 4, "abcd|ef"},
		{"a bcdefgh", 4, "a |bcde|fgh"}, {"中文字", 4, "中文|字"}, {"a中文", 2, "a|中|文"}, {"", 5, ""}, {"a\n\nb", 5, "a||b"}, {"one two three", 7, "one two|three"},
		{"ab     cd", 4, "ab  |cd"}, {"日本 語", 4, "日本|語"},
	} {
		var got []string
		for _, l := range Of(c.in).Wrap(c.w) {
			got = append(got, l.String())
		}
		if g := strings.Join(got, "|"); g != c.want {
			t.Errorf("Wrap(%q, %d) = %s, want %s", c.in, c.w, g, c.want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{{"hello", 5, "hello"}, {"hello!", 5, "hell…"}, {"中文字", 5, "中文…"}, {"中文字", 4, "中…"}, {"a\nb", 3, "a⏎b"}, {"a\nbc", 3, "a⏎…"}, {"x", 0, ""}, {"xy", 1, "…"}} {
		if got := Of(c.in).Truncate(c.w).String(); got != c.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", c.in, c.w, got, c.want)
		}
		if got := Head(Raw(c.in), c.w).String(); got != c.want {
			t.Errorf("Head(%q, %d) = %q, want %q", c.in, c.w, got, c.want)
		}
	}
}

func TestRaw(t *testing.T) {
	if got := Raw("a\x1b").String(); got != "a␛" {
		t.Errorf("String = %q", got)
	}
	if Raw("\xff").Valid() || !Raw("é").Valid() || !Raw("").Empty() || Raw("a").Empty() {
		t.Error("Valid or Empty")
	}
}

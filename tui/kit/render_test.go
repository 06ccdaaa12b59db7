package kit

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/session/text"
	"galley/themes"
)

const sampleMarkdown = `# Findings

Think in <thinking> tags, then answer with **care** & &#27;[31m entities; &lt;b&gt; stays.

- one item that is long enough to be wrapped at forty cells
- two <b>bold</b>

` + "```json\n{\"a\": [1, true, \"<x>\"]}\n```" + `

| a | b |
|---|---|
| 1 | <y> |

[link](http://example.com/?a=1&b=2) and <http://auto.link> ![img](http://x/y.png)
`

func TestMarkdownShowsAll(t *testing.T) {
	for _, th := range themes.All() {
		m := NewMarkdown(th.Styles())
		for _, w := range []int{20, 60, 100} {
			out := m.Render(sampleMarkdown, w)
			for i, l := range strings.Split(out, "\n") {
				if Width(l) > w {
					t.Errorf("line %d is %d wide of %d: %q", i, Width(l), w, l)
				}
				if strings.HasSuffix(ansi.Strip(l), " ") {
					t.Errorf("line %d ends in space: %q", i, l)
				}
			}
			if w == 100 {
				plain := ansi.Strip(out)
				for _, want := range []string{"<thinking>", "&#27;[31m", "&lt;b&gt;", "<b>bold</b>", "<x>", "<y>", "<http://auto.link>", "http://example.com/?a=1&b=2"} {
					if !strings.Contains(plain, want) {
						t.Errorf("%q is not in\n%s", want, plain)
					}
				}
			}
			if again, ok := m.Cached(sampleMarkdown, w); !ok || again != out {
				t.Error("not kept")
			}
		}
	}
}

// onlyColours fails if s holds a control character or a sequence that is not a
// colour.
func onlyColours(t *testing.T, what, s string) {
	t.Helper()
	if got := onlySGR(s); got != s {
		t.Errorf("%s lets more than colours through: %q", what, s)
	}
	for _, x := range s {
		if x < 0x20 && x != '\n' && x != 0x1b || x >= 0x7f && x < 0xa0 || x >= 0xe000 && x <= 0xe00f || x == 0x202e {
			t.Errorf("%s: %U in %q", what, x, s)
		}
	}
}

func TestMarkdownHostile(t *testing.T) {
	m := NewMarkdown(testStyles)
	for _, n := range append(nasty, "[x](\x1b]0;y\x07)", "`&#27;`", "&#155;31m", "```\n&#27;\x1b[2J\n```", "<!-- hidden -->", "<script>x</script>", "[a]: http://b \"c\"\n[a]",
		"# \x1b[31m", "|\x07|\n|-|\n|&#7;|", "<details>", text.Raw(strings.Repeat("> ", 500)+"deep"), text.Raw(strings.Repeat("- ", 200)), "\ue000\ue001") {
		out := m.Render(n, 40)
		onlyColours(t, "Markdown", out)
		for _, l := range strings.Split(out, "\n") {
			if Width(l) > 40 {
				t.Errorf("%q: %d cells wide", n, Width(l))
			}
		}
	}
	if out := ansi.Strip(m.Render("<!-- hidden --> and <script>x</script>", 60)); !strings.Contains(out, "<!-- hidden -->") || !strings.Contains(out, "<script>x</script>") {
		t.Errorf("hidden text stays hidden: %q", out)
	}
}

func TestSyntax(t *testing.T) {
	src := text.Raw("{\n  \"key\": \"va\x1b[31mlue\", \"n\": [1.5e3, true, null]\n}")
	lines := Syntax(src, "json", testStyles)
	if got, want := ansi.Strip(strings.Join(lines, "\n")), text.Show(src).String(); got != want {
		t.Errorf("colouring changed the text: %q, want %q", got, want)
	}
	if !strings.Contains(lines[1], testStyles.Mark.Render("␛")) {
		t.Error("a mark is not drawn as one")
	}
	if !strings.Contains(lines[1], newInk(testStyles.SynKey).on) || !strings.Contains(lines[1], newInk(testStyles.SynNumber).on) {
		t.Errorf("not coloured: %q", lines[1])
	}
	for _, n := range append(nasty, "{", "\"", "{\"a\":\"\\\"", "\\", src) {
		for _, lang := range []string{"json", "xml", "no such language", "python"} {
			out := strings.Join(Syntax(n, lang, testStyles), "\n")
			onlyColours(t, "Syntax", out)
			if ansi.Strip(out) != text.Show(n).String() {
				t.Errorf("%s: %q became %q", lang, text.Show(n), ansi.Strip(out))
			}
		}
		for _, l := range text.Show(n).Lines() {
			if out := JSONLine(l, testStyles); ansi.Strip(out) != l.String() {
				t.Errorf("JSONLine: %q became %q", l, ansi.Strip(out))
			}
		}
	}
}

const (
	before = "You are a helpful assistant.\nAnswer briefly.\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\nUse {{lang}}.\nEnd.\n"
	after2 = "You are an expert assistant.\nAnswer briefly.\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\nUse {{lang}} and nothing else, ever.\nA new line.\nEnd.\n"
)

func TestDiffGolden(t *testing.T) {
	d := NewDiff(testStyles)
	d.Set(before, after2)
	d.SetNames("r3", "r4")
	goldens(t, "diff-unified", func(w, h int) string { d.Resize(w, h); return d.View() })
	d.SetSplit(true)
	goldens(t, "diff-split", func(w, h int) string { d.Resize(w, h); return d.View() })
	if a, b := d.Stat(); a != 3 || b != 2 {
		t.Errorf("%d inserted, %d deleted", a, b)
	}
}

func TestDiffEverySize(t *testing.T) {
	for i, n := range nasty {
		d := NewDiff(testStyles)
		d.SetNames("old", string(text.Show(n).String()))
		d.Set(n, nasty[(i+1)%len(nasty)]+n)
		for _, split := range []bool{false, true} {
			d.SetSplit(split)
			every(t, func(w, h int) string { d.Resize(w, h); return d.View() })
			d.Resize(80, 10)
			d.Update(press("end"))
			d.NextChange()
			d.PrevChange()
			screen(t, d.View(), 80, 10)
		}
	}
	d := NewDiff(testStyles)
	d.Resize(40, 4)
	d.Set("same", "same")
	if !strings.Contains(d.View(), "no difference") {
		t.Error("does not say that nothing changed")
	}
}

func TestDiffIsNotColourAlone(t *testing.T) {
	d := NewDiff(testStyles)
	d.Resize(60, 10)
	d.Set("a\nb\n", "a\nc\n")
	rows := screen(t, d.View(), 60, 10)
	if !strings.Contains(rows[1], "- b") || !strings.Contains(rows[2], "+ c") {
		t.Errorf("rows %q", rows)
	}
}

func TestCharts(t *testing.T) {
	if got := Spark([]float64{0, 1, 2, 3, 4, 5, 6, 7}, 8); got != "▁▂▃▄▅▆▇█" {
		t.Errorf("Spark = %q", got)
	}
	if got := Spark([]float64{1, math.NaN(), 1}, 5); got != "  ▄ ▄" {
		t.Errorf("Spark = %q", got)
	}
	for frac, want := range map[float64]string{0: "    ", 1: "████", 0.5: "██  ", 0.125: "▌   ", 0.001: "▏   ", 2: "████", -1: "    ", math.NaN(): "    "} {
		if got := Bar(frac, 4); got != want {
			t.Errorf("Bar(%v) = %q, want %q", frac, got, want)
		}
	}
	if got := ansi.Strip(Interval(0.6, 0.4, 0.8, 21, testStyles)); got != "········├───●───┤····" {
		t.Errorf("Interval = %q", got)
	}
	if got := Histogram([]int{0, 1, 2, 4}, 2); got != "   █\n ▄██" {
		t.Errorf("Histogram = %q", got)
	}
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -3, 0, 0.3, 1, 7}
	for w := 1; w < 40; w++ {
		for _, a := range bad {
			screen(t, Bar(a, w), w, 1)
			screen(t, BarStyled(a, w, testStyles), w, 1)
			screen(t, Spark(bad, w), w, 1)
			for _, b := range bad {
				screen(t, Interval(a, b, a, w, testStyles), w, 1)
			}
		}
		for _, n := range []int{0, 7, 30} {
			screen(t, Progress(n, 30, w, testStyles), w, 1)
			screen(t, Progress(n, 0, w, testStyles), w, 1)
		}
	}
}

func TestInput(t *testing.T) {
	in := NewInput(testStyles)
	in.SetPlaceholder("type here")
	for _, n := range nasty {
		in.SetValue(n)
		for w := 1; w < 40; w += 3 {
			in.Resize(w)
			for _, k := range []string{"home", "end", "left", "left", "ctrl+left", "shift+right", "ctrl+a", "esc"} {
				in.Update(press(k))
				screen(t, in.View(), w, 1)
				if c := in.Cursor(); c == nil || c.X < 0 || c.X >= w {
					t.Fatalf("%q: cursor %+v of %d", n, c, w)
				}
			}
		}
		if want := text.Raw(strings.ReplaceAll(string(n), "\n", " ")); in.Value() != want {
			t.Errorf("%q became %q", n, in.Value())
		}
	}
}

func BenchmarkMarkdown10KB(b *testing.B) {
	m := NewMarkdown(testStyles)
	s := text.Raw(strings.Repeat(sampleMarkdown, 24))
	for range b.N {
		m.render(s, 80)
	}
}

func BenchmarkSyntaxJSON10KB(b *testing.B) {
	s := text.Raw(strings.Repeat("{\"key\": [1, true, \"value\"]},\n", 350))
	for range b.N {
		Syntax(s, "json", testStyles)
	}
}

func BenchmarkDiff50KB(b *testing.B) {
	x := prose(50<<10, 12)
	y := strings.ReplaceAll(x, "careful", "careless")
	y = strings.Replace(y, "naïve and", "naive and", 20)
	for range b.N {
		d := NewDiff(testStyles)
		d.Resize(120, 40)
		d.Set(text.Raw(x), text.Raw(y))
		d.View()
	}
}

package text

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for s, want := range map[string][]string{
		"Don't STOP, it’s 3.14!": {"don't", "stop", "it's", "3", "14"},
		"foo_bar x-y":            {"foo", "bar", "x", "y"},
		"Été à naïve":            {"été", "à", "naïve"},
		"日本語":                    {"日", "本", "語"},
		"'quoted' '' — …":        {"quoted"},
		"हिन्दी में":             {"हिन्दी", "में"},
		"\x1b[31m \xff":          {"31m"},
		"":                       nil,
	} {
		if got := Words(s); !cmp.Equal(got, want) {
			t.Errorf("Words(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	got := Count("One two. Three!\nFour 👩\u200d👧\n")
	want := Counts{Bytes: 33, Characters: 23, Words: 4, Sentences: 3, Lines: 2}
	if got != want {
		t.Errorf("Count = %+v, want %+v", got, want)
	}
	if Count("a\nb").Lines != 2 || Count("").Lines != 0 {
		t.Error("lines")
	}
}

func diffLaws(t *testing.T, a, b string, ops []DiffOp) {
	t.Helper()
	var x, y strings.Builder
	for _, o := range ops {
		if o.Text == "" {
			t.Fatal("an empty operation")
		}
		if o.Kind != Ins {
			x.WriteString(string(o.Text))
		}
		if o.Kind != Del {
			y.WriteString(string(o.Text))
		}
	}
	if x.String() != a || y.String() != b {
		t.Fatalf("diff of %q and %q: %v", a, b, ops)
	}
}

func FuzzDiff(f *testing.F) {
	f.Add("one two three", "one 2 three")
	f.Add("a\nb\nc", "a\nc\n")
	f.Add("", "\xff\x1b")
	f.Fuzz(func(t *testing.T, a, b string) {
		diffLaws(t, a, b, DiffWords(Raw(a), Raw(b)))
		diffLaws(t, a, b, DiffLines(Raw(a), Raw(b)))
	})
}

func TestDiff(t *testing.T) {
	got := DiffWords("You are a helpful assistant.", "You are an expert assistant.")
	want := []DiffOp{{Same, "You are "}, {Del, "a"}, {Ins, "an"}, {Same, " "}, {Del, "helpful"}, {Ins, "expert"}, {Same, " assistant."}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	lines := DiffLines("a\nb\nc", "a\nx\nc")
	if d := cmp.Diff([]DiffOp{{Same, "a\n"}, {Del, "b\n"}, {Ins, "x\n"}, {Same, "c"}}, lines); d != "" {
		t.Error(d)
	}
	for _, h := range hostile {
		diffLaws(t, h, "x"+h, DiffWords(Raw(h), Raw("x"+h)))
	}
}

func BenchmarkShow(b *testing.B) {
	for name, s := range map[string]string{
		"ASCII": strings.Repeat("the quick brown fox jumps over it\n", 30000), "CJK": strings.Repeat("日本語のテキスト", 40000),
		"controls": strings.Repeat("\x1b[31m", 200000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for range b.N {
				Show(Raw(s))
			}
		})
	}
}

func BenchmarkWrap(b *testing.B) {
	s := Of(strings.Repeat("the quick brown fox jumps over it and the lazy dog ", 20000))
	b.SetBytes(int64(s.Len()))
	for range b.N {
		s.Wrap(80)
	}
}

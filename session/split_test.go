package session_test

import (
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

const manual = "Before all.\n\n# Install\n\nRun it. It asks for a key.\n\n```sh\n# not a heading\n\ninstall --all\n```\n\n## Windows\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nDone there.\n# Use\nText without end"

func pieceNames(ps []session.Piece) (out []string) {
	for _, p := range ps {
		out = append(out, string(p.Name))
	}
	return out
}

func pieceTexts(ps []session.Piece) (out []string) {
	for _, p := range ps {
		out = append(out, string(p.Text))
	}
	return out
}

func TestSplitText(t *testing.T) {
	for _, tt := range []struct {
		name  string
		in    string
		o     session.SplitOptions
		names []string
		texts []string
	}{
		{"nothing", "", session.SplitOptions{How: session.SplitParagraphs}, nil, nil},
		{"whole", "a\n\nb", session.SplitOptions{}, []string{"1"}, []string{"a\n\nb"}},
		{
			"headings, not those of code", manual, session.SplitOptions{How: session.SplitHeadings},
			[]string{"1", "Install", "Windows", "Use"},
			[]string{
				"Before all.\n\n", "# Install\n\nRun it. It asks for a key.\n\n```sh\n# not a heading\n\ninstall --all\n```\n\n",
				"## Windows\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nDone there.\n", "# Use\nText without end",
			},
		},
		{"headings of Windows", "# A\r\nx\r\n# B #\r\ny", session.SplitOptions{How: session.SplitHeadings}, []string{"A", "B"}, []string{"# A\r\nx\r\n", "# B #\r\ny"}},
		{"no headings", "a\nb", session.SplitOptions{How: session.SplitHeadings}, []string{"1"}, []string{"a\nb"}},
		{"a section too long is cut on", "# A\nOne two three. Four five six. Seven.", session.SplitOptions{How: session.SplitHeadings, Words: 5}, []string{"A (1 of 2)", "A (2 of 2)"}, []string{"# A\nOne two three. ", "Four five six. Seven."}},
		{"paragraphs", "a\nb\n\n\nc\r\n\r\n  d\n", session.SplitOptions{How: session.SplitParagraphs}, []string{"1", "2", "3"}, []string{"a\nb\n\n\n", "c\r\n\r\n", "  d\n"}},
		{"a paragraph of code with a blank line", "a\n\n~~~\nb\n\nc\n~~~\nd\n\ne", session.SplitOptions{How: session.SplitParagraphs}, []string{"1", "2", "3"}, []string{"a\n\n", "~~~\nb\n\nc\n~~~\nd\n\n", "e"}},
		{"words end at sentences", "One two three. Four five. Six seven eight nine.", session.SplitOptions{How: session.SplitWords, Words: 5}, []string{"1", "2"}, []string{"One two three. Four five. ", "Six seven eight nine."}},
		{"a sentence goes over lines", "One two\nthree four. Five\nsix seven.", session.SplitOptions{How: session.SplitWords, Words: 5}, []string{"1", "2"}, []string{"One two\nthree four. ", "Five\nsix seven."}},
		{"items of a list stand alone", "- one two\n- three four\n- five six", session.SplitOptions{How: session.SplitWords, Words: 4}, []string{"1", "2"}, []string{"- one two\n- three four\n", "- five six"}},
		{"a sentence too long is cut behind words", "one two three four five", session.SplitOptions{How: session.SplitWords, Words: 2}, []string{"1", "2", "3"}, []string{"one two ", "three four ", "five"}},
		{"code stays whole if it fits", "Intro here.\n```\na b\nc d\n```\nOut now.", session.SplitOptions{How: session.SplitWords, Words: 5}, []string{"1", "2", "3"}, []string{"Intro here.\n", "```\na b\nc d\n```\n", "Out now."}},
		{"code too long is cut behind lines", "```\na b\nc d\ne f\n```", session.SplitOptions{How: session.SplitWords, Words: 4}, []string{"1", "2"}, []string{"```\na b\nc d\n", "e f\n```"}},
		{"a table too long is cut behind rows", "| a | b |\n| c | d |\n| e | f |\n", session.SplitOptions{How: session.SplitWords, Words: 4}, []string{"1", "2"}, []string{"| a | b |\n| c | d |\n", "| e | f |\n"}},
		{"overlap repeats sentences", "One two. Three four. Five six. Seven eight.", session.SplitOptions{How: session.SplitWords, Words: 4, Overlap: 2}, []string{"1", "2"}, []string{"One two. Three four. ", "Three four. Five six. Seven eight."}},
		{"a paragraph's end in the second half is the better place", "One two. Three.\n\nFour five. Six seven eight nine.", session.SplitOptions{How: session.SplitWords, Words: 5}, []string{"1", "2", "3"}, []string{"One two. Three.\n\n", "Four five. ", "Six seven eight nine."}},
	} {
		got := session.SplitText(text.Raw(tt.in), tt.o)
		if d := cmp.Diff(tt.names, pieceNames(got)) + cmp.Diff(tt.texts, pieceTexts(got)); d != "" {
			t.Errorf("%s: want − got +:\n%s", tt.name, d)
		}
	}
}

// Every byte stands in one piece, in order; only an overlap stands in two.
func TestPiecesAreTheText(t *testing.T) {
	lines := []string{
		"# A\n", "## B ##\r\n", "#nope\n", "```go\n", "```\n", "~~~\n", "````\n", "| a | b |\n", "|---|\n", "\n", "\r\n", "  \n", "- item one. And two.\n", "1. x\n",
		"A sentence of words. Another one? Yes!\n", "it goes on\nand on. Mr. Smith.\n", "日本語。テキスト。\n", "no line end", "\x00\xff", "a\tb\u00a0c ", "{{x}}",
	}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 30).Draw(t, "lines"), "")
		if rapid.IntRange(0, 3).Draw(t, "any") == 0 {
			s += string(genText(false).Draw(t, "text"))
		}
		o := session.SplitOptions{
			How:   rapid.SampledFrom(session.SplitHows()).Draw(t, "how"),
			Words: rapid.SampledFrom([]int{0, 1, 3, 10, 50}).Draw(t, "words"), Overlap: rapid.SampledFrom([]int{0, 0, 2, 10, 99}).Draw(t, "overlap"),
		}
		checkPieces(t, s, o)
	})
	if err := quick.Check(func(s string, words, overlap uint8) bool {
		checkPieces(t, s, session.SplitOptions{How: session.SplitWords, Words: int(words), Overlap: int(overlap)})
		return true
	}, nil); err != nil {
		t.Error(err)
	}
}

func checkPieces(t fatal, s string, o session.SplitOptions) {
	t.Helper()
	at := 0
	ps := session.SplitText(text.Raw(s), o)
	for i, p := range ps {
		if string(p.Text) != s[p.Start:p.End] {
			t.Fatalf("%+v: piece %d is %q, its place holds %q", o, i+1, string(p.Text), s[p.Start:p.End])
		}
		overlaps := o.How == session.SplitWords && o.Overlap > 0
		if p.Start > at || p.Start < at && !overlaps || p.End <= at {
			t.Fatalf("%+v: piece %d of %q is %d to %d, the one before ends at %d", o, i+1, s, p.Start, p.End, at)
		}
		if over := len(text.Words(s[p.Start:at])); over > o.Overlap {
			t.Fatalf("%+v: piece %d repeats %d words", o, i+1, over)
		}
		if n := len(text.Words(s[at:p.End])); o.Words > 0 && o.How != session.SplitWhole && n > o.Words && strings.Count(s, "|")+strings.Count(s, "`")+strings.Count(s, "~") == 0 && !hardWords(s) {
			t.Fatalf("%+v: piece %d of %q has %d words", o, i+1, s, n)
		}
		if len(ps) > 1 && p.Text.Blank() || p.Name == "" {
			t.Fatalf("%+v: piece %d of %q says nothing or has no name", o, i+1, s)
		}
		at = p.End
	}
	if at != len(s) {
		t.Fatalf("%+v: the pieces of %q end at %d of %d", o, s, at, len(s))
	}
	again := session.SplitText(text.Raw(s), o)
	if !slices.Equal(ps, again) {
		t.Fatalf("%+v: one text, two ways to cut it", o)
	}
}

// hardWords reports whether words of the text stand without spaces between, so that
// it can't be cut behind each.
func hardWords(s string) bool {
	for _, f := range strings.Fields(s) {
		if len(text.Words(f)) > 1 {
			return true
		}
	}
	return false
}

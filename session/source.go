package session

import (
	"path"
	"strings"

	"galley/session/text"
)

// SplitFor is how a file is cut where nobody says how: Markdown and what was HTML
// by its headings, long sections again; any other text in pieces of about
// [DefaultWords] words.
func SplitFor(file string) SplitOptions {
	switch strings.ToLower(path.Ext(strings.ReplaceAll(file, `\`, "/"))) {
	case ".md", ".markdown", ".mdown", ".html", ".htm", ".xhtml":
		return SplitOptions{How: SplitHeadings, Words: 2 * DefaultWords}
	}
	return SplitOptions{How: SplitWords, Words: DefaultWords}
}

// PiecesOf are the pieces of a source as resources without names.
func PiecesOf(source, t text.Raw, o SplitOptions) []Resource {
	var out []Resource
	for _, p := range SplitText(t, o) {
		out = append(out, Resource{Source: source, Place: p.Place, Text: p.Text, Hash: Hash([]byte(p.Text))})
	}
	return out
}

// JoinPieces is the text that pieces of a source were cut from, to cut it anew. It is
// refused where they were cut with an overlap: what is repeated there and what stood
// twice in the file can't be told apart.
func JoinPieces(pieces []Resource) (t text.Raw, ok bool) {
	var b strings.Builder
	repeats := 0
	for i, p := range pieces {
		if i > 0 && repeated(string(pieces[i-1].Text), string(p.Text)) {
			repeats++
		}
		b.WriteString(string(p.Text))
	}
	return text.Raw(b.String()), 2*repeats < max(2, len(pieces)-1)
}

// repeated reports whether b begins with the words that a ends with.
func repeated(a, b string) bool {
	for n := min(len(a), len(b), 1<<12); n > 0; n-- {
		if a[len(a)-n:] == b[:n] && len(text.Words(b[:n])) > 1 {
			return true
		}
	}
	return false
}

package backend

import (
	"context"

	"galley/session"
)

// untidied looks for the text behind a report that llama.cpp has tidied: the tokens
// that were evaluated are turned back into text by a routine that drops spaces
// before punctuation, and a context with " 'refund'" or " ./x" in it is reported
// without them. The server's rendering of the same body is what was evaluated where
// it has as many tokens as the answer counted and becomes the report when it is
// tidied in the same way.
func (l *llama) untidied(ctx context.Context, model string, body []byte, got session.Evaluated) (seen session.Rendered, found bool, err error) {
	seen, err = l.render(ctx, model, body)
	if err != nil || seen.Source != "server" || seen.Tokens == nil {
		return seen, false, err
	}
	return seen, seen.Total == got.Tokens && seen.Text != got.Text && tidied(string(seen.Text)) == string(got.Text), nil
}

// tidied is a text as llama.cpp writes it of the tokens of most vocabularies: no
// space before ? ! . , nor around an apostrophe between two spaces, nor before 's
// 'm 're 've. Three passes, as there.
func tidied(s string) string {
	s = withoutSpaces(s, func(after string) (drop, next bool) {
		return after[0] == '?' || after[0] == '!' || after[0] == '.' || after[0] == ',', false
	})
	s = withoutSpaces(s, func(after string) (drop, next bool) {
		drop = len(after) > 1 && after[0] == '\'' && after[1] == ' '
		return drop, drop
	})
	return withoutSpaces(s, func(after string) (drop, next bool) {
		if len(after) < 2 || after[0] != '\'' {
			return false, false
		}
		two := after[1:min(3, len(after))]
		return two[0] == 's' || two[0] == 'm' || two == "re" || two == "ve", false
	})
}

// withoutSpaces drops each space that is judged by what stands after it; next says
// that the byte after the first of that is dropped as well, and is no space to what
// comes then.
func withoutSpaces(s string, judge func(after string) (drop, next bool)) string {
	out, space := make([]byte, 0, len(s)), false
	for i := 0; i < len(s); i++ {
		drop, next := false, false
		if space {
			drop, next = judge(s[i:])
		}
		if drop {
			out = out[:len(out)-1]
		}
		out = append(out, s[i])
		space = s[i] == ' '
		if next {
			i++
			space = false
		}
	}
	return string(out)
}

package backend

import (
	"strings"

	"galley/session"
	"galley/session/text"
)

// secretLength is the length in bytes from which a key is taken for a secret in
// what a model wrote. Servers that want none are given words in place of keys
// ("ollama", "not-needed"), and an answer may hold these.
const secretLength = 16

// secret is the key as far as answers may not hold it, "" none.
func (c *client) secret() string {
	if k := c.key(); len(k) >= secretLength {
		return k
	}
	return ""
}

// veil is a text of an answer without the key.
func (c *client) veil(s string) string {
	if c.secret() == "" {
		return s
	}
	return c.redact(s)
}

func (c *client) veilBytes(b []byte) []byte {
	if c.secret() == "" {
		return b
	}
	s := string(b)
	if veiled := c.redact(s); len(veiled) != len(s) || veiled != s {
		return []byte(veiled)
	}
	return b
}

// veiled is yield for chunks that may hold the key: an answer is kept in a
// workspace that others will get, and a gateway may repeat what it was sent.
func (c *client) veiled(yield func(Chunk, error) bool, tap *Tap) func(Chunk, error) bool {
	key := c.secret()
	if key == "" {
		return yield
	}
	var words, reason heldBack
	return func(ch Chunk, err error) bool {
		if err != nil {
			if left := (Chunk{Text: text.Raw(words.rest()), Reason: text.Raw(reason.rest())}); left.Text != "" || left.Reason != "" {
				if !yield(left, nil) {
					return false
				}
			}
			return yield(ch, err)
		}
		ch.Text, ch.Reason = text.Raw(words.take(c, key, string(ch.Text))), text.Raw(reason.take(c, key, string(ch.Reason)))
		if tap != nil && (words.pieces || reason.pieces) {
			tap.hide = true
		}
		if ch.Done {
			ch.Text += text.Raw(words.rest())
			ch.Reason += text.Raw(reason.rest())
		}
		for i, t := range ch.Tools {
			if i == 0 {
				ch.Tools = append([]session.ToolCall(nil), ch.Tools...)
			}
			ch.Tools[i] = session.ToolCall{ID: c.veiledRaw(t.ID), Name: c.veiledRaw(t.Name), Arguments: c.veiledRaw(t.Arguments)}
		}
		if ch.Evaluated != nil {
			e := *ch.Evaluated
			e.Text = c.veiledRaw(e.Text)
			ch.Evaluated = &e
		}
		return yield(ch, nil)
	}
}

func (c *client) veiledRaw(t text.Raw) text.Raw { return text.Raw(c.veil(string(t))) }

// heldBack is the end of a text that may be the beginning of a key.
type heldBack struct {
	end    string
	pieces bool // a key was found that came in pieces
}

func (h *heldBack) take(c *client, key, s string) string {
	if s == "" {
		return ""
	}
	apart := h.end + c.redact(s)
	s = c.redact(h.end + s)
	h.pieces = h.pieces || s != apart
	n := min(len(key)-1, len(s))
	for n > 0 && !strings.HasPrefix(key, s[len(s)-n:]) {
		n--
	}
	h.end = s[len(s)-n:]
	return s[:len(s)-n]
}

// rest is what was held back: the text ends, and it was none. Of a long one, which
// is more than the words that all keys of a house begin with, nothing is told.
func (h *heldBack) rest() string {
	s := h.end
	h.end = ""
	if len(s) >= secretLength-4 {
		return "[key]"
	}
	return s
}

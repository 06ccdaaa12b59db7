package backend

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"galley/session"
	"galley/session/text"
)

// Render shows the context that the request would become: the ids of its tokens
// from /tokenize, their text from /detokenize.
func (v *vllm) Render(ctx context.Context, r Request) (session.Rendered, error) {
	ids, pieces, err := v.tokens(ctx, r)
	if err != nil {
		return session.Rendered{}, err
	}
	t, err := v.detokenize(ctx, r.Model, ids)
	if err != nil {
		return session.Rendered{}, err
	}
	out := session.Rendered{Text: t, Total: len(ids), Source: "server", Note: "which tokens are special is told by their looks"}
	if out.Tokens = bordered(ids, pieces, string(t)); out.Tokens == nil {
		out.Note = "how the tokens are cut can't be read from the names that this tokenizer gives them"
	}
	return out, nil
}

// tokens asks for the tokens of the context.
func (v *vllm) tokens(ctx context.Context, r Request) (ids []int, pieces []string, err error) {
	b := newObject()
	if err := v.context(b, r); err != nil {
		return nil, nil, v.fail("config", "%v", err)
	}
	b.flag("return_token_strs", true)
	return v.tokenize(ctx, b)
}

func (v *vllm) tokenize(ctx context.Context, b *object) (ids []int, pieces []string, err error) {
	var got struct {
		Tokens []int    `json:"tokens"`
		Pieces []string `json:"token_strs"`
	}
	if err := v.ask(ctx, "/tokenize", b, &got); err != nil {
		return nil, nil, err
	}
	if got.Tokens == nil {
		return nil, nil, v.fail("protocol", "the answer to /tokenize holds no tokens")
	}
	if len(got.Tokens) > mostTokens {
		return nil, nil, v.fail("limit", "the answer to /tokenize holds %d tokens, and %d is the most that is read", len(got.Tokens), mostTokens)
	}
	return got.Tokens, got.Pieces, nil
}

func (v *vllm) detokenize(ctx context.Context, model string, ids []int) (text.Raw, error) {
	b := newObject()
	b.str("model", model)
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = strconv.Itoa(id)
	}
	b.raw("tokens", []byte("["+strings.Join(list, ",")+"]"))
	var got struct {
		Prompt *string `json:"prompt"`
	}
	if err := v.ask(ctx, "/detokenize", b, &got); err != nil {
		return "", err
	}
	if got.Prompt == nil {
		return "", v.fail("protocol", "the answer to /detokenize holds no text")
	}
	return text.Raw(*got.Prompt), nil
}

// Tokenize cuts text into the model's own tokens. vLLM reads what looks like a
// special token as one whatever special says; nothing is put before the text.
func (v *vllm) Tokenize(ctx context.Context, model string, t text.Raw, _ bool) ([]session.Token, error) {
	ids, pieces, err := v.tokenize(ctx, plainText(model, t))
	if err != nil {
		return nil, err
	}
	if out := bordered(ids, pieces, string(t)); out != nil {
		return out, nil
	}
	return nil, v.fail("protocol", "how the text is cut can't be read from the names that this tokenizer gives its %d tokens", len(ids))
}

func plainText(model string, t text.Raw) *object {
	b := newObject()
	b.str("model", model)
	b.str("prompt", string(t))
	b.flag("add_special_tokens", false)
	b.flag("return_token_strs", true)
	return b
}

// Evidence completes what the answer said of its prompt: the text of the ids, or
// of the same messages asked again where the server is too old to tell ids; and how
// many tokens that text has.
func (v *vllm) Evidence(ctx context.Context, r Request, _ session.Wire, got session.Evaluated) (session.Evaluated, error) {
	if got.IDs == nil && got.Text == "" {
		ids, _, err := v.tokens(ctx, r)
		if err != nil {
			return got, err
		}
		got.IDs, got.Source = ids, session.EvidenceRendered
	}
	if got.Text == "" {
		t, err := v.detokenize(ctx, r.Model, got.IDs)
		if err != nil {
			return got, err
		}
		got.Text = t
	}
	t := session.TraceContext(r.Proof, got.Text)
	got.Cut = got.Cut || t.Cut
	say := []string{string(t.Differs)}
	if got.Tokens > 0 && got.IDs != nil && len(got.IDs) != got.Tokens {
		say = append(say, fmt.Sprintf("%d token ids were reported and %d tokens counted", len(got.IDs), got.Tokens))
	}
	if ids, _, err := v.tokenize(ctx, plainText(r.Model, got.Text)); err == nil {
		got.Counted = len(ids)
		if got.Tokens > 0 && got.Counted != got.Tokens {
			say = append(say, fmt.Sprintf("the text has %d tokens by itself, and %d were evaluated", got.Counted, got.Tokens))
		}
	}
	got.Differs = text.Raw(strings.Join(compact(append(say, string(got.Differs))), "; "))
	return got, nil
}

// bordered cuts t into its tokens by the names that the vocabulary gives them: as
// byte-level tokenizers write bytes, or as SentencePiece does. nil: the names don't
// join to the text, and the borders are unknown.
func bordered(ids []int, names []string, t string) []session.Token {
	if len(names) != len(ids) || len(ids) == 0 {
		return nil
	}
	for _, read := range []func(string) (string, bool){byteLevel, sentencePiece} {
		out := make([]session.Token, len(ids))
		var all strings.Builder
		ok := true
		for i, name := range names {
			var s string
			if s, ok = read(name); !ok {
				break
			}
			all.WriteString(s)
			out[i] = session.Token{ID: ids[i], Text: text.Raw(s), Special: looksSpecial(name)}
		}
		if !ok {
			continue
		}
		switch joined := all.String(); {
		case joined == t:
			return out
		case joined == " "+t && out[0].Text != "": // a space that SentencePiece puts before all text
			out[0].Text = out[0].Text[1:]
			return out
		}
	}
	return nil
}

// looksSpecial tells a special token by its name.
func looksSpecial(name string) bool {
	for _, around := range [][2]string{{"<|", "|>"}, {"<｜", "｜>"}, {"[", "INST]"}} {
		if strings.HasPrefix(name, around[0]) && strings.HasSuffix(name, around[1]) {
			return true
		}
	}
	switch name {
	case "<s>", "</s>", "<bos>", "<eos>", "<pad>", "<unk>", "<start_of_turn>", "<end_of_turn>":
		return true
	}
	return false
}

// byteLevel reads a name in which each character stands for one byte: as itself
// where it can be seen, else counted up from U+0100. Characters that stand for no
// byte are those of a special token, which is its own name.
func byteLevel(name string) (string, bool) {
	var b strings.Builder
	for _, r := range name {
		c, ok := byteOf(r)
		if !ok {
			return name, looksSpecial(name)
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

func byteOf(r rune) (byte, bool) {
	if r >= rune(len(byteNames())) {
		return 0, false
	}
	c := byteNames()[r]
	return byte(c), c >= 0
}

// byteNames are the bytes that characters stand for, by their number; -1: for none.
var byteNames = sync.OnceValue(func() []int16 {
	seen := func(c int) bool { return c >= '!' && c <= '~' || c >= 0xa1 && c <= 0xac || c >= 0xae && c <= 0xff }
	out := make([]int16, 0x100, 0x200)
	for c := range 0x100 {
		if seen(c) {
			out[c] = int16(c)
			continue
		}
		out[c] = -1
		out = append(out, int16(c))
	}
	return out
})

// sentencePiece reads a name in which U+2581 is a space and <0x0A> a byte.
func sentencePiece(name string) (string, bool) {
	if len(name) == 6 && strings.HasPrefix(name, "<0x") && name[5] == '>' {
		if c, err := strconv.ParseUint(name[3:5], 16, 8); err == nil {
			return string([]byte{byte(c)}), true
		}
	}
	return strings.ReplaceAll(name, "\u2581", " "), true
}

package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"galley/session"
	"galley/session/text"
)

const (
	llamaAsk      = 10 * time.Second // of one question that makes no tokens
	llamaTokens   = 60 * time.Second // of cutting a text of any length
	llamaAnswers  = 64 << 20         // bytes of an answer with tokens
	mostSpecials  = 64               // distinct pieces asked about for one text
	longestNaming = 40               // bytes of a piece that is named to a person
)

// ask posts a body to an endpoint that makes no tokens. A router is never made to
// load a model by it: that would put another one out.
func (l *llama) ask(ctx context.Context, endpoint string, body []byte, within time.Duration) ([]byte, error) {
	all, _, err := l.call(ctx, http.MethodPost, endpoint+"?autoload=false", body, within, min(llamaAnswers, answerTo(body)))
	return all, l.explain(err)
}

// answerTo is how many bytes may be told of a text that is in body: its tokens, each
// with its piece, and what a template adds.
func answerTo(body []byte) int64 { return 1<<20 + 128*int64(len(body)) }

// get reads an endpoint, of the model where the server is a router.
func (l *llama) get(ctx context.Context, endpoint, model string) ([]byte, error) {
	all, _, err := l.call(ctx, http.MethodGet, endpoint+"?autoload=false&model="+url.QueryEscape(model), nil, llamaAsk, modelsLimit)
	return all, l.explain(err)
}

// lacks reports an error by which a server says that it has no such endpoint, or
// that it was not switched on.
func lacks(err error) bool {
	var e *session.CallError
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented)
}

// Render shows the context that the request would become. What the template
// endpoint returns is not it: a BOS that the model asks for is missing there. So its
// text is cut into tokens as the server would for an answer, and those are shown.
func (l *llama) Render(ctx context.Context, r Request) (session.Rendered, error) {
	w, err := l.Wire(r)
	if err != nil {
		return session.Rendered{}, l.fail("config", "%v", err)
	}
	return l.render(ctx, r.Model, w.Body)
}

func (l *llama) render(ctx context.Context, model string, body []byte) (session.Rendered, error) {
	templated, err := l.template(ctx, body)
	if lacks(err) {
		return session.Rendered{Source: "unavailable", Note: "this server has no /apply-template: what it evaluates is seen with the answer"}, nil
	}
	if err != nil {
		return session.Rendered{}, err
	}
	tokens, err := l.tokens(ctx, model, templated, true, true)
	if err != nil {
		return session.Rendered{}, err
	}
	out := session.Rendered{Tokens: tokens, Total: len(tokens), Source: "server", Text: tokensText(tokens)}
	if v := l.veiledRaw(out.Text); v != out.Text {
		out.Text, out.Tokens, out.Note = v, nil, "the server repeats the key in it, which is taken out: where its tokens begin is not shown"
		return out, nil
	}
	if textless(tokens) { // ids and no pieces: an older server
		out.Tokens = nil
		if out.Text, err = l.detokenize(ctx, model, tokens); err != nil {
			return session.Rendered{}, err
		}
		out.Note = "this server does not say where its tokens begin and end"
		return out, nil
	}
	if err := l.mark(ctx, model, out.Text, tokens); err != nil {
		out.Note = "which tokens are special could not be asked: " + err.Error()
	}
	return out, nil
}

// template is what the chat template makes of a request, without its BOS.
func (l *llama) template(ctx context.Context, body []byte) (string, error) {
	all, err := l.ask(ctx, "/apply-template", body, llamaAsk)
	if err != nil {
		return "", err
	}
	var a struct {
		Prompt json.RawMessage `json:"prompt"`
	}
	if json.Unmarshal(all, &a) != nil || !present(a.Prompt) {
		return "", l.fail("protocol", "/apply-template answered without a prompt: %s", oneLine(l.safe(string(all)), 200))
	}
	return plain(a.Prompt), nil
}

// Tokenize cuts text into the model's own tokens; nothing is put in front.
func (l *llama) Tokenize(ctx context.Context, model string, t text.Raw, special bool) ([]session.Token, error) {
	tokens, err := l.tokens(ctx, model, string(t), false, special)
	if err != nil {
		return nil, err
	}
	if textless(tokens) {
		return nil, l.fail("protocol", "this llama-server tells the ids of tokens and not their text; a newer one does")
	}
	if special {
		return tokens, l.mark(ctx, model, tokensText(tokens), tokens)
	}
	return tokens, nil
}

// tokens asks for the tokens of s. A token of a server that tells ids alone has no
// text.
func (l *llama) tokens(ctx context.Context, model, s string, front, special bool) ([]session.Token, error) {
	b := newObject()
	b.str("model", model)
	b.str("content", s)
	b.flag("add_special", front)
	b.flag("parse_special", special)
	b.flag("with_pieces", true)
	body, err := b.bytes()
	if err != nil {
		return nil, l.fail("config", "%v", err)
	}
	all, err := l.ask(ctx, "/tokenize", body, llamaTokens)
	if err != nil {
		return nil, err
	}
	var a struct {
		Tokens json.RawMessage `json:"tokens"`
	}
	var list []llamaToken
	if err = json.Unmarshal(all, &a); err == nil {
		list, err = llamaTokensOf(a.Tokens, min(mostTokens, tokensOver+tokensByte*len(s)))
	}
	if errors.Is(err, errTokens) {
		return nil, l.fail("limit", "/tokenize answered with more tokens than %d bytes of text can have", len(s))
	}
	if err != nil || list == nil {
		return nil, l.fail("protocol", "/tokenize answered what is no list of tokens: %s", oneLine(l.safe(string(all)), 200))
	}
	out := make([]session.Token, len(list))
	for i, t := range list {
		out[i] = session.Token{ID: t.id, Text: text.Raw(t.piece)}
	}
	return out, nil
}

// mostTokens is the longest list of tokens that is read. A text has at most tokensByte
// for each of its bytes, as some vocabularies write a character out, and tokensOver
// that stand for no text of it.
const (
	mostTokens = 4 << 20
	tokensByte = 16
	tokensOver = 64
)

var errTokens = errors.New("too many tokens")

// llamaTokensOf reads a list of tokens, and no more than most of them; nil: it is
// none.
func llamaTokensOf(list json.RawMessage, most int) ([]llamaToken, error) {
	d := json.NewDecoder(bytes.NewReader(list))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, err
	}
	out := []llamaToken{}
	for d.More() {
		if len(out) == most {
			return nil, errTokens
		}
		var t llamaToken
		if err := d.Decode(&t); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// llamaToken is an id, or an id with its piece: a string, or a list of bytes where
// it is part of a character.
type llamaToken struct {
	id    int
	piece string
}

// UnmarshalJSON reads either.
func (t *llamaToken) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '{' {
		return json.Unmarshal(data, &t.id)
	}
	var w struct {
		ID    int             `json:"id"`
		Piece json.RawMessage `json:"piece"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	t.id = w.ID
	if len(w.Piece) == 0 || w.Piece[0] != '[' {
		t.piece = plain(w.Piece)
		return nil
	}
	var some []uint16 // []byte would be base64
	if err := json.Unmarshal(w.Piece, &some); err != nil {
		return err
	}
	b := make([]byte, len(some))
	for i, v := range some {
		if v > 0xff {
			return fmt.Errorf("piece of token %d: %d is no byte", w.ID, v)
		}
		b[i] = byte(v)
	}
	t.piece = string(b)
	return nil
}

func tokensText(tokens []session.Token) text.Raw {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(string(t.Text))
	}
	return text.Raw(b.String())
}

// textless reports tokens that came without their texts.
func textless(tokens []session.Token) bool { return len(tokens) > 0 && tokensText(tokens) == "" }

func (l *llama) detokenize(ctx context.Context, model string, tokens []session.Token) (text.Raw, error) {
	b := newObject()
	b.str("model", model)
	ids := []byte{'['}
	for i, t := range tokens {
		if i > 0 {
			ids = append(ids, ',')
		}
		ids = fmt.Append(ids, t.ID)
	}
	b.raw("tokens", append(ids, ']'))
	body, err := b.bytes()
	if err != nil {
		return "", l.fail("config", "%v", err)
	}
	all, err := l.ask(ctx, "/detokenize", body, llamaTokens)
	if err != nil {
		return "", err
	}
	var a struct {
		Content json.RawMessage `json:"content"`
	}
	if json.Unmarshal(all, &a) != nil || !present(a.Content) {
		return "", l.fail("protocol", "/detokenize answered without a text: %s", oneLine(l.safe(string(all)), 200))
	}
	return text.Raw(plain(a.Content)), nil
}

// mark finds the special tokens among those of s. No endpoint names them, so it is
// tried: a piece is special if it is one token where special tokens are read, and
// something else where they are text. What is the same token at the same place in
// both readings of the whole text needs no asking, and what was asked once is known.
func (l *llama) mark(ctx context.Context, model string, s text.Raw, tokens []session.Token) error {
	plainly, err := l.tokens(ctx, model, string(s), false, false)
	if err != nil {
		return err
	}
	at := make(map[int]int, len(plainly))  // id by place
	n := len(s) - len(tokensText(plainly)) // of a space that some vocabularies put in front
	for _, t := range plainly {
		at[n] = t.ID
		n += len(t.Text)
	}
	n = 0
	asked := map[text.Raw]bool{}
	for i := range tokens {
		t := &tokens[i]
		id, same := at[n]
		n += len(t.Text)
		if same && id == t.ID || !t.Text.Valid() || t.Text == "" {
			continue
		}
		is, known := l.special(model, t.Text)
		if !known && len(asked) < mostSpecials && !asked[t.Text] {
			asked[t.Text] = true
			if is, err = l.askSpecial(ctx, model, *t); err != nil {
				return err
			}
		}
		t.Special = is
	}
	return nil
}

func (l *llama) special(model string, piece text.Raw) (is, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	is, known = l.specials[model][string(piece)]
	return is, known
}

func (l *llama) askSpecial(ctx context.Context, model string, t session.Token) (bool, error) {
	read, err := l.tokens(ctx, model, string(t.Text), false, true)
	if err != nil {
		return false, err
	}
	is := len(read) == 1 && read[0].ID == t.ID
	if is {
		words, err := l.tokens(ctx, model, string(t.Text), false, false)
		if err != nil {
			return false, err
		}
		is = len(words) != 1 || words[0].ID != t.ID
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.specials[model] == nil {
		l.specials[model] = map[string]bool{}
	}
	l.specials[model][string(t.Text)] = is
	return is, nil
}

// Evidence counts the tokens of what the server reported as evaluated, and says
// what of it is not as it was composed. An answer that reported nothing is laid
// beside the server's rendering of the same body, and so is a report that seems to
// lack something: it may only be tidied.
func (l *llama) Evidence(ctx context.Context, r Request, w session.Wire, got session.Evaluated) (session.Evaluated, error) {
	l.know(ctx, r.Model)
	var tokens []session.Token
	if got.Text == "" {
		seen, err := l.render(ctx, r.Model, w.Body)
		if err != nil || seen.Source != "server" {
			return got, err
		}
		got.Text, got.Source, got.Counted, tokens = l.veiledRaw(seen.Text), session.EvidenceRendered, seen.Total, seen.Tokens
	} else {
		var err error
		if tokens, err = l.tokens(ctx, r.Model, string(got.Text), false, true); err != nil {
			return got, err
		}
		got.Counted = len(tokens)
		seen, tidy := session.Rendered{}, false
		if got.Tokens > 0 && (got.Counted != got.Tokens || session.TraceContext(r.Proof, got.Text).Cut) {
			if seen, tidy, err = l.untidied(ctx, r.Model, w.Body, got); err != nil {
				return got, err
			}
		}
		if tidy {
			got.Text, got.Counted, tokens = seen.Text, seen.Total, seen.Tokens
		} else if err := l.mark(ctx, r.Model, got.Text, tokens); err != nil {
			return got, err
		}
	}
	got.IDs = make([]int, len(tokens))
	for i, t := range tokens {
		got.IDs[i] = t.ID
	}
	got.Differs, got.Cut = llamaDiffers(r.Proof, got, tokens)
	return got, nil
}

// llamaDiffers says what of an evaluated context is not as it was composed.
func llamaDiffers(p session.Proof, got session.Evaluated, tokens []session.Token) (text.Raw, bool) {
	t := session.TraceContext(p, got.Text)
	say, cut := []string{string(got.Differs), string(t.Differs)}, got.Cut || t.Cut
	if missing := llamaToolsMissing(p, got.Text, t.Segments); missing != "" {
		say, cut = append(say, missing), true
	}
	say = append(say, llamaPrefill(p, got.Text, t.Segments), llamaTyped(p, got.Text, t.Segments, tokens))
	if got.Tokens > 0 && got.Counted > 0 && got.Counted != got.Tokens {
		say = append(say, fmt.Sprintf("what the server reports has %d tokens, and it evaluated %d: text that looks like special tokens was read otherwise", got.Counted, got.Tokens))
	}
	kept := say[:0]
	for _, s := range say {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return text.Raw(strings.Join(kept, "; ")), cut
}

// llamaToolsMissing says which tools the chat template left out: one that knows no
// tools drops them without a word.
func llamaToolsMissing(p session.Proof, all text.Raw, segments []session.Segment) string {
	tools, err := toolsOf(p.Beside)
	if err != nil || len(tools) == 0 {
		return ""
	}
	var own strings.Builder // what the template wrote
	for _, s := range segments {
		if s.Message < 0 {
			own.WriteString(string(all[s.Start:s.End]) + "\n")
		}
	}
	missing := 0
	for _, t := range tools {
		if !strings.Contains(own.String(), t.Name) {
			missing++
		}
	}
	switch missing {
	case 0:
		return ""
	case len(tools):
		return "the tools are not there: the model's chat template knows none"
	}
	return fmt.Sprintf("%d of %d tools are not there", missing, len(tools))
}

// llamaPrefill says what happened to the prefill on its way.
func llamaPrefill(p session.Proof, all text.Raw, segments []session.Segment) string {
	if !p.Prefill || len(segments) == 0 || p.PrefillText() == "" {
		return ""
	}
	last := segments[len(segments)-1]
	if last.Message != len(p.Messages)-1 {
		return "the model did not go on with the prefill: it does not stand at the end"
	}
	if len(segments) < 2 {
		return ""
	}
	before := segments[len(segments)-2]
	own := string(all[before.Start:before.End])
	if i := strings.LastIndex(own, "<think"); before.Message < 0 && i >= 0 {
		return fmt.Sprintf("the chat template wrote %q before the prefill", cut(own[i:], longestNaming))
	}
	return ""
}

// llamaTyped names the first special token that stands in a message: whoever
// wrote it, the server read it as the template's own.
func llamaTyped(p session.Proof, all text.Raw, segments []session.Segment, tokens []session.Token) string {
	shift := 0
	switch tokensText(tokens) {
	case all:
	case " " + all: // the space that some vocabularies put in front
		shift = -1
	default:
		return ""
	}
	at, seg := shift, 0
	for _, t := range tokens {
		start := at
		at += len(t.Text)
		for seg < len(segments) && segments[seg].End <= start {
			seg++
		}
		if t.Special && seg < len(segments) && segments[seg].Message >= 0 {
			m := segments[seg].Message
			return fmt.Sprintf("message %d (%s) holds %q, which the server reads as a special token and not as text",
				m+1, p.Messages[m].Role, text.Raw(cut(string(t.Text), longestNaming)))
		}
	}
	return ""
}

package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"galley/session"
	"galley/session/text"
)

const (
	debugRender = "_debug_render_only" // of a body: render it, and write nothing

	noTokenizer = "Ollama shows no tokens and has no tokenizer to ask: the borders are unknown, and only an answer tells the count"
	noRender    = "this server does not show what it renders"
)

// Render shows the text that the same body would become: with the BOS token that
// the runner puts before it, which the server leaves out of what it shows. It loads
// the model where it is not loaded.
func (o *ollama) Render(ctx context.Context, r Request) (session.Rendered, error) {
	w, err := o.Wire(r)
	if err != nil {
		return session.Rendered{}, err
	}
	v, err := o.view(ctx, r.Model, w.Body)
	if err != nil {
		return session.Rendered{}, err
	}
	if v.missing != "" {
		return session.Rendered{Source: "unavailable", Note: v.missing}, nil
	}
	notes := []string{noTokenizer}
	if v.note != "" {
		notes = append(notes, v.note)
	}
	return session.Rendered{Text: v.text(), Source: "server", Note: strings.Join(notes, ". ")}, nil
}

// Evidence renders the body that was sent once more. The server counts what it
// evaluated and shows none of it, and has no tokenizer that could count the text,
// so that Counted stays 0 and nothing here is proved to the token.
func (o *ollama) Evidence(ctx context.Context, r Request, w session.Wire, got session.Evaluated) (session.Evaluated, error) {
	v, err := o.view(ctx, r.Model, w.Body)
	if err != nil || v.missing != "" {
		return got, err
	}
	got.Text, got.Source = v.text(), session.EvidenceRendered
	t := session.TraceContext(r.Proof, got.Text)
	got.Cut = got.Cut || t.Cut
	say := []string{string(t.Differs)}
	begun := strings.TrimSpace(string(r.Proof.PrefillText()))
	if begun != "" && !strings.HasSuffix(strings.TrimSpace(v.rendered), begun) {
		say = append(say, "the prefill was closed: the answer does not go on with it")
	}
	if v.doubled() {
		say = append(say, "the beginning-of-text token stands there twice")
	}
	say = append(say, string(got.Differs))
	say = compact(say)
	got.Differs = text.Raw(strings.Join(say, "; "))
	return got, nil
}

func compact(all []string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// view is what the server renders of a body.
type view struct {
	rendered string // as the server shows it
	bos      string // that the runner puts before it, "" none
	note     string // on how the BOS is known
	missing  string // why there is no view
}

func (v view) text() text.Raw { return text.Raw(v.bos + v.rendered) }

// doubled reports that the template wrote a BOS too.
func (v view) doubled() bool { return v.bos != "" && strings.HasPrefix(v.rendered, v.bos) }

func (o *ollama) view(ctx context.Context, model string, body []byte) (view, error) {
	s, err := o.show(ctx, model, false)
	if err != nil {
		return view{}, err
	}
	if s.RemoteHost != "" {
		return view{missing: "the model runs at " + o.safe(s.RemoteHost) + ", where nobody shows what is rendered"}, nil
	}
	version, err := o.version(ctx)
	if err != nil {
		return view{}, err
	}
	can, err := o.renders.ask(version, func() (bool, error) { return o.canRender(ctx, model) })
	if err != nil {
		return view{}, err
	}
	if !can {
		return view{missing: noRender}, nil
	}
	rendered, ok, err := o.rendered(ctx, model, body)
	if err != nil {
		return view{}, err
	}
	if !ok {
		return view{missing: noRender}, nil
	}
	v := view{rendered: rendered}
	v.bos, v.note, err = o.bos(ctx, model, s)
	return v, err
}

// canRender asks with one short message, so that a server which does not know the
// field, and answers, writes one token and reads a few.
func (o *ollama) canRender(ctx context.Context, model string) (bool, error) {
	b := newObject()
	b.str("model", model)
	b.messages([]session.Message{{Role: session.RoleUser, Content: "a"}})
	b.flag("stream", false)
	b.object("options", func(b *object) {
		b.int("num_predict", 1)
		if n := o.contextOf(model, 0); n > 0 {
			b.int("num_ctx", int64(n))
		}
	})
	body, err := b.bytes()
	if err != nil {
		return false, o.fail("config", "%v", err)
	}
	_, ok, err := o.rendered(ctx, model, body)
	return ok, err
}

// rendered sends the body with the wish to render it only; false: the server knew
// no such wish.
func (o *ollama) rendered(ctx context.Context, model string, body []byte) (string, bool, error) {
	ask := append(bytes.TrimSuffix(bytes.Clone(body), []byte("}")), `,"`+debugRender+`":true}`...)
	got, head, err := o.call(ctx, http.MethodPost, ollamaChat, ask, loadTime, eventLimit)
	if err != nil {
		return "", false, o.explain(model, err)
	}
	var l struct {
		Debug *struct {
			Rendered json.RawMessage `json:"rendered_template"`
		} `json:"_debug_info"`
	}
	if err := json.NewDecoder(bytes.NewReader(got)).Decode(&l); err != nil { // the first line will do
		return "", false, o.fail("protocol", "what the server rendered can't be read: %s", describe(head.Get("Content-Type"), []byte(o.safe(string(got)))))
	}
	if l.Debug == nil {
		return "", false, nil
	}
	var h surrogate
	s, err := h.content(l.Debug.Rendered)
	if err != nil {
		return "", false, o.fail("protocol", "what the server rendered is no text")
	}
	return s + h.flush(), true, nil
}

// bos is the text of the token that the runner puts before the prompt, by the
// model's file: where that says nothing, most runners do.
func (o *ollama) bos(ctx context.Context, model string, s ollamaShow) (bos, note string, err error) {
	var add bool
	switch said := json.Unmarshal(s.Info["tokenizer.ggml.add_bos_token"], &add) == nil; {
	case said && !add:
		return "", "", nil
	case !said:
		note = "the model's file does not say whether a beginning-of-text token is put before it; here it is, as most runners do"
	}
	n := -1
	_ = json.Unmarshal(s.Info["tokenizer.ggml.bos_token_id"], &n) // what is no id stays none
	if n < 0 {
		return "", "a beginning-of-text token may stand before it, which the model's file does not name", nil
	}
	word, err := o.word(ctx, model, n)
	if word == "" {
		note = "a beginning-of-text token stands before it, whose text the server does not tell"
	}
	return word, note, err
}

// word is the text of one token; "" where the server does not tell. The whole
// vocabulary has to be asked for, so that it is remembered for the model's digest.
func (o *ollama) word(ctx context.Context, model string, id int) (string, error) {
	all, err := o.list(ctx, "/api/tags")
	if err != nil {
		return "", err
	}
	t, _ := findModel(all, model)
	key := fmt.Sprint(t.Digest, " ", id)
	if known, ok := o.words.Load(key); ok && t.Digest != "" {
		return known.(string), nil
	}
	full, err := o.show(ctx, model, true)
	if err != nil {
		return "", err
	}
	var vocab []json.RawMessage
	_ = json.Unmarshal(full.Info["tokenizer.ggml.tokens"], &vocab) // what is no list has no words
	word := ""
	if id < len(vocab) {
		word = plain(vocab[id])
	}
	o.words.Store(key, word)
	return word, nil
}

package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
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
	if why := o.misfit(ctx, r, v); why != "" {
		notes = append(notes, why)
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
	say = append(say, o.misfit(ctx, r, v), string(got.Differs))
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
	got, head, err := o.call(ctx, http.MethodPost, ollamaChat, ask, loadTime, min(eventLimit, answerTo(ask)))
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

// misfit says how it shows that a template is not the model's own, "" where it does
// not: the server guesses one for a file that it does not know.
func (o *ollama) misfit(ctx context.Context, r Request, v view) string {
	if roleless(r.Proof, text.Raw(v.rendered)) {
		return "who speaks is not there: the template writes the texts of the messages and nothing around them"
	}
	if mark := o.foreign(ctx, r.Model, v.text(), session.TraceContext(r.Proof, v.text()).Segments); mark != "" {
		return fmt.Sprintf("the chat template writes %q, which is no token of this model: it is the template of another", mark)
	}
	return ""
}

// roleless reports that nothing but the messages' own text stands in what was
// rendered, as where the server found no template that fits.
func roleless(p session.Proof, rendered text.Raw) bool {
	found := false
	for _, s := range session.TraceContext(p, rendered).Segments {
		if s.Message >= 0 {
			found = true
		} else if strings.TrimSpace(string(rendered[s.Start:s.End])) != "" {
			return false
		}
	}
	return found
}

// specialMark is what templates write for a special token.
var specialMark = regexp.MustCompile(`<\|[A-Za-z0-9_.-]{1,40}\|>`)

// foreign finds in what the chat template wrote a special token that the model does
// not have. What can't be asked is no finding.
func (o *ollama) foreign(ctx context.Context, model string, all text.Raw, segments []session.Segment) string {
	var marks []string
	for _, s := range segments {
		if s.Message >= 0 {
			continue
		}
		for _, m := range specialMark.FindAllString(string(all[s.Start:s.End]), -1) {
			if !slices.Contains(marks, m) && len(marks) < mostSpecials {
				marks = append(marks, m)
			}
		}
	}
	tags, err := o.list(ctx, "/api/tags")
	t, ok := findModel(tags, model)
	if err != nil || !ok || t.Digest == "" {
		return ""
	}
	var has map[string]bool // the vocabulary, once it had to be asked for
	for _, m := range marks {
		key := t.Digest + " " + m
		known, ok := o.words.Load(key)
		if !ok {
			if has == nil {
				has = o.vocabulary(ctx, model)
			}
			if len(has) == 0 {
				return ""
			}
			known = has[m]
			o.words.Store(key, known)
		}
		if is, ok := known.(bool); ok && !is {
			return m
		}
	}
	return ""
}

// vocabulary is the texts of all tokens; nil where the server does not tell.
func (o *ollama) vocabulary(ctx context.Context, model string) map[string]bool {
	full, err := o.show(ctx, model, true)
	var words []string
	if err != nil || json.Unmarshal(full.Info["tokenizer.ggml.tokens"], &words) != nil {
		return nil
	}
	has := make(map[string]bool, len(words))
	for _, w := range words {
		has[w] = true
	}
	return has
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
	if len(word) > longestWord {
		word = ""
	}
	o.words.Store(key, word)
	return word, nil
}

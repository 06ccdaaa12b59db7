package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
)

// mould is a backend that renders as it is told to.
type mould struct {
	backend.Backend
	say func(p session.Proof) (session.Rendered, error)
	log int
}

func (m *mould) Wire(r backend.Request) (session.Wire, error) {
	return session.NewWire("POST", "/", []byte("{}")), nil
}
func (m *mould) Stream(context.Context, string, session.Wire) iter.Seq2[backend.Chunk, error] {
	return nil
}
func (m *mould) Models(context.Context) ([]session.ModelInfo, error) { return nil, nil }
func (m *mould) Traits() backend.Traits                              { return backend.Traits{Free: true} }
func (m *mould) Render(_ context.Context, r backend.Request) (session.Rendered, error) {
	m.log++
	return m.say(r.Proof)
}

func TestProofRendered(t *testing.T) {
	d := sampleDesk(t)
	defer d.close()
	ctx := context.Background()
	m := &mould{}
	d.set.Put(backend.Config{Name: "fake"}, m)
	show := func(as string, raw bool) (out, talk string, err error) {
		var o, e bytes.Buffer
		g := &globals{out: &o, err: &e, in: strings.NewReader(""), raw: raw}
		opts := proofOptions{kase: "c01", model: "fake/m", as: as, take: 1}
		v, err := d.proofOf(ctx, "triage/zero-shot", opts)
		if err != nil {
			t.Fatal(err)
		}
		if err = d.askServer(ctx, g, &v, opts); err == nil {
			err = v.print(g, as)
		}
		return o.String(), e.String(), err
	}
	whole := func(p session.Proof) (session.Rendered, error) {
		r := session.Rendered{Source: "server"}
		for _, x := range p.Messages {
			for _, tok := range []session.Token{{Text: "<s>", Special: true}, {Text: x.Content}, {Text: "\x1b[31m</s>", Special: true}} {
				r.Tokens = append(r.Tokens, tok)
				r.Text += tok.Text
			}
		}
		r.Total = len(r.Tokens)
		return r, nil
	}
	m.say = whole
	for _, as := range []string{"text", "messages", "wire"} {
		if _, _, err := show(as, false); err != nil || m.log != 0 {
			t.Errorf("--as %s asked the server %d times: %v", as, m.log, err)
		}
	}
	out, talk, err := show("rendered", false)
	if err != nil || m.log != 1 || !strings.HasPrefix(out, "<s>You sort") || strings.Contains(out, "\x1b") || !strings.Contains(talk, "6 tokens, by the server of fake/m") {
		t.Errorf("%v %q %q", err, out, talk)
	}
	if out, _, err = show("rendered", true); err != nil || !strings.HasSuffix(out, "\x1b[31m</s>") {
		t.Errorf("%v %q", err, out)
	}
	if out, _, err = show("tokens", false); err != nil || !strings.Contains(out, "6 tokens in all, by the server, for fake/m") || !strings.Contains(out, "template") {
		t.Errorf("%v %q", err, out)
	}
	m.say = func(p session.Proof) (session.Rendered, error) {
		p.Messages = p.Messages[:1]
		return whole(p)
	}
	if _, talk, err = show("rendered", false); err != nil || !strings.Contains(talk, "not there as composed: message 2 (user)") {
		t.Errorf("%v %q", err, talk)
	}
	m.say = func(session.Proof) (session.Rendered, error) {
		return session.Rendered{}, &session.CallError{Kind: "network", Message: "refused\x1b[31m"}
	}
	var x *exitError
	if _, _, err = show("rendered", false); !errors.As(err, &x) || x.code != exitIncomplete {
		t.Errorf("%v", err)
	}
	if out, talk, err = show("tokens", false); err != nil || !strings.Contains(out, "an estimate") || !strings.Contains(talk, "not rendered by fake/m") || strings.Contains(talk, "\x1b") {
		t.Errorf("%v %q %q", err, out, talk)
	}
}

// TestOwnAnswersAreLeftOut keeps a person from judging what they answered as a
// model of a run.
func TestOwnAnswersAreLeftOut(t *testing.T) {
	d := sampleDesk(t)
	defer d.close()
	t.Setenv("USER", "ana")
	ctx := context.Background()
	h := d.set.Human()
	g := &globals{out: io.Discard, err: io.Discard, in: strings.NewReader(`{"answer":"one"}` + "\n" + `{"answer":"two"}` + "\n")}
	leave := d.attend(ctx, g)
	defer leave()
	o := runOptions{prompt: "triage", variants: "zero-shot,five-shot", models: "human/me", cases: "c01", takes: 1}
	if err := d.run(ctx, g, o); err != nil {
		t.Fatal(err)
	}
	if n := len(h.Asks()); n != 0 {
		t.Errorf("%d questions wait after the run", n)
	}
	runs, err := d.store.Runs(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	run := runs[0]
	c := newClerk(d)
	p, err := c.readPool(ctx, run.PromptID, []int64{run.ID}, session.JudgePairs)
	if err != nil {
		t.Fatal(err)
	}
	for judge, want := range map[text.Raw][2]int{"ana": {0, 1}, "ben": {1, 0}} {
		docket, err := c.docket(ctx, session.Sitting{PromptID: run.PromptID, Judge: judge, Mode: session.JudgePairs, Of: 20}, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{docket.Waiting(), docket.Own()}; got != want {
			t.Errorf("%s: %v wait and are own, want %v", judge, got, want)
		}
	}
}

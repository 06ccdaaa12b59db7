package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
	"galley/store"
)

// shownOutput is an output with all that is kept beside it.
type shownOutput struct {
	session.Result
	composed *session.Proof // nil: it came from elsewhere
	context  session.Evaluated
	known    bool // context is
	sent     *session.Wire
	received []byte
}

// part is one thing that galley show can show of an output.
type part struct {
	name, none string
	of         func(o shownOutput) (text.Raw, bool) // false: there is none
}

// parts lists what is shown of an output, in the order of --as all.
func parts() []part {
	return []part{
		{"composed", "its context is not kept: it came from elsewhere", func(o shownOutput) (text.Raw, bool) {
			if o.composed == nil {
				return "", false
			}
			return proofView{proof: *o.composed}.all(), true
		}},
		{"evaluated", "its engine did not say what it evaluated", func(o shownOutput) (text.Raw, bool) {
			return o.context.Text, o.known && o.context.Text != ""
		}},
		{"sent", "no request is kept: nothing was sent for it", func(o shownOutput) (text.Raw, bool) {
			if o.sent == nil {
				return "", false
			}
			return text.Raw(o.sent.Body), true
		}},
		{"received", "nothing of what was received is kept", func(o shownOutput) (text.Raw, bool) {
			return text.Raw(o.received), o.received != nil
		}},
		{"reason", "it has no reasoning", func(o shownOutput) (text.Raw, bool) { return o.Output.Reason, o.Output.Reason != "" }},
		{"tools", "it calls no tool", func(o shownOutput) (text.Raw, bool) {
			return toolLines(o.Output.ToolCalls), len(o.Output.ToolCalls) > 0
		}},
		{"text", "it has no text", func(o shownOutput) (text.Raw, bool) { return o.Output.Whole(), o.Output.Whole() != "" }},
	}
}

// toolLines are calls of tools, one a line: name(arguments).
func toolLines(calls []session.ToolCall) text.Raw {
	var b strings.Builder
	for _, c := range calls {
		b.WriteString(string(c.Name) + "(" + string(c.Arguments) + ")\n")
	}
	return text.Raw(b.String())
}

func showCommand(g *globals) *cobra.Command {
	as := ""
	c := &cobra.Command{
		Use:   "show OUTPUT",
		Short: "Show one answer, and to the byte what was composed, evaluated, sent and received for it",
		Long: `Show one answer by its name in lists, as in r7#3, or by its uid.

--as text is the answer as a judge reads it, reason the reasoning beside it, tools
the calls that it asks for, composed the context as it was put together, evaluated
as the engine says that it read it, sent the body of the request, received what came
back with its headers, keys taken out; all is every one of them. Where one of them
is asked for and not kept the exit code is 3.`,
		Args: wants(1, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		if g.raw && as == "all" {
			return usage("--raw writes the bytes of one thing; name it with --as")
		}
		known := as == "" || as == "all"
		var names []string
		for _, p := range parts() {
			known, names = known || as == p.name, append(names, p.name)
		}
		if !known {
			return usage("--as %q: write all or one of %s", text.Raw(as), strings.Join(names, ", "))
		}
		o, err := d.whole(ctx, args[0])
		if err != nil {
			return err
		}
		if g.json {
			return g.printJSON(o.json())
		}
		return g.show(o, as)
	})
	c.Flags().StringVar(&as, "as", "", "text, reason, tools, composed, evaluated, sent, received or all; default what it is and the answer")
	c.Flags().BoolVar(&g.raw, "raw", false, "write the exact bytes and nothing else")
	jsonFlag(c, g, "print a JSON object, with all of it")
	c.MarkFlagsMutuallyExclusive("json", "raw")
	c.MarkFlagsMutuallyExclusive("json", "as")
	return c
}

// whole reads an output with what is kept beside it.
func (d *desk) whole(ctx context.Context, name string) (shownOutput, error) {
	var o shownOutput
	var err error
	if o.Result, err = d.output(ctx, name); err != nil {
		return o, err
	}
	missing := func(err error) bool { // a piece that is not there is no error
		var n *store.NotFound
		return errors.As(err, &n)
	}
	key := o.Cell.ProofKey
	if key == "" {
		key = o.Cell.Proof
	}
	if key != "" {
		p, err := d.store.Proof(ctx, key)
		if err != nil && !missing(err) {
			return o, err
		}
		if err == nil {
			o.composed = &p
		}
	}
	if o.Cell.Wire != "" {
		w, err := d.store.Request(ctx, o.Cell.Wire)
		if err != nil && !missing(err) {
			return o, err
		}
		if err == nil {
			o.sent = &w
		}
	}
	if o.context, o.known, err = d.store.Evaluated(ctx, o.Cell.ID); err != nil {
		return o, err
	}
	if o.known {
		o.Output.Evaluated = &o.context
	}
	o.received, err = d.store.Received(ctx, o.Cell.ID)
	return o, err
}

// show prints an output, or one thing of it.
func (g *globals) show(o shownOutput, as string) error {
	if g.raw && as == "" {
		as = "text"
	}
	if as != "" && as != "all" {
		for _, p := range parts() {
			if p.name != as {
				continue
			}
			t, ok := p.of(o)
			if !ok {
				return &exitError{exitIncomplete, fmt.Errorf("%s: %s", outputName(o.Result), p.none)}
			}
			g.text(t)
		}
		return nil
	}
	for _, l := range o.about() {
		g.say("%s", g.shown(text.Show(l).OneLine()))
	}
	if l := o.against(); l != "" {
		style := styleDim
		if o.Output.Cut {
			style = styleWarn
		}
		g.say("%s", g.paint(style, text.Show(l).OneLine().String()))
	}
	for _, p := range parts() {
		t, ok := p.of(o)
		switch answer := p.name == "text" || p.name == "reason" || p.name == "tools"; {
		case as == "" && (!ok || !answer):
		case !ok:
			g.say("%s", g.paint(styleDim, "--- "+p.name+": "+p.none))
		default:
			g.say("%s", g.paint(styleHead, "--- "+p.name))
			g.text(t)
		}
	}
	return nil
}

// about are the lines on what an output is.
func (o shownOutput) about() []text.Raw {
	c, out := o.Cell, o.Output
	lines := []text.Raw{text.Raw(fmt.Sprintf("%s  %s, case %s, take %d, order %s", outputName(o.Result), contestantName(c.Contestant), string(c.CaseName), c.Take, c.Order))}
	status := statusWords(out)
	if out.Finish != "" {
		status += ", finish reason " + out.Finish
	}
	if e := out.Error; e != nil {
		status += ": " + string(e.Said())
	}
	if out.Cached {
		status += ", from the cache"
	}
	if out.Repeatable {
		status += ", asked to repeat"
	}
	lines = append(lines, text.Raw(status))
	var who []string
	for _, x := range []string{string(out.Model), out.Digest, out.Server} {
		if x != "" {
			who = append(who, x)
		}
	}
	if len(who) > 0 {
		lines = append(lines, text.Raw("answered by "+strings.Join(who, ", ")))
	}
	if u := out.Usage; u.Source != "" {
		l := fmt.Sprintf("%d tokens in, %d out (by %s)", u.Input, u.Output, sourceWords(u.Source))
		if u.Cached != nil {
			l += fmt.Sprintf(", %d of those in from the server's cache", *u.Cached)
		}
		if u.Reasoning != nil {
			l += fmt.Sprintf(", %d of those out were reasoning", *u.Reasoning)
		}
		lines = append(lines, text.Raw(l))
	}
	if t := out.Timing; t.TotalMS > 0 {
		l := fmt.Sprintf("%d ms in all, the first token after %d ms", t.TotalMS, t.TTFTMS)
		if t.TokensPerS > 0 {
			l += fmt.Sprintf(", %.1f tokens a second", t.TokensPerS)
		}
		lines = append(lines, text.Raw(l))
	}
	return lines
}

// against says how sure it is what was evaluated, and what differs; "" where the
// engine says nothing.
func (o shownOutput) against() text.Raw {
	var parts []string
	if o.known {
		how := map[session.Evidence]string{
			session.EvidenceIDs: "by the token ids of the same request", session.EvidenceText: "by the same request",
			session.EvidenceRendered: "rendered by the engine in another request", session.EvidenceGuessed: "by the template in the config",
		}[o.context.Source]
		switch e := o.context; {
		case e.Proved():
			parts = append(parts, fmt.Sprintf("evaluated %s; proved: %d = %d tokens", how, e.Counted, e.Tokens))
		case e.Tokens > 0 && e.Counted > 0:
			parts = append(parts, fmt.Sprintf("evaluated %s; %d tokens by count, %d by the answer", how, e.Counted, e.Tokens))
		case how != "":
			parts = append(parts, "evaluated "+how)
		}
	}
	if o.Output.Cut {
		parts = append(parts, "THE INPUT WAS CUT")
	}
	if o.Output.Differs != "" {
		parts = append(parts, string(o.Output.Differs))
	}
	return text.Raw(strings.Join(parts, "; "))
}

// statusWords is the status of an output with what must be said beside it.
func statusWords(o session.Output) string {
	out := string(o.Status)
	if o.Cut {
		out += ", input cut"
	}
	switch {
	case o.Unsure > 1:
		out += fmt.Sprintf(", %d requests may have been billed", o.Unsure)
	case o.Unsure == 1:
		out += ", may have been billed"
	}
	return out
}

type shownJSON struct {
	cellJSON
	Composed *composedJSON `json:"composed"`
	Context  *contextJSON  `json:"context"` // as it was evaluated
	Sent     *sentJSON     `json:"sent"`
	Received *bytesJSON    `json:"received"`
}

type composedJSON struct {
	Hash     string        `json:"hash"`
	Messages []messageJSON `json:"messages"`
	Prefill  bool          `json:"prefill"`
	Tools    any           `json:"tools"`
	Schema   any           `json:"schema"`
	Grammar  text.Raw      `json:"grammar"`
}

type contextJSON struct {
	bytesJSON
	IDs []int `json:"ids"`
}

type sentJSON struct {
	Method string   `json:"method"`
	Path   string   `json:"path"`
	Body   text.Raw `json:"body"`
	Base64 string   `json:"body_base64,omitempty"` // where the body is not UTF-8
	Hash   string   `json:"hash"`
}

// bytesJSON is text, and its bytes where it is not UTF-8.
type bytesJSON struct {
	Text   text.Raw `json:"text"`
	Base64 string   `json:"base64,omitempty"`
}

func toBytesJSON(t text.Raw) bytesJSON {
	j := bytesJSON{Text: t}
	if !t.Valid() {
		j.Base64 = base64.StdEncoding.EncodeToString([]byte(t))
	}
	return j
}

func (o shownOutput) json() shownJSON {
	j := shownJSON{cellJSON: toCellJSON(o.Result)}
	if p := o.composed; p != nil {
		j.Composed = &composedJSON{p.Hash, messagesJSON(*p), p.Prefill, written(p.Beside.Tools, []any{}), written(p.Beside.Schema, nil), p.Beside.Grammar}
	}
	if o.known {
		j.Context = &contextJSON{toBytesJSON(o.context.Text), o.context.IDs}
	}
	if w := o.sent; w != nil {
		b := toBytesJSON(text.Raw(w.Body))
		j.Sent = &sentJSON{w.Method, w.Path, b.Text, b.Base64, w.Hash}
	}
	if o.received != nil {
		b := toBytesJSON(text.Raw(o.received))
		j.Received = &b
	}
	return j
}

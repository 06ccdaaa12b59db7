package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
)

// proofOptions are the flags of galley proof.
type proofOptions struct {
	kase, model, order, as, diff string
	take                         int
}

func proofCommand(g *globals) *cobra.Command {
	var o proofOptions
	c := &cobra.Command{
		Use:   "proof VARIANT",
		Short: "Show the exact final context of a variant and a case",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			p, err := d.proofOf(ctx, args[0], o)
			if err != nil {
				return err
			}
			if o.diff != "" {
				other, err := d.proofOf(ctx, o.diff, o)
				if err != nil {
					return err
				}
				return p.printDiff(g, other)
			}
			if err := d.ask(ctx, g, &p, o); err != nil {
				return err
			}
			return p.print(g, o.as)
		}),
	}
	f := c.Flags()
	f.StringVar(&o.kase, "case", "", "the `CASE`; default the prompt's first")
	f.StringVar(&o.model, "model", defaultModel, "the `MODEL` that the request is for, BACKEND/MODEL; only --as rendered and --as tokens send it anything")
	f.StringVar(&o.order, "order", "", "the `ORDER` of shots: as-is, seed:42 or williams:3/10@42; default the variant's own")
	f.IntVar(&o.take, "take", 1, "the take, which moves the seed")
	f.StringVar(&o.as, "as", "text", "text, messages, wire, rendered or tokens; rendered and tokens send the context to the model's server, which counts and renders it and does not answer")
	f.StringVar(&o.diff, "diff", "", "compare with the context of another `VARIANT`")
	f.BoolVar(&g.raw, "raw", false, "write the exact bytes, with nothing around them")
	jsonFlag(c, g, "print a JSON object with all of it")
	return c
}

// proofView is a proof with what can be said of it.
type proofView struct {
	variant  session.VariantInfo
	kase     session.Case
	model    string
	proof    session.Proof
	wire     session.Wire
	tokens   session.TokenCount
	findings []lint.Finding

	rendered session.Rendered
	trace    session.Trace
}

// ask has the model's server render the proof and count its tokens, where the
// flags ask for that.
func (d *desk) ask(ctx context.Context, g *globals, v *proofView, o proofOptions) error {
	v.rendered = session.Rendered{Source: "unavailable", Note: "not asked for: --as rendered sends the context to the model's server"}
	if o.as != "rendered" && o.as != "tokens" {
		return nil
	}
	r, err := d.renderedOf(ctx, v.model, v.proof)
	if err != nil {
		if o.as == "rendered" {
			return err
		}
		g.talk("%v", err)
		return nil
	}
	v.rendered = r
	if r.Text == "" {
		return nil
	}
	v.trace = session.TraceContext(v.proof, r.Text)
	if n, ok := r.Count(v.proof, v.tokens.Limit); ok {
		v.tokens = n
	}
	return nil
}

func (d *desk) proofOf(ctx context.Context, variant string, o proofOptions) (proofView, error) {
	v := proofView{model: o.model}
	var err error
	if v.variant, v.kase, v.proof, err = d.compose(ctx, variant, o.kase, o.order); err != nil {
		return v, err
	}
	if o.take < 1 {
		return v, usage("--take counts from 1")
	}
	if v.wire, err = d.runner.Wire(o.model, v.proof, o.take); err != nil {
		return v, err
	}
	v.tokens = d.tokens.CountProof(v.proof, o.model)
	v.findings = lint.Check(v.variant.Revision.Content, v.kase, v.proof, lint.Options{})
	return v, nil
}

type proofJSON struct {
	Variant  string         `json:"variant"`
	Case     *text.Raw      `json:"case"`
	Model    string         `json:"model"`
	Order    string         `json:"order"`
	Hash     string         `json:"hash"`
	Messages []messageJSON  `json:"messages"`
	Prefill  bool           `json:"prefill"`
	Tools    any            `json:"tools"`
	Schema   any            `json:"schema"`
	Grammar  text.Raw       `json:"grammar,omitempty"`
	Params   session.Params `json:"params"`
	Wire     wireJSON       `json:"wire"`
	Rendered renderedJSON   `json:"rendered"`
	Tokens   tokensJSON     `json:"tokens"`
	Spans    []spanJSON     `json:"spans"`
	Findings []lint.Finding `json:"findings"`
}

type messageJSON struct {
	Role    session.Role `json:"role"`
	Content text.Raw     `json:"content"`
}

type wireJSON struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   string `json:"body"`
	Hash   string `json:"hash"`
}

type renderedJSON struct {
	Text    text.Raw `json:"text"`
	Source  string   `json:"source"` // server, file, approximate, unavailable
	Note    string   `json:"note"`
	Tokens  *int     `json:"tokens"`
	Differs text.Raw `json:"differs"` // what is not there as it was composed, "" nothing
	Cut     bool     `json:"cut"`     // a part of it is not there at all
}

type tokensJSON struct {
	Total    int    `json:"total"`
	Template int    `json:"template"`
	Source   string `json:"source"`
	Limit    *int   `json:"limit"`
}

type spanJSON struct {
	Message int          `json:"message"`
	Start   int          `json:"start"`
	End     int          `json:"end"`
	Block   session.Kind `json:"block"`
	Title   text.Raw     `json:"title"`
	Tokens  int          `json:"tokens"`
	Number  int          `json:"number"` // of the block, from 1
	Part    session.Part `json:"part"`
	Shot    text.Raw     `json:"shot,omitempty"`
	Var     text.Raw     `json:"var,omitempty"`
}

func messagesJSON(p session.Proof) []messageJSON {
	out := []messageJSON{}
	for _, m := range p.Messages {
		out = append(out, messageJSON{m.Role, m.Content})
	}
	return out
}

func (v proofView) json() proofJSON {
	p := v.proof
	j := proofJSON{
		Variant: v.variant.Ref().String(), Case: some(v.kase.Name), Model: v.model, Order: p.Order.String(), Hash: p.Hash,
		Messages: messagesJSON(p), Prefill: p.Prefill, Tools: written(p.Beside.Tools, []any{}), Schema: written(p.Beside.Schema, nil), Grammar: p.Beside.Grammar, Params: p.Params,
		Wire:     wireJSON{v.wire.Method, v.wire.Path, string(v.wire.Body), v.wire.Hash},
		Rendered: renderedJSON{v.rendered.Text, v.rendered.Source, v.rendered.Note, some(v.rendered.Total), v.trace.Differs, v.trace.Cut},
		Tokens:   tokensJSON{v.tokens.Total, v.tokens.Template, v.tokens.Source, some(v.tokens.Limit)},
		Spans:    []spanJSON{}, Findings: v.findings,
	}
	for i, s := range p.Spans {
		b := v.variant.Revision.Content.Blocks[s.Block]
		x := spanJSON{
			Message: s.Message, Start: s.Start, End: s.End, Block: b.Kind, Title: b.Title, Number: s.Block + 1, Part: s.Part, Var: text.Raw(s.Var),
		}
		if i < len(v.tokens.Spans) {
			x.Tokens = v.tokens.Spans[i]
		}
		if s.Shot >= 0 {
			x.Shot = b.Shots[s.Shot].Name
		}
		j.Spans = append(j.Spans, x)
	}
	return j
}

// written is a text that is JSON as it was written, else the text as a string, or
// none where there is none.
func written(t text.Raw, none any) any {
	switch {
	case t == "":
		return none
	case json.Valid([]byte(t)):
		return json.RawMessage(t)
	}
	return t
}

func (v proofView) print(g *globals, as string) error {
	if g.json {
		return g.printJSON(v.json())
	}
	switch as {
	case "text":
		v.printText(g)
	case "messages":
		return g.printJSON(messagesJSON(v.proof))
	case "wire":
		if !g.raw {
			g.say("%s", g.paint(styleDim, v.wire.Method+" "+text.Raw(v.wire.Path).String()))
		}
		g.text(text.Raw(v.wire.Body))
	case "rendered":
		return v.printRendered(g)
	case "tokens":
		v.printTokens(g)
	default:
		return usage("--as %q: write text, messages, wire, rendered or tokens", text.Raw(as))
	}
	return nil
}

// plain is the context as a turns block would have it.
func (v proofView) plain() text.Raw {
	var b strings.Builder
	for _, m := range v.proof.Messages {
		b.WriteString("--- " + string(m.Role) + "\n" + string(m.Content) + "\n")
	}
	return text.Raw(b.String())
}

// printRendered prints what the server would evaluate, and says what of it is not
// as it was composed.
func (v proofView) printRendered(g *globals) error {
	r := v.rendered
	if r.Text == "" {
		return &exitError{exitIncomplete, fmt.Errorf("not rendered: %s", r.Note)}
	}
	if g.raw {
		g.text(r.Text)
		return nil
	}
	var b strings.Builder
	for _, s := range v.trace.Segments {
		part := g.shown(text.Show(r.Text[s.Start:s.End]))
		if s.Message < 0 {
			part = g.paint(styleDim, part)
		}
		b.WriteString(part)
	}
	g.say("%s", strings.TrimSuffix(b.String(), "\n"))
	tokens := "tokens unknown"
	if r.Total > 0 {
		tokens = plural(r.Total, "token", "tokens")
	}
	g.talk("%s, by %s of %s", tokens, renderedBy(r.Source), text.Raw(v.model))
	if r.Note != "" {
		g.talk("%s", r.Note)
	}
	if v.trace.Differs != "" {
		g.talk("%s", v.trace.Differs)
	}
	return nil
}

// renderedBy says how a rendered context is known.
func renderedBy(source string) string {
	switch source {
	case "server":
		return "the server"
	case "file":
		return "the template in the file"
	}
	return "an approximation"
}

// all is plain with what stands beside the messages.
func (v proofView) all() text.Raw {
	out := v.plain()
	for _, b := range v.proof.Beside.Parts() {
		out += "--- " + text.Raw(b.Kind) + "\n" + b.Text + "\n"
	}
	return out
}

func (v proofView) printText(g *globals) {
	if g.raw {
		g.text(v.plain())
		return
	}
	for _, m := range v.proof.Messages {
		g.say("%s", g.paint(styleHead, "--- "+string(m.Role)))
		g.text(m.Content)
	}
	for _, b := range v.proof.Beside.Parts() {
		g.say("%s", g.paint(styleHead, "--- "+string(b.Kind)+", beside the messages"))
		g.text(b.Text)
	}
}

func (v proofView) printTokens(g *globals) {
	blocks := v.variant.Revision.Content.Blocks
	t := newTable("TOKENS", "SHARE", "BLOCK", "TITLE").numbers(0, 1)
	share := func(n int) string {
		if v.tokens.Total == 0 {
			return "–"
		}
		return fmt.Sprintf("%.0f%%", 100*float64(n)/float64(v.tokens.Total))
	}
	for i, n := range v.tokens.ByBlock(v.proof, len(blocks)) {
		if !blocks[i].Off {
			t.row(n, share(n), blocks[i].Kind, blocks[i].Title)
		}
	}
	if v.tokens.Template > 0 {
		t.row(v.tokens.Template, share(v.tokens.Template), "template", "")
	}
	t.print(g)
	limit := ""
	if v.tokens.Limit > 0 {
		limit = fmt.Sprintf(" of %d", v.tokens.Limit)
	}
	g.say("%d%s tokens in all, by %s, for %s", v.tokens.Total, limit, sourceWords(v.tokens.Source), text.Raw(v.model))
}

// sourceWords says how a count of tokens is known.
func sourceWords(source string) string {
	switch source {
	case "server":
		return "the server"
	case "tokenizer":
		return "the model's tokenizer"
	}
	return "an estimate"
}

type diffJSON struct {
	A     string       `json:"a"`
	B     string       `json:"b"`
	Case  *text.Raw    `json:"case"`
	Equal bool         `json:"equal"`
	Lines []diffLineJS `json:"lines"`
}

type diffLineJS struct {
	Kind string   `json:"kind"` // same, del, ins
	Text text.Raw `json:"text"`
}

// printDiff compares two contexts line by line.
func (v proofView) printDiff(g *globals, other proofView) error {
	ops := text.DiffLines(v.all(), other.all())
	kinds := map[text.DiffKind]string{text.Same: "same", text.Del: "del", text.Ins: "ins"}
	j := diffJSON{A: v.variant.Ref().String(), B: other.variant.Ref().String(), Case: some(v.kase.Name), Equal: v.proof.Hash == other.proof.Hash, Lines: []diffLineJS{}}
	if g.json {
		for _, op := range ops {
			j.Lines = append(j.Lines, diffLineJS{kinds[op.Kind], op.Text})
		}
		return g.printJSON(j)
	}
	g.say("%s\n%s", g.paint(styleHead, "--- "+text.Raw(j.A).String()), g.paint(styleHead, "+++ "+text.Raw(j.B).String()))
	mark := map[text.DiffKind][2]string{text.Same: {" ", ""}, text.Del: {"-", styleBad}, text.Ins: {"+", styleGood}}
	for _, op := range ops {
		m := mark[op.Kind]
		line := text.Show(text.Raw(strings.TrimSuffix(string(op.Text), "\n"))).OneLine()
		g.say("%s", g.paint(m[1], m[0]+line.String()))
	}
	if !slices.ContainsFunc(ops, func(o text.DiffOp) bool { return o.Kind != text.Same }) {
		g.talk("the two contexts are the same")
	}
	return nil
}

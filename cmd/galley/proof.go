package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
)

// proofOptions are the flags of galley proof.
type proofOptions struct {
	kase, model, order, as, diff, diffCase string
	take                                   int
}

func proofCommand(g *globals) *cobra.Command {
	var o proofOptions
	c := &cobra.Command{
		Use:   "proof VARIANT",
		Short: "Show the exact final context of a variant and a case",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			if (o.diff != "" || o.diffCase != "") && o.as != "text" {
				return usage("--diff compares contexts as text: leave --as %s out, or write --json", text.Raw(o.as))
			}
			p, err := d.proofOf(ctx, args[0], o)
			if err != nil {
				return err
			}
			if o.diff != "" || o.diffCase != "" {
				with, name := o, o.diff
				if o.diffCase != "" {
					with.kase = o.diffCase
				}
				if name == "" {
					name = args[0]
				}
				other, err := d.proofOf(ctx, refBeside(name, p.variant.Ref()), with)
				if err != nil {
					return err
				}
				return p.printDiff(g, other)
			}
			if err := d.askServer(ctx, g, &p, o); err != nil {
				return err
			}
			if err := d.countedOf(ctx, &p); err != nil {
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
	f.StringVar(&o.diff, "diff", "", "compare with the context of another `VARIANT`, of the same prompt unless it says another, or of another revision (@2 is one of VARIANT itself): - is what only the first named has, + what only the second has")
	f.StringVar(&o.diffCase, "diff-case", "", "compare with the context of another `CASE`")
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
	lines    [][]int // tokens of each line of each span
	findings []lint.Finding
	newest   *session.Result // the model's newest answer to it, nil: none is kept

	rendered session.Rendered
	trace    session.Trace
}

// askServer has the model's server render the proof and count its tokens, where the
// flags ask for that.
func (d *desk) askServer(ctx context.Context, g *globals, v *proofView, o proofOptions) error {
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
	d.set.Learn(ctx, v.model)
	if n := d.set.Context(v.model); n > 0 {
		v.tokens.Limit = n
	}
	v.capped()
	if r.Text == "" {
		return nil
	}
	v.trace = session.TraceContext(v.proof, r.Text)
	if n, ok := r.Count(v.proof, v.tokens.Limit); ok {
		v.tokens, v.lines = n, nil
	}
	return nil
}

// countedOf looks for an answer to the very context, whose server may have counted
// it.
func (d *desk) countedOf(ctx context.Context, v *proofView) error {
	r, ok, err := d.store.Newest(ctx, v.variant.PromptID, v.model, v.proof.Hash)
	if ok {
		v.newest = &r
	}
	return err
}

// capped takes over the context that the request has its model loaded with.
func (v *proofView) capped() {
	if n := session.SentContext(v.wire.Body); n > 0 {
		v.tokens.Limit = n
	}
}

// room says whether the context fits the model's.
func (v proofView) room() session.Room { return session.RoomOf(v.proof, v.tokens, v.lines) }

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
	fine, of := session.LineSpans(v.proof)
	v.tokens, v.lines = session.FoldLines(v.proof, d.tokens.CountProof(fine, o.model), of)
	v.capped()
	lo, err := d.lintOptions(ctx, v.variant.PromptID)
	if err != nil {
		return v, err
	}
	lo.Tokens = v.tokens
	v.findings = lint.Check(v.variant.Revision.Content, v.kase, v.proof, lo)
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
	Counted  *countedJSON   `json:"counted"` // by the server, for the newest answer to this very context
	Spans    []spanJSON     `json:"spans"`
	// Retrieved is what was chosen for the case, and what was left out next.
	Retrieved []retrievedJSON `json:"retrieved"`
	Notes     []text.Raw      `json:"notes"` // what a block could not choose as it is written to
	Findings  []lint.Finding  `json:"findings"`
}

type messageJSON struct {
	Role       session.Role   `json:"role"`
	Content    text.Raw       `json:"content"`
	ToolCalls  []toolCallJSON `json:"tool_calls,omitempty"`   // of an assistant's turn in a shot
	ToolCallID text.Raw       `json:"tool_call_id,omitempty"` // of what a tool gave back: which call it answers
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
	Reserved *int   `json:"reserved"` // what the parameters promise to the answer
	TooMany  int    `json:"too_many"` // 0: it fits, as far as is known
	// Beyond is where the text begins that does not fit; null: it does.
	Beyond *beyondJSON `json:"beyond"`
}

type beyondJSON struct {
	Message int `json:"message"`
	Start   int `json:"start"` // byte offset into its content
}

type countedJSON struct {
	Output string `json:"output"`
	Tokens int    `json:"tokens"`
}

type retrievedJSON struct {
	Number int          `json:"number"` // of the block, from 1
	Block  session.Kind `json:"block"`
	Title  text.Raw     `json:"title"`
	Name   text.Raw     `json:"name"`
	Rank   *int         `json:"rank"` // from 1; null: it was not ranked
	Score  *float64     `json:"score"`
	Words  []text.Raw   `json:"words"` // that it shares with the case
	Cut    bool         `json:"cut"`
	Left   bool         `json:"left"` // it is left out
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
		x := messageJSON{Role: m.Role, Content: m.Content, ToolCallID: m.CallID}
		for _, c := range m.Calls {
			x.ToolCalls = append(x.ToolCalls, toolCallJSON{c.ID, c.Name, c.Arguments})
		}
		out = append(out, x)
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
		Tokens:   v.tokensJSON(), Counted: v.counted(),
		Spans: []spanJSON{}, Retrieved: v.retrievedJSON(), Notes: []text.Raw{}, Findings: v.findings,
	}
	for _, n := range p.Notes {
		j.Notes = append(j.Notes, n.What)
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
			x.Shot = v.pieceName(s.Block, s.Shot)
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
		return &exitError{exitIncomplete, fmt.Errorf("not rendered: %s; --model names another: a llama-server, an Ollama and a vLLM can say it", r.Note)}
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

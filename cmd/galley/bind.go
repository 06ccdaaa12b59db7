package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
	"galley/tui/cases"
)

// binding is one galley bind.
type binding struct {
	from, run, variant, model, take, remove string
	list, dry                               bool
}

func bindCommand(g *globals) *cobra.Command {
	var b binding
	c := &cobra.Command{
		Use:   "bind PROMPT [VAR]",
		Short: "Make a variable another prompt's output for the same case, at a run that has ended",
		Long: `Make a variable of a prompt another prompt's output for the same case, so that each
small prompt is worked on against fixed text.

  galley bind reply summary --from digest --run r7
  galley bind reply --list
  galley bind reply --remove summary

The cases that the run answered are borrowed: they stand beside the prompt's own,
with the output as {{summary}}. galley help chains tells more.`,
		Args: wants(1, 2),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			p, err := d.store.Prompt(ctx, args[0])
			if err != nil {
				return err
			}
			switch {
			case b.list:
				if len(args) == 2 || b.remove != "" || b.from != "" {
					return usage("--list stands alone: it lists all bindings of the prompt")
				}
				return d.listBindings(ctx, g, p)
			case b.remove != "":
				if len(args) == 2 || b.from != "" {
					return usage("--remove names the variable, and binds none")
				}
				return d.unbind(ctx, g, p, b.remove)
			case len(args) != 2 || b.from == "":
				return usage("name a variable and where it comes from, as in: galley bind %s summary --from PROMPT --run r7; or --list, or --remove VAR", p.Name)
			}
			return d.bind(ctx, g, p, args[1], b)
		}),
	}
	f := c.Flags()
	f.StringVar(&b.from, "from", "", "the `PROMPT` whose outputs they are")
	f.StringVar(&b.run, "run", "", "the `RUN` they are of; default the newest that has whole answers")
	f.StringVar(&b.variant, "variant", "", "the `VARIANT` that answered, where the run has several")
	f.StringVar(&b.model, "model", "", "the `MODEL` that answered, where the run has several")
	f.StringVar(&b.take, "take", "1", "which take, `N`, or all: then each take is a case of its own")
	f.BoolVar(&b.dry, "dry-run", false, "say what would be bound and what would change, change nothing")
	f.BoolVar(&b.list, "list", false, "list what is bound")
	f.StringVar(&b.remove, "remove", "", "take the binding of the variable `VAR` away")
	jsonFlag(c, g, "print JSON")
	return c
}

// bindingJSON is a binding as scripts read it.
type bindingJSON struct {
	Prompt   text.Raw `json:"prompt"`
	Var      text.Raw `json:"var"`
	From     text.Raw `json:"from"`
	Run      string   `json:"run"`
	Variant  string   `json:"variant"`
	Model    string   `json:"model"`
	Take     *int     `json:"take"` // null: all, each a case of its own
	Answered int      `json:"answered"`
	Gone     *string  `json:"gone"`  // why it brings nothing
	Newer    *string  `json:"newer"` // a newer run of the same variant and model
}

func toBindingJSON(p session.PromptInfo, b cases.Bound) bindingJSON {
	j := bindingJSON{
		Prompt: p.Name, Var: b.Var, From: b.From, Run: session.Run{ID: b.RunID}.Name(), Variant: variantName(b.Contestant.Variant), Model: b.Contestant.Model,
		Take: some(b.Take), Answered: b.Answered, Gone: some(b.Gone),
	}
	if b.Newer != 0 {
		j.Newer = some(session.Run{ID: b.Newer}.Name())
	}
	return j
}

func (d *desk) listBindings(ctx context.Context, g *globals, p session.PromptInfo) error {
	all, err := d.bounds(ctx, p.ID)
	if err != nil {
		return err
	}
	out := []bindingJSON{}
	t := newTable("VARIABLE", "FROM", "RUN", "CONTESTANT", "TAKE", "CASES", "STATE")
	for _, b := range all {
		out = append(out, toBindingJSON(p, b))
		take, state := "all", "frozen"
		if b.Take > 0 {
			take = itoa(b.Take)
		}
		switch {
		case b.Gone != "":
			state = b.Gone
		case b.Newer != 0:
			state = session.Run{ID: b.Newer}.Name() + " is newer"
		}
		t.row(b.Var, b.From, session.Run{ID: b.RunID}.Name(), text.Raw(b.Contestant.String()), take, b.Answered, text.Raw(state))
	}
	return g.list(out, t)
}

func (d *desk) unbind(ctx context.Context, g *globals, p session.PromptInfo, name string) error {
	list, err := d.store.Bindings(ctx, p.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(b session.Binding) bool { return string(b.Var) == name })
	if i < 0 {
		return usage("{{%s}} of %s is not bound; galley bind %s --list lists what is", text.Raw(name), p.Name, p.Name)
	}
	if err := d.store.DeleteBinding(ctx, list[i].ID); err != nil {
		return err
	}
	g.say("%s", list[i].Var)
	return nil
}

// bind binds a variable, and says what that brings or changes.
func (d *desk) bind(ctx context.Context, g *globals, p session.PromptInfo, name string, o binding) error {
	if h := session.Placeholders("{{" + name + "}}"); len(h) != 1 || h[0].Literal || h[0].Name != name {
		return usage("%q is no name of a variable: letters, digits and _ . -, beginning with a letter", text.Raw(name))
	}
	from, err := d.store.Prompt(ctx, o.from)
	if err != nil {
		return err
	}
	offer, err := d.offer(ctx, from, o)
	if err != nil {
		return err
	}
	b := session.Binding{PromptID: p.ID, Var: text.Raw(name), FromID: from.ID, From: from.Name, RunID: offer.RunID, Contestant: offer.Contestant}
	if b.Take, err = readTake(o.take, offer); err != nil {
		return err
	}
	list, err := d.store.Bindings(ctx, p.ID)
	if err != nil {
		return err
	}
	said := fmt.Sprintf("%s of %s with a whole answer", plural(offer.Answered, "case", "cases"), from.Name)
	if i := slices.IndexFunc(list, func(x session.Binding) bool { return x.Var == b.Var }); i >= 0 {
		change, err := d.compareBound(ctx, list[i], b)
		if err != nil {
			return err
		}
		said = changeWords(change)
	}
	if !o.dry {
		if b, err = d.store.PutBinding(ctx, b); err != nil {
			return err
		}
	}
	if g.json {
		return g.printJSON(toBindingJSON(p, cases.Bound{Binding: b, Answered: offer.Answered}))
	}
	verb := "is"
	if o.dry {
		verb = "would be"
	}
	g.say("%s", b.Var)
	g.talk("{{%s}} of %s %s %s of %s: %s", b.Var, p.Name, verb, contestantName(b.Contestant), session.Run{ID: b.RunID}.Name(), said)
	return nil
}

// changeWords counts what changes where a variable is bound to other texts.
func changeWords(c session.BoundChange) string {
	out := fmt.Sprintf("%d of %s differ", c.Differ, plural(c.Both, "text", "texts"))
	if c.Missing > 0 {
		out += fmt.Sprintf(", %s go, having no answer there", plural(c.Missing, "case", "cases"))
	}
	if c.New > 0 {
		out += fmt.Sprintf(", %s come", plural(c.New, "case", "cases"))
	}
	return out
}

// readTake reads a number or all, which is 0.
func readTake(s string, o session.Offer) (int, error) {
	if s == "all" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, usage("--take %q: write a number from 1, or all", text.Raw(s))
	}
	if n > o.Takes {
		return 0, usage("--take %d: %s has %s of it", n, session.Run{ID: o.RunID}.Name(), plural(o.Takes, "take", "takes"))
	}
	return n, nil
}

// offer is the contestant of a run that flags name; more than one is an error that
// lists them.
func (d *desk) offer(ctx context.Context, from session.PromptInfo, o binding) (session.Offer, error) {
	all, err := d.store.Offers(ctx, from.ID)
	if err != nil {
		return session.Offer{}, err
	}
	var id int64
	if o.run != "" {
		if id, err = session.ParseRunRef(o.run); err != nil {
			return session.Offer{}, err
		}
		if _, err := d.store.Run(ctx, id); err != nil {
			return session.Offer{}, err
		}
	}
	var want session.VariantRef
	if o.variant != "" {
		if want, err = session.ParseVariantRef(o.variant, string(from.Name)); err != nil {
			return session.Offer{}, err
		}
	}
	var fit []session.Offer
	for _, x := range all {
		v := x.Contestant.Variant
		switch {
		case id != 0 && x.RunID != id, o.model != "" && x.Contestant.Model != o.model:
		case want.Variant != "" && (v.Variant != want.Variant || want.Revision != 0 && v.Revision != want.Revision):
		case id == 0 && len(fit) > 0 && fit[0].RunID != x.RunID: // the newest comes first
		default:
			fit = append(fit, x)
		}
	}
	switch len(fit) {
	case 0:
		return session.Offer{}, usage("%s has no whole answer of that%s; galley list runs --prompt %s lists its runs", from.Name, inRun(o.run), from.Name)
	case 1:
		return fit[0], nil
	}
	var names []string
	for _, x := range fit {
		names = append(names, fmt.Sprintf("%s (%d of %s)", contestantName(x.Contestant), x.Answered, plural(x.Cases, "case", "cases")))
	}
	return session.Offer{}, usage("%s has several contestants; add --variant or --model to say which: %s", session.Run{ID: fit[0].RunID}.Name(), strings.Join(names, ", "))
}

func inRun(run string) string {
	if run == "" {
		return ""
	}
	return " in " + text.Raw(run).String()
}

package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
	"galley/store"
)

func assertCommand(g *globals) *cobra.Command {
	c := nouns("assert", "List, propose, add and remove the assertions of suites",
		assertList(g), assertKinds(g), assertSuggest(g), assertAdd(g), assertRemove(g))
	c.Use = "assert list|kinds|suggest|add|remove ..."
	return c
}

// suiteFlags name a suite.
type suiteFlags struct{ prompt, suite string }

func (s *suiteFlags) flags(c *cobra.Command) {
	promptFlag(c, &s.prompt)
	c.Flags().StringVarP(&s.suite, "suite", "s", "", "the `SUITE`, as NAME or PROMPT/NAME; needed where there are several")
}

// suite is the suite that a name says, PROMPT/NAME or NAME; "" is the only one
// there is.
func (d *desk) suite(ctx context.Context, prompt, name string) (session.Suite, error) {
	if p, rest, ok := strings.Cut(name, "/"); ok {
		if prompt != "" && prompt != p {
			return session.Suite{}, usage("%s is not of the prompt %s", text.Raw(name), text.Raw(prompt))
		}
		prompt, name = p, rest
	}
	if name != "" {
		s, err := d.store.Suite(ctx, prompt, name)
		var none *store.NotFound
		if !errors.As(err, &none) || none.Noun != "suite" {
			return s, err
		}
		if all := d.suiteNames(ctx, prompt); len(all) > 0 {
			return s, usage("%w; there is %s", err, strings.Join(all, ", "))
		}
		return s, usage("%w; make one with galley new suite %s", err, text.Raw(name))
	}
	prompts, err := d.prompts(ctx, prompt)
	if err != nil {
		return session.Suite{}, err
	}
	var all []session.Suite
	var names []string
	for _, p := range prompts {
		suites, err := d.store.Suites(ctx, p.ID)
		if err != nil {
			return session.Suite{}, err
		}
		for _, s := range suites {
			all = append(all, s)
			names = append(names, (p.Name + "/" + s.Name).String())
		}
	}
	switch len(all) {
	case 0:
		return session.Suite{}, usage("there is no suite; make one with galley new suite NAME")
	case 1:
		return all[0], nil
	}
	return session.Suite{}, usage("which suite? name one of %s", strings.Join(names, ", "))
}

// suiteNames lists the suites of a prompt, or of all.
func (d *desk) suiteNames(ctx context.Context, prompt string) []string {
	prompts, err := d.prompts(ctx, prompt)
	if err != nil {
		return nil
	}
	var names []string
	for _, p := range prompts {
		suites, err := d.store.Suites(ctx, p.ID)
		if err != nil {
			return nil
		}
		for _, s := range suites {
			names = append(names, (p.Name + "/" + s.Name).String())
		}
	}
	return names
}

// assertionJSON is an assertion as scripts read it; spec is what galley assert add
// takes.
type assertionJSON struct {
	ID     int64              `json:"id"`
	Suite  text.Raw           `json:"suite,omitempty"`
	Prompt text.Raw           `json:"prompt,omitempty"`
	Kind   session.AssertKind `json:"kind"`
	Not    bool               `json:"not"`
	Spec   text.Raw           `json:"spec"`
	Case   *text.Raw          `json:"case"` // null: every case
	Weight float64            `json:"weight"`
	Metric text.Raw           `json:"metric"`
	Origin text.Raw           `json:"origin"`
}

func toAssertionJSON(a session.Assertion) assertionJSON {
	return assertionJSON{
		ID: a.ID, Kind: a.Kind, Not: a.Not, Spec: text.Raw(a.Spec()), Case: some(a.CaseName), Weight: a.Weight, Metric: a.Metric, Origin: a.Origin,
	}
}

func assertionsJSON(list []session.Assertion) []assertionJSON {
	out := []assertionJSON{}
	for _, a := range list {
		out = append(out, toAssertionJSON(a))
	}
	return out
}

func assertList(g *globals) *cobra.Command {
	var s suiteFlags
	var kase string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the assertions of a suite, or of all",
		Args:  wants(0, 0),
		RunE: withDesk(g, func(ctx context.Context, d *desk, _ []string) error {
			prompts, err := d.prompts(ctx, s.prompt)
			if err != nil {
				return err
			}
			var only session.Suite
			if s.suite != "" {
				if only, err = d.suite(ctx, s.prompt, s.suite); err != nil {
					return err
				}
			}
			out := []assertionJSON{}
			t := newTable("ID", "SUITE", "CASE", "WEIGHT", "ASSERTION", "FROM").numbers(0, 3)
			for _, p := range prompts {
				suites, err := d.store.Suites(ctx, p.ID)
				if err != nil {
					return err
				}
				for _, x := range suites {
					if only.ID != 0 && x.ID != only.ID {
						continue
					}
					for _, a := range x.Assertions {
						if kase != "" && string(a.CaseName) != kase {
							continue
						}
						j := toAssertionJSON(a)
						j.Suite, j.Prompt = x.Name, p.Name
						out = append(out, j)
						t.row(a.ID, p.Name+"/"+x.Name, a.CaseName, a.Weight, j.Spec, a.Origin)
					}
				}
			}
			return g.list(out, t)
		}),
	}
	s.flags(c)
	c.Flags().StringVar(&kase, "case", "", "of this `CASE` only")
	jsonFlag(c, g, "print a JSON list")
	return c
}

type kindJSON struct {
	Kind     session.AssertKind `json:"kind"`
	Help     string             `json:"help"`
	Unit     string             `json:"unit,omitempty"`
	Example  text.Raw           `json:"example"`
	Passes   text.Raw           `json:"passes"` // an answer that it passes on, and one that it fails on
	Fails    text.Raw           `json:"fails"`
	Statuses []session.Status   `json:"statuses"`
}

func assertKinds(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "kinds",
		Short: "List the kinds of assertions, each with an example",
		Args:  wants(0, 0),
		RunE: func(*cobra.Command, []string) error {
			out := []kindJSON{}
			t := newTable("KIND", "AS IN", "WHAT IT SAYS")
			for _, k := range session.AssertKinds() {
				example := text.Raw(k.Good.Assertion.Spec())
				out = append(out, kindJSON{k.Kind, k.Help, k.Unit, example, k.Good.Result.Output.Whole(), k.Bad.Result.Output.Whole(), k.Statuses})
				t.row(string(k.Kind), example, k.Help)
			}
			if err := g.list(out, t); err != nil || g.json {
				return err
			}
			g.talk("not- before any of them turns it round")
			return nil
		},
	}
	jsonFlag(c, g, "print a JSON list")
	return c
}

// adding are the flags of galley assert add.
type adding struct {
	suite                suiteFlags
	kase, metric, origin string
	weight               float64
	dry                  bool
}

func assertAdd(g *globals) *cobra.Command {
	var o adding
	c := &cobra.Command{
		Use:   "add ASSERTION...",
		Short: "Add assertions, each as KIND: VALUE, after showing how it stands on what was judged",
		Long: `Add assertions, each as KIND: VALUE. How each stands on everything that was
judged is shown first; --dry-run keeps nothing.

  galley assert add 'icontains: refund' 'not-regex: ^\s' 'word-count: 15..90'
  galley assert add 'json-path .category: "billing"' --case c3
  galley assert kinds`,
		Args: wants(1, 100),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error { return d.addAssertions(ctx, g, o, args) }),
	}
	o.suite.flags(c)
	f := c.Flags()
	f.StringVar(&o.kase, "case", "", "about this `CASE` only")
	f.Float64Var(&o.weight, "weight", 1, "of it among those of a case; 0: it is recorded and never fails")
	f.StringVar(&o.metric, "metric", "", "what it is about, in one `WORD`")
	f.StringVar(&o.origin, "origin", "", "where it comes from, in a `LINE`")
	f.BoolVar(&o.dry, "dry-run", false, "show how it stands, keep nothing")
	jsonFlag(c, g, "print a JSON list")
	return c
}

func (d *desk) addAssertions(ctx context.Context, g *globals, o adding, specs []string) error {
	s, err := d.suite(ctx, o.suite.prompt, o.suite.suite)
	if err != nil {
		return err
	}
	if !(o.weight >= 0) || o.weight > 1e6 {
		return usage("--weight is a number from 0 on")
	}
	var list []session.Assertion
	for _, spec := range specs {
		a, err := session.ParseAssertion(spec)
		if err == nil {
			_, err = assert.Compile(a)
		}
		if err != nil {
			return usage("%s: %w; nothing was changed", text.Show(text.Raw(spec)).OneLine(), err)
		}
		a.Weight, a.Metric, a.Origin = o.weight, text.Raw(o.metric), text.Raw(o.origin)
		if o.kase != "" {
			c, err := d.store.Case(ctx, s.PromptID, o.kase)
			if err != nil {
				return err
			}
			a.CaseID, a.CaseName = c.ID, c.Name
		}
		list = append(list, a)
	}
	judged, err := d.judgedOutputs(ctx, s.PromptID)
	if err != nil {
		return err
	}
	var tried []assert.Proposal
	for i, a := range list {
		p, err := assert.Try(a, nil, judged)
		if err != nil {
			return usage("%s: %w; nothing was changed", text.Show(text.Raw(specs[i])).OneLine(), err)
		}
		tried = append(tried, p)
	}
	if !g.json {
		g.writeTried(tried)
	}
	if !o.dry {
		if list, err = d.keepAssertions(ctx, g, s, list); err != nil {
			return err
		}
	}
	if g.json {
		return g.printJSON(proposalsJSON(tried, list))
	}
	for _, a := range list {
		if !o.dry {
			g.say("%d", a.ID)
		}
	}
	return nil
}

// keepAssertions adds assertions to a suite, and says when it has few.
func (d *desk) keepAssertions(ctx context.Context, g *globals, s session.Suite, list []session.Assertion) ([]session.Assertion, error) {
	kept, err := d.store.AddAssertions(ctx, s.ID, list)
	if err != nil {
		return nil, err
	}
	if n := len(s.Assertions) + len(kept); n < session.MinAssertions {
		g.talk("%s has %s; with fewer than %d an answer passes easily by luck", s.Name, plural(n, "assertion", "assertions"), session.MinAssertions)
	}
	return kept, nil
}

func assertRemove(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "remove ID...",
		Short: "Remove assertions by the ids that galley assert list shows; galley undo brings them back",
		Args:  wants(1, 100),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			suites, err := d.store.Suites(ctx, 0)
			if err != nil {
				return err
			}
			known := map[int64]bool{}
			for _, s := range suites {
				for _, a := range s.Assertions {
					known[a.ID] = true
				}
			}
			var ids []int64
			for _, arg := range args {
				id, err := strconv.ParseInt(arg, 10, 64)
				if err != nil || !known[id] {
					return usage("there is no assertion %q; galley assert list shows their ids; nothing was changed", text.Raw(arg))
				}
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
			for _, id := range ids {
				if err := d.store.DeleteAssertion(ctx, id); err != nil {
					return err
				}
				g.say("%d", id)
			}
			return nil
		}),
	}
	return c
}

var errNothingJudged = errors.New("nothing was judged yet: galley judge decides pairs, galley label passes or fails an answer")

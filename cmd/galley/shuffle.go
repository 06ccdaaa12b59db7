package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

// shuffling are the flags of galley shuffle.
type shuffling struct {
	studyFlags
	of              string
	orders, repeats int
	drop            bool
	sweep           string

	ordered bool // --orders was given
}

func shuffleCommand(g *globals) *cobra.Command {
	var o shuffling
	c := &cobra.Command{
		Use:   "shuffle VARIANT",
		Short: "Ask whether the order of the shots matters, and how many it takes",
		Long: `Ask whether the order of the shots matters: the same cases under K orders of a
balanced design, and beside them the variant's own order again and again. What
differs there is chance; only what goes beyond it is called an effect.

--sweep asks how many shots it takes, --drop-one what each is worth; they come in
place of the order study, or with it where --orders is given.

Every study is kept: galley list studies, --show STUDY. Exit code 0 when every
answer came; 3 when one is missing. See galley help studies.`,
		Args: func(c *cobra.Command, args []string) error { return o.args(c, args) },
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		o.ordered, o.shuffled = c.Flags().Changed("orders"), true
		if err := o.parse(c); err != nil {
			return err
		}
		return d.shuffle(ctx, g, args, o)
	})
	o.flags(c, g)
	f := c.Flags()
	f.IntVar(&o.orders, "orders", 0, "how many orders; default as many as balance the design, up to 14")
	f.IntVar(&o.repeats, "repeats", 0, "how often the variant's own order is repeated; default as many as there are orders")
	f.StringVar(&o.of, "of", "shots", "order, drop or count `WHAT`: shots or resources")
	f.BoolVar(&o.drop, "drop-one", false, "ask what each shot is worth: each is left out in turn")
	f.StringVar(&o.sweep, "sweep", "", "ask with so many shots, as in `0,1,3,5`")
	return c
}

// specs are the studies that the flags ask for.
func (o shuffling) specs(s studied) ([]study.Spec, error) {
	of := study.Of(o.of)
	if of != study.OfShots && of != study.OfResources {
		return nil, usage("--of %q: write shots or resources", text.Raw(o.of))
	}
	var out []study.Spec
	add := func(kind study.Kind, f func(*study.Spec)) {
		spec := s.spec
		spec.Kind, spec.Of = kind, []study.Of{of}
		f(&spec)
		out = append(out, spec)
	}
	if o.ordered || !o.drop && o.sweep == "" {
		k := o.orders
		if !o.ordered {
			k = session.StudyRows(of.Count(s.variant.Revision.Content))
		}
		if o.ordered && (k < 2 || k > study.MostOrders) {
			return nil, usage("--orders %d: write a number from 2 to %d", k, study.MostOrders)
		}
		repeats := o.repeats
		if repeats == 0 {
			repeats = k
		}
		if n := of.Count(s.variant.Revision.Content); n < 2 {
			return nil, usage("%s has %d %s that are on; an order takes two", text.Raw(s.spec.Variant), n, of)
		}
		if repeats < 2 || repeats > study.MostOrders {
			return nil, usage("--repeats %d: write a number from 2 to %d; without a repeat chance can't be told from order", repeats, study.MostOrders)
		}
		add(study.KindOrder, func(x *study.Spec) { x.Orders, x.Repeats = study.Orders(k, x.Seed), repeats })
	}
	if o.drop {
		add(study.KindDrop, func(*study.Spec) {})
	}
	if o.sweep != "" {
		sizes, err := parseSizes(o.sweep)
		if err != nil {
			return nil, err
		}
		add(study.KindSweep, func(x *study.Spec) { x.Sizes = sizes })
	}
	return out, nil
}

func parseSizes(list string) ([]int, error) {
	var out []int
	for item := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(item))
		if err != nil || n < 0 {
			return nil, usage("--sweep %q: write numbers of shots, as in 0,1,3,5", text.Raw(list))
		}
		out = append(out, n)
	}
	return out, nil
}

// shuffle asks studies of shots, or shows one.
func (d *desk) shuffle(ctx context.Context, g *globals, args []string, o shuffling) error {
	if o.kept() {
		return d.keptStudies(ctx, g, o.studyFlags, study.KindOrder, study.KindSweep, study.KindDrop)
	}
	s, err := d.newStudy(ctx, g, args[0], o.studyFlags)
	if err != nil {
		return err
	}
	specs, err := o.specs(s)
	if err != nil {
		return err
	}
	return d.studies(ctx, g, s, specs, o.studyFlags)
}

// keptStudies shows a study that was kept, or goes on with it first.
func (d *desk) keptStudies(ctx context.Context, g *globals, o studyFlags, kinds ...study.Kind) error {
	s, err := d.keptStudy(ctx, o.show+o.resume, kinds...)
	if err != nil {
		return err
	}
	if o.resume != "" {
		if err := d.goOnStudy(ctx, g, &s, o); err != nil {
			return err
		}
	}
	return d.tellStudies(ctx, g, []studied{s}, o.shuffled)
}

// studies asks studies one after the other, once it is said what all take.
func (d *desk) studies(ctx context.Context, g *globals, s studied, specs []study.Spec, o studyFlags) error {
	var all []studied
	for _, spec := range specs {
		one := s
		one.spec = spec
		if err := d.estimate(ctx, g, one, o); err != nil {
			return err
		}
		all = append(all, one)
	}
	if o.dry {
		return nil
	}
	for i := range all {
		if err := d.ask(ctx, g, &all[i], o); err != nil {
			return err
		}
		if ctx.Err() != nil {
			all = all[:i+1]
			break
		}
	}
	return d.tellStudies(ctx, g, all, o.shuffled)
}

// tellStudies reads studies and prints what they found. What is missing is told
// last, and decides the exit code. The document of galley shuffle has the fields of
// an order study also where none was asked.
func (d *desk) tellStudies(ctx context.Context, g *globals, all []studied, shuffled bool) error {
	doc := newStudiesJSON(all[0])
	if shuffled {
		doc.orderJSON = noOrder()
	}
	var outcome error
	for i := range all {
		s := &all[i]
		results, err := d.answers(ctx, s)
		if err != nil {
			return err
		}
		for _, why := range failures(results) {
			g.talk("%s", why)
		}
		if i > 0 && !g.json {
			g.say("")
		}
		doc.Studies = append(doc.Studies, studyName(s.kept))
		s.tell(g, &doc, results)
		if err := s.outcomeOf(results); err != nil {
			outcome = err
		}
	}
	if g.json {
		if err := g.printJSON(doc); err != nil {
			return err
		}
	} else {
		g.talk("kept as %s; galley list studies", strings.Join(doc.Studies, ", "))
	}
	return outcome
}

// tell reads one study, prints it, or puts it into the document.
func (s studied) tell(g *globals, doc *studiesJSON, results []session.Result) {
	content := s.variant.Revision.Content
	switch s.spec.Kind {
	case study.KindOrder:
		r := study.Order(s.spec, content, results, s.pass)
		if doc.order(s, r); !g.json {
			printOrder(g, r)
		}
	case study.KindDrop:
		r := study.Drop(s.spec, content, results, s.pass)
		if doc.drop(r); !g.json {
			printDrop(g, r)
		}
	case study.KindSweep:
		r := study.Sweep(s.spec, content, results, s.pass)
		if doc.sweep(r); !g.json {
			printSweep(g, r)
		}
	case study.KindVary:
		r := study.Vary(s.spec, content, results)
		if doc.vary(r); !g.json {
			printVary(g, r)
		}
	}
}

package study

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

// The names of arms that stand beside what a study asks about.
const (
	ArmControl = "control" // of an order study: the variant's own order, repeated
	ArmAgain   = "again"   // of drop-one: the whole prompt, asked once more
)

// Input is what a study is laid out from.
type Input struct {
	Content session.Content
	// Other is the other variant of a trick that takes one.
	Other func(Trick) (session.Content, session.VariantRef, error)
	// Earlier are the answers of the rounds before.
	Earlier []session.Result
}

// Rounds is how many runs a study takes one after the other: more than one only
// where what is asked depends on what was answered.
func (s Spec) Rounds() int {
	if s.Kind == KindVary && slices.ContainsFunc(s.Tricks, func(t Trick) bool { return t.Name == "recent" }) {
		return max(s.Takes, 1)
	}
	return 1
}

// Deal is the order in which cases are asked, drawn by the study's seed: those that
// are asked first stand for all, so that a study that is half done can be read on
// them.
func (s Spec) Deal(cases []session.Case) []session.Case {
	out := make([]session.Case, len(cases))
	for place, i := range session.Seeded(s.Seed).Apply(len(cases)) {
		out[place] = cases[i]
	}
	return out
}

// Arms lays out a round, from 1. What can't be asked is an error that says what to
// do.
func (s Spec) Arms(in Input, round int) ([]Arm, error) {
	switch s.Kind {
	case KindOrder:
		return s.orderArms(in.Content)
	case KindDrop:
		return s.dropArms(in.Content)
	case KindSweep:
		return s.sweepArms(in.Content)
	case KindVary:
		return s.varyArms(in, round)
	}
	return nil, fmt.Errorf("there is no study of kind %q", text.Raw(s.Kind))
}

// of is the one thing that an order study is about.
func (s Spec) of() Of {
	if len(s.Of) > 0 {
		return s.Of[0]
	}
	return OfShots
}

func (o Of) kind() session.Kind {
	if o == OfResources {
		return session.KindResources
	}
	return session.KindShots
}

// targets are the blocks that are on and hold what a study is about.
func targets(c session.Content, o Of) []int {
	var out []int
	for i, b := range c.Blocks {
		if !b.Off && b.Kind == o.kind() && standing(b) > 0 {
			out = append(out, i)
		}
	}
	return out
}

// standing is how many shots or resources of a block can stand in a context.
func standing(b session.Block) int {
	n := 0
	for _, s := range b.Shots {
		if !s.Off {
			n++
		}
	}
	for _, r := range b.Resources {
		if !r.Off {
			n++
		}
	}
	if b.Pick != nil && b.Pick.How == session.PickColumn {
		return max(n, b.Pick.N, 2) // the case brings them
	}
	return n
}

// Count is how many shots or resources stand in a context at most: the n that an
// order study is laid out for.
func (o Of) Count(c session.Content) int {
	most := 0
	for _, i := range targets(c, o) {
		n := standing(c.Blocks[i])
		if p := c.Blocks[i].Pick; p != nil && p.N > 0 && p.How != session.PickAll {
			n = min(n, p.N)
		}
		most = max(most, n)
	}
	return most
}

// MostOrders bounds an order study.
const MostOrders = 100

// Orders are k rows of a Williams design, as orders are written.
func Orders(k int, seed uint64) []string {
	out := make([]string, k)
	for i := range out {
		out[i] = session.Williams(i+1, k, seed).String()
	}
	return out
}

// ordered is the content with all blocks in question in an order.
func ordered(c session.Content, o Of, order string) session.Content {
	c = c.Clone()
	for _, i := range targets(c, o) {
		c.Blocks[i].Order = order
	}
	return c
}

func (s Spec) orderArms(c session.Content) ([]Arm, error) {
	o := s.of()
	if n := o.Count(c); n < 2 {
		return nil, fmt.Errorf("%s has %d %s that are on; an order takes two", text.Raw(s.Variant), n, o)
	}
	if len(s.Orders) < 2 || len(s.Orders) > MostOrders || s.Repeats < 2 || s.Repeats > MostOrders {
		return nil, fmt.Errorf("%d orders and %d repeats: write numbers from 2 to %d", len(s.Orders), s.Repeats, MostOrders)
	}
	takes := max(s.Takes, 1)
	arms := []Arm{{Name: ArmControl, Content: c, Takes: s.Repeats * takes, Fresh: true}}
	for _, order := range s.Orders {
		if _, err := session.ParseOrder(order); err != nil {
			return nil, err
		}
		arms = append(arms, Arm{Content: ordered(c, o, order), Order: order, Takes: takes, Fresh: true})
	}
	return arms, nil
}

// part is a piece of a prompt that can be left out.
type part struct {
	of          Of
	block, item int // item −1: the block
	name        text.Raw
	arm         string
}

// parts lists what a drop-one study leaves out, block by block. The input is left
// in: without the case there is nothing to answer.
func (s Spec) parts(c session.Content) []part {
	of := s.Of
	if len(of) == 0 {
		of = []Of{OfBlocks, OfShots, OfResources}
	}
	var out []part
	used := map[string]int{}
	add := func(p part) {
		p.arm = "without " + string(p.name)
		if used[p.arm]++; used[p.arm] > 1 {
			p.arm += fmt.Sprintf(" (%d)", used[p.arm])
		}
		out = append(out, p)
	}
	for _, o := range of {
		for i, b := range c.Blocks {
			switch {
			case b.Off:
			case o == OfBlocks && b.Kind != session.KindInput:
				add(part{of: o, block: i, item: -1, name: b.Name()})
			case o == OfShots && b.Kind == session.KindShots:
				for k, shot := range b.Shots {
					if !shot.Off {
						add(part{of: o, block: i, item: k, name: named(shot.Name, "shot", k)})
					}
				}
			case o == OfResources && b.Kind == session.KindResources:
				for k, r := range b.Resources {
					if !r.Off {
						add(part{of: o, block: i, item: k, name: named(r.Name, "resource", k)})
					}
				}
			}
		}
	}
	return out
}

func named(name text.Raw, noun string, i int) text.Raw {
	if name != "" {
		return name
	}
	return text.Raw(fmt.Sprintf("%s %d", noun, i+1))
}

func (p part) without(c session.Content) session.Content {
	c = c.Clone()
	b := &c.Blocks[p.block]
	switch {
	case p.item < 0:
		b.Off = true
	case p.of == OfShots:
		b.Shots[p.item].Off = true
	default:
		b.Resources[p.item].Off = true
	}
	return c
}

func (s Spec) dropArms(c session.Content) ([]Arm, error) {
	parts := s.parts(c)
	if len(parts) == 0 {
		return nil, fmt.Errorf("%s has nothing of that kind that is on", text.Raw(s.Variant))
	}
	takes := max(s.Takes, 1)
	arms := []Arm{{Content: c, Takes: takes}, {Name: ArmAgain, Content: c, Takes: takes, Fresh: true}}
	for _, p := range parts {
		arms = append(arms, Arm{Name: p.arm, Content: p.without(c), Takes: takes})
	}
	return arms, nil
}

func sizeArm(n int) string { return "n=" + strconv.Itoa(n) }

func (s Spec) sweepArms(c session.Content) ([]Arm, error) {
	o := s.of()
	at := targets(c, o)
	switch {
	case len(at) == 0:
		return nil, fmt.Errorf("%s has no %s that are on", text.Raw(s.Variant), o)
	case len(at) > 1:
		return nil, fmt.Errorf("%s has several blocks of %s; switch off all but one, and save", text.Raw(s.Variant), o)
	case len(s.Sizes) == 0:
		return nil, errors.New("a sweep takes numbers, as in 0,1,3,5")
	}
	most := standing(c.Blocks[at[0]])
	var arms []Arm
	for i, n := range s.Sizes {
		switch {
		case n < 0 || n > most:
			return nil, fmt.Errorf("%s has %d %s that are on; %d of them can't be asked for", text.Raw(s.Variant), most, o, n)
		case slices.Contains(s.Sizes[:i], n):
			return nil, fmt.Errorf("%d stands twice in the sweep", n)
		}
		arms = append(arms, Arm{Name: sizeArm(n), Content: sized(c, at[0], n), Takes: max(s.Takes, 1)})
	}
	return arms, nil
}

// sized is the content with n shots or resources of a block: by the block's own
// rule where it has one that chooses, else the first of the bank, pinned ones before
// any other.
func sized(c session.Content, at, n int) session.Content {
	c = c.Clone()
	b := &c.Blocks[at]
	switch {
	case n == 0:
		b.Off = true
	case b.Pick != nil && b.Pick.How != session.PickAll:
		b.Pick.N = n
	default:
		for _, pinned := range []bool{true, false} {
			for i := range b.Shots {
				if shot := &b.Shots[i]; !shot.Off && (shot.Pin != session.PinNone) == pinned {
					n--
					shot.Off = n < 0
				}
			}
		}
		for i := range b.Resources {
			if r := &b.Resources[i]; !r.Off {
				n--
				r.Off = n < 0
			}
		}
	}
	return c
}

// chosenBy says which n stand in a sweep.
func chosenBy(c session.Content, o Of) string {
	for _, i := range targets(c, o) {
		if p := c.Blocks[i].Pick; p != nil && p.How != session.PickAll {
			return fmt.Sprintf("which of the %s stand is chosen as the block says: %s", o, p.How)
		}
	}
	return fmt.Sprintf("the first of the %s in the order of the bank stand, pinned ones before any other", o)
}

// shuffleLines puts the items of a text into another order: its lines, or, where it
// has one line only, what stands between its commas.
func shuffleLines(t text.Raw, seed uint64) text.Raw {
	sep := "\n"
	body := strings.TrimRight(string(t), "\n")
	end := string(t)[len(body):]
	if !strings.Contains(body, sep) {
		if sep = ", "; !strings.Contains(body, sep) {
			sep = ","
		}
	}
	items := strings.Split(body, sep)
	out := make([]string, len(items))
	for place, i := range session.Seeded(seed).Apply(len(items)) {
		out[place] = items[i]
	}
	return text.Raw(strings.Join(out, sep) + end)
}

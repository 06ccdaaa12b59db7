package engine

import (
	"errors"
	"fmt"

	"galley/session"
)

// Entry is a contestant with the content of its revision.
type Entry struct {
	Contestant session.Contestant
	Content    session.Content
}

// Matrix is what a person chooses: contestants × cases × takes × orders.
type Matrix struct {
	PromptID int64
	Prompt   string
	Note     string
	Entries  []Entry
	Cases    []session.Case
	Takes    int             // 0 is 1
	Orders   []session.Order // none: as the variants say
	Seed     *int64          // in place of each variant's own
	NoCache  bool
	How      session.RunHow
	OnLimit  OnLimit
	Limits   Limits
	// Concurrency is how many cells run at once per backend; 0 takes the
	// backend's own number.
	Concurrency int
}

// maxCells bounds a plan.
const maxCells = 1_000_000

// Plan composes the proofs, each once, and lays out the cells case by case, so
// that contestants advance side by side.
func (m Matrix) Plan() (Plan, error) {
	takes, orders := max(m.Takes, 1), m.Orders
	if len(orders) == 0 {
		orders = []session.Order{{}}
	}
	switch {
	case len(m.Entries) == 0:
		return Plan{}, errors.New("nothing to run: choose a variant and a model")
	case len(m.Cases) == 0:
		return Plan{}, errors.New("nothing to run: the prompt has no case that fits")
	case m.Takes < 0:
		return Plan{}, errors.New("takes: write a number from 1 on")
	}
	if n := float64(len(m.Entries)) * float64(len(m.Cases)) * float64(takes) * float64(len(orders)); n > maxCells {
		return Plan{}, fmt.Errorf("%.0f cells are more than a run may have (%d)", n, maxCells)
	}
	p := Plan{
		PromptID: m.PromptID, Prompt: m.Prompt, Note: m.Note,
		NoCache: m.NoCache, How: m.How, OnLimit: m.OnLimit, Limits: m.Limits, Concurrency: m.Concurrency,
	}
	c := newComposer(m, &p)
	for k, kase := range m.Cases {
		if kase.Split == session.SplitHoldout {
			p.Holdout++
		}
		for o, order := range orders {
			proofs := make([]int, len(m.Entries))
			for e := range m.Entries {
				proofs[e] = c.proof(e, k, o, order)
			}
			for take := 1; take <= takes; take++ {
				for e, entry := range m.Entries {
					p.Cells = append(p.Cells, Planned{
						Proof: proofs[e],
						Cell: session.Cell{
							Index: len(p.Cells), Contestant: entry.Contestant,
							CaseID: kase.ID, CaseName: kase.Name, CaseTags: kase.Tags, CaseVars: kase.Vars, Wanted: kase.Wanted,
							Take: take, Order: p.Proofs[proofs[e]].Order,
						},
					})
				}
			}
		}
	}
	return p, nil
}

// models are the plan's, in the order of their first cells.
func (p Plan) models() []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range p.Cells {
		if ref := c.Cell.Contestant.Model; !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	return out
}

// composer composes each content × case × order once.
type composer struct {
	m       Matrix
	p       *Plan
	content []session.Content
	same    []int // for each entry, the first with the same content
	done    map[[3]int]int
	byKey   map[string]int
}

func newComposer(m Matrix, p *Plan) *composer {
	c := &composer{m: m, p: p, done: map[[3]int]int{}, byKey: map[string]int{}}
	first := map[string]int{}
	for i, e := range m.Entries {
		content := e.Content
		if m.Seed != nil {
			content = content.Clone()
			content.Params.Seed = m.Seed
		}
		h := content.Hash()
		if _, ok := first[h]; !ok {
			first[h] = i
		}
		c.content = append(c.content, content)
		c.same = append(c.same, first[h])
	}
	return c
}

func (c *composer) proof(entry, kase, at int, o session.Order) int {
	where := [3]int{c.same[entry], kase, at}
	if i, ok := c.done[where]; ok {
		return i
	}
	proof := session.Compose(c.content[entry], c.m.Cases[kase], o)
	key := proof.Key()
	i, ok := c.byKey[key]
	if !ok {
		i = len(c.p.Proofs)
		c.p.Proofs = append(c.p.Proofs, proof)
		c.byKey[key] = i
	}
	c.done[where] = i
	return i
}

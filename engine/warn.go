package engine

import (
	"fmt"
	"slices"
	"strings"

	"galley/engine/tokens"
	"galley/session"
	"galley/session/text"
)

// longRest is how many bytes that do not change are worth a warning where they
// stand behind something that does.
const longRest = 1000

// warnings are sentences about a plan that is right and yet costs more than it
// has to.
func (r *Runner) warnings(p Plan) []string {
	out := append(r.loadedTwice(p), r.oneByOne(p)...)
	return append(out, restWarnings(p)...)
}

// stops tells that a run will not come to its end, as its limits stand.
func (e *estimator) stops() []string {
	var out []string
	if most := e.p.Limits.MaxRequests; most > 0 && e.est.Calls > most {
		out = append(out, fmt.Sprintf("it stops after %s of %s requests, which is the limit that was set", thousands(most), thousands(e.est.Calls)))
	}
	if most := e.p.Limits.MaxCostUSD; most > 0 && e.est.CostUSD != nil && *e.est.CostUSD > most {
		out = append(out, fmt.Sprintf("it may stop before its end: it may cost %s, and the budget is %s", dollars(*e.est.CostUSD), dollars(most)))
	}
	return out
}

// excess is how many requests to a model are longer than its context.
type excess struct {
	requests, of, most, context int
	estimated                   bool
}

// fits holds a request that will be sent against the context of its model, where that
// is known.
func (e *estimator) fits(ref string, p session.Proof, n session.TokenCount) {
	size := p.Params.Context
	if size == 0 {
		size = e.r.set.Context(ref)
	}
	if size == 0 {
		return
	}
	l := e.long[ref]
	if l == nil {
		l = &excess{}
		e.long[ref] = l
	}
	l.of++
	if n.Total > size {
		l.requests++
		if n.Total-size > l.most-l.context {
			l.most, l.context = n.Total, size
		}
		l.estimated = l.estimated || n.Source == tokens.SourceEstimate
	}
}

// tooLong tells where prompts do not fit into a model's context.
func (e *estimator) tooLong() []string {
	var out []string
	for _, ref := range e.p.models() {
		l := e.long[ref]
		if l == nil || l.requests == 0 {
			continue
		}
		by := ""
		if l.estimated {
			by = ", by an estimate"
		}
		out = append(out, fmt.Sprintf("%s: %s of %s prompts do not fit into its context%s: the longest has %s tokens, the context %s",
			text.Raw(ref), thousands(l.requests), thousands(l.of), by, thousands(l.most), thousands(l.context)))
	}
	return out
}

// restWarnings tell where a text that changes with each case stands before a long
// one that does not: no server can keep what stands behind.
func restWarnings(p Plan) []string {
	type name struct {
		variant session.VariantRef
		order   string
	}
	seen := map[name]int{}
	told := map[string]bool{}
	var out []string
	for _, c := range p.Cells {
		n := name{c.Cell.Contestant.Variant, c.Cell.Order.String()}
		before, ok := seen[n]
		if !ok {
			seen[n] = c.Proof
			continue
		}
		if before == c.Proof || before < 0 {
			continue
		}
		seen[n] = -1
		if w := restWarning(n.variant, &p.Proofs[before], &p.Proofs[c.Proof]); w != "" && !told[w] {
			told[w] = true
			out = append(out, w)
		}
	}
	return out
}

// restWarning compares the proofs of two cases.
func restWarning(v session.VariantRef, a, b *session.Proof) string {
	first := -1
	for i, s := range a.Spans {
		if s.Part == session.PartVar || s.Part == session.PartUnknown {
			first = i
			break
		}
	}
	if first < 0 {
		return ""
	}
	rest := map[string]int{} // what the other case has as well
	for _, s := range b.Spans {
		rest[spanText(b, s)]++
	}
	size := 0
	var blocks []string
	for _, s := range a.Spans[first+1:] {
		t := spanText(a, s)
		if s.Part == session.PartVar || s.Part == session.PartUnknown || rest[t] == 0 {
			continue
		}
		rest[t]--
		size += len(t)
		if at := fmt.Sprint("block ", s.Block+1); len(t) > longRest/10 && !slices.Contains(blocks, at) {
			blocks = append(blocks, at)
		}
	}
	if size < longRest {
		return ""
	}
	s := a.Spans[first]
	what := "{{" + text.Raw(s.Var).String() + "}} in " + fmt.Sprint("block ", s.Block+1)
	where := "behind it"
	if len(blocks) > 0 {
		where = strings.Join(blocks, ", ")
	}
	return fmt.Sprintf("%s: %s changes with each case and stands before %s bytes (about %s tokens) that do not (%s); no server can keep these from case to case, so put what changes last",
		v, what, thousands(size), thousands(size/4), where)
}

func spanText(p *session.Proof, s session.Span) string {
	return string(p.Messages[s.Message].Content[s.Start:s.End])
}

// loadedTwice tells where one model is asked with more than one size of context:
// a server that loads it so loads it anew each time.
func (r *Runner) loadedTwice(p Plan) []string {
	sizes := map[string][]int{}
	for _, c := range p.Cells {
		ref, n := c.Cell.Contestant.Model, p.Proofs[c.Proof].Params.Context
		if !slices.Contains(sizes[ref], n) {
			sizes[ref] = append(sizes[ref], n)
		}
	}
	var out []string
	for _, ref := range p.models() {
		if len(sizes[ref]) < 2 {
			continue
		}
		slices.Sort(sizes[ref])
		var say []string
		for _, n := range sizes[ref] {
			if n == 0 {
				say = append(say, "its own")
			} else {
				say = append(say, thousands(n))
			}
		}
		out = append(out, fmt.Sprintf("%s is asked with contexts of different sizes (%s): each change may load the model anew, so give all variants one size",
			text.Raw(ref), strings.Join(say, ", ")))
	}
	return out
}

// oneByOne tells where a server holds one model at a time and has to change it.
func (r *Runner) oneByOne(p Plan) []string {
	by := map[string][]string{}
	var names []string
	for _, ref := range p.models() {
		b, model, err := r.set.Lookup(ref)
		if err != nil || !b.Traits().OneModel {
			continue
		}
		name, _, _ := strings.Cut(ref, "/")
		if len(by[name]) == 0 {
			names = append(names, name)
		}
		by[name] = append(by[name], text.Raw(model).String())
	}
	var out []string
	for _, n := range names {
		if m := by[n]; len(m) > 1 {
			out = append(out, fmt.Sprintf("%s holds one model at a time: %s are asked one after the other, and each is loaded once", text.Raw(n), strings.Join(m, ", ")))
		}
	}
	return out
}

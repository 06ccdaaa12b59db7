package assert

import (
	"context"
	"slices"

	"galley/session"
	"galley/session/text"
)

// Grader holds a suite against outputs, with its assertions compiled once. It is
// safe for many goroutines.
type Grader struct {
	suite session.Suite
	evals []*evaluator
}

// BadAssertion says which assertion of a suite can't be held against anything.
type BadAssertion struct {
	Assertion session.Assertion
	Err       error
}

// Error names the assertion and says why.
func (b *BadAssertion) Error() string {
	return b.Assertion.String() + ": " + text.Raw(b.Err.Error()).String()
}

// Unwrap returns the reason.
func (b *BadAssertion) Unwrap() error { return b.Err }

// NewGrader compiles a suite. An error is a [*BadAssertion].
func NewGrader(s session.Suite) (*Grader, error) {
	g := &Grader{suite: s}
	for _, a := range s.Assertions {
		e, err := Compile(a)
		if err != nil {
			return nil, &BadAssertion{a, err}
		}
		g.evals = append(g.evals, e.e)
	}
	return g, nil
}

// Grade holds a suite against outputs. Outputs of cases that the suite does not
// have are left out.
//
// Assertions are about answers, whole ones and such that call tools. An answer
// that was cut, withheld, refused or is empty, whatever its status calls it, is
// held only against kinds that are about that; it passes where all assertions are,
// and one that is not negated says so. All else that is no answer is an error of
// the check. A case with a threshold passes with a weighted share from it on, and
// one without where every assertion holds that has a weight; what can't be said
// makes an error of the case unless it fails anyway.
func Grade(s session.Suite, results []session.Result) ([]session.CaseCheck, error) {
	return GradeContext(context.Background(), s, results)
}

// GradeContext is Grade until the context ends, whose error it then returns.
func GradeContext(ctx context.Context, s session.Suite, results []session.Result) ([]session.CaseCheck, error) {
	g, err := NewGrader(s)
	if err != nil {
		return nil, err
	}
	out := make([]session.CaseCheck, 0, len(results))
	for _, r := range results {
		if g.Has(r.Cell.CaseID) {
			out = append(out, g.OneContext(ctx, r))
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// GradeOne holds a suite against one output.
func GradeOne(s session.Suite, r session.Result) (session.CaseCheck, error) {
	g, err := NewGrader(s)
	if err != nil {
		return session.CaseCheck{}, err
	}
	return g.One(r), nil
}

// Has reports whether the suite is about the case.
func (g *Grader) Has(caseID int64) bool {
	return len(g.suite.CaseIDs) == 0 || slices.Contains(g.suite.CaseIDs, caseID)
}

// One holds the suite against one output.
func (g *Grader) One(r session.Result) session.CaseCheck {
	return g.OneContext(context.Background(), r)
}

// OneContext is One until the context ends; then the case is an error.
func (g *Grader) OneContext(ctx context.Context, r session.Result) session.CaseCheck {
	c := session.CaseCheck{
		Case: r.Cell.Case(), CaseTags: r.Cell.CaseTags, Contestant: r.Cell.Contestant, Take: r.Cell.Take, CellID: r.Cell.ID,
		Attempts: r.Output.Attempts, Cached: r.Output.Cached,
	}
	var about []*evaluator
	for _, e := range g.evals {
		if e.a.ForCase(c.Case) {
			about = append(about, e)
		}
	}
	r.Output.Status = stateOf(r.Output)
	status := r.Output.Status
	switch {
	case !g.Has(r.Cell.CaseID):
		c.Status, c.Why = session.CheckNotRun, "the suite is not about this case"
	case len(about) == 0:
		c.Status, c.Why = session.CheckNotRun, "nothing is asserted of this case"
	case !status.Ended():
		c.Status, c.Why = session.CheckNotRun, text.Raw("the answer is "+stateWords(status))
	case !status.Finished():
		c.Status, c.Why = session.CheckError, why(r.Output)
		if e := r.Output.Error; e != nil {
			c.Fault = e.Kind
		}
	default:
		o := newAnswer(r)
		for _, e := range about {
			if ctx.Err() != nil {
				c.Status, c.Why = session.CheckError, "stopped before all was held against the answer"
				return c
			}
			c.Assertions = append(c.Assertions, e.eval(o))
		}
		sum(&c, g.suite.Threshold, status)
	}
	return c
}

// why says why there is no answer.
func why(o session.Output) text.Raw {
	if o.Error != nil {
		return o.Error.Said()
	}
	if o.Finish != "" {
		return text.Raw("no answer: "+stateWords(o.Status)+", the model stopped by ") + quote(o.Finish)
	}
	return text.Raw("no answer: " + stateWords(o.Status))
}

// sum makes a case's status of its assertions.
func sum(c *session.CaseCheck, threshold *float64, status session.Status) {
	var all, held, open float64
	failed, said := false, false // said: an assertion that is not negated holds
	var doubt text.Raw
	for _, a := range c.Assertions {
		if a.Weight == 0 {
			continue
		}
		all += a.Weight
		switch {
		case a.Error:
			open += a.Weight
			if doubt == "" {
				doubt = text.Raw(a.Kind) + ": " + a.Message
			}
		case a.Pass:
			held += a.Weight
			said = said || !a.Not
		default:
			failed = true
		}
	}
	best := 0.0
	if all > 0 {
		c.Score, best = held/all, (held+open)/all
	}
	plain := status == session.StatusDone || status == session.StatusToolCalls
	if threshold != nil {
		failed = best < *threshold
	}
	switch {
	case failed:
		c.Status = session.CheckFail
	case doubt != "":
		c.Status, c.Why = session.CheckError, doubt
	case !plain && !said:
		c.Status, c.Why = session.CheckError, text.Raw("nothing says that an answer may be "+stateWords(status))
	default:
		c.Status = session.CheckPass
	}
}

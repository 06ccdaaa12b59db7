package engine

import (
	"galley/engine/tokens"
	"galley/session"
)

// A budget in dollars is reckoned by tokens that are counted here. Where the
// model's own tokenizer is not at hand the count is an estimate, and how far off
// that is shows with the first answer: until then one request is under way, held
// to be unknownFactor as long, and from then on every estimate is taken for as much
// longer as the worst so far was, and a tenth more.
const (
	unknownFactor = 3
	marginFactor  = 1.1
)

// reckoning is what is known of the estimates for one model. The job's mutex
// guards it.
type reckoning struct {
	factor float64 // 0: no answer was counted yet
	first  *call   // whose answer will tell; nil: none is under way
}

// reckonOf is the reckoning of a model; the job's mutex is held.
func (j *Job) reckonOf(ref string) *reckoning {
	r, ok := j.reckons[ref]
	if !ok {
		r = &reckoning{}
		j.reckons[ref] = r
	}
	return r
}

// inputAtMost is how many tokens a prompt counts for the budget; false: another
// answer has to come first. The job's mutex is held.
func (k *call) inputAtMost(n session.TokenCount) (int, bool) {
	if n.Source != tokens.SourceEstimate {
		return n.Total, true
	}
	r := k.j.reckonOf(k.ref)
	switch {
	case r.factor > 0:
		return int(float64(n.Total)*r.factor) + 1, true
	case r.first != nil && r.first != k:
		return 0, false
	}
	return n.Total * unknownFactor, true
}

// reckon learns from how the server counted the prompt; the job's mutex is held.
func (k *call) reckon(n session.TokenCount, out session.Output) {
	if n.Source != tokens.SourceEstimate || n.Total == 0 {
		return
	}
	r := k.j.reckonOf(k.ref)
	if r.first == k {
		r.first = nil
	}
	switch {
	case out.Usage.Source == "server" && out.Usage.Input > 0:
		r.factor = max(r.factor, 1, marginFactor*float64(out.Usage.Input)/float64(n.Total))
	case out.Status.Finished() && r.factor == 0:
		r.factor = unknownFactor // a server that does not count
	}
}

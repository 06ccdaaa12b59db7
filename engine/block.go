package engine

import (
	"strings"

	"galley/engine/backend"
	"galley/session"
)

// Bounds of how the cases of a study are dealt in blocks.
const (
	firstBlock = 5   // cases that the first block has at least: of fewer no percent is said
	blockShare = 0.2 // of what a server has to read anyway, that blocks may add
)

// block lays the cells of a study in blocks of cases: all that is asked of the first
// few cases goes before anything of the next. A study that is half done can so be
// read on the cases that are complete, which asking one beginning to its end would
// not allow. A server reads each beginning once more for each block, so there are no
// more than keep that to a fifth of its work, each about twice as large as the one
// before. cells are a lane's; which block a case is in does not hang on what of it is
// answered already.
func (j *Job) block(cells []dealt, limit int) {
	if j.run.StudyID == 0 {
		return
	}
	at := map[session.CaseKey]int{}
	for i := range j.cells {
		k := j.cells[i].cell.Case()
		if _, ok := at[k]; !ok {
			at[k] = len(at)
		}
	}
	ends := blockEnds(len(at), 1+boundaries(cells, limit))
	for i := range cells {
		n := at[j.cells[cells[i].cell].cell.Case()]
		for ends[cells[i].block] <= n {
			cells[i].block++
		}
	}
}

// boundaries is how often a server may read all beginnings of cells once more. A
// hand goes on with the beginning that it had, and what all begin with is kept.
func boundaries(cells []dealt, limit int) int {
	type words struct {
		model string
		prefix
	}
	var first *session.Proof
	groups := map[words]int{} // what all begin with
	proofs := map[int32]bool{}
	rest, same := 0, 0
	for _, c := range cells {
		if proofs[c.proof] {
			continue
		}
		proofs[c.proof] = true
		rest += c.words.Bytes() - c.prefix.size
		k := words{c.model, c.prefix}
		if _, ok := groups[k]; ok {
			continue
		}
		if first == nil {
			first, same = c.words, c.prefix.size
		}
		same = min(same, alikeBytes(first, c.words))
		groups[k] = c.prefix.size
	}
	own := 0 // beyond what all begin with
	for _, size := range groups {
		own += max(0, size-same)
	}
	again := own * max(0, len(groups)-limit) / max(1, len(groups))
	if again == 0 {
		return len(cells)
	}
	return int(blockShare * float64(same+own+rest) / float64(again))
}

// blockEnds are the cases before which each of at most n blocks ends: each is twice
// the one before, and the first has firstBlock cases at least.
func blockEnds(cases, n int) []int {
	n = min(n, 20)
	for n > 1 && cases/(1<<n-1) < firstBlock {
		n--
	}
	var ends []int
	end, size := 0, cases/(1<<n-1)
	for range n - 1 {
		end += size
		ends = append(ends, end)
		size *= 2
	}
	return append(ends, cases)
}

// unblocked warns of a study that can't be dealt in blocks: it is read late.
func (e *estimator) unblocked() []string {
	if !e.p.Study || len(e.p.Cells) == 0 {
		return nil
	}
	ref := e.p.Cells[0].Cell.Contestant.Model
	b, model, err := e.r.set.Lookup(ref)
	if err != nil || b.Traits().Prefix == backend.PrefixUnknown {
		return nil
	}
	prefixes := make([]prefix, len(e.p.Proofs))
	for i := range e.p.Proofs {
		prefixes[i] = prefixOf(&e.p.Proofs[i])
	}
	cases := map[session.CaseKey]bool{}
	var cells []dealt
	for i, c := range e.p.Cells {
		cases[c.Cell.Case()] = true
		cells = append(cells, dealt{i, int32(c.Proof), model, prefixes[c.Proof], &e.p.Proofs[c.Proof], 0})
	}
	name, _, _ := strings.Cut(ref, "/")
	if len(blockEnds(len(cases), len(cells))) == 1 || boundaries(cells, e.workers(name, len(cells))) > 0 {
		return nil
	}
	return []string{"what stands before the input is long, so that each arm is asked to its end: there is little to read of the study before it is nearly done"}
}

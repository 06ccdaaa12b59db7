package engine

import (
	"strings"

	"galley/engine/backend"
	"galley/session"
)

// lay puts every cell that has to be asked into the lane of its backend.
func (j *Job) lay(pins map[string]session.Pin) error {
	by := map[string]*lane{}
	prefixes := map[*session.Proof]prefix{}
	ranks := map[*session.Proof]int32{}
	for i := range j.cells {
		c := &j.cells[i]
		if c.kept {
			continue
		}
		ref := c.cell.Contestant.Model
		name, model, _ := strings.Cut(ref, "/")
		l, ok := by[name]
		if !ok {
			b, _, err := j.r.set.Lookup(ref)
			if err != nil {
				return err // unreached: the plan was checked
			}
			l = newLane(name, b, j.r.gate(name), j.halted)
			by[name] = l
			j.lanes = append(j.lanes, l)
		}
		at, ok := prefixes[c.proof]
		if !ok && l.traits.Prefix != backend.PrefixUnknown {
			at = prefixOf(c.proof)
			prefixes[c.proof] = at
		}
		rank, ok := ranks[c.proof]
		if !ok {
			rank = int32(len(ranks))
			ranks[c.proof] = rank
		}
		l.cells = append(l.cells, dealt{i, rank, model, at, c.proof, 0})
		l.count++
		c.lane, c.model = l, j.standing(ref, pins[ref])
		c.model.left++
		j.twins[c.cell.Wire]++
	}
	for _, l := range j.lanes {
		limit, most := j.atOnce(l, pins)
		l.pacer = newPacer(limit, most)
		if l.traits.Prefix != backend.PrefixUnknown {
			j.block(l.cells, limit)
		}
		staged := l.traits.OneModel || j.run.How.Timing
		l.dealer = newDealer(l.traits.Prefix, staged, len(j.cells), limit, most, l.cells)
		l.cells = nil
		if j.alone() || l.traits.Patient {
			l.pacer.fixed, l.dealer.plain = true, true
		}
		l.pace = j.paceOf(l.name)
		l.pace.left = l.count
	}
	return nil
}

func (j *Job) standing(ref string, p session.Pin) *standing {
	s, ok := j.models[ref]
	if !ok {
		s = &standing{pin: p, at: j.r.pinnedAt(ref)}
		j.models[ref] = s
	}
	return s
}

// alone tells whether a backend gets one request at a time.
func (j *Job) alone() bool { return j.run.How.Timing || j.run.How.Repeatable }

// atOnce is how many requests a backend gets at once to begin with, and at most:
// what the user said, else as many as its server has places, else what suits its
// kind.
func (j *Job) atOnce(l *lane, pins map[string]session.Pin) (limit, most int) {
	slots := 0
	for ref, p := range pins {
		if name, _, _ := strings.Cut(ref, "/"); name == l.name && p.Slots > 0 && (slots == 0 || p.Slots < slots) {
			slots = p.Slots
		}
	}
	return atOnce(l.traits, j.how.Concurrency, j.r.set.Workers(l.name), slots, j.alone())
}

func atOnce(t backend.Traits, asked, config, slots int, alone bool) (limit, most int) {
	switch {
	case alone:
		return 1, 1
	case asked > 0:
		return asked, asked
	case config > 0:
		return config, config
	case slots > 0 && t.Prefix == backend.PrefixPerSlot:
		return slots, slots
	}
	limit = max(t.Concurrency, 1)
	return limit, max(limit, t.Ceiling)
}

// hired is how many goroutines work a lane: besides those that wait for an
// answer, some write the next requests down, and some what came.
func (l *lane) hired() int {
	n := l.pacer.ceiling
	if !l.dealer.plain {
		n += max(2*n, min(2*spareMost*n, 512))
	}
	return min(n, l.count)
}

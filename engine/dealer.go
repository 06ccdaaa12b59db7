package engine

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"galley/engine/backend"
	"galley/session"
)

// Bounds of how cells are dealt.
const (
	loosePrefix = 256                    // bytes; what is shorter is not worth an order
	splitFresh  = 4                      // cells that a group must have left for a hand without one to take half
	splitTail   = 16                     // likewise, for a hand that comes from another group
	spareFrom   = 8                      // requests at once, fewer are not written down ahead
	spareMost   = 3                      // for each request under way
	quickAnswer = 250 * time.Millisecond // where answers come faster, the next request is written down meanwhile
	leisure     = 20 * time.Millisecond  // where they come slower, that may wait for what else is written
)

// cellState says where a cell is with its dealer.
type cellState uint8

const (
	cellUnseen cellState = iota // it may yet be answered from the cache
	cellReady
	cellDealt
	cellOut // it needs no model
)

// group is cells that begin with the same words to the same model, in the order
// in which they are asked.
type group struct {
	prefix prefix
	words  *session.Proof // one that begins so
	model  string
	stage  *stage
	block  int // of cases, in a study
	cells  []int
	at     int  // those before it are dealt or out
	left   int  // neither dealt nor out
	open   bool // its first answer came, or nobody has to wait for that
	begun  bool // it was dealt from, or is dealt from next
	taken  bool // by a hand
	// cold is how long its first request took until text came, warm how long a later
	// one took in all.
	cold, warm time.Duration
}

// alike reports whether two groups begin with the same words.
func (g *group) alike(o *group) bool {
	return g != nil && o != nil && g.prefix == o.prefix && g.model == o.model
}

// stage is what is asked before anything of the next stage is: everything, or one
// model where a server holds one at a time.
type stage struct {
	groups []*group // those before next are begun; block by block, the longest first
	next   int
	going  []*group // begun and open, of servers whose requests share what was read
	back   []*group // given back by a hand
	left   int      // cells that have not been answered
}

// hand works one group after another, one request at a time.
type hand struct {
	group *group
	last  *group // whose words its server has read last for it
	dealt int    // cells that have not been answered
	cells []int  // which, in their order
	busy  bool   // a request of it is under way
	cold  bool   // its words are new to the server
	heard bool   // the server has it
	ended time.Time
}

// turn is a cell that was dealt.
type turn struct {
	cell  int
	group *group
	hand  *hand
	sat   bool
	here  chan struct{} // it waits for its seat: closed when it has one
}

// dealer deals the cells of one backend to its workers, so that a server that
// keeps prompts reads each beginning as few times as can be.
type dealer struct {
	kind backend.PrefixCache

	mu     sync.Mutex
	some   *sync.Cond // a cell may be had, or there are no more
	seat   *sync.Cond // a request of a hand may be sent
	line   []*turn    // in the order in which they were dealt, that had no seat yet
	stray  []*turn    // that wait for another seat
	state  []cellState
	of     []*group
	proof  []int32
	stages []*stage
	hands  []*hand
	limit  int // requests at once
	most   int // ever
	quick  time.Duration
	wrote  time.Duration // how long it takes to write a request down
	spare  int           // requests that are written down ahead, for each under way
	plain  bool          // never
	active int           // dealt, not answered
	seated int           // requests under way
}

// dealt is a cell as its dealer wants it.
type dealt struct {
	cell   int
	proof  int32
	model  string
	prefix prefix
	words  *session.Proof
	block  int // of cases, in a study: dealt before the next
}

// newDealer lays cells, in their order, into groups and stages. total is the
// number of cells of the job, staged tells to ask one model after the other.
func newDealer(kind backend.PrefixCache, staged bool, total, limit, most int, cells []dealt) *dealer {
	d := &dealer{
		kind: kind, state: make([]cellState, total), of: make([]*group, total), proof: make([]int32, total),
		limit: max(limit, 1), most: max(limit, most, 1),
	}
	d.some, d.seat = sync.NewCond(&d.mu), sync.NewCond(&d.mu)
	for range d.most {
		d.hands = append(d.hands, &hand{})
	}
	type name struct {
		model string
		block int
		prefix
	}
	stages, groups := map[string]*stage{}, map[name]*group{}
	for _, c := range cells {
		key, in := name{c.model, c.block, c.prefix}, ""
		if staged {
			in = c.model
		}
		if kind == backend.PrefixUnknown {
			key = name{model: in}
		}
		s, ok := stages[in]
		if !ok {
			s = &stage{}
			stages[in] = s
			d.stages = append(d.stages, s)
		}
		g, ok := groups[key]
		if !ok {
			g = &group{prefix: key.prefix, words: c.words, model: key.model, stage: s, block: key.block}
			groups[key] = g
			s.groups = append(s.groups, g)
		}
		g.cells = append(g.cells, c.cell)
		g.left++
		s.left++
		d.of[c.cell], d.proof[c.cell] = g, c.proof
	}
	for _, s := range d.stages {
		d.arrange(s)
	}
	return d
}

// arrange puts the longest group of each block first. What is not worth an order is
// cut into as many parts as there are hands from the start.
func (d *dealer) arrange(s *stage) {
	if d.kind == backend.PrefixUnknown {
		s.going, s.next = slices.Clone(s.groups), len(s.groups)
		return
	}
	few := s.beginnings(d.limit) < d.limit // else every hand has a beginning of its own
	for _, g := range slices.Clone(s.groups) {
		slices.SortStableFunc(g.cells, func(a, b int) int { return int(d.proof[a] - d.proof[b]) })
		g.open = (few || d.kind == backend.PrefixShared) && g.prefix.size < loosePrefix
		for parts := min(d.limit, g.left); d.kind == backend.PrefixPerSlot && g.open && parts > 1; parts-- {
			s.groups = append(s.groups, d.split(g, g.left/parts))
		}
	}
	d.share(s)
	slices.SortStableFunc(s.groups, func(a, b *group) int { return cmp.Or(a.block-b.block, b.left-a.left) })
}

// share cuts what is longer than a hand's share of its block, so that no hand is
// behind with it while the others are with the next one.
func (d *dealer) share(s *stage) {
	cells := map[int]int{} // by block
	for _, g := range s.groups {
		cells[g.block] += g.left
	}
	if d.kind != backend.PrefixPerSlot || len(cells) < 2 {
		return
	}
	for _, g := range slices.Clone(s.groups) {
		fair := (cells[g.block] + d.limit - 1) / d.limit
		for parts := (g.left + fair/2) / fair; parts > 1; parts-- {
			s.groups = append(s.groups, d.split(g, g.left/parts))
		}
	}
}

// beginnings is how many groups begin with words of their own, as far as most.
func (s *stage) beginnings(most int) int {
	n := 0
	for i, g := range s.groups {
		if !slices.ContainsFunc(s.groups[:i], g.alike) {
			if n++; n >= most {
				break
			}
		}
	}
	return n
}

// split takes the last n or more cells that are left off a group, of which there
// are more than that. Takes of one proof stay together where they can.
func (d *dealer) split(g *group, n int) *group {
	cut := len(g.cells)
	for have := 0; have < n && cut > g.at+1; {
		if cut--; d.state[g.cells[cut]] < cellDealt {
			have++
		}
	}
	for k := cut; k > g.at+1; k-- {
		if d.proof[g.cells[k]] != d.proof[g.cells[k-1]] {
			cut = k
			break
		}
	}
	part := &group{prefix: g.prefix, words: g.words, model: g.model, stage: g.stage, block: g.block, open: g.open, cold: g.cold, warm: g.warm}
	part.cells = slices.Clone(g.cells[cut:])
	g.cells = g.cells[:cut]
	for _, c := range part.cells {
		d.of[c] = part
		if d.state[c] < cellDealt {
			part.left++
		}
	}
	g.left -= part.left
	return part
}

// ready says that a cell has to be asked.
func (d *dealer) ready(cell int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state[cell] == cellUnseen {
		d.state[cell] = cellReady
		d.some.Signal()
	}
}

// drop says that a cell needs no model.
func (d *dealer) drop(cell int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out(cell)
}

// close says that all that has to be asked is ready.
func (d *dealer) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for cell, g := range d.of {
		if g != nil {
			d.out(cell)
		}
	}
	d.some.Broadcast()
}

func (d *dealer) out(cell int) {
	if d.state[cell] != cellUnseen {
		return
	}
	d.state[cell] = cellOut
	d.of[cell].left--
	d.ended(d.of[cell].stage)
}

func (d *dealer) ended(s *stage) {
	if s.left--; s.left == 0 {
		d.some.Broadcast()
	}
}

// setLimit changes how many requests there are at once.
func (d *dealer) setLimit(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = min(max(n, 1), d.most)
	d.some.Broadcast()
	d.seat.Broadcast()
	d.grant()
}

// now is how many requests there may be at once, and how many there are.
func (d *dealer) now() (limit, seated int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.limit, d.seated
}

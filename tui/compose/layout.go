package compose

// rect is a rectangle in the screen's own cells; one without width is not drawn.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// layout says where the panes stand.
type layout struct {
	blocks, block, proof, strip rect
	head                        int // rows above the editor in its pane
	text                        int // rows of the editor
}

const (
	three = 150 // cells from which blocks, block and proof stand side by side
	two   = 96  // cells from which the proof has its own column
	pair  = 62  // cells from which the blocks have their own column
	both  = 15  // rows from which block and proof share a column
)

// plan divides w by h cells. n is the number of blocks; large gives the proof
// the room of the block where they share it; roomy gives the block more than half.
func plan(w, h, n int, f focus, large, roomy bool) layout {
	var l layout
	if h >= 8 {
		l.strip = rect{0, h - 1, w, 1}
		h--
	}
	switch {
	case w >= three:
		a := min(40, w/4)
		b := (w - a) / 2
		l.blocks, l.block, l.proof = rect{0, 0, a, h}, rect{a, 0, b, h}, rect{a + b, 0, w - a - b, h}
	case w >= two:
		a := w * 46 / 100
		top := max(6, min(n+7, h/2))
		l.blocks, l.block = rect{0, 0, a, top}, rect{0, top, a, h - top}
		l.proof = rect{a, 0, w - a, h}
	case w >= pair:
		a := max(26, min(32, w*36/100))
		l.blocks = rect{0, 0, a, h}
		l.column(rect{a, 0, w - a, h}, f, large, roomy)
	default:
		full := rect{0, 0, w, h}
		switch {
		case f == onEditor:
			l.block = full
		case f == onProof:
			l.proof = full
		case h >= 2*both-8:
			l.blocks = rect{0, 0, w, h / 2}
			l.proof = rect{0, h / 2, w, h - h/2}
		default:
			l.blocks = full
		}
	}
	return l
}

// column divides the room right of the blocks between block and proof.
func (l *layout) column(r rect, f focus, large, roomy bool) {
	switch {
	case large || f == onProof && r.h < both:
		l.proof = r
	case r.h < both:
		l.block = r
	default:
		top := r.h / 2
		if roomy {
			top = r.h * 6 / 10
		}
		l.block = rect{r.x, r.y, r.w, top}
		l.proof = rect{r.x, r.y + top, r.w, r.h - top}
	}
}

// arrange hands the sizes down.
func (s *Screen) arrange() {
	was := s.lay.proof.w
	s.lay = plan(s.w, s.h, len(s.blocks()), s.focus, s.large, s.focus == onEditor || s.onItems())
	l := &s.lay
	room := max(0, l.block.h-2)
	l.head = min(2, max(0, room-1))
	if room < 5 {
		l.head = min(1, max(0, room-1))
	}
	l.text = max(0, room-l.head)
	if n := s.shotRows(l.text); n > 0 {
		l.text -= n
	}
	s.ed.Resize(max(0, l.block.w-4), l.text)
	s.pager.Resize(max(0, l.proof.w-2), max(0, l.proof.h-2))
	if l.proof.w > 0 && (was >= named+2) != (l.proof.w >= named+2) && s.proof.there && !s.proof.late {
		s.pager.ReplaceDoc(proofDoc(s.proof.p, s.blocks(), l.proof.w-2, s.d.Styles))
	}
	s.reveal()
}

// reveal scrolls the list so that the block with the cursor can be seen.
func (s *Screen) reveal() {
	rows := max(1, s.listRows())
	s.top = max(0, min(s.top, s.at, len(s.blocks())-rows))
	s.top = max(s.top, s.at-rows+1)
}

// listRows is the number of rows that blocks can take in their pane.
func (s *Screen) listRows() int {
	h := s.lay.blocks.h - 2
	return max(0, h-s.footRows())
}

// footRows is the number of rows below the blocks: a line and what is known of
// the whole.
func (s *Screen) footRows() int {
	switch h := s.lay.blocks.h - 2; {
	case h >= len(s.blocks())+5 && h >= 9 && s.d.Table.Desk != nil:
		n := 2 + len(pack(paramsItems(s.d.Table.Desk.Content().Params), max(1, s.lay.blocks.w-4)))
		if s.facts.count.Limit > 0 {
			n++
		}
		return max(5, min(n, h-len(s.blocks())-1))
	case h >= 7:
		return 2
	}
	return 0
}

// shotRows is how many of the editor's rows a block of shots or resources gives to
// them.
func (s *Screen) shotRows(room int) int {
	b := s.block()
	if b == nil || !holds(b.Kind) || room < 3 {
		return 0
	}
	own := 1
	if s.focus == onEditor || b.Text != "" {
		own = max(2, room/3)
	}
	return room - own
}

package compose

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
	"galley/tui/kit"
)

const (
	// bulky is the number of bytes from which a proof is made in the background
	// and only when nobody types.
	bulky = 32 << 10
	// pause is how long a bulky text must have been left alone.
	pause = 100 * time.Millisecond
	// settle is how long after a change the counts are asked for.
	settle = 120 * time.Millisecond
)

// proofState is the proof that stands beside the block.
type proofState struct {
	p     session.Proof
	uids  []string // of the blocks it was made of
	gen   uint64
	late  bool // a newer one is being made
	there bool
}

// facts is what is counted and found in a proof.
type facts struct {
	gen    uint64
	of     string // hash of the proof
	count  session.TokenCount
	tokens map[string]int // by uid of the block
	finds  []lint.Finding
	silent int // findings that somebody silenced
	there  bool
}

// sync follows the table: what changed is drawn anew, counted and journaled.
func (s *Screen) sync() tea.Cmd {
	t := s.d.Table
	var cmds []tea.Cmd
	if t.Desk != s.desk {
		cmds = append(cmds, s.adopt())
	}
	if t.Desk == nil || t.Version() == s.seen {
		return tea.Batch(cmds...)
	}
	s.seen = t.Version()
	s.at = max(0, min(s.at, len(s.blocks())-1))
	s.load()
	s.arrange()
	cmds = append(cmds, s.refresh(), s.remember())
	return tea.Batch(cmds...)
}

// adopt begins with another desk; unsaved work on the last one is journaled.
func (s *Screen) adopt() tea.Cmd {
	cmd := s.forsake()
	t := s.d.Table
	s.desk, s.seen = t.Desk, 0
	s.at, s.top, s.edUID, s.origins = 0, 0, "", nil
	s.proof = proofState{gen: s.proof.gen}
	s.facts = facts{gen: s.facts.gen}
	s.keep = journal{pen: s.keep.pen, gen: s.keep.gen, seq: s.keep.seq}
	if t.Desk != nil {
		s.seen = t.Version() - 1
		s.keep.stored, s.keep.stepped, s.keep.loose = t.Desk.Version(), t.Desk.Stepped(), t.Found != nil
	}
	s.ed.CloseFind()
	s.ed.SetValue("")
	s.pager.SetDoc(nil)
	s.large = false
	s.setFocus(onBlocks)
	return tea.Batch(cmd, s.offer())
}

// load brings the block with the cursor into the editor, if it is not there.
func (s *Screen) load() {
	b := s.block()
	if b == nil {
		s.edUID = ""
		s.ed.SetValue("")
		s.setFocus(onBlocks)
		return
	}
	if len(s.d.Table.Cases) == 0 {
		s.ed.SetKnown(nil)
	} else {
		k := s.d.Table.Case()
		s.ed.SetKnown(func(name string) bool { _, ok := k.Lookup(name); return ok })
	}
	s.ed.SetJSON(b.Kind == session.KindTools || b.Kind == session.KindSchema)
	same := s.edUID == b.UID
	if same && b.Text == s.ed.Value() {
		return
	}
	_, at := s.ed.Caret()
	s.ed.SetValue(b.Text)
	s.edUID = b.UID
	if same {
		s.ed.GotoByte(min(at, len(b.Text)), 0)
	}
	s.ed.SetPlaceholder(placeholder(b.Kind))
}

func placeholder(k session.Kind) string {
	switch k {
	case session.KindShots:
		return "words before the shots, if any"
	case session.KindResources:
		return "words before the resources, as in: Answer from these texts:"
	case session.KindInput:
		return "the case, as in: Ticket: {{ticket}}"
	case session.KindPrefill:
		return "the first words of the answer"
	case session.KindTurns:
		return "--- user begins a turn, --- assistant another"
	case session.KindTools:
		return `[{"type": "function", "function": {"name": …, "description": …, "parameters": {…}}}]`
	case session.KindSchema:
		return `{"type": "object", "properties": {…}, "required": […]}`
	case session.KindGrammar:
		return `root ::= "yes" | "no"`
	}
	return "nothing written yet"
}

// typed takes what was typed to the table.
func (s *Screen) typed() tea.Cmd {
	b := s.block()
	if b == nil || b.UID != s.edUID {
		return nil
	}
	v := s.ed.Value()
	if v == b.Text {
		s.follow() // the caret may have moved
		return nil
	}
	at := s.at
	s.d.Table.Desk.Edit("typing in "+b.Name().String(), fmt.Sprint(b.UID, "#", s.visit), func(c *session.Content) { c.Blocks[at].Text = v })
	return s.sync()
}

// size is roughly the number of bytes of the proof.
func (s *Screen) size() int {
	n := 0
	for _, b := range s.blocks() {
		n += len(b.Text)
		for _, x := range b.Shots {
			n += len(x.Input) + len(x.Output)
		}
		for _, x := range b.Resources {
			n += len(x.Text)
		}
	}
	for _, v := range s.d.Table.Case().Vars {
		n += len(v.Value)
	}
	return n
}

// refresh makes the proof anew: at once, or for a bulky text after a pause.
func (s *Screen) refresh() tea.Cmd {
	s.gen++
	s.proof.gen = s.gen
	if s.size() <= bulky {
		s.dirty = s.d.Table.Dirty()
		p := s.d.Table.Proof()
		s.pager.ReplaceDoc(proofDoc(p, s.blocks(), s.lay.proof.w-2, s.d.Styles))
		return s.take(p)
	}
	s.proof.late = true
	s.dirty = true // as good as certain, and soon known
	return s.after(pause, s.gen, paused{})
}

// compute makes the proof of a bulky text outside of Update.
func (s *Screen) compute() tea.Cmd {
	t := s.d.Table
	if t.Desk == nil {
		return nil
	}
	c, k, o, base, r := t.Desk.Content(), t.Case(), t.Order(), t.Variant.Revision.Hash, s.lay.proof
	st := *s.d.Styles
	return s.ask(s.proof.gen, func(context.Context) tea.Msg {
		p := session.Compose(c, k, o)
		pager := newPager(&st)
		pager.Resize(max(0, r.w-2), max(0, r.h-2))
		pager.SetDoc(proofDoc(p, c.Blocks, r.w-2, &st))
		return composed{p, pager, c.Hash() != base}
	})
}

// turn puts a pager that was filled elsewhere in the place of ours, at the row
// where ours stands.
func (s *Screen) turn(p *kit.Pager) {
	if s.focus == onProof {
		p.GotoSegment(s.pager.Segment())
	}
	s.pager = p
	p.SetStyles(s.d.Styles)
	p.SetFocus(s.focus == onProof)
	p.Resize(max(0, s.lay.proof.w-2), max(0, s.lay.proof.h-2))
}

// take shows a proof and asks for what there is to know of it.
func (s *Screen) take(p session.Proof) tea.Cmd {
	s.proof.p, s.proof.late, s.proof.there = p, false, true
	s.proof.uids = s.proof.uids[:0]
	for _, b := range s.blocks() {
		s.proof.uids = append(s.proof.uids, b.UID)
	}
	s.follow()
	s.gen++
	s.facts.gen = s.gen
	if s.facts.there && s.facts.of == p.Hash && len(s.facts.count.Spans) == len(p.Spans) {
		return s.measure() // the words are the same, but perhaps not whose they are
	}
	return s.after(settle, s.gen, settled{})
}

// measure counts and checks outside of Update.
func (s *Screen) measure() tea.Cmd {
	t := s.d.Table
	if t.Desk == nil || !s.proof.there {
		return nil
	}
	p, model, c, k, prompt := s.proof.p, t.Model(), t.Desk.Content(), t.Case(), t.Prompt.ID
	o := lint.Options{Cases: slices.Clone(t.Cases), Bank: slices.Clone(t.Shots), Fits: s.d.Fits}
	return s.ask(s.facts.gen, func(ctx context.Context) tea.Msg {
		f := facts{of: p.Hash, there: true, tokens: map[string]int{}}
		if s.d.Tokens != nil {
			f.count = s.d.Tokens(ctx, p, model)
			for i, n := range f.count.ByBlock(p, len(c.Blocks)) {
				f.tokens[c.Blocks[i].UID] += n
			}
		}
		o.Tokens = f.count
		if s.d.Silences != nil {
			o.Silences, _ = s.d.Silences(ctx, prompt) // without them all findings speak
		}
		f.finds = lint.Check(c, k, p, o)
		all := len(f.finds)
		f.finds = slices.DeleteFunc(f.finds, func(x lint.Finding) bool { return x.Silenced != "" })
		f.silent = all - len(f.finds)
		return measured{f}
	})
}

// again counts and checks anew what may have changed beside the words: what is
// silenced, and the cases and shots that they are compared with.
func (s *Screen) again() tea.Cmd {
	if s.stale() {
		return nil // it is under way
	}
	return s.measure()
}

func (s *Screen) have(f facts) {
	f.gen = s.facts.gen
	s.facts = f
}

// stale reports whether the counts are of another proof than the one in sight.
func (s *Screen) stale() bool {
	return s.proof.late || !s.facts.there || s.facts.of != s.proof.p.Hash
}

// follow brings what has focus into sight in the proof.
func (s *Screen) follow() {
	b := s.block()
	if b == nil || s.focus == onProof || s.proof.late {
		return
	}
	caret := -1
	if s.focus == onEditor {
		_, caret = s.ed.Caret()
	}
	if b.Kind.Beside() {
		s.pager.GotoOffset(besideID(b.Kind), 0)
		return
	}
	if id, at := place(s.proof.p, s.at, caret); id != 0 {
		s.pager.GotoOffset(id, at)
	}
}

// place finds where a block stands in a proof: the id of a segment and a byte in
// it. caret is a byte of the block's text, or -1 for its beginning.
func place(p session.Proof, block, caret int) (id, at int) {
	for i, sp := range p.Spans {
		if sp.Block != block {
			continue
		}
		if id == 0 {
			id = spanID(i)
			if sp.Start == 0 {
				id = headID(sp.Message)
			}
			if caret < 0 && sp.Part != session.PartSep {
				return id, 0
			}
		}
		if caret < 0 && sp.Part != session.PartSep {
			return spanID(i), 0
		}
		if caret >= 0 && sp.From >= 0 && sp.From <= caret {
			id, at = spanID(i), 0
			if sp.Part == session.PartText {
				at = min(caret-sp.From, sp.End-sp.Start)
			}
		}
	}
	return id, at
}

// name is how a block is named in a sentence.
func name(b session.Block) string { return text.Head(b.Name(), 40).String() }

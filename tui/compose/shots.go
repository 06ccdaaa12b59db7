package compose

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// onShots reports whether the cursor is on a shots block.
func (s *Screen) onShots() bool {
	b := s.block()
	return b != nil && b.Kind == session.KindShots
}

// shotsAt is the shots block that the keys mean: the one with the cursor, else
// the first; -1 where there is none.
func (s *Screen) shotsAt() int {
	if s.onShots() {
		return s.at
	}
	return slices.IndexFunc(s.blocks(), func(b session.Block) bool { return b.Kind == session.KindShots })
}

func (s *Screen) whyShots() string {
	if why := s.whyList(); why != "" {
		return why
	}
	if s.shotsAt() < 0 {
		return "there is no shots block: a adds one"
	}
	return ""
}

func (s *Screen) whyBank() string {
	if why := s.whyShots(); why != "" {
		return why
	}
	if len(s.d.Table.Shots) == 0 {
		return "the prompt's bank has no shot yet: galley import shots brings some"
	}
	return ""
}

func (s *Screen) whyMore() string {
	if why := s.whyBank(); why != "" {
		return why
	}
	if s.nextShot() < 0 {
		return "every shot of the bank that is on is in the block"
	}
	return ""
}

func (s *Screen) whyFewer() string {
	if why := s.whyShots(); why != "" {
		return why
	}
	if len(s.blocks()[s.shotsAt()].Shots) == 0 {
		return "the block holds no shot"
	}
	return ""
}

func (s *Screen) whyRefresh() string {
	if why := s.whyShots(); why != "" {
		return why
	}
	if session.FreshShots(s.d.Table.Desk.Content(), s.d.Table.Shots) == 0 {
		return "the shots are as the bank has them"
	}
	return ""
}

// nextShot is the first shot of the bank that is on and not in the block, or -1.
func (s *Screen) nextShot() int {
	in := map[string]bool{}
	for _, x := range s.blocks()[s.shotsAt()].Shots {
		in[x.UID] = true
	}
	return slices.IndexFunc(s.d.Table.Shots, func(x session.Shot) bool { return !x.Off && !in[x.UID] })
}

// inBankOrder sorts copies as the bank stands; those that it no longer has come
// last.
func (s *Screen) inBankOrder(shots []session.Shot) {
	rank := map[string]int{}
	for i, x := range s.d.Table.Shots {
		rank[x.UID] = i + 1
	}
	slices.SortStableFunc(shots, func(a, b session.Shot) int {
		x, y := rank[a.UID], rank[b.UID]
		if x == 0 || y == 0 {
			return y - x
		}
		return x - y
	})
}

func (s *Screen) more() tea.Cmd {
	i, at := s.nextShot(), s.shotsAt()
	x := session.CloneShots(s.d.Table.Shots[i : i+1])[0]
	return s.change("one shot more", func(c *session.Content) {
		b := &c.Blocks[at]
		b.Shots = append(b.Shots, x)
		s.inBankOrder(b.Shots)
	})
}

func (s *Screen) fewer() tea.Cmd {
	at := s.shotsAt()
	return s.change("one shot fewer", func(c *session.Content) {
		b := &c.Blocks[at]
		b.Shots = b.Shots[:len(b.Shots)-1]
	})
}

// seeds is how many seeds a shuffle draws from: few enough to be read aloud.
const seeds = 100_000

func (s *Screen) shuffle() tea.Cmd {
	at, o := s.shotsAt(), session.Seeded(s.d.Seed()%seeds).String()
	return tea.Batch(s.change("shuffling the shots", func(c *session.Content) { c.Blocks[at].Order = o }), kit.Say("The shots stand in the order "+o))
}

func (s *Screen) asIs() tea.Cmd {
	at := s.shotsAt()
	return s.change("shots in bank order", func(c *session.Content) { c.Blocks[at].Order = "" })
}

func (s *Screen) layout() tea.Cmd {
	at := s.shotsAt()
	return s.change("layout of the shots", func(c *session.Content) {
		b := &c.Blocks[at]
		b.Layout = after([]session.Layout{session.LayoutInline, session.LayoutTurns}, b.Layout)
	})
}

// refreshShots copies the words of changed shots from the bank anew.
func (s *Screen) refreshShots() tea.Cmd {
	n := session.FreshShots(s.d.Table.Desk.Content(), s.d.Table.Shots)
	bank := map[string]session.Shot{}
	for _, x := range s.d.Table.Shots {
		bank[x.UID] = x
	}
	cmd := s.change("refreshing shots from the bank", func(c *session.Content) {
		for i := range c.Blocks {
			for j := range c.Blocks[i].Shots {
				x := &c.Blocks[i].Shots[j]
				if y, ok := bank[x.UID]; ok {
					x.Input, x.Output = y.Input, y.Output
				}
			}
		}
	})
	return tea.Batch(cmd, kit.Say(fmt.Sprintf("Copied %d changed shots from the bank", n)))
}

// pickShots offers the bank with the block's shots checked. Copies that the bank
// no longer has are listed after it.
func (s *Screen) pickShots() tea.Cmd {
	at := s.shotsAt()
	have := map[string]bool{}
	for _, x := range s.blocks()[at].Shots {
		have[x.UID] = true
	}
	all := session.CloneShots(s.d.Table.Shots)
	known := map[string]bool{}
	for _, x := range all {
		known[x.UID] = true
	}
	for _, x := range s.blocks()[at].Shots {
		if !known[x.UID] {
			all = append(all, x)
		}
	}
	choices := make([]kit.Choice, len(all))
	for i, x := range all {
		label := text.Head(x.Name, 12).Append(text.Of("  ")).Append(text.Head(x.Input, 48))
		c := kit.Choice{Label: label.OneLine(), Note: text.Head(x.Output, 16), On: have[x.UID]}
		if x.Off && !have[x.UID] {
			c.Off = "off in the bank"
		}
		choices[i] = c
	}
	done := func(checked []int) tea.Cmd {
		old := map[string]session.Shot{}
		for _, x := range s.blocks()[at].Shots {
			old[x.UID] = x
		}
		var shots []session.Shot
		for _, i := range checked {
			x := all[i]
			if o, ok := old[x.UID]; ok {
				x = o // the copy stays as it is
			}
			shots = append(shots, x)
		}
		return s.change("picking shots", func(c *session.Content) {
			c.Blocks[at].Shots = session.CloneShots(shots)
			s.inBankOrder(c.Blocks[at].Shots)
		})
	}
	return kit.Open(&kit.Multi{Styles: s.d.Styles, Heading: "Shots of this block", Choices: choices, Done: done})
}

// shotSettings is "5 of 24 in the bank, 2 changed  order seed:42".
func (s *Screen) shotSettings(b session.Block) string {
	st := s.d.Styles
	pair := func(label, value string) string { return s.say(st.Faint, label+" ") + s.say(st.Text, value) }
	on := 0
	for _, x := range b.Shots {
		if !x.Off {
			on++
		}
	}
	line := s.say(st.Text, fmt.Sprint(on)) + s.say(st.Faint, fmt.Sprintf(" of %d in the bank", len(s.d.Table.Shots)))
	if len(s.d.Table.Shots) == 0 {
		line = s.say(st.Text, fmt.Sprint(on)) + s.say(st.Faint, " shots, the bank is empty")
	}
	one := session.Content{Blocks: []session.Block{b}}
	if n := session.FreshShots(one, s.d.Table.Shots); n > 0 {
		line += s.say(st.Warn, fmt.Sprintf(", %d changed", n))
	}
	order := "as is"
	if o, err := session.ParseOrder(b.Order); err != nil {
		order = text.Head(rawOf(b.Order), 20).String()
	} else if !o.AsIs() {
		order = o.String()
	}
	if run := s.d.Table.Order(); !run.AsIs() {
		order = run.String() + ", the run's"
	}
	line += "  " + pair("order", order)
	return line
}

// shotLines are a block's shots in the order in which they are sent, in n rows.
func (s *Screen) shotLines(b session.Block, w, n int) []string {
	st := s.d.Styles
	rule := s.say(st.Faint, "shots ") + s.say(st.Rule, strings.Repeat("─", max(0, w-6)))
	out := []string{rule}
	on := make([]session.Shot, 0, len(b.Shots))
	for _, x := range b.Shots {
		if !x.Off {
			on = append(on, x)
		}
	}
	switch {
	case len(on) == 0 && len(s.d.Table.Shots) == 0:
		return append(out, s.say(st.Faint, "The bank has no shot yet:"), s.say(st.Faint, "galley import shots brings some."))
	case len(on) == 0:
		return append(out, s.say(st.Faint, "No shot yet: + takes the next, v picks."))
	}
	o := s.d.Table.Order()
	if own, err := session.ParseOrder(b.Order); err == nil && o.AsIs() {
		o = own
	}
	name := 3
	for _, x := range on {
		name = max(name, text.Head(x.Name, 8).Width())
	}
	for place, i := range o.Apply(len(on)) {
		if len(out) == n-1 && len(on)-place > 1 {
			return append(out, s.say(st.Faint, fmt.Sprintf("   and %d more", len(on)-place)))
		}
		if len(out) == n {
			return out
		}
		out = append(out, s.shotLine(on[i], place+1, name, w))
	}
	return out
}

func (s *Screen) shotLine(x session.Shot, place, name, w int) string {
	st := s.d.Styles
	answer := text.Head(x.Output, max(4, w/3))
	label := text.Head(x.Name, name)
	room := max(1, w-4-name-2-3-answer.Width())
	return s.say(st.Faint, fmt.Sprintf("%3d ", place)) + s.paint(st.Dim, padShown(label, name)) + "  " +
		s.paint(st.Text, padShown(text.Head(x.Input, room), room)) + s.say(st.Faint, " → ") + s.paint(st.Strong, answer)
}

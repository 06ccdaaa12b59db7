package compose

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// onItems reports whether the cursor is on a block of shots or resources.
func (s *Screen) onItems() bool {
	b := s.block()
	return b != nil && holds(b.Kind)
}

// holds reports whether a block of the kind holds shots or resources.
func holds(k session.Kind) bool { return k == session.KindShots || k == session.KindResources }

// shotsAt is the block that the keys for shots and resources mean: the one with the
// cursor, else the first of shots, else the first of resources; -1 where there is
// none.
func (s *Screen) shotsAt() int {
	if s.onItems() {
		return s.at
	}
	for _, k := range []session.Kind{session.KindShots, session.KindResources} {
		if i := slices.IndexFunc(s.blocks(), func(b session.Block) bool { return b.Kind == k }); i >= 0 {
			return i
		}
	}
	return -1
}

// good is one of the shots or resources of a block or a bank, as far as they are alike.
type good struct {
	uid        string
	name, gist text.Raw // gist is what it says
	note       text.Raw
	off        bool
}

// word is "shot" or "resource".
func word(k session.Kind) string {
	if k == session.KindResources {
		return "resource"
	}
	return "shot"
}

func goodsOfShots(list []session.Shot) []good {
	out := make([]good, len(list))
	for i, x := range list {
		out[i] = good{x.UID, x.Name, x.Input, answer(x), x.Off}
	}
	return out
}

// answer is what a shot shows as its output: with calls, the tools that it calls.
func answer(x session.Shot) text.Raw {
	if len(x.Calls) == 0 {
		return x.Output
	}
	var b strings.Builder
	for i, c := range x.Calls {
		b.WriteString(cond(i > 0, ", ", "") + "ƒ " + bytesOf(c.Name) + bytesOf(c.Arguments))
	}
	if x.Output != "" {
		b.WriteString(" → " + bytesOf(x.Output))
	}
	return rawOf(b.String())
}

func goodsOfResources(list []session.Resource) []good {
	out := make([]good, len(list))
	for i, x := range list {
		out[i] = good{x.UID, x.Name, x.Text, "", x.Off}
	}
	return out
}

// held are those that a block holds, banked those of its bank.
func held(b session.Block) []good {
	if b.Kind == session.KindResources {
		return goodsOfResources(b.Resources)
	}
	return goodsOfShots(b.Shots)
}

func (s *Screen) banked(k session.Kind) []good {
	if k == session.KindResources {
		return goodsOfResources(s.d.Table.Resources)
	}
	return goodsOfShots(s.d.Table.Shots)
}

func (s *Screen) whyShots() string {
	if why := s.whyList(); why != "" {
		return why
	}
	if s.shotsAt() < 0 {
		return "there is no block of shots or resources: a adds one"
	}
	return ""
}

func (s *Screen) whyLayout() string {
	if why := s.whyShots(); why != "" {
		return why
	}
	if s.blocks()[s.shotsAt()].Kind != session.KindShots {
		return "resources stand inline; i says how one is written"
	}
	return ""
}

// bankKey says where a bank is filled.
func bankKey(k session.Kind) string {
	if k == session.KindResources {
		return "b opens the bank, i there imports files"
	}
	return "n in Shots (alt+5) writes one"
}

func (s *Screen) whyBank() string {
	if why := s.whyShots(); why != "" {
		return why
	}
	k := s.blocks()[s.shotsAt()].Kind
	if len(s.banked(k)) == 0 && len(held(s.blocks()[s.shotsAt()])) == 0 {
		return "the prompt's bank has no " + word(k) + " yet: " + bankKey(k)
	}
	return ""
}

func (s *Screen) whyMore() string {
	if why := s.whyBank(); why != "" {
		return why
	}
	if b := s.blocks()[s.shotsAt()]; b.OfBank() && s.nextItem() >= 0 {
		return "the block stands for all of the bank: R takes in what is new there"
	}
	if s.nextItem() < 0 {
		return "every " + word(s.blocks()[s.shotsAt()].Kind) + " of the bank that is on is in the block"
	}
	return ""
}

func (s *Screen) whyFewer() string {
	if why := s.whyShots(); why != "" {
		return why
	}
	if b := s.blocks()[s.shotsAt()]; len(held(b)) == 0 {
		return "the block holds no " + word(b.Kind)
	}
	return ""
}

func (s *Screen) whyRefresh() string {
	if why := s.whyShots(); why != "" {
		return why
	}
	if s.stales() == 0 {
		return "the shots and resources are as the bank has them"
	}
	return ""
}

// stales is how many shots and resources the bank has in other words by now, or has
// anew or no longer where a block stands for all of it.
func (s *Screen) stales() int {
	c, t := s.d.Table.Desk.Content(), s.d.Table
	n := session.FreshShots(c, t.Shots) + session.FreshResources(c, t.Resources)
	for _, b := range c.Blocks {
		d := b.Behind(t.Shots, t.Resources)
		n += d.New + d.Gone
	}
	return n
}

// nextItem is the first of the bank that is on and not in the block, or -1.
func (s *Screen) nextItem() int {
	b := s.blocks()[s.shotsAt()]
	in := map[string]bool{}
	for _, x := range held(b) {
		in[x.uid] = true
	}
	return slices.IndexFunc(s.banked(b.Kind), func(x good) bool { return !x.off && !in[x.uid] })
}

// inBankOrder sorts copies as the bank stands; those that it no longer has come
// last.
func inBankOrder[T any](list []T, bank []good, uid func(T) string) {
	uids := make([]string, len(bank))
	for i, x := range bank {
		uids[i] = x.uid
	}
	session.AsBank(list, uid, uids)
}

func shotUID(x session.Shot) string         { return x.UID }
func resourceUID(x session.Resource) string { return x.UID }

func (s *Screen) more() tea.Cmd {
	i, at := s.nextItem(), s.shotsAt()
	k := s.blocks()[at].Kind
	bank := s.banked(k)
	return s.change("one "+word(k)+" more", func(c *session.Content) {
		b := &c.Blocks[at]
		if k == session.KindResources {
			b.Resources = append(b.Resources, session.CloneResources(s.d.Table.Resources[i : i+1])[0])
			inBankOrder(b.Resources, bank, resourceUID)
			return
		}
		b.Shots = append(b.Shots, session.CloneShots(s.d.Table.Shots[i : i+1])[0])
		inBankOrder(b.Shots, bank, shotUID)
	})
}

func (s *Screen) fewer() tea.Cmd {
	at := s.shotsAt()
	k := s.blocks()[at].Kind
	return s.change("one "+word(k)+" fewer", func(c *session.Content) {
		b := &c.Blocks[at]
		someOf(b)
		if k == session.KindResources {
			b.Resources = b.Resources[:len(b.Resources)-1]
			return
		}
		b.Shots = b.Shots[:len(b.Shots)-1]
	})
}

// someOf makes a block that stood for all of the bank one of those that it holds.
func someOf(b *session.Block) {
	if !b.OfBank() {
		return
	}
	if b.Pick.Bank = false; *b.Pick == (session.Pick{How: session.PickAll}) {
		b.Pick = nil
	}
}

// seeds is how many seeds a shuffle draws from: few enough to be read aloud.
const seeds = 100_000

func (s *Screen) shuffle() tea.Cmd {
	at, o := s.shotsAt(), session.Seeded(s.d.Seed()%seeds).String()
	what := word(s.blocks()[at].Kind) + "s"
	return tea.Batch(s.change("shuffling the "+what, func(c *session.Content) { c.Blocks[at].Order = o }), kit.Say("The "+what+" stand in the order "+o))
}

func (s *Screen) asIs() tea.Cmd {
	at := s.shotsAt()
	return s.change(word(s.blocks()[at].Kind)+"s in bank order", func(c *session.Content) { c.Blocks[at].Order = "" })
}

func (s *Screen) layout() tea.Cmd {
	at := s.shotsAt()
	return s.change("layout of the shots", func(c *session.Content) {
		b := &c.Blocks[at]
		b.Layout = after([]session.Layout{session.LayoutInline, session.LayoutTurns}, b.Layout)
	})
}

// refreshShots copies the words of changed shots and resources from the bank anew.
// How they are pinned is the variant's.
func (s *Screen) refreshShots() tea.Cmd {
	n := s.stales()
	shots, resources := map[string]session.Shot{}, map[string]session.Resource{}
	for _, x := range s.d.Table.Shots {
		shots[x.UID] = x
	}
	for _, x := range s.d.Table.Resources {
		resources[x.UID] = x
	}
	cmd := s.change("refreshing from the bank", func(c *session.Content) {
		for i := range c.Blocks {
			if c.Blocks[i].OfBank() {
				c.Blocks[i].TakeBank(s.d.Table.Shots, s.d.Table.Resources)
				continue
			}
			for j := range c.Blocks[i].Shots {
				x := &c.Blocks[i].Shots[j]
				if y, ok := shots[x.UID]; ok {
					x.Input, x.Output, x.Calls = y.Input, y.Output, y.Calls
				}
			}
			for j := range c.Blocks[i].Resources {
				x := &c.Blocks[i].Resources[j]
				if y, ok := resources[x.UID]; ok {
					x.Text, x.Hash = y.Text, y.Hash
				}
			}
		}
	})
	return tea.Batch(cmd, kit.Say("Took over "+kit.Plural(n, "change", "changes")+" of the bank"))
}

// pickShots offers the bank with what the block holds checked. Copies that the bank
// no longer has are listed after it.
func (s *Screen) pickShots() tea.Cmd {
	at := s.shotsAt()
	b := s.blocks()[at]
	k, bank := b.Kind, s.banked(b.Kind)
	have, known := map[string]bool{}, map[string]bool{}
	for _, x := range held(b) {
		have[x.uid] = true
	}
	all := slices.Clone(bank)
	for _, x := range bank {
		known[x.uid] = true
	}
	for _, x := range held(b) {
		if !known[x.uid] {
			all = append(all, x)
		}
	}
	choices, width := make([]kit.Choice, len(all)), 12
	if k == session.KindResources {
		width = 24
	}
	for i, x := range all {
		label := text.Head(x.name, width).Append(text.Of("  ")).Append(text.Head(x.gist, 48))
		c := kit.Choice{Label: label.OneLine(), Note: text.Head(x.note, 16), On: have[x.uid]}
		if x.off && !have[x.uid] {
			c.Off = "off in the bank"
		}
		choices[i] = c
	}
	done := func(checked []int) tea.Cmd {
		var uids []string
		for _, i := range checked {
			uids = append(uids, all[i].uid)
		}
		return s.change("picking "+word(k)+"s", func(c *session.Content) {
			b := &c.Blocks[at]
			someOf(b)
			if k == session.KindResources {
				b.Resources = session.CloneResources(chosen(uids, b.Resources, s.d.Table.Resources, resourceUID))
				inBankOrder(b.Resources, bank, resourceUID)
				return
			}
			b.Shots = session.CloneShots(chosen(uids, b.Shots, s.d.Table.Shots, shotUID))
			inBankOrder(b.Shots, bank, shotUID)
		})
	}
	heading := "Shots of this block"
	if k == session.KindResources {
		heading = "Resources of this block"
	}
	return kit.Open(&kit.Multi{Styles: s.d.Styles, Heading: heading, Choices: choices, Done: done})
}

// chosen are the copies of those with the uids: the block's own as they are, else
// the bank's.
func chosen[T any](uids []string, own, bank []T, uid func(T) string) (out []T) {
	by := map[string]T{}
	for _, x := range slices.Concat(bank, own) {
		by[uid(x)] = x
	}
	for _, u := range uids {
		out = append(out, by[u])
	}
	return out
}

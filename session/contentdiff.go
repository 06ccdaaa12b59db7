package session

import (
	"slices"
	"strconv"

	"galley/session/text"
)

// ContentDiff says what became of one content in another.
type ContentDiff struct {
	Blocks []BlockDiff // every block of either, once: those of the second in its order, removed ones behind what they stood behind
	Params []FieldDiff // sampling parameters that differ
}

// BlockDiff says what became of a block.
type BlockDiff struct {
	A, B   int // its place in either content, from 0; -1: it is not there
	Was    Block
	Is     Block
	Moved  bool        // it stands elsewhere among those that are in both
	Fields []FieldDiff // what differs of a block that is in both, its text among them
	Items  []ItemDiff  // shots and resources that were added, removed, moved or changed
}

// FieldDiff is one thing that differs. nil: it is not set.
type FieldDiff struct {
	Name     string // ours: "text", "wrapper", "temperature"
	From, To *text.Raw
}

// ItemDiff says what became of a shot or resource.
type ItemDiff struct {
	A, B     int // its place in either block, from 0; -1: it is not there
	Name     text.Raw
	Moved    bool
	Fields   []FieldDiff
	Was, Is  text.Raw // its words, as one text
	Resource bool
}

// Added reports whether only the second content has the block.
func (d BlockDiff) Added() bool { return d.A < 0 }

// Removed reports whether only the first content has the block.
func (d BlockDiff) Removed() bool { return d.B < 0 }

// Same reports whether nothing became of the block.
func (d BlockDiff) Same() bool {
	return d.A >= 0 && d.B >= 0 && !d.Moved && len(d.Fields) == 0 && len(d.Items) == 0
}

// Block is the block as it is now, or as it was where it is gone.
func (d BlockDiff) Block() Block {
	if d.Removed() {
		return d.Was
	}
	return d.Is
}

// Words compares what the field was and is word by word.
func (f FieldDiff) Words() []text.DiffOp { return text.DiffWords(valueOf(f.From), valueOf(f.To)) }

func valueOf(t *text.Raw) text.Raw {
	if t == nil {
		return ""
	}
	return *t
}

// Same reports whether both contents say the same: what names a block or shot
// apart from its words does not count.
func (d ContentDiff) Same() bool {
	return len(d.Params) == 0 && !slices.ContainsFunc(d.Blocks, func(b BlockDiff) bool { return !b.Same() })
}

// DiffContents compares two contents block by block. A block is found again by its
// uid, else by its kind with its title or its words.
func DiffContents(a, b Content) ContentDiff {
	d := ContentDiff{Params: diffParams(a.Params, b.Params)}
	to := pairBlocks(a.Blocks, b.Blocks)
	moved := strayed(to)
	from := inverse(to, len(b.Blocks))
	for j, blk := range b.Blocks {
		x := BlockDiff{A: from[j], B: j, Is: blk}
		if i := from[j]; i >= 0 {
			x.Was, x.Moved = a.Blocks[i], moved[i]
			x.Fields, x.Items = diffFields(x.Was, blk), diffItems(x.Was, blk)
		}
		d.Blocks = append(d.Blocks, x)
	}
	for i, blk := range a.Blocks {
		if to[i] < 0 {
			behind := slices.IndexFunc(d.Blocks, func(x BlockDiff) bool { return x.A == i-1 && i > 0 })
			d.Blocks = slices.Insert(d.Blocks, behind+1, BlockDiff{A: i, B: -1, Was: blk})
		}
	}
	return d
}

// pairBlocks finds each block of a in b: its place there, or -1.
func pairBlocks(a, b []Block) []int {
	p := newPairs(len(a), len(b))
	by := func(key func(Block) string) {
		p.match(func(i int) string { return key(a[i]) }, func(j int) string { return key(b[j]) })
	}
	by(func(x Block) string { return x.UID })
	by(func(x Block) string { return string(x.Kind) + "\x00" + string(x.Title) + "\x00" + string(x.Text) })
	by(func(x Block) string {
		if x.Title == "" {
			return ""
		}
		return string(x.Kind) + "\x00" + string(x.Title)
	})
	left := func(all []Block, free func(i int) bool, k Kind) (n int) {
		for i, x := range all {
			if x.Kind == k && free(i) {
				n++
			}
		}
		return n
	}
	for i := range a {
		for j := range b {
			if !p.freeA(i) || !p.freeB(j) || a[i].Kind != b[j].Kind {
				continue
			}
			alone := left(a, p.freeA, a[i].Kind) == 1 && left(b, p.freeB, a[i].Kind) == 1
			if alone || alike(text.DiffWords(a[i].Text, b[j].Text)) {
				p.join(i, j)
			}
		}
	}
	return p.to
}

// pairs joins the places of two lists, each at most once.
type pairs struct{ to, from []int }

func newPairs(n, m int) *pairs {
	p := &pairs{make([]int, n), make([]int, m)}
	for i := range p.to {
		p.to[i] = -1
	}
	for j := range p.from {
		p.from[j] = -1
	}
	return p
}

func (p *pairs) freeA(i int) bool { return p.to[i] < 0 }
func (p *pairs) freeB(j int) bool { return p.from[j] < 0 }
func (p *pairs) join(i, j int)    { p.to[i], p.from[j] = j, i }

// match joins what has the same key, in order; "" is the key of nothing.
func (p *pairs) match(keyA, keyB func(i int) string) {
	at := map[string][]int{}
	for j := range p.from {
		if k := keyB(j); k != "" && p.freeB(j) {
			at[k] = append(at[k], j)
		}
	}
	for i := range p.to {
		if !p.freeA(i) {
			continue
		}
		k := keyA(i)
		if list := at[k]; k != "" && len(list) > 0 {
			p.join(i, list[0])
			at[k] = list[1:]
		}
	}
}

func inverse(to []int, n int) []int {
	from := make([]int, n)
	for j := range from {
		from[j] = -1
	}
	for i, j := range to {
		if j >= 0 {
			from[j] = i
		}
	}
	return from
}

// strayed says which of the joined changed their place: all but a longest run that
// keeps its order.
func strayed(to []int) []bool {
	var tails []int // places in to of the last of the best run of each length
	prev := make([]int, len(to))
	for i, j := range to {
		prev[i] = -1
		if j < 0 {
			continue
		}
		n, _ := slices.BinarySearchFunc(tails, j, func(t, j int) int { return to[t] - j })
		if n > 0 {
			prev[i] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, i)
		} else {
			tails[n] = i
		}
	}
	out := make([]bool, len(to))
	for i, j := range to {
		out[i] = j >= 0
	}
	if len(tails) > 0 {
		for i := tails[len(tails)-1]; i >= 0; i = prev[i] {
			out[i] = false
		}
	}
	return out
}

// fields gathers what differs.
type fields []FieldDiff

func (f *fields) add(name string, a, b *text.Raw) {
	if a == nil && b == nil || a != nil && b != nil && *a == *b {
		return
	}
	*f = append(*f, FieldDiff{name, a, b})
}

func (f *fields) text(name string, a, b text.Raw) { f.add(name, &a, &b) }

func (f *fields) word(name, a, b string) { f.text(name, text.Raw(a), text.Raw(b)) }

func onOff(off bool) string {
	if off {
		return "off"
	}
	return "on"
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func diffFields(a, b Block) []FieldDiff {
	var f fields
	f.word("kind", string(a.Kind), string(b.Kind))
	f.text("title", a.Title, b.Title)
	f.word("switched", onOff(a.Off), onOff(b.Off))
	f.word("role", string(a.Role), string(b.Role))
	f.word("wrapper", or(string(a.Wrap), string(WrapNone)), or(string(b.Wrap), string(WrapNone)))
	f.word("layout", or(string(a.Layout), string(LayoutInline)), or(string(b.Layout), string(LayoutInline)))
	f.word("order", or(a.Order, "as-is"), or(b.Order, "as-is"))
	f.word("choice", pickWords(a.Pick), pickWords(b.Pick))
	f.text("item", a.Item, b.Item)
	f.add("between", a.Between, b.Between)
	f.text("text", a.Text, b.Text)
	return f
}

func whole[T int | int64](p *T) *text.Raw {
	if p == nil {
		return nil
	}
	t := text.Raw(strconv.FormatInt(int64(*p), 10))
	return &t
}

func fraction(p *float64) *text.Raw {
	if p == nil {
		return nil
	}
	t := text.Raw(strconv.FormatFloat(*p, 'g', -1, 64))
	return &t
}

func positive(n int) *text.Raw {
	if n == 0 {
		return nil
	}
	return whole(&n)
}

func diffParams(a, b Params) []FieldDiff {
	var f fields
	f.add("temperature", fraction(a.Temperature), fraction(b.Temperature))
	f.add("top_p", fraction(a.TopP), fraction(b.TopP))
	f.add("top_k", whole(a.TopK), whole(b.TopK))
	f.add("min_p", fraction(a.MinP), fraction(b.MinP))
	f.add("repeat_penalty", fraction(a.RepeatPenalty), fraction(b.RepeatPenalty))
	f.add("presence_penalty", fraction(a.Presence), fraction(b.Presence))
	f.add("frequency_penalty", fraction(a.Frequency), fraction(b.Frequency))
	f.add("max_tokens", positive(a.MaxTokens), positive(b.MaxTokens))
	f.add("seed", whole(a.Seed), whole(b.Seed))
	f.add("stop", stops(a.Stop), stops(b.Stop))
	f.add("context", positive(a.Context), positive(b.Context))
	f.add("think", word(a.Think), word(b.Think))
	return f
}

func word(s string) *text.Raw {
	if s == "" {
		return nil
	}
	t := text.Raw(s)
	return &t
}

// stops is the list as Go would write its texts, so that it can be told where one
// ends.
func stops(list []text.Raw) *text.Raw {
	if len(list) == 0 {
		return nil
	}
	s := ""
	for i, t := range list {
		if i > 0 {
			s += ", "
		}
		s += strconv.Quote(string(t))
	}
	return word(s)
}

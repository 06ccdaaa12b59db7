package session

import "slices"

// Desk is what lies on the table in Compose: a content being edited, with its
// undo. Every change goes through Edit, so that each is one step to undo.
type Desk struct {
	content Content
	past    []Step
	future  []Step
	version uint64
	stepped uint64
}

// NewDesk lays a content on the table.
func NewDesk(c Content) *Desk { return &Desk{content: c.Clone()} }

// Resume lays a content on the table with the steps that were kept of it, as
// [Desk.Steps] gave them. What is typed from now on is a step of its own.
func Resume(c Content, past, future []Step) *Desk {
	d := NewDesk(c)
	d.past, d.future = resumed(d.content, past), resumed(d.content, future)
	return d
}

// resumed copies steps, the nearest last. Texts that did not change from one to
// the next are held once.
func resumed(now Content, steps []Step) []Step {
	out := make([]Step, len(steps))
	for i := len(steps) - 1; i >= 0; i-- {
		out[i] = Step{What: steps[i].What, Content: steps[i].Content.Clone()}
		share(out[i].Content.Blocks, now.Blocks)
		now = out[i].Content
	}
	return out
}

func share(blocks, with []Block) {
	for i := range blocks {
		b := &blocks[i]
		if j := slices.IndexFunc(with, func(x Block) bool { return x.UID == b.UID }); j >= 0 && with[j].Text == b.Text {
			b.Text = with[j].Text
		}
	}
}

// Content returns the content. It must not be changed but through Edit.
func (d *Desk) Content() Content { return d.content }

// Version grows with each change.
func (d *Desk) Version() uint64 { return d.version }

// Stepped grows with each change of what Steps returns.
func (d *Desk) Stepped() uint64 { return d.stepped }

// Edit makes a change. What names it for people ("switch off Rules"). Changes
// with the same key that is not "" that follow each other are one step: typing
// into one block.
func (d *Desk) Edit(what, key string, change func(*Content)) {
	next := d.content.Clone()
	change(&next)
	if key == "" || len(d.past) == 0 || d.past[len(d.past)-1].Key != key || len(d.future) > 0 {
		d.past = append(d.past, Step{What: what, Key: key, Content: d.content})
		if len(d.past) > maxSteps {
			d.past = slices.Delete(d.past, 0, 1)
		}
		d.stepped++
	}
	d.future = nil
	d.content = next.Clone() // change may have kept next, or put slices of others into it
	d.version++
}

const maxSteps = 1000

// Undo takes the last change back and says what it was; "" means there is none.
func (d *Desk) Undo() string { return d.move(&d.past, &d.future) }

// Redo makes the last undone change again and says what it was.
func (d *Desk) Redo() string { return d.move(&d.future, &d.past) }

func (d *Desk) move(from, to *[]Step) string {
	if len(*from) == 0 {
		return ""
	}
	s := (*from)[len(*from)-1]
	*from = (*from)[:len(*from)-1]
	*to = append(*to, Step{What: s.What, Content: d.content})
	d.content = s.Content
	d.version++
	d.stepped++
	return s.What
}

// Bounds of what is kept of a desk's steps when it is left.
const (
	keptSteps = 300
	keptBytes = 16 << 20
)

// Steps returns what undo and redo would go back to, the nearest last, as far as
// it is worth keeping over a restart: the nearest three hundred, and of large
// texts fewer. They share memory with the desk and must not be changed.
func (d *Desk) Steps() (past, future []Step) {
	return nearest(d.content, d.past), nearest(d.content, d.future)
}

// nearest returns the last of steps that stay within the bounds. A text counts
// where it differs from the one of the next step.
func nearest(now Content, steps []Step) []Step {
	n, first := 0, len(steps)
	for first > 0 && len(steps)-first < keptSteps {
		c := steps[first-1].Content
		for i, b := range c.Blocks {
			if i >= len(now.Blocks) || now.Blocks[i].Text != b.Text {
				n += len(b.Text)
			}
		}
		if n > keptBytes {
			break
		}
		now = c
		first--
	}
	return slices.Clone(steps[first:])
}

package session

import (
	"slices"
	"strconv"

	"galley/session/text"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Desk is what lies on the table in Compose: a content being edited, with its
// undo. Every change goes through Edit, so that each is one step to undo.
type Desk struct {
	content Content
	past    []step
	future  []step
	version uint64
}

type step struct {
	content Content
	what    string
	key     string
}

// NewDesk lays a content on the table.
func NewDesk(c Content) *Desk { return &Desk{content: c.Clone()} }

// Content returns the content. It must not be changed but through Edit.
func (d *Desk) Content() Content { return d.content }

// Version grows with each change.
func (d *Desk) Version() uint64 { return d.version }

// Edit makes a change. What names it for people ("switch off Rules"). Changes
// with the same key that is not "" that follow each other are one step: typing
// into one block.
func (d *Desk) Edit(what, key string, change func(*Content)) {
	next := d.content.Clone()
	change(&next)
	if key == "" || len(d.past) == 0 || d.past[len(d.past)-1].key != key || len(d.future) > 0 {
		d.past = append(d.past, step{d.content, what, key})
		if len(d.past) > maxSteps {
			d.past = slices.Delete(d.past, 0, 1)
		}
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

func (d *Desk) move(from, to *[]step) string {
	if len(*from) == 0 {
		return ""
	}
	s := (*from)[len(*from)-1]
	*from = (*from)[:len(*from)-1]
	*to = append(*to, step{d.content, s.what, ""})
	d.content = s.content
	d.version++
	return s.what
}

// Edit is one entry of the append-only log of what was changed in a workspace.
type Edit struct {
	ID     int64
	UID    string
	AtMS   int64
	Verb   string   // create, rename, save, delete, set, import, undo …
	Noun   string   // prompt, variant, case, shot, guideline …
	Name   text.Raw // of what was changed
	Detail text.Raw // one line for people
	Undone bool     // a later undo took it back
	Undoes int64    // this entry took that one back; 0: none
}

// Hit is a place where a search found its words.
type Hit struct {
	Noun    string // prompt, variant, case, shot, output, note
	ID      int64
	Name    text.Raw // how to name it to the other commands
	Excerpt text.Raw // the text around the words, one line
}

// ModelInfo is a model that can be asked.
type ModelInfo struct {
	Ref     string // BACKEND/MODEL
	About   string // one line, ours
	Context int    // tokens, 0: unknown
	Digest  string // "" unknown

	State     string   // loaded, loading, unloaded, sleeping, downloading, failed; "" unknown
	Trained   int      // context in tokens that it was trained with, 0: unknown
	Quant     string   // quantisation, "" unknown
	Params    string   // number of parameters as people write it ("8.2B"), "" unknown
	Bytes     int64    // of the model, 0: unknown
	VRAM      int64    // bytes on the GPU, 0: unknown or none
	Slots     int      // requests at once, 0: unknown
	Abilities []string // render, tokenize, evaluated, schema, grammar, tools, think, prefill, load, gauge
	Why       string   // what went wrong with it, in the server's words, "" nothing
}

package session

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"galley/session/text"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

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

// TookBack says, in one line, that the edit was undone.
func (e Edit) TookBack() string {
	return strings.TrimSpace(fmt.Sprintf("Took back: %s %s %s", e.Verb, e.Noun, text.Show(e.Name).OneLine().Truncate(40)))
}

// Undone is what came of an undo. An edit without a verb is none: nothing was left to
// take back, which is an error.
func Undone(e Edit, err error) (Edit, error) {
	if err == nil && e.Verb == "" {
		err = errors.New("there is nothing to undo")
	}
	return e, err
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

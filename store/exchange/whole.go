package exchange

import (
	"bytes"
	"encoding/json"

	"galley/session"
	"galley/session/text"
)

// A content in a file has the texts of its resources with it, which a workspace keeps
// apart by their hash. One without resources is written as the workspace keeps it.

type wholeContent struct {
	Blocks []wholeBlock   `json:"blocks"`
	Params session.Params `json:"params"`
}

type wholeBlock struct {
	session.Block
	Resources []wholeResource `json:"resources,omitempty"`
}

type wholeResource struct {
	session.Resource
	Text text.Raw `json:"text"`
}

func wholeJSON(c session.Content) []byte {
	w := wholeContent{Params: c.Params}
	some := false
	for _, b := range c.Blocks {
		x := wholeBlock{Block: b}
		for _, r := range b.Resources {
			x.Resources = append(x.Resources, wholeResource{r, r.Text})
			some = true
		}
		w.Blocks = append(w.Blocks, x)
	}
	if !some {
		return c.JSON()
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(w); err != nil {
		panic("exchange: a content is not JSON: " + err.Error()) // strings, numbers and slices only
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// content is the content as a workspace has it; the hashes are those of the texts as
// they stand in the file.
func (w wholeContent) content() session.Content {
	c := session.Content{Params: w.Params}
	for _, x := range w.Blocks {
		b := x.Block
		b.Resources = nil
		for _, r := range x.Resources {
			r.Resource.Text, r.Hash = r.Text, session.Hash([]byte(r.Text))
			b.Resources = append(b.Resources, r.Resource)
		}
		c.Blocks = append(c.Blocks, b)
	}
	return c
}

func wholeOf(p *parser, v value, at int) (session.Content, error) {
	var w wholeContent
	err := exactJSON(p, v, at, &w)
	return w.content(), err
}

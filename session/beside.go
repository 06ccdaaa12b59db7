package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"galley/session/text"
)

// BesideFault says in a clause why a text can't be what a block of the kind holds
// beside the messages ("line 3: …"), or "". A grammar is not read here: only its
// server knows whether it is one. An empty text sends nothing and has no fault.
func BesideFault(k Kind, t text.Raw) string {
	if k != KindTools && k != KindSchema || strings.TrimSpace(string(t)) == "" {
		return ""
	}
	d := json.NewDecoder(strings.NewReader(string(t)))
	var first json.RawMessage
	if err := d.Decode(&first); err != nil {
		return notJSON(t, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Sprintf("line %d: something stands after the end of the JSON", lineOf(t, d.InputOffset()))
	}
	if k == KindSchema {
		if c := first[0]; c != '{' && c != 't' && c != 'f' {
			return "a JSON Schema is an object"
		}
		return ""
	}
	var tools []json.RawMessage
	if first[0] != '[' || json.Unmarshal(first, &tools) != nil {
		return "tools are a JSON list of objects"
	}
	for i, x := range tools {
		if !bytes.HasPrefix(x, []byte("{")) {
			return fmt.Sprintf("tool %d is no object", i+1)
		}
	}
	return ""
}

func notJSON(t text.Raw, err error) string {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("line %d: %s", lineOf(t, syntax.Offset-1), text.Raw(syntax.Error()))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Sprintf("line %d: it ends too soon", lineOf(t, int64(len(t))))
	}
	return text.Raw(err.Error()).String()
}

// lineOf is the line of a byte, from 1.
func lineOf(t text.Raw, at int64) int {
	return 1 + strings.Count(string(t[:max(0, min(at, int64(len(t))))]), "\n")
}

// BesidePart is one of the things beside the messages.
type BesidePart struct {
	Kind Kind
	Text text.Raw
}

// Parts lists what there is, tools first.
func (b Beside) Parts() []BesidePart {
	var out []BesidePart
	for _, p := range []BesidePart{{KindTools, b.Tools}, {KindSchema, b.Schema}, {KindGrammar, b.Grammar}} {
		if p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}

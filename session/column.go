package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"galley/session/text"
)

// column reads the ranked list that the case brings. What can't be read is noted,
// never left out in silence.
func (ch *choice) column(name string, c Case) (pool []item) {
	v, ok := c.Lookup(name)
	switch {
	case name == "":
		ch.note("No variable is named that holds the list of resources, so none stand; name one.")
		return nil
	case !ok:
		ch.note("The case has no value %s, which is to hold its list of resources, so none stand.", text.Raw(name))
		return nil
	case v.Blank():
		ch.note("The case's value %s, which is to hold its list of resources, is empty, so none stand.", text.Raw(name))
		return nil
	}
	list, notes := ParseColumn(v)
	for _, n := range notes {
		ch.note("%s of the value %s", n, text.Raw(name))
	}
	for i, r := range list {
		pool = append(pool, item{at: i, res: r})
	}
	return pool
}

// ParseColumn reads a ranked list of resources as a case may bring it: a JSON list
// of texts, or of objects with text (or content), and name (or title, id) and source
// (or url); else plain text, whose pieces stand between blank lines. notes say, as
// beginnings of sentences, what of it could not be read.
func ParseColumn(v text.Raw) (list []Resource, notes []string) {
	trimmed := strings.TrimSpace(string(v))
	if strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, "{") {
		list, notes, ok := jsonColumn(trimmed)
		if ok {
			return list, notes
		}
		list = plainColumn(v)
		return list, append(notes, "JSON was begun and is not valid, so the pieces between blank lines were taken")
	}
	return plainColumn(v), nil
}

func jsonColumn(s string) (list []Resource, notes []string, ok bool) {
	d := json.NewDecoder(strings.NewReader(s))
	var all []json.RawMessage
	if strings.HasPrefix(s, "{") {
		all = []json.RawMessage{nil}
		if d.Decode(&all[0]) != nil {
			return nil, nil, false
		}
	} else if d.Decode(&all) != nil {
		return nil, nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, false
	}
	for i, raw := range all {
		r, ok := columnEntry(raw)
		if !ok {
			notes = append(notes, fmt.Sprintf("Entry %d has no text and is left out: entries are texts, or objects with text and name,", i+1))
			continue
		}
		list = append(list, r)
	}
	return list, notes, true
}

func columnEntry(raw json.RawMessage) (r Resource, ok bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil && !bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return Resource{Text: text.Raw(s)}, true
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) != nil {
		return Resource{}, false
	}
	get := func(keys ...string) (text.Raw, bool) {
		for _, k := range keys {
			var s string
			var n json.Number
			v := o[k]
			switch {
			case len(v) == 0 || string(v) == "null":
			case json.Unmarshal(v, &s) == nil:
				return text.Raw(s), true
			case json.Unmarshal(v, &n) == nil: // an id may be a number
				return text.Raw(n), true
			}
		}
		return "", false
	}
	r.Text, ok = get("text", "content")
	r.Name, _ = get("name", "title", "id")
	r.Source, _ = get("source", "url")
	return r, ok
}

// plainColumn cuts a text at its blank lines.
func plainColumn(v text.Raw) (list []Resource) {
	var piece []string
	flush := func() {
		if len(piece) > 0 {
			list = append(list, Resource{Text: text.Raw(strings.TrimSuffix(strings.Join(piece, ""), "\n"))})
			piece = nil
		}
	}
	for line := range strings.Lines(string(v)) {
		if strings.TrimSpace(line) == "" {
			flush()
			continue
		}
		piece = append(piece, line)
	}
	flush()
	for i := range list {
		list[i].Text = text.Raw(strings.TrimSuffix(string(list[i].Text), "\r"))
	}
	return list
}

package shots

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// The fields of the form.
const (
	inInput = iota
	inOutput
	inName
	inTags
	inCalls
)

// form is where a shot is written.
type form struct {
	*kit.Form
	began session.Shot // ID 0: a new one
}

// openForm begins to write a shot.
func (s *Screen) openForm(x session.Shot, at int) tea.Cmd {
	s.form = &form{began: x, Form: kit.NewForm(s.d.Styles, boxes,
		kit.Field{Name: "Input", Tall: true, Value: x.Input, Hint: "what the model would get; empty for an output alone"},
		kit.Field{Name: "Output", Tall: true, Value: x.Output, Hint: "the answer that is right"},
		kit.Field{Name: "Name", Value: x.Name, Hint: "the next free one"},
		kit.Field{Name: "Tags", Value: session.JoinTags(x.Tags), Hint: "none; with commas between"},
		kit.Field{Name: "Calls of tools", Tall: true, JSON: true, Value: callsText(x.Calls),
			Hint: `none; or a JSON list: [{"name": "lookup", "arguments": {"order": 7}, "result": "sent"}]`},
	)}
	s.form.Focus(at)
	s.form.Resize(s.w, s.h)
	return nil
}

// callsText is calls as a person edits them; arguments that are JSON stand as such.
func callsText(calls []session.ShotCall) text.Raw {
	if len(calls) == 0 {
		return ""
	}
	type shown struct {
		Name      text.Raw `json:"name"`
		Arguments any      `json:"arguments"`
		Result    text.Raw `json:"result,omitempty"`
	}
	all := make([]shown, len(calls))
	for i, c := range calls {
		all[i] = shown{c.Name, c.Arguments, c.Result}
		if json.Valid([]byte(c.Arguments)) {
			all[i].Arguments = json.RawMessage(c.Arguments)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(all); err != nil {
		return ""
	}
	return text.Raw(strings.TrimSuffix(b.String(), "\n"))
}

// parseCalls reads what callsText wrote. Those that were not changed stay to the
// byte: was are the calls that the text was made of.
func parseCalls(t text.Raw, was []session.ShotCall) ([]session.ShotCall, error) {
	if t == callsText(was) {
		return slices.Clone(was), nil
	}
	if t.Blank() {
		return nil, nil
	}
	var all []struct {
		Name      *text.Raw       `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
		Result    text.Raw        `json:"result"`
	}
	d := json.NewDecoder(strings.NewReader(string(t)))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("the calls: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if d.More() {
		return nil, fmt.Errorf("the calls: something stands behind the list")
	}
	out := make([]session.ShotCall, len(all))
	for i, c := range all {
		if c.Name == nil || c.Name.Blank() {
			return nil, fmt.Errorf("call %d has no name", i+1)
		}
		var words string
		switch {
		case len(c.Arguments) == 0:
			c.Arguments = json.RawMessage("{}")
		case json.Unmarshal(c.Arguments, &words) == nil:
			c.Arguments = json.RawMessage(words)
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(c.Arguments, &object) != nil {
			return nil, fmt.Errorf("the arguments of call %d are no JSON object", i+1)
		}
		var flat bytes.Buffer
		if json.Compact(&flat, c.Arguments) == nil {
			c.Arguments = flat.Bytes()
		}
		out[i] = session.ShotCall{Name: *c.Name, Arguments: text.Raw(c.Arguments), Result: c.Result}
	}
	return out, nil
}

// shot is what the form says, or what is wrong with it and where.
func (f *form) shot() (session.Shot, int, error) {
	x := f.began
	x.Input, x.Output, x.Name = f.Value(inInput), f.Value(inOutput), text.Raw(strings.TrimSpace(string(f.Value(inName))))
	x.Tags = session.ReadTags(f.Value(inTags))
	var err error
	if x.Calls, err = parseCalls(f.Value(inCalls), f.began.Calls); err != nil {
		return x, inCalls, err
	}
	switch {
	case x.Output.Blank() && len(x.Calls) == 0:
		return x, inOutput, fmt.Errorf("a shot needs an output, or calls of tools")
	case len(x.Calls) > 0 && x.Input.Blank():
		return x, inInput, fmt.Errorf("a shot that calls tools needs an input")
	case x.Name == "" && x.ID != 0:
		return x, inName, fmt.Errorf("a shot needs a name")
	}
	if x.Name != "" && x.Name != f.began.Name {
		if err := session.CheckName("shot", string(x.Name)); err != nil {
			return x, inName, err
		}
	}
	return x, f.At(), nil
}

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
	"galley/themes"
	"galley/tui/kit"
)

// field is a part of the form.
type field int

const (
	inInput field = iota
	inOutput
	inName
	inTags
	inCalls
	fields
)

func (f field) name() string {
	return [...]string{"Input", "Output", "Name", "Tags", "Calls of tools"}[f]
}

// form is where a shot is written.
type form struct {
	st     *themes.Styles
	began  session.Shot // ID 0: a new one
	at     field
	input  *kit.Editor
	output *kit.Editor
	calls  *kit.Editor
	named  *kit.Input
	tags   *kit.Input
	areas  [fields]rect // of the fields' text; without width it is not drawn
	w, h   int
	err    string
	sure   bool // esc was pressed once on what was changed
}

// openForm begins to write a shot.
func (s *Screen) openForm(x session.Shot, at field) tea.Cmd {
	st := s.d.Styles
	f := &form{st: st, began: x, at: at, input: kit.NewEditor(st), output: kit.NewEditor(st), calls: kit.NewEditor(st), named: kit.NewInput(st), tags: kit.NewInput(st)}
	f.input.SetValue(x.Input)
	f.input.SetPlaceholder("what the model would get; empty for an output alone")
	f.output.SetValue(x.Output)
	f.output.SetPlaceholder("the answer that is right")
	f.calls.SetValue(callsText(x.Calls))
	f.calls.SetJSON(true)
	f.calls.SetPlaceholder(`none; or a JSON list: [{"name": "lookup", "arguments": {"order": 7}, "result": "sent"}]`)
	f.named.SetValue(x.Name)
	f.named.SetPlaceholder("the next free one")
	f.tags.SetValue(tagsText(x.Tags))
	f.tags.SetPlaceholder("none; with commas between")
	f.focus(at)
	s.form = f
	f.resize(s.w, s.h)
	return nil
}

func tagsText(tags []text.Raw) text.Raw {
	parts := make([]string, len(tags))
	for i, t := range tags {
		parts[i] = string(t)
	}
	return text.Raw(strings.Join(parts, ", "))
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
func (f *form) shot() (session.Shot, field, error) {
	x := f.began
	x.Input, x.Output, x.Name = f.input.Value(), f.output.Value(), text.Raw(strings.TrimSpace(string(f.named.Value())))
	x.Tags = nil
	for _, t := range session.SplitList(strings.ReplaceAll(string(f.tags.Value()), ";", ",")) {
		x.Tags = append(x.Tags, text.Raw(t))
	}
	var err error
	if x.Calls, err = parseCalls(f.calls.Value(), f.began.Calls); err != nil {
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
	return x, f.at, nil
}

// changed reports whether something was written.
func (f *form) changed() bool {
	return f.input.Value() != f.began.Input || f.output.Value() != f.began.Output || f.named.Value() != f.began.Name ||
		f.tags.Value() != tagsText(f.began.Tags) || f.calls.Value() != callsText(f.began.Calls)
}

func (f *form) focus(at field) {
	f.at = (at + fields) % fields
	f.input.SetFocus(f.at == inInput)
	f.output.SetFocus(f.at == inOutput)
	f.calls.SetFocus(f.at == inCalls)
	f.named.SetFocus(f.at == inName)
	f.tags.SetFocus(f.at == inTags)
	f.resize(f.w, f.h)
}

// editor is the large field in focus, or nil.
func (f *form) editor() *kit.Editor {
	return [fields]*kit.Editor{inInput: f.input, inOutput: f.output, inCalls: f.calls}[f.at]
}

func (f *form) line() *kit.Input {
	if f.at == inName {
		return f.named
	}
	return f.tags
}

// wants reports whether the field in focus edits by a chord.
func (f *form) wants(msg tea.KeyPressMsg) bool {
	switch msg.String() {
	case "ctrl+s", "ctrl+g", "tab", "shift+tab":
		return false
	}
	e := f.editor()
	return e != nil && e.Wants(msg)
}

func (f *form) update(s *Screen, msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		switch k := m.String(); {
		case k == "tab":
			f.focus(f.at + 1)
			return nil
		case k == "shift+tab":
			f.focus(f.at - 1)
			return nil
		case k == "enter" && f.editor() == nil:
			f.focus(f.at + 1)
			return nil
		case k == "esc" && (f.editor() == nil || !f.editor().Wants(m)):
			return s.leaveForm()
		}
		f.err, f.sure = "", false
	case tea.MouseClickMsg:
		for i, r := range f.areas {
			if !r.has(m.X, m.Y) {
				continue
			}
			if f.at != field(i) {
				f.focus(field(i))
			}
			m.X, m.Y = m.X-f.areas[i].x, m.Y-f.areas[i].y
			return f.give(m)
		}
		return nil
	case tea.MouseMsg:
		at := f.areas[f.at]
		return f.give(kit.Shift(m, at.x, at.y))
	}
	return f.give(msg)
}

// give hands a message to the field in focus.
func (f *form) give(msg tea.Msg) tea.Cmd {
	if e := f.editor(); e != nil {
		_, cmd := e.Update(msg)
		return cmd
	}
	_, cmd := f.line().Update(msg)
	return cmd
}

func (f *form) dress(st *themes.Styles) {
	f.st = st
	for _, e := range []*kit.Editor{f.input, f.output, f.calls} {
		e.SetStyles(st)
	}
	f.named.SetStyles(st)
	f.tags.SetStyles(st)
}

func (f *form) cursor() *tea.Cursor {
	r := f.areas[f.at]
	if r.w <= 0 {
		return nil
	}
	var c *tea.Cursor
	if e := f.editor(); e != nil {
		c = e.Cursor()
	} else {
		c = f.line().Cursor()
	}
	if c == nil {
		return nil
	}
	at := *c
	at.X, at.Y = at.X+r.x, at.Y+r.y
	return &at
}

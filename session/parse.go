package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"galley/session/text"
)

// choose returns the one of all that s names.
func choose[T ~string](what, s string, all []T) (T, error) {
	if slices.Contains(all, T(s)) {
		return T(s), nil
	}
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = string(a)
	}
	return "", fmt.Errorf("%s %q: write %s", what, text.Raw(s), strings.Join(names, ", "))
}

// ParseKind reads a kind of block.
func ParseKind(s string) (Kind, error) { return choose("kind", s, Kinds()) }

// ParseSplit reads a split.
func ParseSplit(s string) (Split, error) {
	return choose("split", s, []Split{SplitDev, SplitHoldout})
}

// SetRole gives the block the role of that name.
func (b *Block) SetRole(s string) (err error) {
	r, err := choose("role", s, []Role{RoleSystem, RoleUser, RoleAssistant})
	if err == nil {
		b.Role = r
	}
	return err
}

// SetWrap gives the block the wrapper of that name.
func (b *Block) SetWrap(s string) error {
	w, err := choose("wrapper", s, Wraps())
	if err == nil {
		b.Wrap = w
	}
	return err
}

// SetLayout gives a shots block the layout of that name.
func (b *Block) SetLayout(s string) error {
	l, err := choose("layout", s, []Layout{LayoutInline, LayoutTurns})
	if err == nil {
		b.Layout = l
	}
	return err
}

// ParseVars reads values written NAME=VALUE. A name that stands twice is an
// error.
func ParseVars(list []string) ([]Var, error) {
	var out []Var
	for _, s := range list {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("value %q: write NAME=VALUE", text.Raw(s))
		}
		if slices.ContainsFunc(out, func(v Var) bool { return string(v.Name) == name }) {
			return nil, fmt.Errorf("the variable %q has two values", text.Raw(name))
		}
		out = append(out, Var{Name: text.Raw(name), Value: text.Raw(value)})
	}
	return out, nil
}

// PickShots returns copies of the shots that a comma-separated list names, in
// the order of the list; all is the whole bank in its order.
func PickShots(bank []Shot, list string) ([]Shot, error) {
	items := SplitList(list)
	if slices.Equal(items, []string{"all"}) {
		return CloneShots(bank), nil
	}
	var out []Shot
	for _, item := range items {
		i := slices.IndexFunc(bank, func(s Shot) bool { return string(s.Name) == item || s.UID == item })
		if i < 0 {
			return nil, fmt.Errorf("there is no shot %q", text.Raw(item))
		}
		out = append(out, bank[i])
	}
	return CloneShots(out), nil
}

// ParsePin reads where a shot is held: first, last, or none.
func ParsePin(s string) (ShotPin, error) {
	p, err := choose("pin", s, []string{"none", string(PinFirst), string(PinLast)})
	if p == "none" {
		p = ""
	}
	return ShotPin(p), err
}

// ParseCalls reads a shot's calls of tools: a JSON list of objects with name,
// arguments (an object, or a text that holds one) and, if it is known, result (a
// text, or JSON that stands for itself). "" and [] are none.
func ParseCalls(data text.Raw) ([]ShotCall, error) {
	if data.Blank() {
		return nil, nil
	}
	var list []struct {
		Name      *string         `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
		Result    json.RawMessage `json:"result"`
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf(`calls: %w; write [{"name": "lookup", "arguments": {"id": 7}, "result": "shipped"}]`, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("calls: something stands after the list")
	}
	asText := func(raw json.RawMessage) text.Raw {
		var s string
		if json.Unmarshal(raw, &s) == nil { // null is no text
			return text.Raw(s)
		}
		return text.Raw(raw)
	}
	var out []ShotCall
	for i, c := range list {
		if c.Name == nil {
			return nil, fmt.Errorf("calls: call %d has no name", i+1)
		}
		one := ShotCall{Name: text.Raw(*c.Name), Arguments: asText(c.Arguments), Result: asText(c.Result)}
		if c.Arguments == nil {
			one.Arguments = "{}"
		}
		out = append(out, one)
	}
	return out, Shot{Calls: out}.Check()
}

// Check reports what of a shot no context can hold: a call without a name, or with
// arguments that are no JSON object.
func (s Shot) Check() error {
	for i, c := range s.Calls {
		if strings.TrimSpace(string(c.Name)) == "" {
			return fmt.Errorf("call %d has no name", i+1)
		}
		var o map[string]json.RawMessage
		if err := json.Unmarshal([]byte(c.Arguments), &o); err != nil || o == nil {
			return fmt.Errorf(`call %d (%s): its arguments are no JSON object; write {"id": 7}, or {} for none`, i+1, c.Name)
		}
	}
	_, err := choose("pin", string(s.Pin), []ShotPin{PinNone, PinFirst, PinLast})
	return err
}

// Check reports what of a block no context can hold: a choice that its kind can't
// make, or a shot that is none.
func (b Block) Check() error {
	if err := b.Pick.Check(b.Kind); err != nil {
		return err
	}
	for _, s := range b.Shots {
		if err := s.Check(); err != nil {
			return fmt.Errorf("shot %s: %w", s.Name, err)
		}
	}
	return nil
}

// Check reports the first thing in a content that a person wrote which no block
// can be: a kind, role, wrapper, layout or order that there is not.
func (c Content) Check() error {
	for i, b := range c.Blocks {
		_, err := ParseKind(string(b.Kind))
		if err == nil {
			err = b.SetRole(string(b.Role))
		}
		if err == nil {
			err = b.SetWrap(string(b.Wrap))
		}
		if err == nil && b.Kind == KindShots {
			err = b.SetLayout(string(b.Layout))
		}
		if err == nil {
			_, err = ParseOrder(b.Order)
		}
		if err == nil {
			err = b.Check()
		}
		if err != nil {
			return fmt.Errorf("block %d: %w", i+1, err)
		}
	}
	if bad := c.Invalid(); bad != "" {
		return fmt.Errorf("%s is not UTF-8", bad)
	}
	return nil
}

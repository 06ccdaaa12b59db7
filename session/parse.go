package session

import (
	"fmt"
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
		if err != nil {
			return fmt.Errorf("block %d: %w", i+1, err)
		}
	}
	if bad := c.Invalid(); bad != "" {
		return fmt.Errorf("%s is not UTF-8", bad)
	}
	return nil
}

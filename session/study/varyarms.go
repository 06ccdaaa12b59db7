package study

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

// RecentVar is the variable that a variant may have for the list of answers that
// were given before.
const RecentVar = "recent"

// recentLine stands at the end of the instructions where a variant has no such
// variable.
const recentLine = "\n\nThese answers were given before. Give none of them again:\n{{" + RecentVar + "}}"

// ParseTricks reads a comma-separated list: temperature=1.0, shots, items=VARIABLE,
// rephrase=VARIANT, recent=K.
func ParseTricks(list string) ([]Trick, error) {
	var out []Trick
	for _, item := range session.SplitList(list) {
		name, arg, has := strings.Cut(item, "=")
		t := Trick{Name: name, Arg: arg}
		switch name {
		case "shots":
			if has {
				return nil, fmt.Errorf("trick %q: shots takes nothing behind it", text.Raw(item))
			}
		case "temperature":
			var p session.Params
			if err := p.Set(name, arg); err != nil || p.Temperature == nil {
				return nil, fmt.Errorf("trick %q: write a temperature from 0 to 5, as in temperature=1.0", text.Raw(item))
			}
		case "items", "rephrase":
			if arg == "" {
				return nil, fmt.Errorf("trick %q: write items=VARIABLE or rephrase=VARIANT", text.Raw(item))
			}
		case "recent":
			if n, err := strconv.Atoi(arg); err != nil || n < 1 || n > 1000 {
				return nil, fmt.Errorf("trick %q: write how many answers are listed, as in recent=5", text.Raw(item))
			}
		default:
			return nil, fmt.Errorf("trick %q: write temperature=1.0, shots, items=VARIABLE, rephrase=VARIANT or recent=K", text.Raw(item))
		}
		out = append(out, t)
	}
	return out, nil
}

func (s Spec) varyArms(in Input, round int) ([]Arm, error) {
	takes := max(s.Takes, 1)
	var arms []Arm
	if round == 1 {
		arms = append(arms, Arm{Content: in.Content, Takes: takes, Fresh: true})
	}
	for _, t := range s.Tricks {
		if round > 1 && t.Name != "recent" {
			continue
		}
		more, err := s.trick(t, in, round, takes)
		if err != nil {
			return nil, err
		}
		arms = append(arms, more...)
	}
	if round == 1 && hasRecent(in.Content) { // nothing was given before
		for i := range arms {
			arms[i].Case = after(arms[i].Case, RecentVar, "")
		}
	}
	return arms, nil
}

func (s Spec) trick(t Trick, in Input, round, takes int) ([]Arm, error) {
	name := t.String()
	switch t.Name {
	case "temperature":
		c := in.Content.Clone()
		if err := c.Params.Set("temperature", t.Arg); err != nil {
			return nil, err
		}
		return []Arm{{Name: name, Content: c, Takes: takes, Fresh: true}}, nil
	case "shots":
		if OfShots.Count(in.Content) < 2 {
			return nil, fmt.Errorf("trick shots: %s has not two shots that are on", text.Raw(s.Variant))
		}
		return each(takes, func(take int) Arm {
			order := session.Seeded(s.Seed + uint64(take)).String()
			return Arm{Name: "shots shuffled", Content: ordered(in.Content, OfShots, order), Order: order, Fresh: true}
		}), nil
	case "items":
		if !slices.Contains(in.Content.Names(), t.Arg) {
			return nil, fmt.Errorf("trick %s: %s has no variable {{%s}}", text.Raw(name), text.Raw(s.Variant), text.Raw(t.Arg))
		}
		return each(takes, func(take int) Arm {
			seed := s.Seed + uint64(take)
			return Arm{Name: name, Content: in.Content, Fresh: true, Case: func(k session.Case) session.Case {
				v, _ := k.Lookup(t.Arg)
				return withVar(k, t.Arg, shuffleLines(v, seed))
			}}
		}), nil
	case "rephrase":
		if in.Other == nil {
			return nil, errors.New("a trick that rephrases takes another variant")
		}
		other, ref, err := in.Other(t)
		if err != nil {
			return nil, err
		}
		return each(takes, func(take int) Arm {
			if take%2 == 1 {
				return Arm{Name: name, Content: in.Content, Fresh: true}
			}
			return Arm{Name: name, Content: other, RevisionID: t.RevisionID, Variant: ref, Fresh: true}
		}), nil
	}
	return s.recent(t, in, round)
}

func each(takes int, f func(take int) Arm) []Arm {
	out := make([]Arm, takes)
	for i := range out {
		out[i] = f(i + 1)
	}
	return out
}

// recent is the arm of a round in which every case is told its own last answers.
func (s Spec) recent(t Trick, in Input, round int) ([]Arm, error) {
	most, err := strconv.Atoi(t.Arg)
	if err != nil {
		return nil, fmt.Errorf("trick %s: %w", text.Raw(t.String()), err)
	}
	arm := Arm{Name: t.String(), Content: in.Content, From: round, Fresh: true}
	if round == 1 {
		return []Arm{arm}, nil
	}
	if !hasRecent(in.Content) {
		if arm.Content, err = withRecentLine(in.Content); err != nil {
			return nil, err
		}
	}
	said := map[session.CaseKey][]text.Raw{}
	for _, r := range in.Earlier {
		if r.Cell.Contestant.Arm != arm.Name || r.Output.Status != session.StatusDone {
			continue
		}
		key, answer := r.Cell.Case(), r.Output.Whole()
		said[key] = slices.DeleteFunc(said[key], func(a text.Raw) bool { return session.SameAnswer(a, answer) })
		said[key] = append(said[key], text.Raw(strings.TrimSpace(string(answer))))
	}
	arm.Case = func(k session.Case) session.Case {
		list := said[session.CaseKey{ID: k.ID, Name: k.Name}]
		list = list[max(0, len(list)-most):]
		lines := make([]string, len(list))
		for i, a := range list {
			lines[i] = "- " + string(a)
		}
		if len(lines) == 0 {
			lines = []string{"- (none yet)"}
		}
		return withVar(k, RecentVar, text.Raw(strings.Join(lines, "\n")))
	}
	return []Arm{arm}, nil
}

// withRecentLine puts the list at the end of the instructions, or of the system
// block where there are none.
func withRecentLine(c session.Content) (session.Content, error) {
	c = c.Clone()
	for _, kind := range []session.Kind{session.KindInstructions, session.KindSystem} {
		for i := len(c.Blocks) - 1; i >= 0; i-- {
			if b := &c.Blocks[i]; b.Kind == kind && !b.Off {
				b.Text += recentLine
				return c, nil
			}
		}
	}
	return c, errors.New("trick recent: there is neither {{recent}} nor a block of instructions to put the list into; write {{recent}} where it is to stand")
}

func hasRecent(c session.Content) bool { return slices.Contains(c.Names(), RecentVar) }

// withVar is the case with a variable set.
func withVar(k session.Case, name string, value text.Raw) session.Case {
	k.Vars = slices.Clone(k.Vars)
	for i := range k.Vars {
		if string(k.Vars[i].Name) == name {
			k.Vars[i].Value = value
			return k
		}
	}
	k.Vars = append(k.Vars, session.Var{Name: text.Raw(name), Value: value})
	return k
}

// after sets a variable that the case has no value for, after what an arm does to
// it.
func after(f func(session.Case) session.Case, name string, value text.Raw) func(session.Case) session.Case {
	return func(k session.Case) session.Case {
		if f != nil {
			k = f(k)
		}
		if _, has := k.Lookup(name); has {
			return k
		}
		return withVar(k, name, value)
	}
}

package exchange

import (
	"slices"
	"strings"
)

// votes turns the lines of a vote log, as an arena's server writes it, into
// battles; other records pass as they are. Addresses are never read, and the lines
// of a log that are no votes on two are left out.
type votes struct {
	source
	in   *input
	over int // lines that are no votes
	line int // the first of them
}

// voted says who won by the type of a vote.
var voted = map[string]string{"leftvote": "model_a", "rightvote": "model_b", "tievote": "tie", "bothbad_vote": "tie (bothbad)"}

func (v *votes) next() (record, error) {
	for {
		r, err := v.source.next()
		if err != nil {
			if v.over > 0 {
				v.in.note(v.line, "%s: a line of a log that is no vote on two models", plural(v.over, "line was left out", "lines were left out"))
				v.over = 0
			}
			return r, err
		}
		what, models := r.find("type"), r.find("models")
		if what == nil || models == nil && r.find("model") == nil || r.find("model_a") != nil {
			return r, nil
		}
		winner := voted[what.text]
		if winner == "" || models == nil {
			if v.over++; v.over == 1 {
				v.line = r.line
			}
			continue
		}
		if models.kind != 'l' || len(models.list) != 2 {
			return r, v.in.problem(models.line, `write "models": ["left", "right"]`, "models is no list of two")
		}
		return v.battle(r, winner, models.list), nil
	}
}

// battle is a vote as a battle. Names that were hidden stand in the states.
func (v *votes) battle(r record, winner string, models []value) record {
	out := record{line: r.line}
	add := func(name string, x value) {
		out.fields = append(out.fields, field{name: name, value: x, line: r.line})
	}
	var states []value
	if s := r.find("states"); s != nil {
		states = s.list
	}
	in := func(i int, key string) value {
		if i < len(states) {
			for _, k := range states[i].keys {
				if k.name == key {
					return k.value
				}
			}
		}
		return value{kind: 's'}
	}
	hidden := true // the log says Model A, or nothing, of who was not named
	for i, name := range []string{"model_a", "model_b"} {
		m := models[i]
		if m.text == "" || strings.HasPrefix(m.text, "Model "+"AB"[i:i+1]) {
			m = in(i, "model_name")
		} else {
			hidden = false
		}
		add(name, m)
	}
	add("winner", str(winner))
	add("question_id", in(0, "conv_id"))
	add("anony", str(map[bool]string{true: "true", false: "false"}[hidden]))
	for _, f := range r.fields {
		if slices.Contains([]string{"tstamp", "language"}, f.name) {
			out.fields = append(out.fields, f)
		}
	}
	return out
}

func (r record) find(name string) *field {
	for i := range r.fields {
		if r.fields[i].name == name {
			return &r.fields[i]
		}
	}
	return nil
}

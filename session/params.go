package session

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"galley/session/text"
)

// ParamNames lists the sampling parameters as [Params.Set] names them.
func ParamNames() []string {
	return []string{"temperature", "top_p", "top_k", "min_p", "repeat_penalty", "presence_penalty", "frequency_penalty", "max_tokens", "seed", "stop", "context", "think"}
}

// Set gives a parameter a value that a person wrote; "none" leaves it to the
// server. Stop takes one text, in which \n, \t and \\ stand for what they stand
// for in Go.
func (p *Params) Set(name, value string) error {
	switch name {
	case "temperature":
		return setFloat(&p.Temperature, name, value, 0, 5)
	case "top_p":
		return setFloat(&p.TopP, name, value, 0, 1)
	case "min_p":
		return setFloat(&p.MinP, name, value, 0, 1)
	case "repeat_penalty":
		return setFloat(&p.RepeatPenalty, name, value, 0, 10)
	case "presence_penalty":
		return setFloat(&p.Presence, name, value, -2, 2)
	case "frequency_penalty":
		return setFloat(&p.Frequency, name, value, -2, 2)
	case "context":
		return setCount(&p.Context, name, value)
	case "think":
		return p.setThink(value)
	case "top_k":
		return setInt(&p.TopK, name, value, 0, math.MaxInt32)
	case "seed":
		return setInt(&p.Seed, name, value, math.MinInt64, math.MaxInt64)
	case "max_tokens":
		return setCount(&p.MaxTokens, name, value)
	case "stop":
		switch value {
		case "":
			return fmt.Errorf("stop can't be empty; write none for none")
		case "none":
			p.Stop = nil
		default:
			s := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(value)
			p.Stop = []text.Raw{text.Raw(s)}
		}
		return nil
	}
	return fmt.Errorf("parameter %q: write one of %s", text.Raw(name), strings.Join(ParamNames(), ", "))
}

// Thinks lists the values of Think.
func Thinks() []string { return []string{"on", "off", "low", "medium", "high"} }

func (p *Params) setThink(value string) error {
	switch {
	case value == "none":
		p.Think = ""
	case slices.Contains(Thinks(), value):
		p.Think = value
	default:
		return fmt.Errorf("think %q: write one of %s, or none", text.Raw(value), strings.Join(Thinks(), ", "))
	}
	return nil
}

func setCount(at *int, name, value string) error {
	var n *int
	if err := setInt(&n, name, value, 1, math.MaxInt32); err != nil {
		return err
	}
	*at = 0
	if n != nil {
		*at = *n
	}
	return nil
}

func setFloat(at **float64, name, value string, least, most float64) error {
	if value == "none" {
		*at = nil
		return nil
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v >= least && v <= most) {
		return fmt.Errorf("%s %q: write a number from %v to %v, or none", name, text.Raw(value), least, most)
	}
	*at = &v
	return nil
}

func setInt[T int | int64](at **T, name, value string, least, most int64) error {
	if value == "none" {
		*at = nil
		return nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > most {
		return fmt.Errorf("%s %q: write a whole number from %d to %d, or none", name, text.Raw(value), least, most)
	}
	v := T(n)
	*at = &v
	return nil
}

// InputText is what an input block begins with: the variables of the cases, or
// {{input}} where there are none.
func InputText(cases []Case) text.Raw {
	var names []string
	for _, c := range cases {
		for _, v := range c.Vars {
			if !slices.Contains(names, string(v.Name)) {
				names = append(names, string(v.Name))
			}
		}
	}
	switch len(names) {
	case 0:
		return "{{input}}"
	case 1:
		return text.Raw("{{" + names[0] + "}}")
	}
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(n + ":\n{{" + n + "}}")
	}
	return text.Raw(b.String())
}

// NewBlock is a block of the kind as it begins.
func NewBlock(uid string, k Kind) Block {
	b := Block{UID: uid, Kind: k, Role: k.DefaultRole(), Wrap: WrapNone}
	if k == KindShots {
		b.Layout = LayoutInline
	}
	if k == KindResources {
		b.Wrap = WrapXML // so that it stands out where a text begins and ends
	}
	return b
}

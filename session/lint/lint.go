// Package lint reads a proof and says what is wrong with it: in the bytes that
// will be sent, with the exact place of each finding. It asks no model and knows
// no screen. It would rather miss something than cry wolf: a finding that people
// learn to skip hides the next one.
package lint

import (
	"cmp"
	"slices"

	"galley/session"
	"galley/session/text"
)

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // what is sent is not what was meant
	Warning Severity = "warning" // probably worth a change
	Note    Severity = "note"    // worth knowing
)

// Place is where in the exact final context a finding is: bytes Start to End of
// a message's content. Line counts from 1 in that message.
type Place struct {
	Message int `json:"message"`
	Start   int `json:"start"`
	End     int `json:"end"`
	Line    int `json:"line"`
}

// Finding is one thing to look at.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"` // one sentence that ends in what to do; what it quotes is in shown form
	Spans    []Place  `json:"spans"`   // never nil; empty where something is missing

	// Silenced is the reason for which a person silenced the finding, "" where it
	// speaks. SilenceID is the silence.
	Silenced  text.Raw `json:"silenced,omitempty"`
	SilenceID int64    `json:"silence_id,omitempty"`
}

// Rule is one group of checks.
type Rule struct {
	Name string // as `galley lint --json` has it
	Help string // one line
	Run  func(*Input) []Finding
}

// Rules lists the rules. A new one is a file and a line here.
func Rules() []Rule {
	return []Rule{
		{"example_breaks_rule", "the shots keep the prompt's own rules: counts, JSON, schema, labels, tools", examples},
		{"formatting", "tags and fences are closed, by us and not by the case; messages are whole, tools and schema are JSON", formatting},
		{"redundancy", "no line, passage, resource or shot says what another says", redundancy},
		{"contradiction", "no two rules that hold always can hold together; it is put as a question", contradiction},
		{"leak", "no shot or resource gives a case away", leak},
		{"shots", "there are enough worked examples, they agree, and their labels are those of the cases", shots},
		{"variables", "every {{name}} has a value, nothing is left to fill in, and the case reaches the model", variables},
		{"prefill", "the beginning of the answer stands last, begins what is asked for and ends well", prefill},
		{"several_jobs", "a prompt has one job, or two", jobs},
		{"budget", "no block takes more than half of a long context, or outweighs a short one by far", budget},
		{"grounding", "resources are spoken of, and what is spoken of is there", grounding},
	}
}

// Options say what is known of the context beyond its bytes.
type Options struct {
	// Bare is a context from a file: there are no blocks, shots or cases, and
	// rules about them are silent.
	Bare bool
	// Silences are those of the prompt. What one of them is about comes back marked,
	// after all other findings.
	Silences []session.Silence
	// Cases are all cases of the prompt, nil where they are not known: shots are
	// compared with their texts, and with the mix of the answers that they want.
	Cases []session.Case
	// Bank are all shots of the prompt, for advice on which to switch on.
	Bank []session.Shot
	// Fits says in a clause why a text does not fit a JSON Schema, "" where it does
	// or where that can't be said. Nil: nothing is held against a schema.
	Fits func(schema, answer text.Raw) string
	// Tokens are those of the proof; without them bytes are counted.
	Tokens session.TokenCount
}

// Check runs every rule over the proof that [session.Compose] made of the content
// and the case. With the zero case nothing can be said of the variables' values,
// and unknown ones are not reported. Findings come by severity, then by place; those
// that are silenced come after all others.
func Check(c session.Content, k session.Case, p session.Proof, o Options) []Finding {
	in := newInput(c, k, p, o)
	out := []Finding{}
	for _, r := range Rules() {
		for _, f := range r.Run(in) {
			f.Rule = r.Name
			if f.Spans == nil {
				f.Spans = []Place{}
			}
			out = append(out, f)
		}
	}
	silence(p, out, o.Silences)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(min(1, len(a.Silenced)), min(1, len(b.Silenced))), cmp.Compare(rank(a.Severity), rank(b.Severity)), comparePlaces(a.Spans, b.Spans))
	})
	return out
}

func rank(s Severity) int { return slices.Index([]Severity{Error, Warning, Note}, s) }

// comparePlaces orders by the first place; what has none comes last.
func comparePlaces(a, b []Place) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(b), len(a))
	}
	return cmp.Or(cmp.Compare(a[0].Message, b[0].Message), cmp.Compare(a[0].Start, b[0].Start))
}

// Worst returns the highest severity among the findings that are not silenced, ""
// where there are none.
func Worst(fs []Finding) Severity {
	var worst Severity
	for _, f := range fs {
		if f.Silenced == "" && (worst == "" || rank(f.Severity) < rank(worst)) {
			worst = f.Severity
		}
	}
	return worst
}

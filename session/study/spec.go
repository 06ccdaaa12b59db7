package study

import (
	"encoding/json"
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
)

// Kind is what a study asks.
type Kind string

// The kinds of studies.
const (
	KindOrder Kind = "order" // does the order of the shots or resources matter
	KindDrop  Kind = "drop"  // what each block, shot or resource is worth
	KindSweep Kind = "sweep" // how many shots it takes
	KindVary  Kind = "vary"  // how varied the answers are, and what makes them more so
)

// Of is what a study is about.
type Of string

// What a study can be about. OfShots is what an order study and a sweep are about
// where nothing is said.
const (
	OfBlocks    Of = "blocks"
	OfShots     Of = "shots"
	OfResources Of = "resources"
)

// Spec is a study as it is kept: what it needs to be laid out again to the same
// arms, and to be read.
type Spec struct {
	Kind       Kind       `json:"kind"`
	Variant    string     `json:"variant"` // with its revision: triage/five-shot@3
	RevisionID int64      `json:"revision_id"`
	Model      string     `json:"model"`           // BACKEND/MODEL
	Cases      string     `json:"cases,omitempty"` // as it was written: dev, c01,c02; "" all
	Takes      int        `json:"takes,omitempty"` // of each arm and case; of the control as often for each repeat
	Of         []Of       `json:"of,omitempty"`
	Orders     []string   `json:"orders,omitempty"`  // of an order study
	Repeats    int        `json:"repeats,omitempty"` // of the control
	Seed       uint64     `json:"seed,omitempty"`
	Sizes      []int      `json:"sizes,omitempty"` // of a sweep
	Tricks     []Trick    `json:"tricks,omitempty"`
	List       []text.Raw `json:"list,omitempty"`  // the answers that are right to give, of a study of variety
	Suite      text.Raw   `json:"suite,omitempty"` // that says what passes; "": what the cases want
}

// Trick is one way to more varied answers, against the variant as it is.
type Trick struct {
	Name string `json:"name"`          // temperature, shots, items, rephrase, recent
	Arg  string `json:"arg,omitempty"` // the temperature, the variable, the other variant, how many
	// RevisionID is of the other variant, at the time.
	RevisionID int64 `json:"revision_id,omitempty"`
}

// String is the trick as a person writes it: "items=genres".
func (t Trick) String() string {
	if t.Arg == "" {
		return t.Name
	}
	return t.Name + "=" + t.Arg
}

// JSON is the spec as it is kept.
func (s Spec) JSON() json.RawMessage {
	data, err := json.Marshal(s)
	if err != nil {
		panic("study: a spec is not JSON: " + err.Error()) // strings and numbers only
	}
	return data
}

// ParseSpec reads what JSON wrote.
func ParseSpec(data []byte) (Spec, error) {
	var s Spec
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("the study can't be read: %w", err)
	}
	return s, nil
}

// Arm is one thing that a study asks: what of the variant was changed, and how
// often each case is asked so. Several arms may bear one name: they are read as
// one, as where each take has an order of its own.
type Arm struct {
	Name       string // session.Contestant.Arm: "without Rules", "n=3"; "" the variant as it is
	Content    session.Content
	RevisionID int64              // of another variant; 0: the study's own
	Variant    session.VariantRef // likewise
	Order      string             // of the shots or resources in question; "" as the content says
	From       int                // the first take, 0 is 1
	Takes      int                // 0 is 1
	// Fresh wants a draw of its own: where the context was asked before in this
	// study, the next take of it is asked.
	Fresh bool
	// Case, where there is one, is what becomes of a case in this arm.
	Case func(session.Case) session.Case
}

// Person reports whether a model is a person: a study, which asks the same again and
// again, asks none.
func Person(model string) bool { return strings.HasPrefix(model, "human/") }

// Pass says whether an answer passes; ok is false where that can't be said.
type Pass func(session.Result) (pass, ok bool)

// ByWanted passes what equals the wanted answer, as session.Case.Match compares.
func ByWanted(r session.Result) (pass, ok bool) {
	g := r.Grade()
	return g == session.GradeRight, g != session.GradeNone
}

// By says by what answers are told apart.
type By string

// What answers are told apart by.
const (
	ByPass   By = "wanted" // right or wrong, by what the cases want
	BySuite  By = "suite"  // pass or fail, by a suite
	ByAnswer By = "answer" // nothing says what is right: the same answer or another
)

// Word is what an answer that counts is called: right, passed or as usual.
func (b By) Word() string {
	switch b {
	case ByPass:
		return "right"
	case ByAnswer:
		return "as usual"
	}
	return "passed"
}

package session

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"galley/session/text"
)

// AssertKind is a kind of assertion.
type AssertKind string

// The kinds. [AssertKinds] says what each takes; engine/assert says whether it holds.
const (
	AssertContains     AssertKind = "contains"
	AssertIContains    AssertKind = "icontains"
	AssertContainsAny  AssertKind = "contains-any"
	AssertContainsAll  AssertKind = "contains-all"
	AssertIContainsAny AssertKind = "icontains-any"
	AssertIContainsAll AssertKind = "icontains-all"
	AssertStartsWith   AssertKind = "starts-with"
	AssertEndsWith     AssertKind = "ends-with"
	AssertEquals       AssertKind = "equals"
	AssertRegex        AssertKind = "regex"
	AssertWords        AssertKind = "word-count"
	AssertLines        AssertKind = "line-count"
	AssertSentences    AssertKind = "sentence-count"
	AssertItems        AssertKind = "item-count"
	AssertIsJSON       AssertKind = "is-json"
	AssertJSONPath     AssertKind = "json-path"
	AssertFinish       AssertKind = "finish-reason"
	AssertRefusal      AssertKind = "is-refusal"
	AssertLatency      AssertKind = "latency"
	AssertCost         AssertKind = "cost"
)

// Assertion is a kind, what it is held against, and a negation. Text values may
// name variables of the case, {{order}}: each stands for the case's value, in one
// pass; a name that the case does not have stays text.
type Assertion struct {
	ID        int64
	UID       string
	SuiteID   int64
	CaseID    int64    // 0 with an empty CaseName: it holds for every case
	CaseName  text.Raw //
	Kind      AssertKind
	Not       bool
	Weight    float64    // 1 where nothing is said; 0: recorded and never fails
	Value     text.Raw   // of the kinds that take a text: words, a pattern, a JSON Schema ("" any JSON), the JSON that a path must equal
	Values    []text.Raw // of the any and all kinds
	Path      text.Raw   // json-path: in jq's words, ".items[0].price"
	Min, Max  *float64   // bounds, inclusive: counts, milliseconds of latency (Max), USD of cost (Max)
	Metric    text.Raw   // what it is about in one word, "" nothing
	Origin    text.Raw   // where it came from, one line
	CreatedMS int64
}

// ForCase reports whether the assertion is about the case.
func (a Assertion) ForCase(c CaseKey) bool {
	if a.CaseID == 0 && a.CaseName == "" {
		return true
	}
	if a.CaseID != 0 && c.ID != 0 {
		return a.CaseID == c.ID
	}
	return a.CaseName == c.Name
}

// Check says what is wrong with the shape of the assertion: whether its kind
// has what it takes, and nothing else. Patterns and schemas are looked at where
// they are compiled.
func (a Assertion) Check() error {
	k, ok := a.Kind.Info()
	if !ok {
		return fmt.Errorf("no kind of assertion is called %q", text.Raw(a.Kind))
	}
	if a.Weight < 0 || math.IsNaN(a.Weight) || math.IsInf(a.Weight, 0) {
		return fmt.Errorf("%s: the weight is a number from 0 on", a.Kind)
	}
	wantsValue := k.Takes == TakesText || k.Takes == TakesPattern || k.Takes == TakesPath
	switch {
	case wantsValue && a.Value == "":
		return fmt.Errorf("%s needs a text", a.Kind)
	case !wantsValue && k.Takes != TakesSchema && a.Value != "":
		return fmt.Errorf("%s takes no text", a.Kind)
	case k.Takes == TakesList && len(a.Values) == 0:
		return fmt.Errorf("%s needs a list of texts", a.Kind)
	case k.Takes == TakesList && slices.Contains(a.Values, ""):
		return fmt.Errorf("%s: an empty text is in every answer", a.Kind)
	case k.Takes != TakesList && len(a.Values) > 0:
		return fmt.Errorf("%s takes no list", a.Kind)
	case k.Takes == TakesPath && a.Path == "":
		return fmt.Errorf("%s needs a path, as .items[0].price", a.Kind)
	case k.Takes != TakesPath && a.Path != "":
		return fmt.Errorf("%s takes no path", a.Kind)
	}
	return a.checkBounds(k)
}

func (a Assertion) checkBounds(k KindInfo) error {
	switch k.Takes {
	case TakesRange:
		if a.Min == nil && a.Max == nil {
			return fmt.Errorf("%s needs a range of %s, as 15..90", a.Kind, k.Unit)
		}
	case TakesCeiling:
		if a.Max == nil {
			return fmt.Errorf("%s needs a ceiling in %s", a.Kind, k.Unit)
		}
		if a.Min != nil {
			return fmt.Errorf("%s takes no lower bound", a.Kind)
		}
	default:
		if a.Min != nil || a.Max != nil {
			return fmt.Errorf("%s takes no bounds", a.Kind)
		}
	}
	for _, b := range []*float64{a.Min, a.Max} {
		switch {
		case b == nil:
		case !(*b >= 0) || math.IsInf(*b, 0):
			return fmt.Errorf("%s: a bound is a number from 0 on", a.Kind)
		case k.Takes == TakesRange && *b != math.Trunc(*b):
			return fmt.Errorf("%s: %s are counted in whole numbers", a.Kind, k.Unit)
		}
	}
	if a.Min != nil && a.Max != nil && *a.Min > *a.Max {
		return fmt.Errorf("%s: %s is more than %s", a.Kind, number(*a.Min), number(*a.Max))
	}
	return nil
}

// Suite is a prompt's assertions with the cases that they are held against.
type Suite struct {
	ID         int64
	UID        string
	PromptID   int64
	Prompt     text.Raw // its name
	Name       text.Raw
	Note       text.Raw
	CaseIDs    []int64  // none: every case of the prompt
	Threshold  *float64 // weighted share that a case needs; nil: every assertion must hold
	Assertions []Assertion
	CreatedMS  int64
	UpdatedMS  int64
}

// MinAssertions is how many assertions a suite should have at least.
const MinAssertions = 3

// CheckStatus is how a case came out.
type CheckStatus string

// The states of a case. An error or no output is never a pass.
const (
	CheckPass   CheckStatus = "pass"
	CheckFail   CheckStatus = "fail"
	CheckError  CheckStatus = "error"   // there is no answer that could be checked
	CheckNotRun CheckStatus = "not_run" // nobody was asked, or nothing is asserted
)

// AssertResult is one assertion held against one output.
type AssertResult struct {
	UID     string     `json:"uid,omitempty"`
	Kind    AssertKind `json:"kind"`
	Not     bool       `json:"not,omitempty"`
	Pass    bool       `json:"pass"`
	Error   bool       `json:"error,omitempty"` // it can't be said whether it holds: it does not, negated or not
	Message text.Raw   `json:"message"`         // what it saw and where; it may quote the output
	Weight  float64    `json:"weight"`
	Metric  text.Raw   `json:"metric,omitempty"`
}

// CaseCheck is how one output of a case came out.
type CaseCheck struct {
	Case       CaseKey
	CaseTags   []text.Raw
	Contestant Contestant
	Take       int
	CellID     int64 // 0: of a folder
	Status     CheckStatus
	Score      float64  // weighted share of the assertions that hold
	Why        text.Raw // of an error or of not_run
	Fault      string   // the kind of the [CallError] that Why tells, "" none
	Attempts   int      // above 1: it was asked again
	Cached     bool
	Assertions []AssertResult
}

// Check is one run of a suite with its results.
type Check struct {
	ID                             int64
	UID                            string
	SuiteID                        int64
	Suite                          text.Raw // its name then
	RunID                          int64    // whose outputs were checked; 0: of several
	AtMS                           int64
	Passed, Failed, Errors, NotRun int
	Contestants                    []Contestant
	Cases                          []CaseCheck // may be left out in lists
}

// Sum counts the cases.
func (c *Check) Sum() {
	c.Passed, c.Failed, c.Errors, c.NotRun, c.Contestants = 0, 0, 0, 0, nil
	seen := map[Contestant]bool{}
	for _, k := range c.Cases {
		if !seen[k.Contestant] {
			seen[k.Contestant] = true
			c.Contestants = append(c.Contestants, k.Contestant)
		}
		switch k.Status {
		case CheckPass:
			c.Passed++
		case CheckFail:
			c.Failed++
		case CheckError:
			c.Errors++
		default:
			c.NotRun++
		}
	}
}

// ProposeFrom is what assertions are proposed from: one of a verdict that somebody
// won, an output that was corrected or labelled, and a failure mode.
type ProposeFrom struct {
	PromptID  int64
	VerdictID int64
	CellID    int64
	ModeID    int64
}

// texts are the fields that may name variables: not the path, which is a program.
func (a *Assertion) texts() []*text.Raw {
	out := []*text.Raw{&a.Value}
	for i := range a.Values {
		out = append(out, &a.Values[i])
	}
	return out
}

// Names returns the variables that the assertion names, each once.
func (a Assertion) Names() []string {
	var out []string
	for _, t := range a.texts() {
		for _, h := range Placeholders(string(*t)) {
			if !h.Literal && !slices.Contains(out, h.Name) {
				out = append(out, h.Name)
			}
		}
	}
	return out
}

// Expand is the assertion with the values of a case in it, in one pass: a value
// that holds {{name}} stays text, and so does a name that the case does not have.
// A value means itself: in a pattern it is escaped; in JSON it is escaped inside a
// string, and elsewhere stands as it is where it is JSON, and as a string where
// it is not. A backslash before {{name}} keeps it text, as in a block.
func (a Assertion) Expand(vars []Var) Assertion {
	if len(a.Names()) == 0 && !a.escapes() {
		return a
	}
	k, _ := a.Kind.Info()
	a.Values = slices.Clone(a.Values)
	for _, t := range a.texts() {
		*t = expand(*t, vars, k.Takes)
	}
	return a
}

func (a Assertion) escapes() bool {
	return slices.ContainsFunc(a.texts(), func(t *text.Raw) bool {
		return slices.ContainsFunc(Placeholders(string(*t)), func(h Placeholder) bool { return h.Skip > 0 })
	})
}

func expand(t text.Raw, vars []Var, takes Takes) text.Raw {
	var b strings.Builder
	inside := false // a string of JSON
	for _, h := range Placeholders(string(t)) {
		literal := string(t[h.Start+h.Skip : h.End])
		if h.Literal {
			inside = insideString(literal, inside)
			b.WriteString(literal)
			continue
		}
		v, ok := Case{Vars: vars}.Lookup(h.Name)
		switch {
		case !ok:
			b.WriteString(literal)
		case takes == TakesPattern:
			b.WriteString(regexp.QuoteMeta(string(v)))
		case takes == TakesSchema || takes == TakesPath:
			b.WriteString(inJSON(string(v), inside))
		default:
			b.WriteString(string(v))
		}
	}
	return text.Raw(b.String())
}

// insideString follows the quotes of JSON.
func insideString(s string, inside bool) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			inside = !inside
		case s[i] == '\\' && inside:
			i++
		}
	}
	return inside
}

func inJSON(v string, inside bool) string {
	if !inside && json.Valid([]byte(v)) {
		return v
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return v // unreached: a string can be encoded
	}
	q := strings.TrimSuffix(b.String(), "\n")
	if inside {
		return q[1 : len(q)-1]
	}
	return q
}

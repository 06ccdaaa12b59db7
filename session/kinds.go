package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session/text"
)

// Takes is what a kind of assertion is held against: which fields it uses.
type Takes int

// What kinds take.
const (
	TakesNothing Takes = iota
	TakesText          // Value: words
	TakesList          // Values: words
	TakesPattern       // Value: a regular expression
	TakesSchema        // Value: a JSON Schema, "" any JSON
	TakesPath          // Path and Value: JSON
	TakesRange         // Min, Max or both: whole numbers
	TakesCeiling       // Max
)

// Example is an assertion with an output that it passes or fails on.
type Example struct {
	Assertion Assertion
	Result    Result
}

// KindInfo says of a kind what people and programs need to know of it.
type KindInfo struct {
	Kind  AssertKind
	Help  string // one line
	Takes Takes
	Unit  string // of a range or a ceiling: "words", "ms"
	// Statuses are the states of an output that the kind can be held against. All
	// take a whole answer and one that calls tools.
	Statuses  []Status
	Good, Bad Example
}

// About reports whether the kind can be held against an output in that state.
func (k KindInfo) About(s Status) bool { return slices.Contains(k.Statuses, s) }

// answers are the states that every kind can be held against.
var answers = []Status{StatusDone, StatusToolCalls}

// said makes an output of a whole answer.
func said(s text.Raw) Result {
	return Result{Output: Output{Status: StatusDone, Finish: "stop", Text: s, Attempts: 1}}
}

// took makes an output with what it took.
func took(ms int64, usd float64) Result {
	r := said("billing")
	r.Output.Timing.TotalMS, r.Output.CostUSD = ms, &usd
	return r
}

func num(n float64) *float64 { return &n }

// kind fills in what most kinds have in common.
func kind(k AssertKind, takes Takes, help string, a Assertion, good, bad Result) KindInfo {
	a.Kind, a.Weight = k, 1
	return KindInfo{Kind: k, Help: help, Takes: takes, Statuses: answers, Good: Example{a, good}, Bad: Example{a, bad}}
}

func counts(k AssertKind, unit, help string, low, high float64, good, bad text.Raw) KindInfo {
	i := kind(k, TakesRange, help, Assertion{Min: num(low), Max: num(high)}, said(good), said(bad))
	i.Unit = unit
	return i
}

func ceiling(k AssertKind, unit, help string, limit float64, good, bad Result) KindInfo {
	i := kind(k, TakesCeiling, help, Assertion{Max: num(limit)}, good, bad)
	i.Unit = unit
	return i
}

func about(i KindInfo, s ...Status) KindInfo {
	i.Statuses = append(slices.Clone(answers), s...)
	return i
}

// AssertKinds lists the kinds of assertions, in the order in which people see them.
func AssertKinds() []KindInfo {
	list := func(v ...text.Raw) Assertion { return Assertion{Values: v} }
	value := func(v text.Raw) Assertion { return Assertion{Value: v} }
	schema := value(`{"type": "object", "required": ["category"]}`)
	cut := said("We will")
	cut.Output.Status, cut.Output.Finish = StatusTruncated, "length"
	return []KindInfo{
		kind(AssertContains, TakesText, "the text is somewhere in the answer, letter for letter", value("8841"), said("Invoice 8841 was charged twice."), said("An invoice was charged twice.")),
		kind(AssertIContains, TakesText, "the text is somewhere in the answer, in capitals or not", value("sorry"), said("Sorry for that."), said("That is noted.")),
		kind(AssertContainsAny, TakesList, "one of the texts is in the answer", list("refund", "credit"), said("We credit it today."), said("We look into it.")),
		kind(AssertContainsAll, TakesList, "all of the texts are in the answer", list("8841", "today"), said("8841 is credited today."), said("8841 is credited.")),
		kind(AssertIContainsAny, TakesList, "one of the texts is in the answer, in capitals or not", list("as an AI", "language model"), said("As an ai, I think so."), said("I think so.")),
		kind(AssertIContainsAll, TakesList, "all of the texts are in the answer, in capitals or not", list("sorry", "today"), said("Sorry. Today it is done."), said("Today it is done.")),
		kind(AssertStartsWith, TakesText, "the answer begins with the text", value("Dear"), said("Dear Ana,"), said("Hi Ana,")),
		kind(AssertEndsWith, TakesText, "the answer ends with the text", value("Kind regards"), said("Done.\nKind regards"), said("Done. Kind regards, Ana")),
		kind(AssertEquals, TakesText, "the answer is the text, or the same JSON where the text is an object or a list", value("billing"), said("billing"), said("Billing")),
		kind(AssertRegex, TakesPattern, "the pattern matches somewhere; what RE2 and JavaScript both know", value(`order #\d{4}`), said("Your order #8841 is here."), said("Your order is here.")),
		counts(AssertWords, "words", "how many words, as spaces part them", 2, 5, "We refund you today", "We"),
		counts(AssertLines, "lines", "how many lines, empty ones included", 1, 2, "Dear Ana,\ndone.", "Dear Ana,\n\ndone."),
		counts(AssertSentences, "sentences", "how many sentences, by the rules of Unicode, which know no abbreviations", 1, 2, "It is done. Thanks.", "It is done. Thanks. Bye."),
		counts(AssertItems, "items", "how many elements of a JSON list, or else items of bulleted and numbered lists", 2, 3, "- one\n- two", "- one"),
		kind(AssertIsJSON, TakesSchema, "the whole answer is JSON, and fits the JSON Schema if there is one", schema, said(`{"category": "bug"}`), said(`{"kind": "bug"}`)),
		kind(AssertJSONPath, TakesPath, "the value at a path of a JSON answer, in jq's words, equals the JSON", Assertion{Path: ".items[0].price", Value: "12.5"}, said(`{"items": [{"price": 12.5}]}`), said(`{"items": []}`)),
		about(kind(AssertFinish, TakesText, "why the model stopped: stop, length, content_filter, tool_calls", value("stop"), said("billing"), cut), StatusTruncated, StatusFiltered, StatusRefused, StatusEmpty),
		about(kind(AssertRefusal, TakesNothing, "the model declined: in words, through its refusal field, by a content filter or without a word", Assertion{}, said("I'm sorry, but I can't help with that."), said("It is billing.")), StatusFiltered, StatusRefused, StatusEmpty),
		ceiling(AssertLatency, "ms", "the answer took at most so many milliseconds when it was asked for", 2000, took(140, 0), took(2001, 0)),
		ceiling(AssertCost, "USD", "the answer cost at most so many dollars when it was asked for", 0.01, took(140, 0.002), took(140, 0.02)),
	}
}

// kinds is looked up by every assertion that is written down or read.
var kinds = func() map[AssertKind]KindInfo {
	m := map[AssertKind]KindInfo{}
	for _, k := range AssertKinds() {
		m[k.Kind] = k
	}
	return m
}()

// Info says what is known of the kind; false where there is no such kind.
func (k AssertKind) Info() (KindInfo, bool) {
	i, ok := kinds[k]
	return i, ok
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// String is the assertion in one line for people, fit to be shown: `not
// icontains "as an AI"`. [Assertion.Spec] is what can be read back.
func (a Assertion) String() string {
	name := string(a.Kind)
	if a.Not {
		name = "not " + name
	}
	k, _ := a.Kind.Info()
	switch k.Takes {
	case TakesText:
		return name + " " + quoted(a.Value)
	case TakesPattern:
		return name + " /" + inLine(a.Value) + "/"
	case TakesList:
		var b strings.Builder
		b.WriteString(name)
		for i, v := range a.Values {
			b.WriteString([]string{" ", ", "}[min(i, 1)] + quoted(v))
		}
		return b.String()
	case TakesSchema:
		if a.Value != "" {
			return name + " that fits " + inLine(a.Value)
		}
	case TakesPath:
		return name + " " + inLine(a.Path) + " is " + inLine(a.Value)
	case TakesRange:
		return name + " " + a.Span()
	case TakesCeiling:
		if a.Max != nil {
			return name + " at most " + number(*a.Max) + " " + k.Unit
		}
	}
	return name
}

// Span is the bounds in words: "15 to 90", "at least 3", "at most 4", "2".
func (a Assertion) Span() string {
	switch {
	case a.Min == nil && a.Max == nil:
		return "any"
	case a.Min == nil:
		return "at most " + number(*a.Max)
	case a.Max == nil:
		return "at least " + number(*a.Min)
	case *a.Min == *a.Max:
		return number(*a.Min)
	}
	return number(*a.Min) + " to " + number(*a.Max)
}

func quoted(r text.Raw) string { return `"` + inLine(r) + `"` }

// inLine shows a text with its line ends as one space each.
func inLine(r text.Raw) string {
	return text.Raw(strings.ReplaceAll(strings.ReplaceAll(string(r), "\r\n", " "), "\n", " ")).String()
}

// Spec is the assertion as the command line and a text field read it, in one
// line; [ParseAssertion] reads it back to the byte. Weight, metric, case and
// origin are not part of it.
func (a Assertion) Spec() string {
	name := string(a.Kind)
	if a.Not {
		name = "not-" + name
	}
	k, _ := a.Kind.Info()
	switch k.Takes {
	case TakesText, TakesPattern:
		return name + ": " + bare(a.Value, "")
	case TakesList:
		parts := make([]string, len(a.Values))
		for i, v := range a.Values {
			parts[i] = bare(v, ",[")
		}
		return name + ": " + strings.Join(parts, ", ")
	case TakesSchema:
		if a.Value == "" {
			return name
		}
		return name + exact(a.Value)
	case TakesPath:
		path := string(a.Path)
		if i, _ := pathEnd(path + ": "); i != len(path) || !clean(path) || strings.HasPrefix(path, `"`) {
			path = strconv.Quote(path)
		}
		return name + " " + path + exact(a.Value)
	case TakesRange:
		switch {
		case a.Min == nil && a.Max == nil:
		case a.Min == nil:
			return name + ": .." + number(*a.Max)
		case a.Max == nil:
			return name + ": " + number(*a.Min) + ".."
		case *a.Min == *a.Max:
			return name + ": " + number(*a.Min)
		default:
			return name + ": " + number(*a.Min) + ".." + number(*a.Max)
		}
	case TakesCeiling:
		if a.Max != nil {
			return name + ": " + number(*a.Max)
		}
	}
	return name
}

// clean reports whether a text can stand in a line as it is.
func clean(s string) bool {
	if s == "" || !utf8.ValidString(s) || strings.TrimSpace(s) != s {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != ' ' })
}

// bare is a text as it is, or in quotes where it would not be read back so:
// not holds characters that it may not have.
func bare(v text.Raw, not string) string {
	s := string(v)
	if clean(s) && !strings.HasPrefix(s, `"`) && !strings.HasPrefix(s, ":") && !strings.ContainsAny(s, not) {
		return s
	}
	return strconv.Quote(s)
}

// exact is JSON after its colon: as it is, or after two colons in quotes of our
// own, since quotes are JSON's too.
func exact(v text.Raw) string {
	if clean(string(v)) {
		return ": " + string(v)
	}
	return ":: " + strconv.Quote(string(v))
}

// pathEnd finds the colon that ends a path: one with a space, a colon or nothing
// behind it. n is how many colons it has.
func pathEnd(s string) (at, n int) {
	for i := range len(s) {
		switch {
		case s[i] != ':':
		case strings.HasPrefix(s[i:], ":: ") || s[i:] == "::":
			return i, 2
		case i+1 == len(s) || s[i+1] == ' ':
			return i, 1
		}
	}
	return -1, 0
}

// ParseAssertion reads an assertion as [Assertion.Spec] writes it: the kind, a
// colon, what it is held against: "icontains: refund", "not-regex: ^\s",
// "contains-any: refund, credit", "word-count: 15..90", "is-json", "latency:
// 2000", "json-path .category: "billing"". A text may stand in quotes, where \n,
// \t, \" and \xff mean what they mean in Go. Its weight is 1.
func ParseAssertion(s string) (Assertion, error) {
	s = strings.TrimSpace(s)
	a := Assertion{Weight: 1}
	if rest, ok := strings.CutPrefix(s, "not-"); ok {
		a.Not, s = true, rest
	} else if rest, ok := strings.CutPrefix(s, "not "); ok {
		a.Not, s = true, strings.TrimSpace(rest)
	}
	end := strings.IndexFunc(s, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') })
	if end < 0 {
		end = len(s)
	}
	a.Kind = AssertKind(s[:end])
	k, ok := a.Kind.Info()
	if !ok {
		return Assertion{}, fmt.Errorf("no kind of assertion is called %q; write one as icontains: refund. Kinds: %s", text.Raw(a.Kind), kindNames())
	}
	rest := strings.TrimSpace(s[end:])
	var err error
	if k.Takes == TakesPath {
		if a.Path, rest, err = parsePath(rest); err != nil {
			return Assertion{}, err
		}
	}
	inQuotes := strings.HasPrefix(rest, ":: ") || rest == "::"
	if inQuotes {
		rest = rest[1:]
	}
	if rest, ok = strings.CutPrefix(rest, ":"); !ok && rest != "" {
		return Assertion{}, fmt.Errorf("%s: write a colon after the kind, as icontains: refund", a.Kind)
	}
	rest = strings.TrimSpace(rest)
	if inQuotes {
		if rest, err = strconv.Unquote(rest); err != nil {
			return Assertion{}, fmt.Errorf("%s: after two colons stands a text in quotes", a.Kind)
		}
	}
	if err := a.fill(k.Takes, rest); err != nil {
		return Assertion{}, err
	}
	return a, a.Check()
}

func kindNames() string {
	var names []string
	for _, k := range AssertKinds() {
		names = append(names, string(k.Kind))
	}
	return strings.Join(names, ", ")
}

// fill reads what stands behind the colon.
func (a *Assertion) fill(t Takes, s string) (err error) {
	switch t {
	case TakesText, TakesPattern:
		a.Value = unquote(s)
	case TakesSchema, TakesPath:
		a.Value = text.Raw(s)
	case TakesList:
		a.Values, err = parseList(s)
	case TakesRange, TakesCeiling:
		low, high, two := strings.Cut(s, "..")
		if !two && t == TakesRange {
			high = low
		} else if !two {
			low, high = "", low
		}
		if a.Min, err = bound(low); err == nil {
			a.Max, err = bound(high)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", a.Kind, err)
		}
	default:
		if s != "" {
			return fmt.Errorf("%s takes nothing", a.Kind)
		}
	}
	return err
}

func bound(s string) (*float64, error) {
	if s = strings.TrimSpace(s); s == "" {
		return nil, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no number", text.Raw(s))
	}
	return &n, nil
}

// unquote reads a text that may stand in quotes, ours or JSON's; where quotes
// are only part of it they are text.
func unquote(s string) text.Raw {
	if !strings.HasPrefix(s, `"`) {
		return text.Raw(s)
	}
	if v, err := strconv.Unquote(s); err == nil {
		return text.Raw(v)
	}
	var v string
	if json.Unmarshal([]byte(s), &v) == nil {
		return text.Raw(v)
	}
	return text.Raw(s)
}

// parseList reads texts with commas between, or a JSON list of them.
func parseList(s string) ([]text.Raw, error) {
	var out []text.Raw
	if strings.HasPrefix(s, "[") && json.Unmarshal([]byte(s), &out) == nil {
		return out, nil
	}
	for s != "" {
		if q, err := strconv.QuotedPrefix(s); err == nil && s[0] == '"' {
			rest := strings.TrimSpace(s[len(q):])
			if v, err := strconv.Unquote(q); err == nil && (rest == "" || rest[0] == ',') {
				out = append(out, text.Raw(v))
				s = strings.TrimSpace(strings.TrimPrefix(rest, ","))
				continue
			}
		}
		one, rest, _ := strings.Cut(s, ",")
		out = append(out, text.Raw(strings.TrimSpace(one)))
		s = strings.TrimSpace(rest)
	}
	return out, nil
}

var errPath = errors.New(`json-path: write the path and its value, as json-path .category: "billing"`)

// parsePath reads a path up to its colon; rest begins with the colon.
func parsePath(s string) (path text.Raw, rest string, err error) {
	if q, err := strconv.QuotedPrefix(s); err == nil && s[0] == '"' {
		if v, err := strconv.Unquote(q); err == nil && strings.HasPrefix(strings.TrimSpace(s[len(q):]), ":") {
			return text.Raw(v), strings.TrimSpace(s[len(q):]), nil
		}
	}
	at, _ := pathEnd(s)
	if at <= 0 {
		return "", "", errPath
	}
	return text.Raw(strings.TrimSpace(s[:at])), s[at:], nil
}

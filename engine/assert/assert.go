package assert

import (
	"errors"
	"fmt"
	"sync"

	"galley/session"
	"galley/session/text"
)

// holds holds an assertion, with its variables filled in and its negation left
// out, against an answer. The message says what it saw and where; an error means
// that it can't be said.
type holds func(*answer) (ok bool, message text.Raw, err error)

// evaluators makes an evaluator of each kind: a new one is a declaration in
// package session and a line here.
var evaluators = []struct {
	kind session.AssertKind
	make func(session.Assertion) (holds, error)
}{
	{session.AssertContains, contains},
	{session.AssertIContains, contains},
	{session.AssertContainsAny, containsAny},
	{session.AssertContainsAll, containsAll},
	{session.AssertIContainsAny, containsAny},
	{session.AssertIContainsAll, containsAll},
	{session.AssertStartsWith, startsWith},
	{session.AssertEndsWith, endsWith},
	{session.AssertEquals, equals},
	{session.AssertRegex, regex},
	{session.AssertWords, countOf((*answer).words, "word")},
	{session.AssertLines, countOf((*answer).lines, "line")},
	{session.AssertSentences, countOf((*answer).sentences, "sentence")},
	{session.AssertItems, itemCount},
	{session.AssertIsJSON, isJSON},
	{session.AssertJSONPath, jsonPath},
	{session.AssertFinish, finishReason},
	{session.AssertRefusal, isRefusal},
	{session.AssertLatency, latency},
	{session.AssertCost, cost},
}

// Evaluator holds one assertion against outputs. It is safe for many goroutines.
type Evaluator struct{ e *evaluator }

type evaluator struct {
	a    session.Assertion
	info session.KindInfo
	make func(session.Assertion) (holds, error)
	// fixed is the assertion where it names no variables; else each distinct
	// filling is compiled once.
	fixed holds
	mu    sync.Mutex
	kept  map[string]compiled
}

type compiled struct {
	h   holds
	err error
}

// maxKept bounds how many fillings of an assertion's variables are kept.
const maxKept = 1000

// Compile makes an evaluator. An error says what is wrong with the assertion: a
// pattern outside of what RE2 and JavaScript share, a schema that is none or that
// refers to anything but itself, a path that jq does not read.
func Compile(a session.Assertion) (Evaluator, error) {
	if err := a.Check(); err != nil {
		return Evaluator{}, err
	}
	e := &evaluator{a: a, kept: map[string]compiled{}}
	e.info, _ = a.Kind.Info()
	for _, k := range evaluators {
		if k.kind == a.Kind {
			e.make = k.make
		}
	}
	if e.make == nil {
		return Evaluator{}, fmt.Errorf("nothing evaluates %s", a.Kind)
	}
	names := a.Names()
	// A word stands for values that only the cases know, so that what is wrong
	// without them is found now.
	var probe []session.Var
	for _, n := range names {
		probe = append(probe, session.Var{Name: text.Raw(n), Value: "x"})
	}
	h, err := e.make(a.Expand(probe))
	if err != nil {
		return Evaluator{}, fmt.Errorf("%s: %w", a.Kind, err)
	}
	if len(names) == 0 {
		e.fixed = h
	}
	return Evaluator{e}, nil
}

// Assertion is what is evaluated.
func (e Evaluator) Assertion() session.Assertion { return e.e.a }

// filled is the assertion with the values of a case in it.
func (e *evaluator) filled(vars []session.Var) (holds, error) {
	if e.fixed != nil {
		return e.fixed, nil
	}
	a := e.a.Expand(vars)
	key := a.Spec()
	e.mu.Lock()
	defer e.mu.Unlock()
	if c, ok := e.kept[key]; ok {
		return c.h, c.err
	}
	var c compiled
	if c.err = a.Check(); c.err == nil {
		c.h, c.err = e.make(a)
	}
	if len(e.kept) >= maxKept {
		clear(e.kept)
	}
	e.kept[key] = c
	return c.h, c.err
}

// Eval holds the assertion against an output, whatever its state; [Grade] knows
// which states an assertion is about.
func (e Evaluator) Eval(r session.Result) session.AssertResult {
	return e.e.eval(newAnswer(r))
}

func (e *evaluator) eval(o *answer) session.AssertResult {
	res := session.AssertResult{UID: e.a.UID, Kind: e.a.Kind, Not: e.a.Not, Weight: e.a.Weight, Metric: e.a.Metric}
	status := o.r.Output.Status
	if !e.info.About(status) {
		res.Error, res.Message = true, text.Raw("says nothing of an answer that is "+stateWords(status))
		return res
	}
	ok, message, err := e.holds(o)
	switch {
	case err != nil:
		res.Error, res.Message = true, text.Raw("can't be said: "+err.Error())
	default:
		res.Pass, res.Message = ok != e.a.Not, message
	}
	if e.a.Weight == 0 {
		res.Pass, res.Message = true, "recorded only: "+res.Message
	}
	return res
}

// holds runs the evaluator. Whatever breaks inside of it is one assertion that
// can't be said, and not the end of a run.
func (e *evaluator) holds(o *answer) (ok bool, message text.Raw, err error) {
	h, err := e.filled(o.r.Cell.CaseVars)
	if err != nil {
		return false, "", err
	}
	defer func() {
		if p := recover(); p != nil {
			ok, message, err = false, "", errors.New("the evaluator broke on this answer")
			if why, is := p.(unsaid); is {
				err = why
			}
		}
	}()
	return h(o)
}

// unsaid is why it can't be said whether an assertion holds: something is not
// known, or would take too much.
type unsaid string

func (u unsaid) Error() string { return string(u) }

// stateWords is the state of an output in words.
func stateWords(s session.Status) string {
	switch s {
	case session.StatusTruncated:
		return "cut at the token limit"
	case session.StatusFiltered:
		return "withheld by a content filter"
	case session.StatusRefused:
		return "refused by the model"
	case session.StatusEmpty:
		return "empty"
	case session.StatusToolCalls:
		return "tool calls"
	case session.StatusError:
		return "an error"
	case session.StatusStopped:
		return "stopped"
	case session.StatusInterrupted:
		return "interrupted"
	case session.StatusWaiting:
		return "not asked for yet"
	case session.StatusRunning:
		return "on its way"
	}
	return string(s)
}

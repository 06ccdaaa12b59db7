// Package assert says whether an output holds what a suite asserts of it, and
// proposes what a suite might assert from outputs that people judged.
//
// A kind is declared in package session; here is its evaluator, one line of
// [evaluators]. Where promptfoo has a kind of the same name, both mean the same,
// down to what JavaScript calls white space and lower case.
//
// Three things can come of an assertion: it holds, it does not, or it can't be
// said: a pattern that takes too long, a price that is unknown. What can't be
// said is no pass, negated or not.
//
// The package asks no model, opens no file and no connection, and whatever it is
// given to evaluate, by a model or in a suite of strangers, ends within a bound of
// time and memory.
package assert

// Package report reads verdicts, labels and checks and says how they stand: in
// counts, in intervals, and in sentences that end in something to do. The
// formulas are those of session/stats; where nothing can be said it says why. It
// does no I/O and refuses to know who asks.
package report

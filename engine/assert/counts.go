package assert

import (
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

// within holds a number against the bounds of an assertion, both inclusive.
func within(a session.Assertion, n float64) bool {
	return (a.Min == nil || n >= *a.Min) && (a.Max == nil || n <= *a.Max)
}

// countOf makes evaluators of a count.
func countOf(count func(*answer) int, one string) func(session.Assertion) (holds, error) {
	return func(a session.Assertion) (holds, error) {
		return func(o *answer) (bool, text.Raw, error) {
			n := count(o)
			return within(a, float64(n)), text.Raw(plural(n, one) + ", wanted " + a.Span()), nil
		}, nil
	}
}

func itemCount(a session.Assertion) (holds, error) {
	return func(o *answer) (bool, text.Raw, error) {
		n, of := o.items()
		return within(a, float64(n)), text.Raw(plural(n, "item") + " of " + of + ", wanted " + a.Span()), nil
	}, nil
}

// items counts the elements of an answer that is a JSON list, and else the
// lines that begin an item of a list.
func (o *answer) items() (n int, of string) {
	if t := strings.TrimLeft(o.s, " \t\r\n"); strings.HasPrefix(t, "[") {
		if d := o.json(); d.err == nil && d.limit == nil {
			if list, ok := d.value.([]any); ok {
				return len(list), "a JSON list"
			}
		}
	}
	for line := range strings.Lines(o.s) {
		if listItem(line) {
			n++
		}
	}
	return n, "bulleted and numbered lists"
}

// listItem tells whether a line begins an item: a bullet or a number, a space,
// and something.
func listItem(line string) bool {
	line = strings.TrimLeftFunc(line, jsSpace)
	mark := ""
	for _, m := range []string{"-", "*", "+", "•", "–"} {
		if strings.HasPrefix(line, m) {
			mark = m
		}
	}
	if mark == "" {
		n := 0
		for n < len(line) && n < 9 && line[n] >= '0' && line[n] <= '9' {
			n++
		}
		if n == 0 || n >= len(line) || line[n] != '.' && line[n] != ')' {
			return false
		}
		mark = line[:n+1]
	}
	rest := line[len(mark):]
	return strings.TrimLeftFunc(rest, jsSpace) != "" && (rest[0] == ' ' || rest[0] == '\t')
}

// known reports whether it was measured what the output took.
func known(o session.Output) bool { return o.Timing.TotalMS > 0 || o.Attempts > 0 || o.Cached }

// firstTime says of an answer from the cache when its numbers were taken.
func firstTime(o session.Output) string {
	if o.Cached {
		return " when it was first asked for"
	}
	return ""
}

func latency(a session.Assertion) (holds, error) {
	return func(o *answer) (bool, text.Raw, error) {
		out := o.r.Output
		if !known(out) {
			return false, "", unsaid("it is not known how long the answer took")
		}
		ms := out.Timing.TotalMS
		return within(a, float64(ms)), text.Raw(strconv.FormatInt(ms, 10) + " ms" + firstTime(out) + ", wanted " + a.Span()), nil
	}, nil
}

func cost(a session.Assertion) (holds, error) {
	return func(o *answer) (bool, text.Raw, error) {
		out := o.r.Output
		if out.CostUSD == nil {
			return false, "", unsaid("it is not known what the answer cost")
		}
		return within(a, *out.CostUSD), text.Raw(strconv.FormatFloat(*out.CostUSD, 'g', 3, 64) + " USD" + firstTime(out) + ", wanted " + a.Span()), nil
	}, nil
}

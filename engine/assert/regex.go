package assert

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// Bounds of patterns.
const (
	patternSize  = 10_000                 // bytes of a pattern
	patternSteps = 20_000                 // instructions that it may become
	matchSize    = 1 << 20                // bytes of an answer
	matchTime    = 100 * time.Millisecond // for one answer
	// quickWork is how much work, instructions by bytes, is done without looking at
	// the clock.
	quickWork = 2_000_000
)

// pattern is a regular expression that RE2 and JavaScript both know, meaning what
// JavaScript means by it without flags.
type pattern struct {
	re    *regexp.Regexp
	steps int
}

func newPattern(s string) (*pattern, error) {
	if len(s) > patternSize {
		return nil, fmt.Errorf("the pattern has %d bytes; at most %d are allowed", len(s), patternSize)
	}
	ours, err := fromJS(s)
	if err != nil {
		return nil, err
	}
	return compilePattern(ours)
}

// compilePattern compiles what is in Go's words.
func compilePattern(s string) (*pattern, error) {
	tree, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return nil, badPattern(err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, badPattern(err)
	}
	if len(prog.Inst) > patternSteps {
		return nil, fmt.Errorf("the pattern becomes %d steps; at most %d are allowed", len(prog.Inst), patternSteps)
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, badPattern(err)
	}
	return &pattern{re, len(prog.Inst)}, nil
}

// badPattern says what is wrong without the pattern as Go sees it.
func badPattern(err error) error {
	var e *syntax.Error
	if errors.As(err, &e) {
		return fmt.Errorf("the pattern is not one that RE2 and JavaScript share: %s", e.Code)
	}
	return err
}

// find returns where the pattern first matches, -1 if it does not.
func (p *pattern) find(s string) (from, to int, err error) {
	if len(s) > matchSize {
		return -1, -1, unsaid(fmt.Sprintf("patterns are held against at most 1 MiB, and the answer has %d bytes", len(s)))
	}
	var loc []int
	if p.steps*len(s) <= quickWork {
		loc = p.re.FindStringIndex(s)
	} else {
		r := &clocked{s: s, until: time.Now().Add(matchTime)}
		loc = p.re.FindReaderIndex(r)
		if r.late {
			return -1, -1, unsaid("the pattern takes more than 100 ms on this answer")
		}
	}
	if loc == nil {
		return -1, -1, nil
	}
	return loc[0], loc[1], nil
}

// clocked reads a text rune by rune until a time: matching can't be stopped in
// any other way.
type clocked struct {
	s     string
	at, n int
	until time.Time
	late  bool
}

func (c *clocked) ReadRune() (rune, int, error) {
	if c.n++; c.n&0x3f == 0 && time.Now().After(c.until) {
		c.late = true
	}
	if c.late || c.at >= len(c.s) {
		return 0, 0, io.EOF
	}
	r, n := utf8.DecodeRuneInString(c.s[c.at:])
	c.at += n
	return r, n, nil
}

func regex(a session.Assertion) (holds, error) {
	p, err := newPattern(string(a.Value))
	if err != nil {
		return nil, err
	}
	return func(o *answer) (bool, text.Raw, error) {
		for _, part := range o.parts() {
			s := toUnits(part.s)
			from, to, err := p.find(s)
			switch {
			case err != nil:
				return false, "", err
			case from < 0:
				continue
			case from == to:
				return true, "matches " + o.at(part, s, from), nil
			}
			return true, "matches " + quote(fromUnits(s[from:to])) + " " + o.at(part, s, from), nil
		}
		return false, "no match in " + o.size(), nil
	}, nil
}

// JavaScript matches units of UTF-16, so that . is half of an emoji. Where a text
// has characters beyond the first plane, each half becomes a character of its
// own, from a plane that such a text then has no other use for.
const halves = 0xf0000 - 0xd800

func toUnits(s string) string {
	beyond := false
	for i := 0; i < len(s) && !beyond; i++ {
		beyond = s[i] >= 0xf0
	}
	if !beyond {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) * 2)
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
		case r >= 0x10000:
			r -= 0x10000
			b.WriteRune(halves + 0xd800 + r>>10)
			b.WriteRune(halves + 0xdc00 + r&0x3ff)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func fromUnits(s string) string {
	var b strings.Builder
	high := rune(-1)
	for i, r := range s {
		u := r - halves
		switch {
		case u >= 0xd800 && u < 0xdc00:
			high = u
			continue
		case u >= 0xdc00 && u < 0xe000 && high >= 0:
			b.WriteRune(0x10000 + (high-0xd800)<<10 + u - 0xdc00)
		case u >= 0xdc00 && u < 0xe000:
			b.WriteRune(utf8.RuneError)
		case r == utf8.RuneError:
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
		default:
			b.WriteRune(r)
		}
		high = -1
	}
	return b.String()
}

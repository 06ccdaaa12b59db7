package backend

import (
	"encoding/json"
	"regexp"
	"strings"

	"galley/session"
	"galley/session/text"
)

// readIn is what the built-in baseline reads out of the final messages. It
// looks at nothing else: not at a variant, not at a case.
type readIn struct {
	shots  []workedExample
	input  string   // what is to be answered, with the words around it
	value  string   // the case's values in it; "" unknown
	others []string // other texts of the context, messages in order
	given  []string // texts of resources, where the context says which they are
}

type workedExample struct{ input, output string }

// readContext finds shots and input. Shots are, in the order in which they
// stand: each user message that an assistant message follows, before the last
// user message; and inline examples, in any message, in the four layouts that
// composing writes. The input is what stands in the last user message after its
// last inline example, or before the first when nothing stands after.
func readContext(msgs []session.Message) readIn {
	last := lastUser(msgs)
	var c readIn
	for i := 0; i < len(msgs); i++ {
		m := msgs[i]
		if m.Role == session.RoleUser && i+1 < last && msgs[i+1].Role == session.RoleAssistant {
			c.shots = append(c.shots, workedExample{string(m.Content), string(msgs[i+1].Content)})
			i++
			continue
		}
		shots, before, after := inline(string(m.Content))
		c.shots = append(c.shots, shots...)
		switch {
		case i == last && strings.TrimSpace(after) != "":
			c.input = after
			c.others = append(c.others, before)
		case i == last:
			c.input = before
		default:
			c.others = append(c.others, before, after)
		}
	}
	return c
}

// lastUser is the last user message, -1 where there is none.
func lastUser(msgs []session.Message) int {
	for i := len(msgs) - 1; i >= 0; i-- {
		if msgs[i].Role == session.RoleUser {
			return i
		}
	}
	return -1
}

// The beginnings of inline examples.
var (
	xmlStart   = regexp.MustCompile(`(?m)^<examples>\n<example>\n<input>\n`)
	mdStart    = regexp.MustCompile(`(?m)^### Example [0-9]+\n\n\*\*Input\*\*\n\n`)
	jsonStart  = regexp.MustCompile(`(?m)^\[\n  \{"input": "`)
	plainStart = regexp.MustCompile(`(?m)^Input: `)
)

// inline reads the examples of one message; before and after are the texts
// around them. Text between two lists of examples is dropped: it is neither.
func inline(s string) (shots []workedExample, before, after string) {
	readers := []struct {
		start *regexp.Regexp
		read  func(string) ([]workedExample, int)
	}{{xmlStart, readXML}, {mdStart, readMarkdown}, {jsonStart, readJSON}, {plainStart, readPlain}}
	before, at := s, 0
	for at < len(s) {
		first, end := -1, 0
		var got []workedExample
		for _, r := range readers {
			for from := at; from < len(s); {
				loc := r.start.FindStringIndex(s[from:])
				if loc == nil || first >= 0 && from+loc[0] >= first {
					break
				}
				if g, n := r.read(s[from+loc[0]:]); len(g) > 0 {
					got, first, end = g, from+loc[0], from+loc[0]+n
					break
				}
				from += loc[1]
			}
		}
		if first < 0 {
			break
		}
		if len(shots) == 0 {
			before = s[:first]
		}
		shots = append(shots, got...)
		at = end
	}
	if len(shots) == 0 {
		return nil, s, ""
	}
	return shots, before, s[at:]
}

// readXML reads <examples> at the beginning of s, to its end n.
func readXML(s string) (shots []workedExample, n int) {
	at := len("<examples>")
	for strings.HasPrefix(s[at:], "\n<example>\n<input>\n") {
		body := s[at+len("\n<example>\n<input>"):]
		in, rest, ok1 := strings.Cut(body, "\n</input>\n<output>")
		out, rest, ok2 := strings.Cut(rest, "\n</output>\n</example>")
		if !ok1 || !ok2 {
			break
		}
		shots = append(shots, workedExample{strings.TrimPrefix(in, "\n"), strings.TrimPrefix(out, "\n")})
		at = len(s) - len(rest)
	}
	if strings.HasPrefix(s[at:], "\n</examples>") {
		at += len("\n</examples>")
	}
	return shots, at
}

// readMarkdown reads examples under headings. The last output ends at the first
// blank line: what follows it is the next block.
func readMarkdown(s string) (shots []workedExample, n int) {
	at := 0
	for {
		loc := mdStart.FindStringIndex(s[at:])
		if loc == nil || loc[0] != 0 {
			return shots, at
		}
		in, rest, ok := strings.Cut(s[at+loc[1]:], "\n\n**Output**\n\n")
		if !ok {
			return shots, at
		}
		from := len(s) - len(rest)
		var out string
		skip := 0
		if next := mdStart.FindStringIndex(rest); next != nil && strings.HasSuffix(rest[:next[0]], "\n\n") {
			out, skip = rest[:next[0]-2], 2
		} else {
			out, _, _ = strings.Cut(rest, "\n\n")
		}
		shots = append(shots, workedExample{in, out})
		at = from + len(out) + skip
	}
}

// readJSON reads a list of objects with input and output.
func readJSON(s string) (shots []workedExample, n int) {
	d := json.NewDecoder(strings.NewReader(s))
	var list []struct {
		Input  *string `json:"input"`
		Output *string `json:"output"`
	}
	if d.Decode(&list) != nil {
		return nil, 0
	}
	for _, e := range list {
		if e.Input != nil && e.Output != nil {
			shots = append(shots, workedExample{*e.Input, *e.Output})
		}
	}
	return shots, int(d.InputOffset())
}

// readPlain reads "Input: …" and "Output: …". The last output ends at the first
// blank line. An Input without an Output, or with an empty one at the end, is
// the case itself.
func readPlain(s string) (shots []workedExample, n int) {
	at := 0
	for strings.HasPrefix(s[at:], "Input: ") {
		in, rest, ok := strings.Cut(s[at+len("Input: "):], "\nOutput: ")
		if !ok {
			break
		}
		from := len(s) - len(rest)
		var out string
		skip := 0
		if i := strings.Index(rest, "\n\nInput: "); i >= 0 && strings.Contains(rest[i:], "\nOutput: ") {
			out, skip = rest[:i], 2
		} else {
			out, _, _ = strings.Cut(rest, "\n\n")
		}
		if strings.TrimSpace(out) == "" {
			break
		}
		shots = append(shots, workedExample{in, out})
		at = from + len(out) + skip
	}
	return shots, at
}

var bullet = regexp.MustCompile(`^\s*(?:[-*+•]|[0-9]{1,3}[.)])\s+`)

// resources cuts the context into a question and the pieces that may answer it:
// the sentences of resources, where the context says which they are; else the list items of the input are pieces, and what of the case's values is no
// list is the question (of the whole input, where they are not known); to an
// input without a list the sentences of the other texts are the pieces.
func (c readIn) resources() (question string, pieces []string) {
	if pieces, question = listed(c.input); len(c.given) > 0 {
		pieces = nil
		for _, g := range c.given {
			for _, l := range strings.Split(g, "\n") {
				pieces = append(pieces, text.Sentences(bullet.ReplaceAllString(l, ""))...)
			}
		}
	}
	if _, own := listed(c.value); strings.TrimSpace(own) != "" {
		question = own
	}
	if len(pieces) == 0 {
		for _, o := range c.others {
			for _, l := range strings.Split(o, "\n") {
				pieces = append(pieces, text.Sentences(bullet.ReplaceAllString(l, ""))...)
			}
		}
	}
	kept := pieces[:0]
	for _, p := range pieces {
		if strings.TrimSpace(p) != "" {
			kept = append(kept, p)
		}
	}
	return question, kept
}

// listed parts the list items of a text from its other lines.
func listed(s string) (items []string, others string) {
	var rest []string
	for _, l := range strings.Split(s, "\n") {
		if loc := bullet.FindStringIndex(l); loc != nil {
			items = append(items, l[loc[1]:])
		} else {
			rest = append(rest, l)
		}
	}
	return items, strings.Join(rest, "\n")
}

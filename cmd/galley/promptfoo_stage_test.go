//go:build promptfoo

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// outcome is what a model says, or how it ends without saying anything.
type outcome struct {
	text    string
	finish  string // "" is stop
	refusal bool   // the text stands in the refusal field
	tools   bool
	apart   string // the name of what the tools see apart in it
}

// status is what Galley takes it for.
func (o outcome) status() session.Status {
	switch {
	case o.finish == "length" || o.finish == "max_tokens":
		return session.StatusTruncated
	case o.finish == "content_filter":
		return session.StatusFiltered
	case o.tools:
		return session.StatusToolCalls
	case o.refusal:
		return session.StatusRefused
	case strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Cc) && !unicode.IsSpace(r) {
			return -1 // it has no look of its own
		}
		return r
	}, o.text)) == "":
		return session.StatusEmpty
	}
	return session.StatusDone
}

// blank answers are refusals without a score to promptfoo.
func (o outcome) blank() bool { return strings.TrimSpace(o.text) == "" }

const stageTools = `[{"index":0,"id":"call_1","type":"function","function":{"name":"lookup","arguments":"{\"order\":8841}"}}]`

// message is the answer's message, as a whole or as a piece of a stream.
func (o outcome) message() string {
	q, err := json.Marshal(o.text)
	if err != nil {
		panic(err) // a string can be written
	}
	switch {
	case o.refusal:
		return fmt.Sprintf(`{"role":"assistant","refusal":%s}`, q)
	case o.tools:
		return `{"role":"assistant","content":null,"tool_calls":` + stageTools + `}`
	}
	return fmt.Sprintf(`{"role":"assistant","content":%s}`, q)
}

// stage is a model on loopback. It knows every context that it may be asked with,
// to the byte, and what it answers to it; anything else is a failure of the test.
type stage struct {
	t         *testing.T
	srv       *backendtest.Server
	variables map[string]bool

	mu     sync.Mutex
	cues   map[string]key // by the messages
	lines  map[key]outcome
	counts map[string]map[key]int // who asked for what
	params map[string]map[key]string
	wrong  []string
}

// Each answer takes so long and so many tokens: latency and cost are the same for
// both, as far as clocks are.
const (
	stageWait            = 20 * time.Millisecond
	stageIn, stageOut    = 400, 20
	stageCost            = stageIn*0.15e-6 + stageOut*0.60e-6
	tooFast, slowEnough  = 5, 120_000 // ms
	tooCheap, dearEnough = stageCost / 2, stageCost * 2
)

func newStage(t *testing.T) *stage {
	s := &stage{t: t}
	s.srv = backendtest.NewServer(s.play)
	t.Cleanup(s.srv.Close)
	return s
}

func (s *stage) url() string { return s.srv.URL }

// cue is a list of messages as a key.
func cue(messages []session.Message) string {
	b, err := json.Marshal(messages)
	if err != nil {
		panic(err) // strings only
	}
	return string(b)
}

// set tells it a suite's contexts and what it says to each.
func (s *stage) set(variants []session.VariantInfo, cases []session.Case, play func(session.VariantInfo, int, session.Case) outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cues, s.lines, s.variables = map[string]key{}, map[key]outcome{}, map[string]bool{}
	s.counts, s.params = map[string]map[key]int{}, map[string]map[key]string{}
	for _, v := range variants {
		_, label, _ := strings.Cut(v.Ref().String(), "/")
		for i, c := range cases {
			var sent []session.Message
			for _, m := range session.Compose(v.Revision.Content, c, session.Order{}).Messages {
				sent = append(sent, session.Message{Role: m.Role, Content: m.Content})
			}
			k := key{label, c.Name}
			if other, taken := s.cues[cue(sent)]; taken {
				s.wrong = append(s.wrong, fmt.Sprintf("%v and %v ask the same", k, other))
			}
			s.cues[cue(sent)], s.lines[k] = k, play(v, i, c)
			for _, x := range c.Vars {
				s.variables[string(x.Name)] = true
			}
		}
	}
}

func (s *stage) outcome(variant string, name text.Raw) outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines[key{variant, name}]
}

// asked fails where somebody asked for something else than each context once, or
// with other parameters.
func (s *stage) asked(t *testing.T, who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.wrong {
		t.Error(w)
	}
	s.wrong = nil
	for k := range s.lines {
		if n := s.counts[who][k]; n != 1 {
			t.Errorf("%s asked for %v %d times", who, k, n)
		}
		if ours, theirs := s.params["galley"][k], s.params[who][k]; ours != theirs {
			t.Errorf("%s asked for %v with %s, and galley with %s", who, k, theirs, ours)
		}
	}
}

func (s *stage) play(r backendtest.Request) backendtest.Answer {
	var v map[string]json.RawMessage
	var sent []map[string]string
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return s.refuse("%s %s: %v", r.Method, r.Path, err)
	}
	if err := json.Unmarshal(v["messages"], &sent); err != nil {
		return s.refuse("messages that are more than a role and a text: %s", v["messages"])
	}
	var messages []session.Message
	for _, m := range sent {
		if len(m) != 2 {
			return s.refuse("messages that are more than a role and a text: %s", v["messages"])
		}
		messages = append(messages, session.Message{Role: session.Role(m["role"]), Content: text.Raw(m["content"])})
	}
	who := "promptfoo"
	if string(v["stream"]) == "true" {
		who = "galley"
	}
	for _, not := range []string{"messages", "stream", "stream_options"} {
		delete(v, not)
	}
	params, err := json.Marshal(v)
	if err != nil || bytes.Contains(r.Body, []byte(canary)) {
		return s.refuse("%s sent what it was not given: %v", who, err)
	}
	s.mu.Lock()
	k, known := s.cues[cue(messages)]
	o := s.lines[k]
	if known {
		if s.counts[who] == nil {
			s.counts[who], s.params[who] = map[key]int{}, map[key]string{}
		}
		s.counts[who][k]++
		s.params[who][k] = string(params)
	}
	s.mu.Unlock()
	if !known {
		return s.refuse("%s asked with other messages than any case makes: %s", who, clipped(cue(messages)))
	}
	return o.answer(who == "galley")
}

func (s *stage) refuse(format string, args ...any) backendtest.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
	return backendtest.Fails(400, "unknown", "the stage knows no such request")
}

func (o outcome) answer(stream bool) backendtest.Answer {
	finish := o.finish
	if finish == "" {
		finish = "stop"
	}
	var a backendtest.Answer
	if stream {
		a = backendtest.Events(fmt.Sprintf("data: {\"model\":%q,\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":null}]}\n\n", promptfooModel, o.message()),
			backendtest.Finish(finish), backendtest.Usage(stageIn, stageOut), backendtest.Done)
	} else {
		a.Header = map[string]string{"Content-Type": "application/json"}
		a.Body = []string{fmt.Sprintf(`{"id":"x","object":"chat.completion","model":%q,"choices":[{"index":0,"message":%s,"finish_reason":%q}],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`,
			promptfooModel, o.message(), finish, stageIn, stageOut, stageIn+stageOut)}
	}
	a.Wait = stageWait
	return a
}

// apart is what the two tools see apart on purpose.
type apart struct {
	name, why string
	is        func(session.Assertion, outcome) bool
	seen      int
}

// byDesign lists where the tools differ on what both can express.
func byDesign() []*apart {
	marked := func(name string, kind session.AssertKind, why string) *apart {
		return &apart{name: name, why: why, is: func(a session.Assertion, o outcome) bool { return o.apart == name && a.Kind == kind && a.Weight > 0 }}
	}
	return []*apart{
		marked("an apology", session.AssertRefusal, "promptfoo takes every answer that opens with Sorry for a refusal; Galley wants it to decline"),
		marked("words of help", session.AssertRefusal, "promptfoo finds a refusal in phrases that stand inside of good answers"),
		marked("declined otherwise", session.AssertRefusal, "promptfoo knows a list of phrases, and this is none of them"),
		{name: "calls of tools", why: "an answer that calls tools is a refusal to promptfoo, negated or not", is: func(a session.Assertion, o outcome) bool {
			return o.tools && a.Kind == session.AssertRefusal && !a.Not
		}},
		{name: "text beside calls", why: "promptfoo reads the calls of tools as the answer's text", is: func(a session.Assertion, o outcome) bool {
			return o.tools && a.Kind == session.AssertContains && a.Value == "lookup"
		}},
		{name: "numbers too large", why: "a number that no double holds can't be said to fit or to equal anything; promptfoo takes it for infinite", is: func(a session.Assertion, o outcome) bool {
			return o.text == "1E400" && (a.Kind == session.AssertIsJSON && a.Value != "" || a.Kind == session.AssertEquals && strings.ContainsAny(string(a.Value[:1]), "{[") && json.Valid([]byte(a.Value)))
		}},
		{name: "long patterns", why: "Galley holds no pattern of more than 10,000 bytes against anything", is: func(a session.Assertion, _ outcome) bool {
			return a.Kind == session.AssertRegex && len(a.Value) > 10_000
		}},
		marked("a content filter", session.AssertRefusal, "promptfoo puts a text of its own in place of an answer that a filter withheld, and reads that"),
	}
}

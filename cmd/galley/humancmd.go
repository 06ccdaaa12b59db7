package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/charmbracelet/x/term"

	"galley/engine/backend"
	"galley/session/text"
)

// answerLimit bounds a line of stdin.
const answerLimit = 1 << 20

// myself turns human/me into the name that the user judges by, so that an answer of
// theirs is never judged by themselves.
func myself(ref string) string {
	if ref == "human/me" {
		return "human/" + judgeName().String()
	}
	return ref
}

// attend lets a person answer the questions of a run on the command line: on a
// terminal by typing, else with lines of JSON on stdin. Stdin is not touched
// before there is a question. The function that it returns ends that.
func (d *desk) attend(ctx context.Context, g *globals) (leave func()) {
	h := d.set.Human()
	h.Attend(true)
	g.typing = &atomic.Bool{}
	ctx, cancel := context.WithCancel(ctx)
	in := bufio.NewReaderSize(g.in, 64<<10)
	read := readLines
	if f, ok := g.in.(*os.File); ok && term.IsTerminal(f.Fd()) {
		read = g.readTyped
	}
	go func() {
		for {
			asks := h.Asks()
			if len(asks) == 0 {
				select {
				case <-h.Bell():
					continue
				case <-ctx.Done():
					return
				}
			}
			g.typing.Store(true)
			g.question(asks[0])
			err := read(in, h, asks[0].ID)
			g.typing.Store(false)
			if ctx.Err() != nil {
				return
			}
			if err != nil && !errors.Is(err, backend.ErrNotAsked) {
				g.talk("human/%s: %v", text.Raw(asks[0].Who), err)
				h.Attend(false)
				return
			}
		}
	}()
	return func() {
		cancel()
		h.Attend(false)
	}
}

// busyTyping reports whether a person types an answer just now.
func (g *globals) busyTyping() bool { return g.typing != nil && g.typing.Load() }

// question prints the exact context of a question, as it may be shown.
func (g *globals) question(a backend.Ask) {
	var b strings.Builder
	b.WriteString("\nA question for human/" + text.Raw(a.Who).String() + "\n")
	part := func(head string, t text.Raw) {
		b.WriteString("--- " + head + "\n" + strings.TrimSuffix(text.Show(t).String(), "\n") + "\n")
	}
	for i, m := range a.Messages {
		head := string(m.Role)
		if a.Prefill && i == len(a.Messages)-1 {
			head += ", the answer goes on from here"
		}
		part(head, m.Content)
	}
	for _, p := range a.Beside.Parts() {
		part(string(p.Kind)+", beside the messages", p.Text)
	}
	_, _ = io.WriteString(g.err, b.String())
}

// readTyped reads an answer from a terminal: lines up to one that is a single dot,
// or to the end of the input.
func (g *globals) readTyped(in *bufio.Reader, h *backend.Human, id int64) error {
	_, _ = io.WriteString(g.err, "--- your answer; a line with a single dot ends it\n")
	var lines []string
	for {
		line, err := in.ReadString('\n')
		bare := strings.TrimRight(line, "\r\n")
		ended := errors.Is(err, io.EOF)
		if bare == "." || ended && line == "" {
			if ended && len(lines) == 0 {
				return errors.New("the input ended before an answer")
			}
			break
		}
		if err != nil && !ended {
			return err
		}
		lines = append(lines, bare)
		if ended {
			break
		}
	}
	return h.Answer(id, text.Raw(strings.Join(lines, "\n")))
}

// typedAnswer is a line of stdin where that is no terminal.
type typedAnswer struct {
	Answer *text.Raw `json:"answer"`
	Skip   *text.Raw `json:"skip"`
}

// readLines reads an answer from a line of JSON.
func readLines(in *bufio.Reader, h *backend.Human, id int64) error {
	for {
		line, err := readLine(in)
		line = bytes.TrimSpace(line)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case len(line) == 0 && err != nil:
			return errors.New(`stdin ended and has no answer for this question; it takes a line {"answer": "..."} or {"skip": "why"} for each, in the order of the cells`)
		case len(line) == 0:
			continue
		}
		var a typedAnswer
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if e := d.Decode(&a); e != nil || (a.Answer == nil) == (a.Skip == nil) {
			return errors.New(`a line of stdin is none of {"answer": "..."} and {"skip": "why"}: ` + text.Head(text.Raw(line), 60).String())
		}
		if a.Skip != nil {
			return h.Skip(id, *a.Skip)
		}
		return h.Answer(id, *a.Answer)
	}
}

// readLine reads a line of at most answerLimit bytes.
func readLine(in *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, more, err := in.ReadLine()
		out = append(out, part...)
		if len(out) > answerLimit {
			return nil, errors.New("a line of stdin is longer than 1 MiB")
		}
		if err != nil || !more {
			return out, err
		}
	}
}

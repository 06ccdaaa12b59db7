package session

import (
	"fmt"
	"strings"

	"galley/session/text"
)

// Sign is how a status is said: a sign and words, never a colour alone.
func (s Status) Sign() (sign, words string) {
	switch s {
	case StatusWaiting:
		return "○", "waiting"
	case StatusRunning:
		return "◐", "streaming"
	case StatusDone:
		return "●", "done"
	case StatusTruncated:
		return "◒", "cut off"
	case StatusFiltered:
		return "◌", "withheld"
	case StatusRefused:
		return "◌", "declined"
	case StatusEmpty:
		return "◌", "empty answer"
	case StatusToolCalls:
		return "◆", "tool calls"
	case StatusError:
		return "!", "failed"
	case StatusStopped:
		return "□", "stopped"
	case StatusInterrupted:
		return "△", "interrupted"
	}
	return "?", string(s)
}

// Means says in a sentence what a status other than done means, "" for done.
func (s Status) Means() string {
	switch s {
	case StatusWaiting:
		return "Not asked yet."
	case StatusRunning:
		return "Still being written."
	case StatusDone:
		return ""
	case StatusTruncated:
		return "Cut at the token limit: this is the beginning of an answer, not an answer."
	case StatusFiltered:
		return "Withheld by a content filter."
	case StatusRefused:
		return "The model declined through its refusal field."
	case StatusEmpty:
		return "The model finished without a word."
	case StatusToolCalls:
		return "The model finished with tool calls."
	case StatusStopped:
		return "Cancelled before it finished."
	case StatusInterrupted:
		return "Its process died while it ran."
	}
	return "Failed without a reason."
}

// FinishSkipped is the finish reason of a person who skipped a question. The text is
// why.
const FinishSkipped = "skipped"

// Means says in a sentence what came of a cell that has no whole answer, "" for one that
// has.
func (o Output) Means() string {
	if o.Status == StatusRefused && o.Finish == FinishSkipped {
		return "Skipped by the person who was asked: the text says why and is no answer."
	}
	return o.Status.Means()
}

// FaultWords says what the kind of a [CallError] means.
func FaultWords(kind string) string {
	switch kind {
	case "rate_limit":
		return "The server asked to slow down"
	case "auth":
		return "The server refused the key"
	case "not_found":
		return "The server has no such model or path"
	case "context":
		return "The prompt does not fit the model's context"
	case "timeout":
		return "No answer in time"
	case "network":
		return "The server could not be reached"
	case "server":
		return "The server failed"
	case "protocol":
		return "The server answered in a way it should not"
	case "limit":
		return "A limit was reached"
	case "damaged":
		return "What was kept of it can't be read"
	case "config":
		return "The configuration does not allow it"
	}
	return "Failed"
}

// Words says what an error means, with the number of an answer of HTTP unless its
// message begins with that. The message itself comes behind it.
func (e CallError) Words() string {
	words, code := FaultWords(e.Kind), fmt.Sprint(e.Status)
	if e.Kind == "config" && e.Status > 0 {
		words = "The server refused the request"
	}
	if e.Status <= 0 || strings.HasPrefix(string(e.Message), code) {
		return words
	}
	return words + " (HTTP " + code + ")"
}

// Said is the error for people: what an answer of HTTP means, then its message. A
// message without such an answer is a sentence by itself. The kind is for machines.
func (e CallError) Said() text.Raw {
	words := e.Words()
	words = strings.ToLower(words[:1]) + words[1:]
	switch {
	case e.Message == "":
		return text.Raw(words)
	case e.Status == 0:
		return e.Message
	}
	return text.Raw(words) + ": " + e.Message
}

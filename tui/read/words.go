package read

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// state is how a status is said: a sign and words, never a colour alone.
func state(s session.Status) (sign, words string) {
	switch s {
	case session.StatusWaiting:
		return "○", "waiting"
	case session.StatusRunning:
		return "◐", "streaming"
	case session.StatusDone:
		return "●", "done"
	case session.StatusTruncated:
		return "◒", "cut off"
	case session.StatusFiltered:
		return "◌", "withheld"
	case session.StatusRefused:
		return "◌", "declined"
	case session.StatusEmpty:
		return "◌", "empty answer"
	case session.StatusToolCalls:
		return "◆", "tool calls"
	case session.StatusError:
		return "!", "failed"
	case session.StatusStopped:
		return "□", "stopped"
	case session.StatusInterrupted:
		return "△", "interrupted"
	}
	return "?", string(s)
}

func stateStyle(st *themes.Styles, s session.Status) lipgloss.Style {
	switch s {
	case session.StatusDone:
		return st.Dim
	case session.StatusWaiting:
		return st.Faint
	case session.StatusRunning:
		return st.Accent
	case session.StatusError:
		return st.Bad
	}
	return st.Warn
}

// reason says in a sentence what a status other than done means, with the words
// of the server as they came.
func reason(o session.Output) text.Raw {
	if e := o.Error; e != nil {
		head := map[string]string{
			"rate_limit": "The server asked to slow down", "auth": "The server refused the key", "not_found": "The server has no such model or path",
			"context": "The prompt does not fit the model's context", "timeout": "No answer in time", "network": "The server could not be reached",
			"server": "The server failed", "protocol": "The server answered in a way it should not", "limit": "A limit was reached",
			"config": "The configuration does not allow it",
		}[e.Kind]
		if head == "" {
			head = "Failed"
		}
		if e.Status > 0 {
			head += fmt.Sprintf(" (HTTP %d)", e.Status)
		}
		if e.Message == "" {
			return text.Raw(head + ".")
		}
		return text.Raw(head+": ") + e.Message
	}
	switch o.Status {
	case session.StatusTruncated:
		return "Cut at the token limit: this is the beginning of an answer, not an answer."
	case session.StatusFiltered:
		return "Withheld by a content filter."
	case session.StatusRefused:
		return "The model declined through its refusal field."
	case session.StatusEmpty:
		return "The model finished without a word."
	case session.StatusToolCalls:
		return "The model finished with tool calls."
	case session.StatusStopped:
		return "Cancelled before it finished."
	case session.StatusInterrupted:
		return "Its process died while it ran."
	case session.StatusWaiting:
		return "Not asked yet."
	case session.StatusRunning:
		return "Still being written."
	}
	return "Failed without a reason."
}

// contestant is variant@revision without its prompt, or where it came from.
func contestant(c session.Contestant) string {
	v := c.Variant
	if v.Variant == "" {
		return c.Model
	}
	if v.Revision == 0 {
		return v.Variant
	}
	return fmt.Sprintf("%s@%d", v.Variant, v.Revision)
}

// when says a time as a person would, "" where it is not known.
func (s *Screen) when(ms int64) string {
	if ms <= 0 {
		return ""
	}
	return kit.When(ms, s.now())
}

// who is a person as the reader knows them.
func (s *Screen) who(by text.Raw) text.Shown {
	switch by {
	case "":
		return text.Shown{}
	case s.deps.As:
		return text.Of("you")
	}
	return text.Show(by).OneLine().Truncate(20)
}

// count is "1 note", "1,204 bytes".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return kit.Thousands(n) + " " + noun + "s"
}

// millis writes a duration for people.
func millis(ms int64) string {
	switch {
	case ms < 1000:
		return fmt.Sprintf("%d ms", max(0, ms))
	case ms < 60_000:
		return fmt.Sprintf("%.1f s", float64(ms)/1000)
	}
	return fmt.Sprintf("%d min %02d s", ms/60_000, ms/1000%60)
}

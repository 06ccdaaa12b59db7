package bench

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// stateNow is how the state of a cell is said. One without a word yet does not
// stream: it was asked, or waits to be asked again.
func stateNow(x *slot) (sign, words string) {
	if x.status == session.StatusRunning && len(x.buf) == 0 {
		if strings.HasPrefix(x.note, triesAgain) {
			return "◔", "to try again"
		}
		return "◔", "asked"
	}
	return x.status.Sign()
}

// triesAgain is how the note of a cell begins that failed and is asked again.
const triesAgain = "tries again: "

// stateStyle is the style of a status.
func stateStyle(st *themes.Styles, s session.Status) lipgloss.Style {
	switch {
	case s == session.StatusDone:
		return st.Dim
	case s == session.StatusWaiting:
		return st.Faint
	case s == session.StatusRunning:
		return st.Accent
	case s == session.StatusError:
		return st.Bad
	}
	return st.Warn
}

// reason says in a sentence what a status other than done means.
func reason(s *slot) text.Shown { return text.Show(reasonRaw(s)) }

// reasonRaw is reason with the words of the server as they came.
func reasonRaw(s *slot) text.Raw {
	if s.out != nil && s.out.Error != nil {
		e := s.out.Error
		head := e.Words()
		tail := ""
		if e.Retryable {
			tail = " Trying again may help."
		}
		if e.Message == "" {
			return text.Raw(head + "." + tail)
		}
		if tail != "" && !strings.HasSuffix(strings.TrimRight(e.Message.String(), " "), ".") {
			tail = "." + tail
		}
		return text.Raw(head+": ") + e.Message + text.Raw(tail)
	}
	switch s.status {
	case session.StatusWaiting, session.StatusRunning:
		return ""
	case session.StatusStopped:
		return text.Raw(s.status.Means() + " R asks again.")
	case session.StatusInterrupted:
		return "Its process died while it ran; it may have been billed. R asks again."
	}
	if s.out != nil {
		return text.Raw(s.out.Means())
	}
	return text.Raw(s.status.Means())
}

// grade is how right and wrong are said.
func grade(g session.Grade) (sign, word string) {
	switch g {
	case session.GradeRight:
		return "✓", "right"
	case session.GradeWrong:
		return "✗", "wrong"
	}
	return "", ""
}

func gradeStyle(st *themes.Styles, g session.Grade) lipgloss.Style {
	switch g {
	case session.GradeRight:
		return st.Good
	case session.GradeWrong:
		return st.Bad
	}
	return st.Faint
}

// millis writes a duration for people.
func millis(ms int64) string {
	switch {
	case ms < 0:
		return "0 ms"
	case ms < 1000:
		return fmt.Sprintf("%d ms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.2f s", float64(ms)/1000)
	case ms < 60_000:
		return fmt.Sprintf("%.1f s", float64(ms)/1000)
	case ms < 3_600_000:
		return fmt.Sprintf("%d min %02d s", ms/60_000, ms/1000%60)
	}
	return fmt.Sprintf("%d h %02d min", ms/3_600_000, ms/60_000%60)
}

// left writes the time that is left, no finer than it is known.
func left(ms int64) string {
	switch s := (ms + 999) / 1000; {
	case s < 60:
		return fmt.Sprintf("%d s left", s)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s left", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %02d min left", s/3600, s/60%60)
	}
}

// speed writes tokens a second.
func speed(v float64) string {
	switch {
	case v <= 0:
		return "–"
	case v < 10:
		return fmt.Sprintf("%.1f tok/s", v)
	case v < 10_000:
		return fmt.Sprintf("%.0f tok/s", v)
	}
	return kit.Thousands(int(v)) + " tok/s"
}

// money writes a cost where nothing else says that it is one.
func money(usd *float64) string {
	if usd == nil {
		return "cost unknown"
	}
	return kit.Money(usd)
}

// when writes a moment in the reader's own time.
func when(ms int64) string {
	if ms <= 0 {
		return "–"
	}
	return time.UnixMilli(ms).Format("2 Jan 2006 15:04")
}

// sentence makes a clause of ours a sentence.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// modelName is the model without its backend.
func modelName(ref string) string {
	if _, m, err := session.ParseModelRef(ref); err == nil {
		return m
	}
	return ref
}

// runState is how the state of a run is said.
func runState(s session.RunState) (sign, words string) {
	switch s {
	case session.RunRunning:
		return "◐", "running"
	case session.RunDone:
		return "●", "done"
	case session.RunStopped:
		return "□", "stopped"
	case session.RunInterrupted:
		return "△", "interrupted"
	}
	return "?", string(s)
}

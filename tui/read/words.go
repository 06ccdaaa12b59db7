package read

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

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
	e := o.Error
	switch {
	case e == nil:
		return text.Raw(o.Means())
	case e.Message == "":
		return text.Raw(e.Words() + ".")
	}
	return text.Raw(e.Words()+": ") + e.Message
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

package kit

import (
	"fmt"
	"time"
)

// When says a time, in milliseconds since 1970, as a person would, as seen from
// now and in now's zone. A time that is still to come is written out.
func When(ms int64, now time.Time) string {
	t := time.UnixMilli(ms).In(now.Location())
	switch d := now.Sub(t); {
	case d < 0:
		return t.Format("2 Jan 2006 15:04")
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	case d < 7*24*time.Hour:
		return fmt.Sprintf("%d d ago", int(d.Hours())/24)
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

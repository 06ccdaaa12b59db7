package models

import (
	"fmt"
	"strings"
	"time"
)

// size is bytes as people write them, "" where they are not known.
func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1<<20:
		return fmt.Sprintf("%.0f KiB", float64(n)/(1<<10))
	case n < 10<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n < 1<<30:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// shortDigest is the beginning of a digest: enough to see that two differ.
func shortDigest(d string) string {
	if _, rest, ok := strings.Cut(d, ":"); ok {
		d = rest
	}
	return d[:min(12, len(d))]
}

// span is a time as people say it, rounded up: "8 min", "2 h", "30 s".
func span(d time.Duration) string {
	up := func(unit time.Duration) int { return int((max(d, unit) + unit - 1) / unit) }
	switch {
	case d <= time.Minute:
		return fmt.Sprintf("%d s", up(time.Second))
	case d <= 2*time.Hour:
		return fmt.Sprintf("%d min", up(time.Minute))
	}
	return fmt.Sprintf("%d h", up(time.Hour))
}

// seconds is a short time: "8 s", "2:05".
func seconds(d time.Duration) string {
	n := max(0, int(d.Seconds()))
	if n < 60 {
		return fmt.Sprintf("%d s", n)
	}
	return fmt.Sprintf("%d:%02d", n/60, n%60)
}

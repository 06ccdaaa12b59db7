package exchange

import (
	"fmt"
	"io"
	"strings"

	"galley/session"
	"galley/session/text"
)

const (
	maxAnnotations = 10      // of each kind, as GitHub shows them
	maxSummary     = 1 << 20 // as GitHub takes it
	maxName        = 300
)

// WriteGitHub writes a check as annotations of GitHub Actions, the worst first.
// GitHub shows about ten of a kind: what is beyond is counted in the last one.
func WriteGitHub(w io.Writer, c Checked) error {
	var b strings.Builder
	said := map[string]int{}
	left := 0
	for _, t := range worst(c.tallies()) {
		level := "error"
		switch t.status {
		case session.CheckPass:
			continue
		case session.CheckNotRun:
			level = "warning"
		}
		if said[level]++; said[level] > maxAnnotations {
			left++
			continue
		}
		title := show(t.of.Name, maxName) + " · " + show(text.Raw(t.who.String()), maxName)
		if t.newly {
			title = "newly failing: " + title
		}
		b.WriteString("::" + level + " ")
		if at := c.Places.Case(t.of.Name); at.File != "" {
			fmt.Fprintf(&b, "file=%s,line=%d,endLine=%d,", property(at.File), at.Line, max(at.End, at.Line))
		}
		fmt.Fprintf(&b, "title=%s::%s\n", property(title), data(t.headline()+"\n"+t.details(c.Places, 3000)))
	}
	if left > 0 {
		fmt.Fprintf(&b, "::notice title=%s::%s\n", property(show(c.Suite, maxName)), data(fmt.Sprintf("%d more did not pass: see the table in the summary of the job", left)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// data escapes the message of a workflow command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// property escapes a property of one.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// WriteSummary writes a check as Markdown for the file that GITHUB_STEP_SUMMARY
// names: the whole table, the worst first, up to the size that GitHub takes.
func WriteSummary(w io.Writer, c Checked) error {
	all := worst(c.tallies())
	pass, fail, errs, notRun := count(all)
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%d passed, %d failed, %d without an answer, %d not run.\n\n", markdown(show(c.Suite, maxName)), pass, fail, errs, notRun)
	if c.Against != "" {
		b.WriteString(markdown(show(text.Raw(c.Against), 2000)) + "\n\n")
	}
	b.WriteString("| case | contestant | result | takes | what |\n| --- | --- | --- | --- | --- |\n")
	for i, t := range all {
		result := strings.ReplaceAll(string(t.status), "_", " ")
		if t.newly {
			result = "newly failing"
		}
		what := ""
		if t.status != session.CheckPass {
			what = markdown(show(text.Raw(t.headline()), 300))
		}
		row := fmt.Sprintf("| %s | %s | %s | %d of %d | %s |\n", markdown(show(t.of.Name, maxName)), markdown(show(text.Raw(t.who.String()), maxName)), result, t.pass, len(t.takes), what)
		if b.Len()+len(row)+100 > maxSummary {
			fmt.Fprintf(&b, "\n%d more rows are left out.\n", len(all)-i)
			break
		}
		b.WriteString(row)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown writes a text so that Markdown shows it and makes nothing of it.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@' || r == ':': // no mention, no link of its own
			fmt.Fprintf(&b, "&#%d;", r)
		case strings.ContainsRune("\\`*_{}[]()#+-.!|~>$^=", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

package exchange

import (
	"fmt"
	"io"
	"strings"
	"time"

	"galley/session"
)

const (
	maxMessage = 4 << 10
	maxBody    = 16 << 10
)

// WriteJUnit writes a check as JUnit XML, the part of it that all readers share:
// a test suite for each contestant, a test for each of its cases. A case fails
// when a take does; it is an error where there was no answer to check, and
// skipped where nobody was asked.
func WriteJUnit(w io.Writer, c Checked) error {
	all := c.tallies()
	_, fail, errs, notRun := count(all)
	x := &xmlWriter{w: w}
	x.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	attrs := []string{"name", "galley", "tests", num(len(all)), "failures", num(fail), "errors", num(errs), "skipped", num(notRun)}
	x.open("testsuites", append(attrs, c.time(all)...)...)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].who == all[0].who {
			n++
		}
		c.junitSuite(x, all[:n])
		all = all[n:]
	}
	x.close("testsuites")
	return x.err
}

func num(n int) string { return fmt.Sprint(n) }

func (c Checked) junitSuite(x *xmlWriter, list []*tally) {
	_, fail, errs, notRun := count(list)
	who := list[0].who
	attrs := append([]string{"name", who.String(), "tests", num(len(list)), "failures", num(fail), "errors", num(errs), "skipped", num(notRun)}, c.time(list)...)
	if c.AtMS > 0 {
		attrs = append(attrs, "timestamp", time.UnixMilli(c.AtMS).UTC().Format("2006-01-02T15:04:05"))
	}
	x.open("testsuite", attrs...)
	props := [][2]string{{"suite", string(c.Suite)}, {"model", who.Model}}
	if d := c.Digests[who]; d != "" {
		props = append(props, [2]string{"model.digest", d})
	}
	takes := 0
	for _, t := range list {
		takes = max(takes, len(t.takes))
	}
	props = append(props, [2]string{"repeat", num(takes)})
	if c.Against != "" {
		props = append(props, [2]string{"baseline", c.Against})
	}
	x.open("properties")
	for _, p := range props {
		x.empty("property", "name", p[0], "value", p[1])
	}
	x.close("properties")
	for _, t := range list {
		c.junitCase(x, t)
	}
	x.close("testsuite")
}

// time is how long the answers of cases took together, as an attribute; none where
// that is not known.
func (c Checked) time(list []*tally) []string {
	if c.TookMS == nil {
		return nil
	}
	ms := int64(0)
	for _, t := range list {
		for _, k := range t.takes {
			ms += c.TookMS(k)
		}
	}
	return []string{"time", fmt.Sprintf("%d.%03d", ms/1000, ms%1000)}
}

func (c Checked) junitCase(x *xmlWriter, t *tally) {
	attrs := []string{"classname", string(c.Suite), "name", string(t.of.Name)}
	if at := c.Places.Case(t.of.Name); at.File != "" {
		attrs = append(attrs, "file", at.File, "line", num(at.Line))
	}
	attrs = append(attrs, c.time([]*tally{t})...)
	var retried []string
	for _, k := range t.takes {
		if k.Attempts > 1 {
			retried = append(retried, fmt.Sprintf("take %d was asked %d times", k.Take, k.Attempts))
		}
	}
	if t.status == session.CheckPass && retried == nil {
		x.empty("testcase", attrs...)
		return
	}
	x.open("testcase", attrs...)
	kind := ""
	if m := t.misses(); len(m) > 0 {
		kind = m[0].kind
	}
	switch t.status {
	case session.CheckFail:
		x.text("failure", t.details(c.Places, maxBody), "type", kind, "message", t.headline())
	case session.CheckError:
		x.text("error", t.details(c.Places, maxBody), "type", kind, "message", t.headline())
	case session.CheckNotRun:
		x.empty("skipped", "message", t.headline())
	}
	if retried != nil {
		x.text("system-out", strings.Join(retried, "\n"))
	}
	x.close("testcase")
}

// xmlWriter writes XML 1.0 that is well-formed whatever the texts hold.
type xmlWriter struct {
	w     io.Writer
	depth int
	err   error
}

func (x *xmlWriter) raw(s string) {
	if x.err == nil {
		_, x.err = io.WriteString(x.w, s)
	}
}

func (x *xmlWriter) tag(name, ends string, attrs []string) {
	var b strings.Builder
	b.WriteString(strings.Repeat("  ", x.depth) + "<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		b.WriteString(" " + attrs[i] + `="` + xmlText(attrs[i+1], maxMessage, true) + `"`)
	}
	x.raw(b.String() + ends)
}

func (x *xmlWriter) open(name string, attrs ...string) {
	x.tag(name, ">\n", attrs)
	x.depth++
}

func (x *xmlWriter) close(name string) {
	x.depth--
	x.raw(strings.Repeat("  ", x.depth) + "</" + name + ">\n")
}

func (x *xmlWriter) empty(name string, attrs ...string) { x.tag(name, "/>\n", attrs) }

func (x *xmlWriter) text(name, body string, attrs ...string) {
	x.tag(name, ">", attrs)
	x.raw(xmlText(body, 2*maxBody, false) + "</" + name + ">\n")
}

// xmlText is a text as XML 1.0 can hold it: what it can't hold is shown by a
// sign, never dropped; what is too long is cut and says so.
func xmlText(s string, most int, attr bool) string {
	const cut = "… (cut)"
	var b strings.Builder
	for i, r := range s {
		if i > most {
			b.WriteString(cut)
			break
		}
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"' && attr:
			b.WriteString("&quot;")
		case attr && (r == '\n' || r == '\t'):
			fmt.Fprintf(&b, "&#%d;", r)
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7f:
			b.WriteRune(0x2421)
		case r < 0xa0 && r > 0x7f, r == 0xfffe, r == 0xffff:
			fmt.Fprintf(&b, "⟨%X⟩", r)
		default:
			b.WriteRune(r) // a byte that is not UTF-8 comes as U+FFFD
		}
	}
	return b.String()
}

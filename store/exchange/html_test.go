package exchange_test

import (
	"strings"
	"testing"

	"galley/session/text"
	"galley/store/exchange"
)

func TestPlainHTML(t *testing.T) {
	for page, want := range map[string]string{
		"<p>a <b>b</b>c</p><p>d</p>":                            "a bc\n\nd\n",
		"<h2>Head</h2>\n<p>one\n two</p>":                       "## Head\n\none two\n",
		"<ul><li>x<li>y</ul>z":                                  "- x\n- y\n\nz\n",
		"<head><title>t</title></head>a":                        "a\n",
		"<script>if (a<b) x()</script>a<!-- c > d -->b":         "ab\n",
		"a &lt;b&gt; &amp; &eacute;&#233;":                      "a <b> & éé\n",
		"1 < 2 and <3":                                          "1 < 2 and <3\n",
		"<pre>a\n  b</pre>c":                                    "a\n  b\n\nc\n",
		"<table><tr><td>a<td>b</tr><tr><td>c</td></tr></table>": "a b\nc\n",
		`<a title="x > y">link</a> after`:                       "link after\n",
		"a<br>b":                                                "a\nb\n",
		"<script>never closed":                                  "\n",
		"<!DOCTYPE html><html><body>ok</body></html>":           "ok\n",
		"plain":                        "plain\n",
		"<":                            "<\n",
		"<p":                           "\n",
		"<STYLE>p{}</STYLE><P>Up</P>":  "Up\n",
		"<p> spaces\t\n  here </p>":    "spaces here\n",
		"<div>one</div><div>two</div>": "one\ntwo\n",
	} {
		if got := exchange.PlainHTML(text.Raw(page)); string(got) != want {
			t.Errorf("%q: got %q, want %q", page, string(got), want)
		}
	}
}

// No page makes it loop or fall over, and what is no tag stays.
func FuzzPlainHTML(f *testing.F) {
	f.Add("<p>a</p>")
	f.Add("<a '>")
	f.Add("</<!--")
	f.Fuzz(func(t *testing.T, page string) {
		got := string(exchange.PlainHTML(text.Raw(page)))
		if !strings.HasSuffix(got, "\n") {
			t.Errorf("%q has no line end", got)
		}
		if !strings.ContainsAny(page, "<&") && strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(page), " ") {
			t.Errorf("plain %q became %q", page, got)
		}
	})
}

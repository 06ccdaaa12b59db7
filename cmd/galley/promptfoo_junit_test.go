//go:build promptfoo

package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
)

// element is an element of XML with what stands in it, as any parser sees it.
type element struct {
	Name  string            `json:"name"`
	Attrs map[string]string `json:"attrs"`
	Text  string            `json:"text"` // its own
}

// domScript reads XML with a parser that is not Go's and stops at the first thing
// that is wrong with it.
const domScript = `
const { DOMParser, onWarningStopParsing } = require("@xmldom/xmldom");
const xml = require("fs").readFileSync(process.argv[1], "utf8");
const out = [];
const walk = (e) => {
	const attrs = {};
	for (const a of Array.from(e.attributes)) attrs[a.name] = a.value;
	const own = { name: e.tagName, attrs, text: "" };
	out.push(own);
	for (const c of Array.from(e.childNodes)) {
		if (c.nodeType === 1) walk(c);
		else if (c.nodeType === 3) own.text += c.data;
		else throw new Error("a node of type " + c.nodeType);
	}
};
walk(new DOMParser({ onError: onWarningStopParsing }).parseFromString(xml, "text/xml").documentElement);
process.stdout.write(JSON.stringify(out));
`

// readJUnit has two parsers read the report of a check: both see the same, and it
// says what the check said.
func (r *rig) readJUnit(file string, ours checkJSON) {
	t := r.t
	mine := goElements(t, file)
	cmd := exec.Command("node", "-e", domScript, file)
	cmd.Dir = promptfooDir(t)
	out, errs, code := output(t, cmd)
	if code != 0 {
		t.Fatalf("the other parser refuses %s: %s", file, errs)
	}
	var theirs []element
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(mine, theirs); diff != "" {
		t.Errorf("two parsers see apart what stands in the report (-go +xmldom):\n%s", clipped(diff))
	}
	count := map[string]int{}
	for _, e := range mine {
		count[e.Name]++
	}
	for name, want := range map[string]int{"testcase": len(ours.Cases), "failure": ours.Failed, "error": ours.Errors, "skipped": ours.NotRun} {
		if count[name] != want {
			t.Errorf("the report has %d of %s, the check %d", count[name], name, want)
		}
	}
	root := mine[0].Attrs
	if root["tests"] != strconv.Itoa(len(ours.Cases)) || root["failures"] != strconv.Itoa(ours.Failed) || root["errors"] != strconv.Itoa(ours.Errors) {
		t.Errorf("the report counts %v", root)
	}
	failed := map[string]bool{}
	for _, k := range ours.Cases {
		if k.Status == session.CheckFail {
			failed[string(k.Case)] = true
		}
	}
	for i, e := range mine {
		if e.Name == "failure" && !failed[mine[i-1].Attrs["name"]] {
			t.Errorf("%s stands as failed", mine[i-1].Attrs["name"])
		}
	}
	t.Logf("JUnit: %d elements, seen alike by encoding/xml and xmldom", len(mine))
}

// goElements reads XML with Go's parser, which is strict by itself.
func goElements(t *testing.T, file string) []element {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	d := xml.NewDecoder(f)
	var out []element
	var open []int
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("Go refuses %s: %v", file, err)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			e := element{Name: x.Name.Local, Attrs: map[string]string{}}
			for _, a := range x.Attr {
				e.Attrs[a.Name.Local] = a.Value
			}
			open = append(open, len(out))
			out = append(out, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				out[open[len(open)-1]].Text += string(x)
			}
		}
	}
}

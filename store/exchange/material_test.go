package exchange

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

func TestShotsWithCallsComeBack(t *testing.T) {
	want := []session.Shot{
		{Name: "a", Input: "Where?\r\n", Output: "here", Tags: []text.Raw{"x"}, Pin: session.PinLast},
		{Name: "b", Output: "an output alone"},
		{Name: "c", Input: "=7?", Calls: []session.ShotCall{{Name: "look", Arguments: "{\"id\":  7, \"s\": \"\u2028\\n\"}", Result: "a \"b\"\n{x}"}, {Name: "now", Arguments: "{}"}}},
	}
	for _, format := range []string{"csv", "json", "jsonl"} {
		var b bytes.Buffer
		if err := WriteShots(&b, format, want, true); err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		got, notes, err := ReadShots(bytes.NewReader(b.Bytes()), Options{File: "x." + format})
		if d := cmp.Diff(want, got); d != "" || err != nil || len(notes) > 0 {
			t.Errorf("%s: %v %v\n%s\nwant − got +:\n%s", format, err, notes, b.String(), d)
		}
	}
	var plain bytes.Buffer
	if err := WriteShots(&plain, "csv", want[1:2], true); err != nil || !strings.HasPrefix(plain.String(), "name,input,output,tags\n") {
		t.Errorf("shots without calls have other columns: %v %q", err, plain.String())
	}
	for _, odd := range []string{
		`[{"input":"i","output":"o","calls":[{"nam":"f"}]}]`, `[{"input":"i","output":"o","calls":"x"}]`, `[{"input":"i","output":"o","calls":{"name":"f"}}]`,
		`[{"input":"i","output":"o","pin":"middle"}]`, `[{"output":"o"}]`, `[{"input":"i"}]`,
	} {
		if got, _, err := ReadShots(strings.NewReader(odd), Options{File: "f.json"}); err == nil || !strings.Contains(err.Error(), "f.json") {
			t.Errorf("%s gave %v, %v", odd, got, err)
		}
	}
}

func TestResourcesGoWithAContent(t *testing.T) {
	c := session.Content{Params: session.DefaultParams(), Blocks: []session.Block{
		{UID: "a", Kind: session.KindResources, Role: session.RoleUser, Wrap: session.WrapXML, Pick: &session.Pick{How: session.PickNearest, N: 2}, Resources: []session.Resource{
			{UID: "r", Name: "n#1", Source: "n", Place: 1, Text: "One.\r\n\u2028", Hash: session.Hash([]byte("One.\r\n\u2028"))},
		}},
		{UID: "b", Kind: session.KindInput, Role: session.RoleUser, Wrap: session.WrapNone, Text: "{{q}}"},
	}}
	data := contentJSON(c)
	got, err := readContent("f.json", data)
	if d := cmp.Diff(c, got); d != "" || err != nil {
		t.Errorf("%v; want − got +:\n%s", err, d)
	}
	c.Blocks = c.Blocks[1:]
	var plain bytes.Buffer
	if err := json.Indent(&plain, c.JSON(), "", "  "); err != nil {
		t.Fatal(err)
	}
	if got := string(contentJSON(c)); got != plain.String()+"\n" {
		t.Errorf("a content without resources is written anew: %s", got)
	}
	for _, odd := range []string{`"pick": {"how": "best"}`, `"shots": [{"uid":"s","input":"i","output":"o","calls":[{"name":"f","arguments":"x"}]}]`} {
		bad := `{"blocks":[{"uid":"a","kind":"shots","role":"user","wrap":"none",` + odd + `}],"params":{}}`
		if _, err := readContent("f.json", []byte(bad)); err == nil || !strings.Contains(err.Error(), "block 1") {
			t.Errorf("%s gave %v", odd, err)
		}
	}
}

func TestChatsCarryCalls(t *testing.T) {
	p := session.Compose(session.Content{Blocks: []session.Block{{
		Kind: session.KindShots, Role: session.RoleUser, Layout: session.LayoutTurns,
		Shots: []session.Shot{{Input: "i", Calls: []session.ShotCall{{Name: "f", Arguments: `{"a": 1}`, Result: "r"}}}},
	}}}, session.Case{}, session.Order{})
	b, err := lineJSON(chat(p.Messages))
	want := `[{"role":"user","content":"i"},{"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]},{"role":"tool","content":"r","tool_call_id":"call_1"}]`
	if err != nil || string(b) != want {
		t.Errorf("%v %s", err, b)
	}
}

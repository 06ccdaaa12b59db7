package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
	"galley/store"
)

// said runs a command line and returns what it wrote and its exit code.
func said(t *testing.T, args ...string) (out, talk string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	g := &globals{in: strings.NewReader(""), out: &o, err: &e}
	code = execute(context.Background(), g, args)
	return o.String(), e.String(), code
}

// What came back and what was asked is shown to the byte with --raw, inert without
// it, and whole in JSON.
func TestShowToTheByte(t *testing.T) {
	ctx := context.Background()
	db := filepath.Join(t.TempDir(), "w.db")
	st, err := store.Open(ctx, db, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	odd := "a\x00b \xff \x1b]0;x\x07 \u202e\r\n"
	c := session.Cell{
		Contestant: session.Contestant{Variant: session.VariantRef{Prompt: "p", Variant: "v", Revision: 1}, Model: "lab/m"}, CaseName: "c1", Take: 1,
	}
	p := session.Proof{Messages: []session.Message{{Role: session.RoleUser, Content: "Sort \x1b[31m this"}}, Beside: session.Beside{Tools: `[{"a":1}]`}}
	p.Hash = p.Name()
	w := session.NewWire("POST", "/v1/x", []byte(odd))
	c.Proof, c.Wire = p.Hash, w.Hash
	_, cells, err := st.StartRun(ctx, session.Run{Prompt: "p"}, []session.Proof{p}, []session.Cell{c}, "me")
	if err != nil {
		t.Fatal(err)
	}
	id, err := st.BeginAttempt(ctx, session.Attempt{CellID: cells[0].ID, Number: 1, Wire: w})
	if err != nil {
		t.Fatal(err)
	}
	prompt := 12
	err = st.FinishCell(ctx, session.Output{
		CellID: cells[0].ID, Status: session.StatusDone, Text: text.Raw(odd), Reason: text.Raw("why " + odd), Attempts: 1,
		ToolCalls: []session.ToolCall{{Name: "find", Arguments: text.Raw(odd)}}, Received: []byte("HTTP " + odd), Server: "srv \x1b[1m 7",
		Engine: session.EngineTiming{PromptTokens: &prompt}, Cut: true,
		Evaluated: &session.Evaluated{Text: text.Raw("<|user|>" + odd), IDs: []int{1, 2}, Source: session.EvidenceIDs, Tokens: 2, Counted: 2, Differs: "message 1 (user) \x1b[31m is not there", Cut: true},
	}, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for as, want := range map[string]string{
		"text": odd, "": odd, "reason": "why " + odd, "received": "HTTP " + odd, "sent": odd, "evaluated": "<|user|>" + odd,
		"tools": "find(" + odd + ")\n", "composed": "--- user\nSort \x1b[31m this\n--- tools\n[{\"a\":1}]\n",
	} {
		args := []string{"-w", db, "show", "r1#1", "--raw"}
		if as != "" {
			args = append(args, "--as", as)
		}
		if out, talk, code := said(t, args...); code != 0 || out != want {
			t.Errorf("%s: %q, %q, %d; want %q", as, out, talk, code, want)
		}
	}
	for _, args := range [][]string{{"show", "r1#1"}, {"show", "r1#1", "--as", "all"}, {"show", "r1#1", "--as", "received"}, {"list", "outputs"}} {
		out, talk, code := said(t, append([]string{"-w", db}, args...)...)
		if code != 0 || strings.ContainsAny(out+talk, "\x00\x07\x1b\u202e") || strings.Contains(out, "\xff") {
			t.Errorf("%q: %d\n%q %q", args, code, out, talk)
		}
		if args[0] == "show" && len(args) == 2 {
			for _, want := range []string{"proved: 2 = 2 tokens", "THE INPUT WAS CUT", "message 1 (user)", "input cut"} {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in %q", want, out)
				}
			}
		}
	}
	out, _, code := said(t, "-w", db, "show", "r1#1", "--json")
	var j struct {
		InputCut  bool `json:"input_cut"`
		Server    string
		Engine    map[string]any
		Evaluated struct {
			Source          string
			Tokens, Counted int
			Differs         string
		}
		Context struct {
			Base64 string
			IDs    []int
		}
		Composed struct {
			Tools []map[string]int
			Hash  string
		}
		Sent struct {
			Hash string
			Body string `json:"body_base64"`
		}
		Received struct{ Base64 string }
	}
	if err := json.Unmarshal([]byte(out), &j); err != nil || code != 0 {
		t.Fatalf("%v, %d: %s", err, code, out)
	}
	plain := func(s string) string {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
	if !j.InputCut || j.Server != "srv \x1b[1m 7" || j.Engine["prompt_tokens"] != 12.0 || j.Engine["prompt_ms"] != nil || j.Evaluated.Source != "same_request_ids" ||
		j.Evaluated.Tokens != 2 || j.Evaluated.Counted != 2 || !strings.Contains(j.Evaluated.Differs, "not there") || plain(j.Context.Base64) != "<|user|>"+odd ||
		len(j.Context.IDs) != 2 || j.Composed.Hash != p.Hash || len(j.Composed.Tools) != 1 || j.Sent.Hash != w.Hash || plain(j.Sent.Body) != odd || plain(j.Received.Base64) != "HTTP "+odd {
		t.Errorf("%+v", j)
	}
}

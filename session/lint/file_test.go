package lint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/lint"
)

func TestFromFile(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		messages string
		prefill  bool
		want     []string
	}{
		{"text", "Be kind.\n", "user:Be kind.\n", false, nil},
		{"empty", "", "", false, []string{"error formatting: "}},
		{"a variable left in", `Dear {{ name }}, \{{x}} {{name}}`, `user:Dear {{ name }}, \{{x}} {{name}}`, false, []string{"warning variables: {{ name }} | {{name}}"}},
		{"not UTF-8", "a\xff", "user:a\xff", false, []string{"error formatting: \xff"}},
		{"text that begins with a bracket", "[note] be kind", "user:[note] be kind", false, nil},
		{"a list of something else", `[{"a": 1}]`, `user:[{"a": 1}]`, false, nil},
		{"chat", ` [{"role":"system","content":"a"},{"role":"user","content":"b"}]`, "system:a|user:b", false, nil},
		{"parts, null and other fields", `[{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
			{"role":"user","content":"x","name":"n"},{"role":"assistant","content":null},{"role":"user","content":"y"}]`, "system:ab|user:x|assistant:|user:y", false, []string{"warning formatting: "}},
		{"prefill", `[{"role":"user","content":"b"},{"role":"assistant","content":"c "}]`, "user:b|assistant:c ", true, []string{"warning prefill:  "}},
		{"lines", "# Rules\nAnswer with the label alone.\nAnswer with the label alone.\n", "user:# Rules\nAnswer with the label alone.\nAnswer with the label alone.\n", false, []string{
			"warning redundancy: Answer with the label alone. | Answer with the label alone.",
		}},
		{"answers may repeat themselves", `[{"role":"user","content":"Say the same thing twice."},{"role":"assistant","content":"Same old story again.\nSame old story again."},{"role":"user","content":"Say the same thing twice."}]`,
			"user:Say the same thing twice.|assistant:Same old story again.\nSame old story again.|user:Say the same thing twice.", false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, p, err := lint.FromFile([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			var msgs []string
			for _, m := range p.Messages {
				msgs = append(msgs, fmt.Sprintf("%s:%s", string(m.Role), string(m.Content)))
			}
			if got := strings.Join(msgs, "|"); got != tt.messages || p.Prefill != tt.prefill {
				t.Errorf("messages %q, prefill %v", got, p.Prefill)
			}
			for m, msg := range p.Messages {
				at := 0
				for _, s := range p.SpansOf(m) {
					if s.Start != at {
						t.Errorf("span %+v does not continue at %d", s, at)
					}
					at = s.End
				}
				if at != len(msg.Content) {
					t.Errorf("message %d is covered up to %d of %d", m, at, len(msg.Content))
				}
			}
			if got := summary(t, p, lint.Check(c, session.Case{}, p, lint.Options{Bare: true})); !slices.Equal(got, tt.want) && len(got)+len(tt.want) > 0 {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFromMessagesRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ in, why string }{
		"not UTF-8":      {"[{\"role\":\"user\",\"content\":\"\xff\"}]", "UTF-8"},
		"no list":        {`{"role":"user"}`, "list"},
		"cut off":        {`[{"role":"user"`, "list"},
		"role":           {`[{"role":"tool","content":"x"}]`, "message 1 has the role"},
		"role missing":   {`[{"role":"user","content":"x"},{"content":"x"}]`, "message 2 has the role"},
		"hostile role":   {`[{"role":"\u001b[31m","content":"x"}]`, "␛"},
		"picture":        {`[{"role":"user","content":[{"type":"image_url"}]}]`, "image_url"},
		"number":         {`[{"role":"user","content":7}]`, "message 1"},
		"trailing words": {`[{"role":"user","content":"x"}] x`, "list"},
	} {
		if _, _, err := lint.FromMessages([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.why)
		}
	}
}

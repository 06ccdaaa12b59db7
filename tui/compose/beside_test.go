package compose

import (
	"slices"
	"strings"
	"testing"

	"galley/session"
)

func TestSchemaIsWrittenBeside(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 120, 37)
		r.Keys("a", "end", "up", "enter") // the schema is the last but one
		r.Type(`{"type": `)
		if got := r.Plain(); !strings.Contains(got, "! line 1: it ends too soon") {
			t.Errorf("half a schema is taken for one:\n%s", got)
		}
		r.Type(`"object"}`)
		r.Keys("esc")
		blocks := r.content().Blocks
		b := blocks[len(blocks)-1]
		if b.Kind != session.KindSchema || b.Text != `{"type": "object"}` {
			t.Fatalf("%+v", b)
		}
		p := r.d.table.Proof()
		if p.Beside.Schema != b.Text || strings.Contains(string(p.Messages[len(p.Messages)-1].Content), "object") {
			t.Errorf("%+v", p)
		}
		if got := r.Plain(); !strings.Contains(got, "beside the messages") {
			t.Errorf("not said where it goes:\n%s", got)
		}
		rows := strings.Split(r.Plain(), "\n")
		shown := slices.IndexFunc(rows, func(l string) bool { return strings.Contains(l, "◇ ▎ {\"type\": \"object\"}") })
		if shown < 0 {
			t.Errorf("the proof does not go to the schema with the cursor on it:\n%s", r.Plain())
		}
		r.Keys("w", "r") // it has neither
		if b := r.content().Blocks[len(blocks)-1]; b.Wrap != session.WrapNone || b.Role != session.RoleUser {
			t.Errorf("%+v", b)
		}
	})
}

func TestMoreParams(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 40, 12) // the form scrolls
		r.Keys("P", "up")
		r.Type("loud")
		r.Keys("enter")
		if r.Dialog == nil {
			t.Fatal("think loud was taken")
		}
		for range 4 {
			r.Keys("backspace")
		}
		r.Type("low")
		r.Keys("up")
		r.Type("8192")
		r.Keys("up")
		r.Type("-0.5")
		r.Keys("up")
		r.Type("2.5")
		r.Keys("enter")
		if r.Dialog == nil {
			t.Fatal("a presence_penalty of 2.5 was taken")
		}
		r.Type("1.5") // it is selected
		r.Keys("enter")
		p := r.content().Params
		if r.Dialog != nil || p.Think != "low" || p.Context != 8192 || p.Frequency == nil || *p.Frequency != -0.5 || p.Presence == nil || *p.Presence != 1.5 || p.TopK != nil {
			t.Errorf("%+v", p)
		}
	})
}

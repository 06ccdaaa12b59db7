package backend

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
)

func person(t *testing.T) *Human {
	t.Helper()
	s, err := NewSet(nil, nil, Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Human() == nil {
		t.Fatal("there is no human backend")
	}
	return s.Human()
}

var hello = session.Proof{
	Messages: []session.Message{{Role: session.RoleUser, Content: "Hello \x1b[31m\u202e there\n"}, {Role: session.RoleAssistant, Content: "It is"}},
	Prefill:  true,
	Beside:   session.Beside{Schema: `{"type":"object"}`},
}

// told is how a question ended.
type told struct {
	last Chunk
	text text.Raw
	err  error
}

// put asks in the background.
func put(ctx context.Context, t *testing.T, h *Human, who string, p session.Proof) <-chan told {
	t.Helper()
	w, err := h.Wire(Request{Model: who, Proof: p, Take: 1})
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan told, 1)
	go func() {
		var r told
		for c, err := range h.Stream(ctx, who, w) {
			r.text += c.Text
			r.last, r.err = c, err
		}
		out <- r
	}()
	return out
}

// until waits for the queue to have n questions.
func until(t *testing.T, h *Human, n int) []Ask {
	t.Helper()
	over := time.After(time.Minute)
	for {
		if a := h.Asks(); len(a) == n {
			return a
		}
		select {
		case <-h.Bell():
		case <-over:
			t.Fatalf("the queue never had %d questions", n)
		}
	}
}

func TestHumanAnswersTheExactContext(t *testing.T) {
	h := person(t)
	h.Attend(true)
	got := put(t.Context(), t, h, "ana", hello)
	a := until(t, h, 1)[0]
	if a.Who != "ana" || !a.Prefill || a.Beside != hello.Beside || !session.SameMessages(a.Messages, hello.Messages) {
		t.Errorf("the person reads %+v", a)
	}
	if err := h.Answer(a.ID, " true.\r\n\x00"); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if r.err != nil || r.text != " true.\r\n\x00" || !r.last.Done || r.last.Status != session.StatusDone || r.last.Model != "human/ana" {
		t.Errorf("%+v", r)
	}
	if err := h.Answer(a.ID, "again"); !errors.Is(err, ErrNotAsked) {
		t.Errorf("a question was answered twice: %v", err)
	}
}

func TestHumanEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		do     func(h *Human, id int64, cancel func()) error
		status session.Status
		kind   string
		text   text.Raw
	}{
		"declined": {do: func(h *Human, id int64, _ func()) error { return h.Skip(id, "no idea") }, status: session.StatusRefused, text: "no idea"},
		"empty":    {do: func(h *Human, id int64, _ func()) error { return h.Answer(id, "") }, status: session.StatusEmpty},
		"left":     {do: func(h *Human, _ int64, _ func()) error { h.Attend(false); return nil }, kind: "config"},
		"stopped":  {do: func(_ *Human, _ int64, cancel func()) error { cancel(); return nil }, kind: "network"},
	} {
		t.Run(name, func(t *testing.T) {
			h := person(t)
			h.Attend(true)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			got := put(ctx, t, h, "ana", hello)
			if err := tt.do(h, until(t, h, 1)[0].ID, cancel); err != nil {
				t.Fatal(err)
			}
			r := <-got
			until(t, h, 0)
			if tt.kind != "" {
				var e *session.CallError
				if !errors.As(r.err, &e) || e.Kind != tt.kind || e.Retryable {
					t.Errorf("%+v", r)
				}
				return
			}
			if r.err != nil || r.last.Status != tt.status || r.text != tt.text {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestHumanUnattendedAsksNobody(t *testing.T) {
	h := person(t)
	r := <-put(t.Context(), t, h, "ana", hello)
	var e *session.CallError
	if !errors.As(r.err, &e) || e.Kind != "config" || !strings.Contains(e.Error(), "nobody is here") {
		t.Errorf("%v", r.err)
	}
}

func TestHumanQueueKeepsItsOrder(t *testing.T) {
	h := person(t)
	h.Attend(true)
	var got []<-chan told
	for i, who := range []string{"ana", "ben", "cleo"} {
		got = append(got, put(t.Context(), t, h, who, hello))
		until(t, h, i+1)
	}
	asks := h.Asks()
	if err := h.Answer(asks[1].ID, "mine"); err != nil {
		t.Fatal(err)
	}
	if r := <-got[1]; r.text != "mine" || r.last.Model != "human/ben" {
		t.Errorf("%+v", r)
	}
	if left := h.Asks(); len(left) != 2 || left[0].Who != "ana" || left[1].Who != "cleo" {
		t.Errorf("%+v", left)
	}
	h.Attend(false)
	<-got[0]
	<-got[2]
}

func TestHumanWire(t *testing.T) {
	h := person(t)
	w, err := h.Wire(Request{Model: "ana", Proof: hello, Take: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"person":"ana","messages":[{"role":"user","content":"Hello \u001b[31m` + "\u202e" + ` there\n"},{"role":"assistant","content":"It is"}],"prefill":true,"schema":"{\"type\":\"object\"}"}`
	if string(w.Body) != want || !json.Valid(w.Body) {
		t.Errorf("%s", w.Body)
	}
	again, _ := h.Wire(Request{Model: "ana", Proof: hello, Take: 2, Repeatable: true})
	if again.Hash != w.Hash {
		t.Error("the same question has two names")
	}
	for _, bad := range []string{"", " ana", "a\nb", "identical"} {
		if _, err := h.Wire(Request{Model: bad, Proof: hello}); err == nil {
			t.Errorf("%q is a person", bad)
		}
	}
	broken := session.Proof{Messages: []session.Message{{Role: session.RoleUser, Content: "\xff"}}}
	if _, err := h.Wire(Request{Model: "ana", Proof: broken}); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("%v", err)
	}
}

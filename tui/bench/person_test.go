package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// askers is a queue of questions in memory.
type askers struct {
	list []Ask
	log  []string
}

func (a *askers) List() []Ask { return a.list }
func (a *askers) drop(id int64, said string) error {
	for i, q := range a.list {
		if q.ID == id {
			a.list = append(a.list[:i:i], a.list[i+1:]...)
			a.log = append(a.log, said)
			return nil
		}
	}
	return errors.New("nobody waits")
}
func (a *askers) Answer(id int64, t text.Raw) error { return a.drop(id, "answer "+string(t)) }
func (a *askers) Bell() <-chan struct{}             { return nil }
func (a *askers) Skip(id int64, why text.Raw) error { return a.drop(id, "skip "+string(why)) }

func asked(t *testing.T, w, h int) (*Screen, *askers) {
	t.Helper()
	msgs := []session.Message{{Role: session.RoleSystem, Content: "Be \x1b[31mkind\u202e."}, {Role: session.RoleUser, Content: "What is it?"}, {Role: session.RoleAssistant, Content: "It is"}}
	a := &askers{list: []Ask{
		{ID: 3, Who: "ana", Messages: msgs, Prefill: true, Beside: session.Beside{Schema: `{"type":"string"}`}, Since: time.UnixMilli(1764000000000)},
		{ID: 4, Who: "ana", Messages: msgs[:2], Since: time.UnixMilli(1764000001000)},
	}}
	tab := table(t)
	d := newWorld(tab).deps(tab)
	d.Asks = a
	s := New(d)
	s.Resize(w, h)
	return s, a
}

func write(s *Screen, words string) {
	for _, r := range words {
		drain(s, s.Update(tea.KeyPressMsg{Code: r, Text: string(r)}))
	}
}

func chord(s *Screen, k string, code rune) []tea.Msg {
	for _, a := range s.Actions() {
		for _, key := range a.Key.Keys() {
			if key == k {
				if why := a.Off(); why != "" {
					return []tea.Msg{kit.Toast{Text: why}}
				}
				return drain(s, a.Do())
			}
		}
	}
	return drain(s, s.Update(tea.KeyPressMsg{Code: code, Mod: tea.ModCtrl}))
}

func TestPersonAnswers(t *testing.T) {
	s, a := asked(t, 80, 22)
	msgs := drain(s, s.Enter())
	said := ""
	for _, m := range msgs {
		if x, ok := m.(kit.Toast); ok {
			said += x.Text
		}
	}
	if !strings.Contains(said, "a question waits for human/ana") {
		t.Errorf("nobody is told: %v", msgs)
	}
	sees(t, s, "2 questions wait for human/ana", "A answers")
	press(s, "A")
	sees(t, s, "A question for human/ana", "Be ␛[31mkind⟨RLO⟩.", "your answer goes on from here", "2 wait")
	if !s.Typing() || s.Cursor() == nil {
		t.Fatal("not writing")
	}
	golden(t, "person", s)
	s.Resize(80, 22)
	chord(s, "ctrl+s", 's')
	if len(a.log) != 0 {
		t.Fatal("nothing was sent as an answer")
	}
	write(s, " a [test] q?")
	drain(s, s.Update(tea.KeyPressMsg{Code: tea.KeyEscape}))
	if s.blank != nil {
		t.Fatal("esc does not go back")
	}
	press(s, "A")
	if got := s.blank.ed.Value(); got != " a [test] q?" {
		t.Fatalf("what was written is %q now", got)
	}
	chord(s, "ctrl+s", 's')
	if len(a.log) != 1 || a.log[0] != "answer  a [test] q?" {
		t.Fatalf("%q", a.log)
	}
	if s.blank == nil || s.blank.ask.ID != 4 || s.blank.ed.Value() != "" {
		t.Fatal("the next question does not follow")
	}
	for _, m := range chord(s, "ctrl+d", 'd') {
		if p, ok := m.(kit.Push); ok {
			drain(s, p.Dialog.(*kit.Prompt).Done("no idea"))
		}
	}
	if len(a.log) != 2 || a.log[1] != "skip no idea" || s.blank != nil || len(s.asks) != 0 {
		t.Fatalf("%q", a.log)
	}
	if strings.Contains(ansi.Strip(s.View()), "wait for human") {
		t.Error("it still says that a question waits")
	}
}

func TestQuestionThatIsGone(t *testing.T) {
	s, a := asked(t, 80, 22)
	drain(s, s.Enter())
	press(s, "A")
	write(s, "long thought")
	a.list = a.list[1:]
	drain(s, s.refreshAsks())
	sees(t, s, "nobody waits for this answer any more", "long thought")
	chord(s, "ctrl+s", 's')
	if len(a.log) != 0 || s.blank.ed.Value() != "long thought" {
		t.Errorf("%q %q", a.log, s.blank.ed.Value())
	}
}

// TestNextQuestionFollows keeps the page while the run goes on, until there is
// another question or the run is over.
func TestNextQuestionFollows(t *testing.T) {
	s, f := streaming(t)
	a := &askers{list: []Ask{{ID: 1, Who: "ana", Messages: []session.Message{{Role: session.RoleUser, Content: "One?"}}}}}
	s.deps.Asks = a
	beat(s, f)
	press(s, "A")
	write(s, "1")
	chord(s, "ctrl+s", 's')
	sees(t, s, "The next question is on its way")
	write(s, "lost in the air")
	a.list = []Ask{{ID: 2, Who: "ana", Messages: []session.Message{{Role: session.RoleUser, Content: "Two?"}}}}
	beat(s, f)
	sees(t, s, "Two?")
	if v := s.blank.ed.Value(); v != "" {
		t.Fatalf("what was typed while nothing was asked is an answer: %q", v)
	}
	write(s, "2")
	chord(s, "ctrl+s", 's')
	f.p.Ended, f.p.State = true, session.RunDone
	beat(s, f)
	if s.blank != nil || strings.Join(a.log, " ") != "answer 1 answer 2" {
		t.Errorf("%q, page open: %v", a.log, s.blank != nil)
	}
}

func TestPersonEverySize(t *testing.T) {
	for w := 20; w <= 240; w += 44 {
		for h := 5; h <= 70; h += 13 {
			s, _ := asked(t, w, h)
			drain(s, s.Enter())
			for _, k := range []string{"", "A"} {
				if k != "" {
					press(s, k)
				}
				lines := strings.Split(s.View(), "\n")
				if len(lines) != h {
					t.Fatalf("%d×%d after %q: %d rows", w, h, k, len(lines))
				}
				for _, l := range lines {
					if ansi.StringWidth(l) != w {
						t.Fatalf("%d×%d after %q: %q is %d wide", w, h, k, l, ansi.StringWidth(l))
					}
				}
			}
		}
	}
}

func TestStripsWhileARunIsLookedAt(t *testing.T) {
	s, f := streaming(t)
	s.Resize(160, 43)
	f.p.Backends = []Backend{{Name: "embedded", AtOnce: 4, Most: 8, Until: time.Now().Add(90 * time.Second), Why: "slow \x1b down"}}
	beat(s, f)
	sees(t, s, "embedded waits ", "slow ␛ down")
	f.p.Backends = []Backend{{Name: "embedded", AtOnce: 4, Going: 2, Most: 8}}
	beat(s, f)
	sees(t, s, "embedded 2 of 4 at once, up to 8")
	f.p.Backends = []Backend{{Name: "embedded", Dead: true, Why: "connection refused"}}
	beat(s, f)
	sees(t, s, "not asked any more: connection refused")
	gib := int64(1 << 30)
	s.onAnswer(devicesMsg{[]session.Device{{Name: "RTX\x1b 4090", Kind: "nvidia", MemUsed: num(12 * gib), MemTotal: num(24 * gib), Util: num(0.98), PowerW: num(310.4), TempC: num(71.0)}}, time.Now()})
	sees(t, s, "RTX␛ 4090  98% · memory 12.0 of 24.0 GiB · 310 W · 71 °C")
	reads := 0
	s.deps.Devices = func(context.Context) ([]session.Device, error) { reads++; return nil, nil }
	s.readAt = time.Time{}
	drain(s, s.readDevices())
	drain(s, s.readDevices()) // not twice in a second
	s.readAt = time.Time{}
	s.Leave()
	drain(s, s.readDevices())
	if reads != 1 {
		t.Errorf("the devices were read %d times, want once", reads)
	}
}

// Who has read the beginning of a question is not made to look for where the next
// one differs.
func TestNextQuestionShowsWhereItDiffers(t *testing.T) {
	ask := func(words ...text.Raw) Ask {
		var a Ask
		for _, w := range words {
			a.Messages = append(a.Messages, session.Message{Role: session.RoleUser, Content: w})
		}
		return a
	}
	for name, tc := range map[string]struct {
		before, a   Ask
		message, at int
	}{
		"the first":          {Ask{}, ask("a"), 0, 0},
		"the same":           {ask("a", "b"), ask("a", "b"), 0, 0},
		"the second message": {ask("a", "b"), ask("a", "c"), 1, 0},
		"a line in it":       {ask("a", "shots\nInput: x"), ask("a", "shots\nInput: y"), 1, 6},
		"another prompt":     {ask("a", "b"), ask("x", "b"), 0, 0},
		"a longer one":       {ask("a"), ask("a", "b"), 0, 0},
	} {
		if m, at := parts(tc.before, tc.a); m != tc.message || at != tc.at {
			t.Errorf("%s: from byte %d of message %d", name, at, m)
		}
	}
}

// Asked to let the person who looks on answer, the station starts the run, and opens
// the question as soon as it comes.
func TestAnswerSelf(t *testing.T) {
	s, a := asked(t, 80, 22)
	waiting := a.list
	a.list = nil
	drain(s, s.Enter())
	var got Choice
	s.deps.Start = func(_ context.Context, c Choice) (Live, error) {
		got = c
		return newFake(cellsOf(s.deps.Table, 1, 1)), nil
	}
	cmd := s.Open(session.AnswerAsk{Variant: session.VariantRef{Prompt: "triage", Variant: "zero-shot", Revision: 1}, Case: session.CaseKey{ID: 1, Name: "c01"}, Model: "human/ana", Order: session.Seeded(7)})
	if cmd == nil || s.blank != nil {
		t.Fatal("it does not start")
	}
	a.list = waiting[1:]
	drain(s, cmd)
	if len(got.Models) != 1 || got.Models[0] != "human/ana" || len(got.Cases) != 1 || !got.NoCache || len(got.Orders) != 1 {
		t.Fatalf("%+v", got)
	}
	drain(s, s.refreshAsks())
	if s.blank == nil || s.blank.ask.ID != 4 {
		t.Error("its question was not opened")
	}
	if drain(s, s.Open(session.AnswerAsk{})); s.blank == nil {
		t.Error("another one took the open question away")
	}
}

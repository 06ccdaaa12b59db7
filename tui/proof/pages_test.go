package proof

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// desk is a workspace in memory.
type desk struct {
	silences []session.Silence
	interns  []InternNote
	whys     []WhyTold
	asked    []WhyAsk
	failed   []int64
	copied   string
	newest   *session.Result
	trouble  error
}

func seen(s *Screen) string { return ansi.Strip(s.View()) }

// noon stops the clock of the screens for as long as a test runs.
func noon(t *testing.T) {
	was := clock
	clock = func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }
	t.Cleanup(func() { clock = was })
}

const day = 24 * 3600 * 1000

func at(days int) int64 {
	return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixMilli() - int64(days)*day
}

// full is a screen with all its functions.
func full(t *testing.T, tab *session.Table, w, h int) (*Screen, *desk) {
	t.Helper()
	noon(t)
	m := &desk{}
	d := deps(tab)
	d.Me = "human/ana"
	d.Silences = func(context.Context, int64) ([]session.Silence, error) { return m.silences, m.trouble }
	d.PutSilence = func(_ context.Context, x session.Silence) (session.Silence, error) {
		x.ID = int64(len(m.silences) + 1)
		m.silences = append(m.silences, x)
		return x, nil
	}
	d.Unsilence = func(_ context.Context, id int64) error {
		for i, x := range m.silences {
			if x.ID == id {
				m.silences = append(m.silences[:i:i], m.silences[i+1:]...)
				return nil
			}
		}
		return errors.New("there is no such silence")
	}
	d.Variants = func(context.Context, int64) ([]session.VariantInfo, error) {
		zero := tab.Variant.Revision.Content.Clone()
		zero.Blocks[2].Off = true
		zero.Blocks[1].Text = text.Raw(strings.Replace(string(zero.Blocks[1].Text), "exactly one of these six", "one of these", 1))
		return []session.VariantInfo{tab.Variant, {Variant: session.Variant{ID: 2, Name: "zero-shot"}, Prompt: "triage", Revision: session.Revision{ID: 9, Number: 4, Content: zero, Intent: "no shots"}}}, nil
	}
	d.Revisions = func(context.Context, int64) ([]session.Revision, error) {
		return []session.Revision{tab.Variant.Revision}, nil
	}
	d.Interns = func(context.Context, int64) ([]InternNote, error) { return m.interns, m.trouble }
	d.PutIntern = func(_ context.Context, a session.InternAnswer) error {
		for i, x := range m.interns {
			if x.RevisionID == a.RevisionID && x.Question == a.Question {
				m.interns = append(m.interns[:i:i], m.interns[i+1:]...)
				break
			}
		}
		if a.Text != "" {
			a.UpdatedMS, a.By = at(0), "ana"
			m.interns = append(m.interns, InternNote{a, 1})
		}
		return nil
	}
	d.Split = func(_ context.Context, _ int64, variant, name string) (session.VariantRef, error) {
		m.copied = name
		return session.VariantRef{Prompt: name, Variant: variant}, nil
	}
	d.Failures = func(context.Context, int64, string) ([]int64, error) { return m.failed, nil }
	d.Newest = func(_ context.Context, _ int64, model string, p session.Proof) (session.Result, bool, error) {
		if m.newest == nil || m.newest.Cell.Proof != p.Hash {
			return session.Result{}, false, nil
		}
		return *m.newest, true, nil
	}
	d.WhyCost = func(context.Context, WhyAsk) (string, error) {
		return "1 call, 840 tokens in, at most 512 out, free", nil
	}
	d.Why = func(_ context.Context, a WhyAsk) (WhyTold, error) {
		m.asked = append(m.asked, a)
		told := WhyTold{Output: "r7#3", Model: "embedded/nearest", Question: a.Question, Text: "The words \"charged twice\" led me there.", Status: session.StatusDone, AtMS: at(0)}
		m.whys = append([]WhyTold{told}, m.whys...)
		return told, nil
	}
	d.Whys = func(context.Context, int64, string) ([]WhyTold, error) { return append([]WhyTold(nil), m.whys...), nil }
	s := New(d)
	s.Resize(w, h)
	drain(s, s.Enter())
	return s, m
}

// answer keeps an answer of the model in hand to what lies on the table.
func (m *desk) answer(tab *session.Table, words text.Raw) {
	m.newest = &session.Result{
		Cell:   session.Cell{ID: 70, RunID: 7, Index: 2, Proof: tab.Proof().Hash, Contestant: session.Contestant{RevisionID: 1, Model: tab.Model()}},
		Output: session.Output{Status: session.StatusDone, Text: words, Usage: session.Usage{Input: 812, Source: "server"}},
	}
}

// do presses keys, and types into the dialog that opens; what is asked of the root
// comes back.
func do(t *testing.T, s *Screen, keys ...string) (out []tea.Msg) {
	t.Helper()
	for _, k := range keys {
		var msgs []tea.Msg
		switch k {
		case "esc", "up", "down", "ctrl+s":
			msgs = presses(s, map[string]tea.KeyPressMsg{"esc": {Code: tea.KeyEscape}, "up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "ctrl+s": {Code: 's', Mod: tea.ModCtrl}}[k])
		default:
			msgs = press(s, k)
		}
		out = append(out, msgs...)
	}
	return out
}

func presses(s *Screen, k tea.KeyPressMsg) []tea.Msg {
	for _, a := range s.Actions() {
		for _, name := range a.Key.Keys() {
			if name == k.String() {
				if why := a.Off(); why != "" {
					return []tea.Msg{kit.Toast{Text: why}}
				}
				return drain(s, a.Do())
			}
		}
	}
	return drain(s, s.Update(k))
}

func dialog[T any](t *testing.T, msgs []tea.Msg) T {
	t.Helper()
	for _, m := range msgs {
		if p, ok := m.(kit.Push); ok {
			if d, ok := p.Dialog.(T); ok {
				return d
			}
		}
	}
	var none T
	t.Fatalf("no dialog came: %v", msgs)
	return none
}

func toastOf(msgs []tea.Msg) string {
	for _, m := range msgs {
		if x, ok := m.(kit.Toast); ok {
			return x.Text
		}
	}
	return ""
}

func TestSpilled(t *testing.T) {
	tab := triage(t)
	d := deps(tab)
	count := d.Tokens
	limit := 500
	d.Tokens = func(ctx context.Context, p session.Proof, model string) session.TokenCount {
		c := count(ctx, p, model)
		c.Limit = limit
		return c
	}
	s := New(d)
	s.Resize(80, 22)
	drain(s, s.Enter())
	if got := seen(s); !strings.Contains(got, "it does not fit: about 296 tokens over the 500") || !strings.Contains(got, "E shows where") {
		t.Errorf("nothing says that it does not fit:\n%s", got)
	}
	press(s, "E")
	golden(t, "spilled", s)
	// What lies behind the border is struck through, also in colour, and no byte is lost.
	var text1 strings.Builder
	struck := 0
	for _, seg := range s.messages() {
		if seg.ID < 0 {
			continue
		}
		text1.WriteString(string(seg.Text))
		if seg.Style.GetStrikethrough() {
			struck += len(seg.Text)
		}
	}
	var all string
	for _, m := range tab.Proof().Messages {
		all += string(m.Content)
	}
	if text1.String() != all {
		t.Error("the text is another where it was cut")
	}
	if struck == 0 || struck > len(all)*3/4 {
		t.Errorf("%d of %d bytes are struck through", struck, len(all))
	}
	limit = 100_000
	tab.Touch()
	drain(s, s.Enter())
	if strings.Contains(seen(s), "does not fit") || toastOf(press(s, "E")) == "" {
		t.Error("it fits, and is said not to")
	}
}

func TestFindingsArePaired(t *testing.T) {
	tab := triage(t)
	tab.Desk.Edit("", "", func(c *session.Content) {
		c.Blocks[1].Text += "\nAnswer in at most 40 words.\nPlease stay calm whatever the ticket says about us.\nAnswer in at least 90 words.\n"
	})
	s, m := full(t, tab, 160, 43)
	i := -1
	for k, f := range s.an.findings {
		if len(f.places) > 1 {
			i = k
		}
	}
	if i < 0 {
		t.Fatalf("no finding has two places: %+v", s.an.findings)
	}
	for range i + 1 {
		press(s, "f")
	}
	if s.finding != i {
		t.Fatalf("finding %d is in hand, not %d", s.finding, i)
	}
	first := s.spot1
	msgs := press(s, "enter")
	if s.spot1 == first || s.finding != i || !strings.Contains(toastOf(msgs), "place 2 of ") || !strings.Contains(toastOf(msgs), "x silences it") {
		t.Errorf("enter did not go to the other place: %d %q", s.spot1, toastOf(msgs))
	}
	n := s.live()
	prompt := dialog[*kit.Prompt](t, press(s, "x"))
	if prompt.Check(" ") == "" {
		t.Error("a silence needs no reason")
	}
	drain(s, prompt.Done("both hold for different tickets"))
	if s.live() != n-1 || len(m.silences) != 1 || m.silences[0].PromptID != 1 || m.silences[0].Rule == "" {
		t.Fatalf("%d speak, %+v", s.live(), m.silences)
	}
	if got := seen(s); !strings.Contains(got, "1 is silenced: X shows why") || strings.Contains(got, "different tickets") {
		t.Errorf("it is not folded:\n%s", got)
	}
	press(s, "X")
	if got := strings.Join(strings.Fields(seen(s)), " "); !strings.Contains(got, "silenced: both hold") {
		t.Errorf("its reason is not shown:\n%s", seen(s))
	}
	if said := toastOf(press(s, "F")); !strings.Contains(said, "x lets it speak again") {
		t.Errorf("said %q", said)
	}
	press(s, "x")
	if len(m.silences) != 0 || s.live() != n {
		t.Errorf("it does not speak again: %d, %+v", s.live(), m.silences)
	}
	m.trouble = errors.New("the disk is gone")
	tab.Touch()
	drain(s, s.Enter())
	if !strings.Contains(seen(s), "what was silenced can't be read") {
		t.Errorf("the trouble is not said:\n%s", seen(s))
	}
}

func TestBlankPage(t *testing.T) {
	s, _ := full(t, triage(t), 80, 22)
	press(s, "p")
	golden(t, "blank", s)
	s.Resize(160, 43)
	for _, l := range strings.Split(seen(s), "\n") {
		if w := len([]rune(strings.TrimSpace(l))); w > measure {
			t.Errorf("a line is %d wide: %q", w, l)
		}
	}
	for _, seg := range s.blankDoc() {
		if seg.Gutter != "" {
			t.Errorf("a name stands beside the text: %q", seg.Gutter)
		}
	}
	s.Resize(80, 22)
	press(s, "/")
	for _, r := range "refund" {
		press(s, string(r))
	}
	press(s, "enter")
	if !strings.Contains(seen(s), "1 of ") {
		t.Errorf("it can't be searched:\n%s", seen(s))
	}
	press(s, "m")
	if !strings.Contains(seen(s), "▎") {
		t.Error("the messages have no gutter any more")
	}
}

func TestEscGoesBackToTheMessages(t *testing.T) {
	s, _ := full(t, triage(t), 80, 22)
	for _, view := range []string{"p", "w"} {
		do(t, s, view, "esc")
		if s.view != viewMessages {
			t.Fatalf("after %s, esc shows %s", view, s.view.name())
		}
	}
	do(t, s, "p")
	s.page.Search("the")
	do(t, s, "esc")
	if s.view != viewBlank {
		t.Error("esc left the page before it cleared the search")
	}
	do(t, s, "esc")
	if s.view != viewMessages {
		t.Errorf("with the search cleared, esc shows %s", s.view.name())
	}
}

func TestIntern(t *testing.T) {
	tab := triage(t)
	s, m := full(t, tab, 80, 22)
	m.interns = []InternNote{
		{session.InternAnswer{RevisionID: 1, Question: 2, Text: "What a voucher is worth.", By: "ana", UpdatedMS: at(3)}, 1},
		{session.InternAnswer{RevisionID: 5, Question: 2, Text: "Which team does refunds.\nAnd since when.", By: "ben", UpdatedMS: at(6)}, 2},
	}
	press(s, "t")
	golden(t, "intern", s)
	if !strings.Contains(seen(s), "asked of @1, 3 d ago, ana") {
		t.Errorf("an answer of before is not shown:\n%s", seen(s))
	}
	press(s, "enter")
	if !s.Typing() || s.Cursor() == nil {
		t.Fatal("nothing is being written")
	}
	for _, r := range "Yes, in a day." {
		drain(s, s.Update(tea.KeyPressMsg{Code: r, Text: string(r)}))
	}
	golden(t, "intern-write", s)
	s.Resize(80, 22)
	do(t, s, "ctrl+s")
	if s.Typing() || !strings.Contains(seen(s), "Yes, in a day.") || len(m.interns) != 3 {
		t.Errorf("it was not kept: %+v\n%s", m.interns, seen(s))
	}
	do(t, s, "enter", "esc")
	if s.Typing() || s.leaf == nil {
		t.Error("esc did not leave the answer and stay on the page")
	}
	goes := func(key string) kit.Goto {
		for _, msg := range do(t, s, key) {
			if g, ok := msg.(kit.Goto); ok {
				return g
			}
		}
		return kit.Goto{}
	}
	if g := goes("a"); g.Screen != "compose" || g.Arg != session.KindResources {
		t.Errorf("a goes to %+v", g)
	}
	if g := goes("e"); g.Screen != "compose" || g.Arg != 1 {
		t.Errorf("e goes to %+v", g)
	}
	if msg := toastOf(do(t, s, "r")); !strings.Contains(msg, "no answer of this variant is known to be wrong") {
		t.Errorf("without failures r says %q", msg)
	}
	m.failed = []int64{4, 2}
	if g := goes("r"); g.Screen != "read" || fmt.Sprint(g.Arg.(session.ReadQuery).CellIDs) != "[4 2]" {
		t.Errorf("r goes to %+v", g)
	}
	split := dialog[*kit.Prompt](t, do(t, s, "s"))
	if split.Check("a b") == "" || split.Check("triage-2") != "" {
		t.Error("names are not looked at")
	}
	for _, msg := range drain(s, split.Done("triage-2")) {
		if g, ok := msg.(kit.Goto); ok && (g.Screen != "compose" || g.Arg != session.VariantRef{Prompt: "triage-2", Variant: "five-shot"}) {
			t.Errorf("s goes to %+v", g)
		}
	}
	if m.copied != "triage-2" || s.leaf != nil {
		t.Errorf("copied %q", m.copied)
	}
}

func TestWhyPage(t *testing.T) {
	tab := triage(t)
	s, m := full(t, tab, 80, 22)
	if msg := toastOf(press(s, "W")); !strings.Contains(msg, "no answer of embedded/nearest to this very context is kept") {
		t.Errorf("without an answer W says %q", msg)
	}
	m.answer(tab, "billing")
	drain(s, s.Enter())
	s.Resize(160, 43)
	if got := seen(s); !strings.Contains(got, "r7#3 counted 812 for it, we 796") {
		t.Errorf("the server's own count is not compared:\n%s", got)
	}
	s.Resize(80, 22)
	press(s, "W")
	if len(m.asked) != 0 || !strings.Contains(seen(s), "1 call, 840 tokens in, at most 512 out, free") {
		t.Fatalf("%d were asked, and the cost is not said before:\n%s", len(m.asked), seen(s))
	}
	golden(t, "why", s)
	s.Resize(80, 22)
	words := dialog[*kit.Prompt](t, press(s, "e"))
	drain(s, words.Done("What led you there?"))
	press(s, "enter")
	if len(m.asked) != 1 || m.asked[0].Question != "What led you there?" || m.asked[0].Of.Cell.ID != 70 {
		t.Fatalf("%+v", m.asked)
	}
	if got := seen(s); !strings.Contains(got, "charged twice") || !strings.Contains(got, "a story, not the reason") {
		t.Errorf("what it says is not shown:\n%s", got)
	}
	golden(t, "why-told", s)
	do(t, s, "esc")
	if s.leaf != nil {
		t.Error("esc does not go back")
	}
}

func TestAnswerMyself(t *testing.T) {
	tab := triage(t)
	s, _ := full(t, tab, 80, 22)
	var g kit.Goto
	for _, msg := range press(s, "h") {
		if x, ok := msg.(kit.Goto); ok {
			g = x
		}
	}
	ask, ok := g.Arg.(session.AnswerAsk)
	if !ok || g.Screen != "bench" || ask.Model != "human/ana" || ask.Variant.String() != "triage/five-shot@1" || ask.Case.ID != 1 {
		t.Errorf("%+v", g)
	}
	tab.Desk.Edit("", "", func(c *session.Content) { c.Blocks[1].Text += "x" })
	if msg := toastOf(press(s, "h")); !strings.Contains(msg, "save in Compose first") {
		t.Errorf("of a draft it says %q", msg)
	}
}

func TestCompare(t *testing.T) {
	tab := triage(t)
	s, _ := full(t, tab, 80, 22)
	menu := dialog[*kit.Menu](t, press(s, "d"))
	if len(menu.Choices) != 5 || menu.Choices[3].Off == "" {
		t.Fatalf("%+v", menu.Choices)
	}
	others := dialog[*kit.Menu](t, drain(s, menu.Done(0)))
	if len(others.Choices) != 1 {
		t.Fatalf("%+v", others.Choices)
	}
	drain(s, others.Done(0))
	golden(t, "compare", s)
	s.Resize(160, 43)
	got := seen(s)
	for _, want := range []string{"Two final contexts of c01", "system, the same", "- five-shot@1 ", "+ zero-shot@4 ", "44 lines in the first alone, 1 line in the second", "exactly"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not shown:\n%s", want, got)
		}
	}
	do(t, s, "esc")
	drain(s, menu.Done(2)) // opens the list of cases
	cases := dialog[*kit.Menu](t, drain(s, menu.Done(2)))
	drain(s, cases.Done(3))
	if got := seen(s); !strings.Contains(got, "- five-shot@1, c01 ") || !strings.Contains(got, "+ c04") {
		t.Errorf("the two cases are not named:\n%s", got)
	}
	tab.Desk.Edit("", "", func(c *session.Content) { c.Blocks[1].Text = "A line of its own.\n" + c.Blocks[1].Text })
	menu = dialog[*kit.Menu](t, press(s, "d"))
	drain(s, menu.Done(3)) // what is saved
	for _, want := range []string{"- five-shot@1 as it is saved, the older", "+ what lies here, the newer", "1 line new", "▐ 1 + A line of its own."} {
		if got := seen(s); !strings.Contains(got, want) {
			t.Errorf("%q is not shown of what is saved and what lies here:\n%s", want, got)
		}
	}
	tab.GoCase(5)
	drain(s, s.Enter())
	if s.leaf != nil {
		t.Error("what was compared lies here no more, and is shown all the same")
	}
}

// What stands because it was chosen for the case says why, and what was left out
// next stands below.
func TestRetrieved(t *testing.T) {
	tab := triage(t)
	tab.Desk.Edit("", "", func(c *session.Content) {
		c.Blocks[2].Pick = &session.Pick{How: session.PickNearest, N: 2}
	})
	s, _ := full(t, tab, 160, 43)
	p := tab.Proof()
	if len(p.Retrieved) == 0 {
		t.Fatal("nothing was chosen")
	}
	got := seen(s)
	for _, want := range []string{"shots and resources", "shots: 2, nearest to the case", "#1 ", "out  #3"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not shown:\n%s", want, got)
		}
	}
	golden(t, "retrieved", s)
}

// Every page fills every size, and every key of it is one key.
func TestPagesFit(t *testing.T) {
	tab := triage(t)
	s, m := full(t, tab, 80, 22)
	m.answer(tab, text.Raw(strings.Repeat("words \x1b[31m and more\n", 60)))
	m.interns = []InternNote{{session.InternAnswer{RevisionID: 1, Question: 1, Text: text.Raw(strings.Repeat("long \x1b]0;x\a ", 200)), UpdatedMS: at(1)}, 1}}
	drain(s, s.Enter())
	menu := dialog[*kit.Menu](t, press(s, "d"))
	open := map[string]func(){
		"blank": func() { press(s, "p") }, "intern": func() { press(s, "t") }, "why": func() { press(s, "W") },
		"compare": func() { drain(s, dialog[*kit.Menu](t, drain(s, menu.Done(0))).Done(0)) },
		"write":   func() { press(s, "t"); press(s, "enter") },
	}
	for name, f := range open {
		s.leaf = nil
		press(s, "m")
		f()
		for _, sz := range [][2]int{{0, 0}, {1, 1}, {20, 5}, {34, 7}, {40, 10}, {80, 22}, {160, 43}, {240, 70}} {
			s.Resize(sz[0], sz[1])
			v := s.View()
			if strings.Contains(v, "\x1b]") {
				t.Errorf("%s lets a title through", name)
			}
			if sz[0] == 0 {
				continue
			}
			lines := strings.Split(v, "\n")
			if len(lines) != sz[1] {
				t.Errorf("%s at %dx%d has %d lines", name, sz[0], sz[1], len(lines))
			}
			for i, l := range lines {
				if kit.Width(l) != sz[0] {
					t.Errorf("%s at %dx%d: line %d is %d wide: %q", name, sz[0], sz[1], i, kit.Width(l), ansi.Strip(l))
				}
			}
		}
		keys := map[string]string{}
		for _, a := range s.Actions() {
			for _, k := range a.Key.Keys() {
				if keys[k] != "" {
					t.Errorf("%s: %s is %s and %s", name, k, keys[k], a.ID)
				}
				keys[k] = a.ID
			}
		}
		s.leaf = nil
		s.Resize(80, 22)
	}
	ids := map[string]bool{}
	for _, a := range s.AllActions() {
		if ids[a.ID] || a.Long == "" {
			t.Errorf("%s is there twice, or says nothing", a.ID)
		}
		ids[a.ID] = true
		a.Off()
	}
}

// Half a megabyte is drawn, paged and cut.
func TestHuge(t *testing.T) {
	tab := triage(t)
	tab.Desk.Edit("", "", func(c *session.Content) {
		c.Blocks[1].Text = text.Raw(strings.Repeat("A line of the handbook that nobody has read to its end, ever.\n", 8000))
	})
	s, _ := full(t, tab, 80, 22)
	if !s.room().Over || !strings.Contains(seen(s), "does not fit") {
		t.Errorf("it fits into 8,192 tokens:\n%s", seen(s))
	}
	press(s, "E")
	if !strings.Contains(seen(s), "beyond here nothing fits") {
		t.Errorf("E does not show where:\n%s", seen(s))
	}
	press(s, "p")
	press(s, "end")
	if got := seen(s); !strings.Contains(got, "page 4") {
		t.Errorf("the pages are not counted:\n%s", got)
	}
}

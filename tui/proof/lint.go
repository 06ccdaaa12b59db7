package proof

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
	"galley/tui/kit"
)

// finding is one thing that lint says, and where it is to be seen.
type finding struct {
	text     text.Shown
	severity lint.Severity
	places   []place
	quote    text.Raw
	rule     string
	silenced text.Raw // why it is silent, "" it speaks
	id       int64    // of the silence
}

// place is bytes within a span of the proof.
type place struct{ span, from, to int }

// check asks lint, and finds the spans of each finding's places.
func check(p session.Proof, c session.Content, k session.Case, o lint.Options) []finding {
	var out []finding
	for _, f := range lint.Check(c, k, p, o) {
		x := finding{text: text.Of(f.Message).OneLine(), severity: f.Severity, rule: f.Rule, silenced: f.Silenced, id: f.SilenceID, quote: f.Quote(p)}
		for _, at := range f.Spans {
			if sp, ok := locate(p, at); ok {
				x.places = append(x.places, sp)
			}
		}
		out = append(out, x)
	}
	return out
}

// locate returns the span that a place begins in, and the bytes of the place
// within it.
func locate(p session.Proof, at lint.Place) (place, bool) {
	for i, s := range p.Spans {
		if s.Message == at.Message && at.Start >= s.Start && at.Start < s.End {
			return place{i, at.Start - s.Start, min(at.End, s.End) - s.Start}, true
		}
	}
	return place{}, false
}

// live is how many findings speak; the silenced ones stand behind them.
func (s *Screen) live() int {
	n := 0
	for _, f := range s.an.findings {
		if f.silenced == "" {
			n++
		}
	}
	return n
}

// reachable is how many findings the keys go through.
func (s *Screen) reachable() int {
	if s.unfolded {
		return len(s.an.findings)
	}
	return s.live()
}

func (s *Screen) noFindings() string {
	switch {
	case s.noProof() != "":
		return s.noProof()
	case !s.ready:
		return "still reading"
	case s.reachable() == 0 && len(s.an.findings) > 0:
		return "all that was found is silenced: X shows it"
	case s.reachable() == 0:
		return "nothing was found"
	}
	return ""
}

// goFinding goes round the findings and shows the place of the one it comes to.
func (s *Screen) goFinding(by int) tea.Cmd {
	n := s.reachable()
	if s.finding < 0 && by < 0 {
		s.finding = 0
	}
	s.finding = ((s.finding+by)%n + n) % n
	s.spot1 = 0
	return s.showFinding()
}

// showFinding points out all places of the finding in hand, and shows one.
func (s *Screen) showFinding() tea.Cmd {
	s.cache = viewCache{}
	f := s.an.findings[s.finding]
	var cmd tea.Cmd
	if len(f.places) > 0 {
		if s.view != viewMessages {
			cmd = s.show(viewMessages)
		}
		var spots []kit.Spot
		for _, p := range f.places {
			spots = append(spots, s.spot(p.span, p.from, p.to))
		}
		s.page.PointOut(s.spot1%len(spots), spots...)
	}
	key := "x silences it with a reason"
	if f.silenced != "" {
		key = "x lets it speak again"
	}
	switch {
	case !s.panelShown():
		cmd = tea.Batch(cmd, kit.Say(f.text.String()))
	case len(f.places) > 1:
		cmd = tea.Batch(cmd, kit.Say(fmt.Sprintf("place %d of %d: enter goes to the next, %s", s.spot1%len(f.places)+1, len(f.places), key)))
	default:
		cmd = tea.Batch(cmd, kit.Say(key))
	}
	return cmd
}

// otherPlace goes to the next place of the finding in hand, or to a finding.
func (s *Screen) otherPlace() tea.Cmd {
	if s.finding < 0 || s.finding >= s.reachable() || len(s.an.findings[s.finding].places) < 2 {
		return s.goFinding(1)
	}
	s.spot1 = (s.spot1 + 1) % len(s.an.findings[s.finding].places)
	return s.showFinding()
}

func (s *Screen) noFinding() string {
	if why := s.noFindings(); why != "" {
		return why
	}
	if s.finding < 0 || s.finding >= s.reachable() {
		return "f goes to a finding first"
	}
	return ""
}

// silence asks why the finding in hand may stand, or lets a silenced one speak.
func (s *Screen) silence() tea.Cmd {
	f, prompt := s.an.findings[s.finding], s.deps.Table.Prompt.ID
	if s.deps.PutSilence == nil || s.deps.Unsilence == nil {
		return kit.Say("findings can't be silenced here")
	}
	if f.silenced != "" {
		return s.ask(askSilence, func(ctx context.Context) tea.Msg {
			return silencedMsg{said: "it speaks again", err: s.deps.Unsilence(ctx, f.id)}
		})
	}
	put := s.deps.PutSilence
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Silence this finding", Label: f.text.String() + "\nWhy may it stand? The reason is kept, for as long as these words do.",
		Check: func(v text.Raw) string {
			if v.Blank() {
				return "a reason in a few words"
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd {
			return s.ask(askSilence, func(ctx context.Context) tea.Msg {
				_, err := put(ctx, session.Silence{PromptID: prompt, Rule: f.rule, Quote: f.quote, Reason: text.Raw(strings.TrimSpace(string(v)))})
				return silencedMsg{said: "silenced: X shows it again", err: err}
			})
		},
	})
}

type silencedMsg struct {
	said string
	err  error
}

func (s *Screen) silenced(m silencedMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.finding = -1
	return tea.Batch(kit.Say(m.said), s.analyse())
}

func (s *Screen) noSilenced() string {
	switch {
	case s.noProof() != "":
		return s.noProof()
	case !s.ready:
		return "still reading"
	case s.live() == len(s.an.findings):
		return "nothing is silenced"
	}
	return ""
}

// foldSilenced shows the silenced findings with their reasons, or folds them.
func (s *Screen) foldSilenced() tea.Cmd {
	s.unfolded = !s.unfolded
	s.finding = min(s.finding, s.reachable()-1)
	s.cache = viewCache{}
	return nil
}

// findingsSection is what lint says, a sentence each.
func (s *Screen) findingsSection(w int) section {
	st := s.deps.Styles
	sec := section{head: "findings", keep: -1}
	if !s.ready {
		sec.lines = []string{kit.Fit(st.Faint.Render("reading…"), w)}
		return sec
	}
	live := s.live()
	mute := len(s.an.findings) - live
	sec.head = kit.Join(" · ", "findings", some(live), some(mute)+" silenced")
	if mute == 0 {
		sec.head = kit.Join(" · ", "findings", some(live))
	}
	if s.an.silenceErr != nil {
		sec.lines = append(sec.lines, kit.Fit(st.Bad.Render("!")+" "+kit.Render(text.Of("what was silenced can't be read: "+s.an.silenceErr.Error()).OneLine(), st.Bad, st.Mark), w))
	}
	if live == 0 {
		sec.lines = append(sec.lines, kit.Fit(st.Good.Render("✓")+st.Dim.Render(" nothing found"), w))
	}
	for i, f := range s.an.findings {
		if f.silenced != "" && !s.unfolded {
			continue
		}
		sign, style, words := "·", st.Faint, st.Text
		switch {
		case f.silenced != "":
			sign, words = "×", st.Faint
		case f.severity == lint.Error:
			sign, style = "!", st.Bad
		case f.severity == lint.Warning:
			sign, style = "▪", st.Warn
		}
		if i == s.finding {
			sign, words = "▸", st.Strong
			sec.keep = len(sec.lines)
		}
		says := f.text
		if f.silenced != "" {
			says = says.Append(text.Of(" — silenced: ")).Append(text.Show(f.silenced).OneLine())
		}
		for n, l := range says.Wrap(max(4, w-2)) {
			lead := "  "
			if n == 0 {
				lead = style.Render(sign) + " "
			}
			sec.lines = append(sec.lines, kit.Fit(lead+kit.Render(l, words, st.Mark), w))
		}
	}
	if mute > 0 && !s.unfolded {
		sec.lines = append(sec.lines, kit.Fit(st.Faint.Render("× "+kit.Plural(mute, "is", "are")+" silenced: X shows why"), w))
	}
	return sec
}

// some is a number, "" for none.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return kit.Thousands(n)
}

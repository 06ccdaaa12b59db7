package compose

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// form sets the parameters.
type form struct {
	st     *themes.Styles
	labels []string
	hints  []string
	fields []*kit.Input
	at     int
	err    string
	params session.Params
	done   func(session.Params) tea.Cmd
	cursor *tea.Cursor
}

func (s *Screen) params() tea.Cmd {
	p := s.d.Table.Desk.Content().Params
	f := &form{st: s.d.Styles, params: p.Clone()}
	f.add("temperature", "0 to 2; 0 varies least", floatText(p.Temperature))
	f.add("top_p", "above 0, up to 1", floatText(p.TopP))
	f.add("max_tokens", "the longest answer", cond(p.MaxTokens == 0, "", strconv.Itoa(p.MaxTokens)))
	f.add("seed", "of take 1; take n adds n−1", intText(p.Seed))
	f.add("stop", `comma between, \n line feed`, stopText(p.Stop))
	f.add("top_k", "the k likeliest; 0 all", countText(p.TopK))
	f.add("min_p", "0 to 1, of the likeliest", floatText(p.MinP))
	f.add("repeat_penalty", "1 is none", floatText(p.RepeatPenalty))
	f.add("presence_penalty", "-2 to 2; 0 is none", floatText(p.Presence))
	f.add("frequency_penalty", "-2 to 2; 0 is none", floatText(p.Frequency))
	f.add("context", "tokens to load it with", cond(p.Context == 0, "", strconv.Itoa(p.Context)))
	f.add("think", strings.Join(session.Thinks(), ", "), p.Think)
	f.done = func(p session.Params) tea.Cmd {
		return s.change("setting parameters", func(c *session.Content) { c.Params = p.Clone() })
	}
	f.focus(0)
	return kit.Open(f)
}

func (f *form) add(label, hint, value string) {
	in := kit.NewInput(f.st)
	in.SetValue(rawOf(value))
	in.SetPlaceholder("not set")
	f.labels, f.hints, f.fields = append(f.labels, label), append(f.hints, hint), append(f.fields, in)
}

func (f *form) focus(i int) {
	f.at = (i + len(f.fields)) % len(f.fields)
	for j, in := range f.fields {
		in.SetFocus(j == f.at)
	}
	f.fields[f.at].SelectAll()
}

// Title names the dialog.
func (f *form) Title() string { return "Parameters" }

// Update types, moves and accepts.
func (f *form) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "esc", "ctrl+c":
			return true, nil
		case "tab", "down":
			f.focus(f.at + 1)
			return false, nil
		case "shift+tab", "up":
			f.focus(f.at - 1)
			return false, nil
		case "enter":
			p, at, err := f.read()
			if err != nil {
				f.focus(at)
				f.err = err.Error()
				return false, nil
			}
			return true, f.done(p)
		}
	}
	if changed, cmd := f.fields[f.at].Update(msg); changed {
		f.err = ""
		return false, cmd
	}
	return false, nil
}

// read parses the fields; at is the one that is wrong.
func (f *form) read() (p session.Params, at int, err error) {
	p = f.params.Clone()
	val := func(i int) string { return strings.TrimSpace(bytesOf(f.fields[i].Value())) }
	if p.Temperature, err = parseFloat(val(0), 0, 2); err != nil {
		return p, 0, fmt.Errorf("temperature %w", err)
	}
	if p.TopP, err = parseFloat(val(1), 0, 1); err != nil || p.TopP != nil && *p.TopP == 0 {
		return p, 1, errors.New("top_p is a number above 0 and up to 1")
	}
	p.MaxTokens = 0
	if v := val(2); v != "" {
		if p.MaxTokens, err = strconv.Atoi(v); err != nil || p.MaxTokens < 1 {
			return p, 2, errors.New("max_tokens is a whole number from 1 on")
		}
	}
	p.Seed = nil
	if v := val(3); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return p, 3, errors.New("seed is a whole number")
		}
		p.Seed = &n
	}
	p.Stop = parseStops(bytesOf(f.fields[4].Value()))
	for _, x := range p.Stop {
		if !x.Valid() {
			return p, 4, errors.New("a stop is not UTF-8")
		}
	}
	for i := 5; i < len(f.fields); i++ {
		v := val(i)
		if v == "" {
			v = "none"
		}
		if err := p.Set(f.labels[i], v); err != nil {
			return p, i, err
		}
	}
	return p, 0, nil
}

func countText(v *int) string {
	if v == nil {
		return ""
	}
	return strconv.Itoa(*v)
}

func floatText(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

func intText(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}

func parseFloat(s string, lo, hi float64) (*float64, error) {
	if s == "" {
		return nil, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || v < lo || v > hi {
		return nil, fmt.Errorf("is a number from %g to %g", lo, hi)
	}
	return &v, nil
}

var stopEscape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, ",", `\,`)

func stopText(stops []text.Raw) string {
	out := make([]string, len(stops))
	for i, x := range stops {
		out[i] = stopEscape.Replace(bytesOf(x))
	}
	return strings.Join(out, ",")
}

// parseStops reads what stopText wrote. Stops may begin or end with spaces;
// empty ones are left out.
func parseStops(s string) []text.Raw {
	var out []text.Raw
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, rawOf(b.String()))
			b.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ',':
			flush()
		case c == '\\' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case ',', '\\':
				b.WriteByte(s[i])
			default:
				b.WriteByte('\\')
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	flush()
	return out
}

// View draws the dialog, at most w by h cells.
func (f *form) View(w, h int) string {
	const labels = 19
	st := f.st
	iw := max(labels+6, min(62, w-4))
	room := iw - labels
	hint := 0
	if room >= 40 {
		hint = 30
	}
	n := max(1, min(len(f.fields), h-4)) // those that are seen
	first := max(0, min(f.at-n/2, len(f.fields)-n))
	var lines []string
	for i := first; i < first+n; i++ {
		in := f.fields[i]
		in.Resize(max(4, room-hint))
		look := st.Dim
		if i == f.at {
			look = st.Accent
		}
		label := kit.Fit(kit.Render(text.Of(f.labels[i]), look, st.Mark), labels)
		line := label + in.View()
		if hint > 0 {
			line += "  " + kit.Render(text.Of(f.hints[i]).Truncate(hint-2), st.Faint, st.Mark)
		}
		lines = append(lines, kit.Fit(line, iw))
	}
	gap := h >= len(lines)+8
	say := kit.Render(text.Of("Not set: a local engine gets the neutral value. Proof says what."), st.Faint, st.Mark)
	if hint == 0 { // it stands for the field with the cursor alone
		say = kit.Render(text.Of(f.hints[f.at]).Truncate(iw), st.Faint, st.Mark)
	}
	if f.err != "" {
		say = kit.Render(text.Of("! "+f.err).Truncate(iw), st.Bad, st.Mark)
	}
	y := 1
	if gap {
		lines = append([]string{""}, append(lines, "")...)
		y++
	}
	lines = append(lines, say)
	if gap {
		lines = append(lines, "")
	}
	lines = append(lines, kit.Hints(st, iw, "enter", "set", "↑↓", "field", "esc", "cancel"))
	if gap {
		lines = append(lines, "")
	}
	pad := 1
	if w >= iw+6 {
		pad++
	}
	for i := range lines {
		lines[i] = strings.Repeat(" ", pad) + lines[i]
	}
	if f.cursor = f.fields[f.at].Cursor(); f.cursor != nil {
		f.cursor.X += 1 + pad + labels
		f.cursor.Y += y + f.at - first
	}
	return kit.Pane("Parameters", strings.Join(lines, "\n"), iw+2+2*pad, min(h, len(lines)+2), true, st)
}

// Cursor is where the terminal's cursor stands, relative to the View drawn last.
func (f *form) Cursor() *tea.Cursor { return f.cursor }

// findings lists what the checks found.
func (s *Screen) findings() tea.Cmd {
	st, finds := s.d.Styles, s.facts.finds
	choices := make([]kit.Choice, len(finds))
	for i, f := range finds {
		mark, _ := severity(f.Severity, st.Bad, st.Warn, st.Info)
		choices[i] = kit.Choice{Label: text.Of(mark + " " + f.Message).Truncate(66), Note: text.Of(f.Rule), Long: text.Of(f.Message)}
	}
	return kit.Open(&kit.Menu{Styles: st, Heading: "Findings", Choices: choices, Done: func(i int) tea.Cmd { return s.goFinding(finds[i]) }})
}

func (s *Screen) firstFinding() tea.Cmd { return s.goFinding(s.facts.finds[0]) }

// goFinding shows the place of a finding in the proof, and in the block's text
// where it is of the block's own words.
func (s *Screen) goFinding(f lint.Finding) tea.Cmd {
	if len(f.Spans) == 0 {
		return kit.Say(f.Message)
	}
	if s.stale() {
		return kit.Say("the text changed; the checks are being made anew")
	}
	at := f.Spans[0]
	for i, sp := range s.proof.p.Spans {
		if sp.Message != at.Message || at.Start < sp.Start || at.Start >= sp.End {
			continue
		}
		cmd := s.choose(sp.Block)
		if sp.Part == session.PartText && sp.From >= 0 || sp.Part == session.PartUnknown && sp.From >= 0 {
			from := sp.From + at.Start - sp.Start
			s.begin()
			s.ed.GotoByte(from, from+min(at.End, sp.End)-at.Start)
		}
		s.pager.GotoSpan(spanID(i), at.Start-sp.Start, min(at.End, sp.End)-sp.Start)
		return cmd
	}
	return nil
}

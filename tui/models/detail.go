package models

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// label is the width of what stands before a fact.
const label = 10

// page puts the lines of the detail together.
type page struct {
	s   *Screen
	w   int
	out []string
}

func (p *page) line(parts ...string) { p.out = append(p.out, strings.Join(parts, "")) }

func (p *page) gap() {
	if n := len(p.out); n > 0 && p.out[n-1] != "" {
		p.out = append(p.out, "")
	}
}

func (p *page) para(t text.Shown, st lipgloss.Style) {
	p.out = append(p.out, strings.Split(kit.Para(t, max(1, p.w), st, p.s.d.Styles.Mark), "\n")...)
}

// fact is a label with words beside it, wrapped where they stand.
func (p *page) fact(name string, t text.Shown, st lipgloss.Style) {
	if t.Empty() {
		return
	}
	head := kit.Fit(p.s.say(p.s.d.Styles.Faint, name), label)
	for _, l := range t.Wrap(max(1, p.w-label)) {
		p.line(head, p.s.paint(st, l))
		head = strings.Repeat(" ", label)
	}
}

// details are the lines of what has the cursor, w cells wide.
func (s *Screen) details(w int) []string {
	p := &page{s: s, w: w}
	if s.bare() && len(s.found) == 0 {
		p.first()
	}
	switch r := s.row(); {
	case r == nil && len(s.shelves) > 0:
		p.para(text.Of("Nothing in the list has this in its name. esc shows all."), s.d.Styles.Dim)
	case r == nil:
	case r.found != nil:
		p.found(*r.found)
	case r.model != nil:
		p.model(*r)
	default:
		p.backend(r.shelf)
	}
	for len(p.out) > 0 && p.out[len(p.out)-1] == "" {
		p.out = p.out[:len(p.out)-1]
	}
	return p.out
}

// first says how one gets a first model of one's own.
func (p *page) first() {
	st := p.s.d.Styles
	p.para(text.Of("No local model yet. Three steps to the first:"), st.Strong)
	for i, l := range []string{
		"In another terminal, start an engine: ollama run llama3.2:3b, or llama-server -m MODEL.gguf",
		"Press d here: Galley looks for it on this machine.",
		"Press a: its lines go into your config, and its models stand in this list.",
	} {
		head := p.s.say(st.Key, fmt.Sprint(i+1)) + "  "
		for _, l := range text.Of(l).Wrap(max(1, p.w-3)) {
			p.line(head, p.s.paint(st.Text, l))
			head = "   "
		}
	}
	if p.s.searched {
		p.para(text.Of("The last look found nothing on this machine."), st.Warn)
	}
	p.gap()
}

func (p *page) backend(sh *shelf) {
	st := p.s.d.Styles
	from := "  a backend of your config"
	if sh.BuiltIn {
		from = "  built in"
	}
	p.line(p.s.paint(st.Strong, text.Of(sh.Name).OneLine()), p.s.say(st.Faint, from))
	if sh.About != "" {
		p.para(text.Of(sh.About), st.Dim)
	}
	p.gap()
	switch {
	case sh.listing.Off != "":
		p.para(text.Of("It is not asked: "+sh.listing.Off+"."), st.Warn)
		p.para(text.Of("What to do: "+sh.listing.Fix+"."), st.Text)
	case sh.listing.Err != nil:
		p.para(text.Of("It did not answer: "+sh.listing.Err.Error()), st.Bad)
		p.para(text.Of("Is it running? r asks again; the others are not held up by it."), st.Dim)
	case !sh.known:
		p.para(text.Of("It is being asked …"), st.Faint)
	default:
		p.fact("Models", text.Of(fmt.Sprint(len(sh.listing.Models))), st.Text)
	}
	if sh.Ours {
		ends := "when Galley ends"
		if sh.Idle > 0 {
			ends = "when nobody has asked it for " + span(sh.Idle) + ", or " + ends
		}
		p.para(text.Of("Galley starts this server when a model of it is asked, and stops it "+ends+"."), st.Dim)
	}
	for i := range sh.listing.Models {
		p.log(p.s.status[sh.listing.Models[i].Ref])
	}
}

func (p *page) model(r row) {
	st, m := p.s.d.Styles, *r.model
	p.para(text.Of(m.Ref).OneLine(), st.Strong)
	if m.About != "" {
		p.para(text.Of(m.About), st.Dim)
	} else if r.shelf.About != "" {
		p.para(text.Of(r.shelf.About), st.Dim)
	}
	if why := p.s.why(&m); !why.Empty() {
		p.gap()
		p.para(why, st.Bad)
	}
	p.gap()
	state, look := p.s.sign(&m)
	if p.s.state(&m) != "" {
		p.fact("State", state, look)
		p.rest(r.shelf, p.s.status[m.Ref])
	}
	if !r.shelf.BuiltIn || m.Context > 0 {
		words := contextWords(m)
		if m.Context == 0 && m.Trained == 0 && r.shelf.Loads && (p.s.state(&m) == "unloaded" || p.s.state(&m) == "failed") {
			words = "known once it is loaded"
		}
		p.fact("Context", text.Of(words), st.Text)
	}
	p.fact("Size", text.Of(sizeWords(m)).OneLine(), st.Text)
	if m.VRAM > 0 {
		p.fact("On GPU", text.Of(size(m.VRAM)), st.Text)
	}
	if m.Slots > 0 {
		p.fact("At once", text.Of(kit.Plural(m.Slots, "request", "requests")), st.Text)
	}
	p.fact("Digest", text.Of(m.Digest).OneLine(), st.Dim)
	p.gap()
	p.abilities(m, r.shelf)
	p.log(p.s.status[m.Ref])
}

// rest says when a server of ours is unloaded, or that it was, because nobody asks
// it.
func (p *page) rest(sh *shelf, x Status) {
	st := p.s.d.Styles
	switch {
	case x.State == "ready" && !x.Ends.IsZero():
		p.fact("Idle", text.Of("unloaded in "+span(x.Ends.Sub(p.s.d.Now()))+" unless it is asked"), st.Dim)
	case x.State == "unloaded" && x.Rested:
		p.fact("Idle", text.Of("nobody asked it for "+span(sh.Idle)+"; the next request loads it again"), st.Dim)
	}
}

func contextWords(m session.ModelInfo) string {
	switch {
	case m.Context > 0 && m.Trained > m.Context:
		return kit.Thousands(m.Context) + " tokens a request; trained with " + kit.Thousands(m.Trained)
	case m.Context > 0 && m.Trained > 0 && m.Trained < m.Context:
		return kit.Thousands(m.Context) + " tokens a request, more than the " + kit.Thousands(m.Trained) + " it was trained with"
	case m.Context > 0:
		return kit.Thousands(m.Context) + " tokens a request"
	case m.Trained > 0:
		return "trained with " + kit.Thousands(m.Trained) + " tokens; what a request may have is known once it is loaded"
	}
	return "unknown; context in your config tells it"
}

func sizeWords(m session.ModelInfo) string {
	params := m.Params
	if params != "" {
		params += " parameters"
	}
	return kit.Join(", ", size(m.Bytes), m.Quant, params)
}

// ability is something an engine may be able to do, in words.
type ability struct{ name, can, cant string }

// abilities are in the order of what matters to one who reads contexts.
var abilities = []ability{
	{"evaluated", "reports the exact context that it evaluated, with each answer", "does not report the context that it evaluated"},
	{"render", "shows the exact context before anything is generated, special tokens and all", "can't show the context before it is sent"},
	{"tokenize", "cuts text into its own tokens, so that counts are exact", "counts no tokens before they are sent"},
	{"schema", "holds answers to a JSON schema", "holds answers to no schema"},
	{"grammar", "holds answers to a grammar", "knows no grammars"},
	{"tools", "asks for calls of tools", "asks for no calls of tools"},
	{"think", "has its reasoning switched on and off", "has no reasoning to switch"},
	{"prefill", "goes on with the beginning of an answer", "can't go on with the beginning of an answer"},
	{"load", "is loaded and unloaded from here", "is not loaded and unloaded from here"},
	{"gauge", "tells how busy it is", "does not tell how busy it is"},
}

// abilities says what the model can, then what it can't.
func (p *page) abilities(m session.ModelInfo, sh *shelf) {
	st := p.s.d.Styles
	said := slices.ContainsFunc(m.Abilities, func(a string) bool { return a != "load" && a != "gauge" })
	switch state := p.s.state(&m); {
	case said:
	case sh.BuiltIn:
		return
	case sh.asking:
		p.para(text.Of("What it can is being asked …"), st.Faint)
		return
	case state == "unloaded" || state == "failed" || state == "loading":
		p.para(text.Of("What it can is known once it is loaded."), st.Dim)
		return
	default:
		p.para(text.Of("What it can is not known: its server does not say."), st.Dim)
		return
	}
	has := map[string]bool{}
	for _, a := range m.Abilities {
		has[a] = true
	}
	item := func(sign string, look lipgloss.Style, words string, st lipgloss.Style) {
		for _, l := range text.Of(words).Wrap(max(1, p.w-2)) {
			p.line(p.s.say(look, sign), p.s.paint(st, l))
			sign = "  "
		}
	}
	for _, a := range abilities {
		if has[a.name] {
			item("✓ ", st.Good, a.can, st.Text)
		}
	}
	for _, a := range abilities {
		if !has[a.name] && slices.Contains(sh.May, a.name) {
			item("? ", st.Info, "perhaps "+a.can+"; it was not asked yet", st.Dim)
		}
	}
	for _, a := range abilities {
		if !has[a.name] && !slices.Contains(sh.May, a.name) {
			item("– ", st.Faint, a.cant, st.Faint)
		}
	}
}

// log is what a server of ours said last.
func (p *page) log(x Status) {
	st := p.s.d.Styles
	if len(x.Tail) == 0 {
		return
	}
	p.gap()
	p.line(p.s.say(st.Faint, "What its log says last"))
	for _, l := range x.Tail[max(0, len(x.Tail)-12):] {
		p.line(p.s.paint(st.Dim, text.Head(l, 400).OneLine().Truncate(max(1, p.w))))
	}
}

func (p *page) found(f Found) {
	st := p.s.d.Styles
	p.line(p.s.say(st.Strong, f.Engine), p.s.say(st.Faint, "  found on this machine"))
	p.gap()
	p.fact("Address", text.Of(f.Address).OneLine(), st.Text)
	if f.Version != "" {
		p.fact("Version", text.Head(f.Version, 60).OneLine(), st.Text)
	}
	switch f.State {
	case "loading":
		p.fact("State", text.Of("it is still loading its model"), st.Warn)
	case "wants a key":
		p.fact("State", text.Of("it wants a key: the lines name the variable "+f.KeyEnv+" that is to hold it"), st.Warn)
	}
	names := text.Shown{}
	for i, m := range f.Models {
		if i > 0 {
			names = names.Append(text.Of(", "))
		}
		if i == 8 {
			names = names.Append(text.Of(fmt.Sprintf("and %d more", len(f.Models)-i)))
			break
		}
		names = names.Append(text.Head(text.Raw(m.Ref), 60).OneLine())
	}
	p.fact("Models", names, st.Text)
	p.gap()
	p.line(p.s.say(st.Faint, "a writes these lines into your config:"))
	for l := range strings.Lines(f.Lines) {
		p.line("  ", p.s.paint(st.Accent, text.Of(strings.TrimSuffix(l, "\n")).OneLine().Truncate(max(1, p.w-2))))
	}
}

// last is the furthest that the detail scrolls.
func (s *Screen) last() int {
	r := s.lay.detail
	return max(0, len(s.details(max(1, r.w-4)))-max(1, r.h-2))
}

package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// Actions lists the keys.
func (s *Screen) Actions() []kit.Action {
	other := "details"
	if s.inDetail {
		other = "back to the list"
	}
	return []kit.Action{
		{ID: "models.details", Key: kit.Bind(other, "enter", "tab"), Do: s.swap, Why: s.without, Show: true,
			Long: "Go from the list to the details of what has the cursor, to read all of them, and back."},
		{ID: "models.load", Key: kit.Bind("load", "l"), Do: s.load, Why: s.whyNotLoad, Show: true,
			Long: "Load the model with the cursor into memory; one that is being loaded takes as long as it takes."},
		{ID: "models.unload", Key: kit.Bind("unload", "U"), Do: s.unload, Why: s.whyNotUnload, Show: true,
			Long: "Take the model with the cursor out of memory, or stop loading it."},
		{ID: "models.discover", Key: kit.Bind("look for engines", "d"), Do: s.discover, Why: s.whyNotDiscover, Show: true,
			Long: "Look for engines on this machine. What will be asked is said first; nothing is written."},
		{ID: "models.add", Key: kit.Bind("add to config", "a"), Do: s.add, Why: s.whyNotAdd, Show: true,
			Long: "Write the engine with the cursor, that was found, into your config, after showing the exact lines."},
		{ID: "models.filter", Key: kit.Bind("filter", "/"), Do: s.filter, Why: s.without, Show: true,
			Long: "Show only those whose name holds what is typed; esc shows all again."},
		{ID: "models.reload", Key: kit.Bind("read anew", "r"), Do: s.again, Show: true,
			Long: "Ask every backend again what it offers and what is loaded."},
		{ID: "models.back", Key: kit.Bind("back to the list", "esc"), Do: s.back, Why: s.whyNotBack,
			Long: "Go back to the list, and show all of it."},
	}
}

// Help explains what has focus.
func (s *Screen) Help() string {
	if s.inDetail {
		return "What is known of the model or the backend with the cursor: how much it reads, what of it is in memory, and what its engine can show. " +
			"What it can't is said too, since it decides how far the context that Proof shows can be proved. ↑ and ↓ scroll."
	}
	return "Every model that can be asked, by backend. Context is what one request may have; trained is what the model was made for. ● is in memory, ○ is not, ◐ is on its way, ! needs a look.\n\n" +
		"At the foot stands what this machine does, read once a second while you look at this station, and of each engine that tells how busy it is."
}

func (s *Screen) without() string {
	if len(s.rows) == 0 {
		return "there is nothing in the list"
	}
	return ""
}

func (s *Screen) swap() tea.Cmd {
	s.inDetail = !s.inDetail
	s.arrange()
	return nil
}

func (s *Screen) whyNotBack() string {
	if s.inDetail || s.filtered() {
		return ""
	}
	return "this is the list"
}

func (s *Screen) back() tea.Cmd {
	if s.inDetail {
		return s.swap()
	}
	s.endFilter(true)
	return nil
}

func (s *Screen) filter() tea.Cmd {
	s.finding, s.inDetail = true, false
	s.find.SetFocus(true)
	s.arrange()
	return nil
}

// endFilter ends typing; all shows everything again.
func (s *Screen) endFilter(all bool) {
	s.finding = false
	s.find.SetFocus(false)
	if all {
		s.find.SetValue("")
	}
	s.fill()
}

func (s *Screen) again() tea.Cmd {
	clear(s.failed)
	return s.reload()
}

// whyNotDeed says why the model with the cursor can't be loaded or unloaded.
func (s *Screen) whyNotDeed() string {
	r := s.row()
	switch {
	case r == nil:
		return "there is no model"
	case r.found != nil:
		return "add it to your config first: a"
	case r.model == nil:
		return "the cursor is on a backend, not on a model"
	case !r.shelf.Loads || s.d.Load == nil:
		return "the models of " + text.Of(r.shelf.Name).OneLine().String() + " are not loaded and unloaded from here"
	case len(r.model.Abilities) > 0 && !slices.Contains(r.model.Abilities, "load"):
		return "its server holds the model that it was started with"
	}
	return ""
}

func (s *Screen) whyNotLoad() string {
	if why := s.whyNotDeed(); why != "" {
		return why
	}
	switch s.state(s.model()) {
	case "loaded", "ready":
		return "it is loaded"
	case "loading", "starting", "downloading", "waiting", "unloading", "stopping":
		return "it is on its way"
	}
	return ""
}

func (s *Screen) whyNotUnload() string {
	if why := s.whyNotDeed(); why != "" {
		return why
	}
	switch s.state(s.model()) {
	case "unloaded", "failed":
		return "it is not loaded"
	case "unloading", "stopping":
		return "it is on its way"
	}
	return ""
}

func (s *Screen) load() tea.Cmd { return s.deed(true) }

func (s *Screen) unload() tea.Cmd {
	if b, ok := s.work[s.model().Ref]; ok {
		b.stop() // what was begun answers for itself
		return nil
	}
	return s.deed(false)
}

// deed loads a model or takes it out. The engine may take minutes.
func (s *Screen) deed(load bool) tea.Cmd {
	ref, f := s.model().Ref, s.d.Unload
	if load {
		f = s.d.Load
	}
	ctx, cancel := context.WithTimeout(context.Background(), loading)
	s.work[ref] = busy{load, s.d.Now(), cancel}
	delete(s.failed, ref)
	return func() tea.Msg {
		defer cancel()
		return kit.Home{Asker: s, Msg: gotDeed{ref, load, f(ctx, ref)}}
	}
}

func (s *Screen) done(m gotDeed) tea.Cmd {
	delete(s.work, m.model)
	name, did := text.Of(m.model).OneLine().String(), "unloaded"
	if m.loading {
		did = "loaded"
	}
	say := kit.Say(name + " is " + did)
	switch {
	case errors.Is(m.err, context.Canceled):
		say = kit.Say("stopped loading " + name)
	case m.err != nil:
		s.failed[m.model] = m.err.Error()
		say = kit.Fail(fmt.Errorf("%s: %w", name, m.err))
	}
	s.fill()
	return tea.Batch(say, s.follow(), s.refetch(m.model))
}

// refetch asks the backend of a model again.
func (s *Screen) refetch(ref string) tea.Cmd {
	for _, sh := range s.shelves {
		for _, m := range sh.listing.Models {
			if m.Ref == ref {
				sh.asking = false // an answer from before the deed will not do
				return s.fetch(sh)
			}
		}
	}
	return nil
}

// follow asks again those backends of which a model is on its way.
func (s *Screen) follow() tea.Cmd {
	s.observe()
	var cmds []tea.Cmd
	for _, sh := range s.shelves {
		for i := range sh.listing.Models {
			switch s.state(&sh.listing.Models[i]) {
			case "loading", "unloading", "downloading", "starting", "stopping", "waiting":
				cmds = append(cmds, s.fetch(sh))
			default:
				continue
			}
			break
		}
	}
	s.fill()
	return tea.Batch(cmds...)
}

func (s *Screen) whyNotDiscover() string {
	switch {
	case s.d.Find == nil:
		return "there is no way to look from here"
	case s.looking:
		return "it is being looked for"
	}
	return ""
}

// discover says what will be asked, and looks when told to.
func (s *Screen) discover() tea.Cmd {
	where := s.d.Where
	if where == "" {
		where = "the ports where engines usually listen"
	}
	return kit.Open(&kit.Confirm{
		Styles: s.d.Styles, Question: "Look for engines on this machine?", YesLabel: "look",
		Detail: text.Of("Galley asks this machine (127.0.0.1) at " + where + ".\n\n" +
			"It sends GET requests without any text or key of yours, waits 300 ms, follows nothing, and writes nothing: what is found stands in the list, and a adds it to your config."),
		Yes: func() tea.Cmd {
			s.looking = true
			return s.ask(0, patience, func(ctx context.Context) tea.Msg {
				found, err := s.d.Find(ctx)
				return gotFound{found, err}
			})
		},
	})
}

func (s *Screen) haveFound(m gotFound) tea.Cmd {
	s.looking = false
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.searched, s.found = true, m.found
	fresh, known := 0, 0
	at := s.at
	for _, f := range m.found {
		if f.As != "" {
			known++
			continue
		}
		if fresh == 0 {
			at = row{found: &f}.key()
		}
		fresh++
	}
	s.endFilter(true)
	s.aim(at)
	switch {
	case fresh > 0:
		return kit.Say("found " + kit.Plural(fresh, "engine", "engines") + "; a adds the one with the cursor to your config")
	case known > 0:
		return kit.Say("nothing new: your config has " + kit.Plural(known, "engine", "engines") + " that runs here")
	}
	return kit.Say("no engine was found on this machine")
}

func (s *Screen) whyNotAdd() string {
	switch r := s.row(); {
	case s.d.Add == nil:
		return "there is no config to write to"
	case r == nil || r.found == nil:
		return "the cursor is on no engine that was found; d looks for some"
	}
	return ""
}

// add shows the exact lines, and writes them when told to.
func (s *Screen) add() tea.Cmd {
	f := *s.row().found
	detail := "These lines will stand at the end of " + s.d.Config + "; nothing else in it changes.\n\n" + strings.TrimRight(f.Lines, "\n")
	if f.KeyEnv != "" {
		detail += "\n\nIt wants a key: set " + f.KeyEnv + " in your environment before Galley starts."
	}
	return kit.Open(&kit.Confirm{
		Styles: s.d.Styles, Question: "Add " + f.Engine + " to your config?", YesLabel: "write it", Detail: text.Of(detail),
		Yes: func() tea.Cmd {
			return s.ask(0, patience, func(ctx context.Context) tea.Msg { return gotAdded{f, s.d.Add(ctx, f)} })
		},
	})
}

func (s *Screen) added(m gotAdded) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	for i := range s.found {
		if s.found[i].Address == m.found.Address {
			s.found[i].As = m.found.Name
		}
	}
	cmd := s.reload()
	s.aim(row{shelf: &shelf{Backend: Backend{Name: m.found.Name}}}.key())
	return tea.Batch(cmd, kit.Say("added "+m.found.Name+" to your config"))
}

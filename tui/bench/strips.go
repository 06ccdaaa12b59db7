package bench

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// strips are the lines below the head of a run: questions that wait for a person,
// how the backends stand, and what the machine is doing. Each has its own row, as
// far as there is room.
func (s *Screen) strips() []func(w int) string {
	var out []func(w int) string
	if len(s.asks) > 0 {
		out = append(out, s.asksLine)
	}
	if s.shown() == nil {
		return out
	}
	if s.h >= 16 {
		out = append(out, s.backendsLine)
	}
	if s.h >= 20 && len(s.devices) > 0 {
		out = append(out, s.devicesLine)
	}
	return out
}

// backendsLine says of each backend of the run how much it works at once, and
// what it waits for.
func (s *Screen) backendsLine(w int) string {
	st, f := s.deps.Styles, s.shown()
	var names []string
	running, left := map[string]int{}, map[string]int{}
	for i := range s.board.cells {
		c := &s.board.cells[i]
		n := backendOf(c.cell.Contestant.Model)
		if _, seen := left[n]; !seen {
			names = append(names, n)
			left[n] = 0
		}
		if c.status == session.StatusRunning {
			running[n]++
		}
		if !c.status.Ended() {
			left[n]++
		}
	}
	known := map[string]Backend{}
	for _, b := range f.progress.Backends {
		known[b.Name] = b
	}
	line := " "
	for i, n := range names {
		b := known[n]
		style, words := st.Dim, kit.Thousands(running[n])+" at once"
		if b.AtOnce > 0 {
			words = fmt.Sprintf("%d of %d at once", b.Going, b.AtOnce)
			if b.Most > b.AtOnce {
				words += fmt.Sprintf(", up to %d", b.Most)
			}
		}
		switch wait := time.Until(b.Until); {
		case b.Dead:
			style, words = st.Bad, "not asked any more: "+text.Raw(b.Why).String()
		case wait > 0:
			style, words = st.Warn, fmt.Sprintf("waits %d s: %s", (wait+time.Second-1)/time.Second, text.Raw(b.Why))
		case left[n] == 0:
			words = "done"
		case b.Why != "":
			style, words = st.Warn, words+", "+text.Raw(b.Why).String()
		}
		if i > 0 {
			line += "   "
		}
		room := max(0, w-kit.Width(line)-1)
		line += kit.Render(text.Of(n+" ").Append(text.Of(words).OneLine()).Truncate(room), style, st.Mark)
	}
	return kit.Fit(line, w)
}

type devicesMsg struct {
	devices []session.Device
	at      time.Time
}

// readDevices reads what the machine is doing, at most once a second, and only
// while a run is looked at.
func (s *Screen) readDevices() tea.Cmd {
	read := s.deps.Devices
	if read == nil || !s.front || s.shown() == nil || time.Since(s.readAt) < time.Second {
		return nil
	}
	s.readAt = time.Now()
	return s.ask(askDevices, func(ctx context.Context) tea.Msg {
		d, err := read(ctx)
		if err != nil {
			d = nil
		}
		return devicesMsg{d, time.Now()}
	})
}

// devicesLine is the GPUs, or the machine where there is none, in one line.
func (s *Screen) devicesLine(w int) string {
	st := s.deps.Styles
	line := " "
	for i, d := range s.devices {
		if i > 0 {
			line += "   "
		}
		room := max(0, w-kit.Width(line)-1)
		line += kit.Render(text.Of(deviceWords(d)).OneLine().Truncate(room), st.Faint, st.Mark)
	}
	return kit.Fit(line, w)
}

// deviceWords says what a device is doing, as far as it tells.
func deviceWords(d session.Device) string {
	name := text.Head(d.Name, 24).String()
	if d.Kind == "cpu" {
		name = "no GPU reading ·"
	}
	gib := func(n int64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<30)) }
	var mem, busy, power, temp string
	switch {
	case d.MemUsed != nil && d.MemTotal != nil:
		mem = "memory " + gib(*d.MemUsed) + " of " + gib(*d.MemTotal) + " GiB"
	case d.MemUsed != nil:
		mem = "memory " + gib(*d.MemUsed) + " GiB"
	}
	if d.Util != nil {
		busy = fmt.Sprintf("%3.0f%%", 100**d.Util)
		if d.Kind == "cpu" {
			busy = "CPU " + busy
		}
	}
	if d.PowerW != nil {
		power = fmt.Sprintf("%.0f W", *d.PowerW)
	}
	if d.TempC != nil {
		temp = fmt.Sprintf("%.0f °C", *d.TempC)
	}
	return name + " " + kit.Join(" · ", busy, mem, power, temp)
}

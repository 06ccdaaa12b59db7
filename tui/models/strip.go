package models

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// gauged is how many engines are asked how busy they are.
const gauged = 4

// readNow reads what the machine and the engines do, unless nobody looks.
func (s *Screen) readNow() tea.Cmd {
	if !s.front || s.d.Devices == nil && s.d.Gauge == nil {
		return nil
	}
	refs := s.busyable()
	return s.ask(s.watch, reading, func(ctx context.Context) tea.Msg {
		out := gotReading{loads: map[string]session.Load{}}
		var wg sync.WaitGroup
		var mu sync.Mutex
		if s.d.Devices != nil {
			wg.Go(func() {
				if out.devices, out.err = s.d.Devices(ctx); s.d.Note != nil {
					out.note = s.d.Note()
				}
			})
		}
		for _, ref := range refs {
			wg.Go(func() {
				l, err := s.d.Gauge(ctx, ref)
				if err != nil || !says(l) {
					return // it does not say; its own row tells what is wrong with it
				}
				mu.Lock()
				out.loads[ref] = l
				mu.Unlock()
			})
		}
		wg.Wait()
		return out
	})
}

// says reports whether an engine told anything.
func says(l session.Load) bool {
	return l.Slots != nil || l.Busy != nil || l.Waiting != nil || l.CacheHits != nil || l.TokensPerS != nil
}

// busyable are the loaded models whose engines tell how busy they are.
func (s *Screen) busyable() []string {
	var out []string
	if s.d.Gauge == nil {
		return nil
	}
	for _, sh := range s.shelves {
		if !sh.Gauges {
			continue
		}
		for i := range sh.listing.Models {
			m := &sh.listing.Models[i]
			switch s.state(m) {
			case "loaded", "ready", "": // some engines have but one, and do not say
			default:
				continue
			}
			if out = append(out, m.Ref); len(out) == gauged {
				return out
			}
			if s.state(m) == "" {
				break
			}
		}
	}
	return out
}

func (s *Screen) haveReading(m gotReading) tea.Cmd {
	s.read, s.devices, s.loads, s.noDevice, s.note = true, m.devices, m.loads, "", m.note
	if m.err != nil {
		s.noDevice = m.err.Error()
	}
	s.arrange()
	gen := s.watch
	return s.after(every, func(time.Time) tea.Msg { return kit.Home{Asker: s, Gen: gen, Msg: tick{}} })
}

// readings is the number of lines that the strip would like, 0: there is none.
func (s *Screen) readings() int {
	if s.d.Devices == nil && s.d.Gauge == nil {
		return 0
	}
	return max(1, len(s.devices)+len(s.loads))
}

// strip is what the machine and its engines do, in the rectangle that is there.
func (s *Screen) strip() string {
	r, st := s.lay.strip, s.d.Styles
	rows := r.h
	var out []string
	if s.h >= tall {
		out = append(out, kit.Rule(r.w, st))
		rows--
	}
	var lines []string
	switch {
	case !s.read:
		lines = append(lines, " "+s.say(st.Faint, "reading what this machine does …"))
	case len(s.devices) == 0 && s.noDevice != "":
		lines = append(lines, " "+s.say(st.Faint, "no reading of this machine: ")+s.paint(st.Faint, text.Of(s.noDevice).OneLine()))
	}
	for _, d := range s.devices {
		lines = append(lines, s.device(d, r.w))
	}
	for _, sh := range s.shelves {
		for _, m := range sh.listing.Models {
			if l, ok := s.loads[m.Ref]; ok {
				lines = append(lines, s.load1(m.Ref, l, r.w))
			}
		}
	}
	if len(lines) > rows && rows > 0 {
		more := len(lines) - rows
		lines = lines[:rows]
		if rows > 1 {
			last := fmt.Sprintf("and %d more", more+1)
			if rows > len(s.devices) {
				last = "and " + kit.Plural(more+1, "engine", "engines") + " more"
			}
			lines[rows-1] = " " + s.say(st.Faint, last)
		}
	}
	return kit.Fill(strings.Join(append(out, lines...), "\n"), r.w, r.h)
}

// parts joins what fits into w cells, two spaces apart; what does not fit is left
// out from the right.
func parts(w int, all ...string) string {
	out, used := "", 0
	for i, p := range all {
		n := kit.Width(p)
		if i > 0 {
			n += 2
		}
		if n == 0 || p == "" || used+n > w {
			continue
		}
		if i > 0 {
			out += "  "
		}
		out += p
		used += n
	}
	return out
}

// name is the first cell of a line of the strip: as wide in all of them, and no
// wider than their names want it.
func (s *Screen) name(t text.Shown, st lipgloss.Style, w int) string {
	n := 0
	for _, d := range s.devices {
		n = max(n, s.deviceName(d, w).Width())
	}
	for ref := range s.loads {
		n = max(n, text.Of(ref).OneLine().Width())
	}
	n = min(n, max(12, min(30, w*3/10)))
	return " " + kit.Fit(s.paint(st, t.OneLine().Truncate(n)), n)
}

// deviceName is what a device is called here: that there is no GPU is said plainly.
func (s *Screen) deviceName(d session.Device, w int) text.Shown {
	switch {
	case d.Kind == "cpu" && w < 50:
		return text.Of("no GPU")
	case d.Kind == "cpu":
		return text.Of("no GPU reading")
	case len(s.devices) > 1:
		return text.Of(fmt.Sprintf("%d ", d.Index)).Append(text.Show(d.Name)).OneLine()
	}
	return text.Show(d.Name).OneLine()
}

func (s *Screen) device(d session.Device, w int) string {
	st := s.d.Styles
	tail := ""
	if d.Kind == "cpu" {
		tail = s.paint(st.Dim, text.Show(d.Name).OneLine().Truncate(40))
		if _, why, _ := strings.Cut(s.note, ": "); why != "" {
			tail = s.paint(st.Dim, text.Of(why).OneLine().Truncate(60))
		}
	}
	bar := barWidth(w)
	mem, util, power, temp, own := "", "", "", "", ""
	if d.MemUsed != nil && d.MemTotal != nil && *d.MemTotal > 0 {
		share := float64(*d.MemUsed) / float64(*d.MemTotal)
		mem = s.say(st.Faint, "memory ") + kit.BarStyled(share, bar, st) + s.say(st.Text, fmt.Sprintf(" %s of %s", gib(*d.MemUsed), size(*d.MemTotal)))
	}
	if d.Util != nil {
		util = s.say(st.Faint, "busy ") + kit.BarStyled(*d.Util, bar/2, st) + s.say(st.Text, fmt.Sprintf(" %3.0f%%", 100**d.Util))
	}
	if d.PowerW != nil {
		power = s.say(st.Text, fmt.Sprintf("%3.0f W", *d.PowerW))
	}
	if d.TempC != nil {
		temp = s.say(st.Text, fmt.Sprintf("%2.0f °C", *d.TempC))
	}
	if d.OwnMem != nil && *d.OwnMem > 0 {
		own = s.say(st.Faint, "ours ") + s.say(st.Text, size(*d.OwnMem))
	}
	return parts(w, s.name(s.deviceName(d, w), st.Strong, w), mem, util, power, temp, own, tail)
}

// barWidth is the width of the bars of a line of w cells.
func barWidth(w int) int { return max(6, min(18, w/9)) }

// gib is a size in the unit of the one that it is a part of.
func gib(n int64) string { return fmt.Sprintf("%5.1f", float64(n)/(1<<30)) }

func (s *Screen) load1(ref string, l session.Load, w int) string {
	st := s.d.Styles
	slots, queue, hits, speed := "", "", "", ""
	switch {
	case l.Slots != nil && l.Busy != nil && *l.Slots > 0:
		slots = s.say(st.Faint, "slots  ") + kit.BarStyled(float64(*l.Busy)/float64(*l.Slots), barWidth(w), st) +
			s.say(st.Text, fmt.Sprintf(" %5d of %d at work", *l.Busy, *l.Slots))
	case l.Busy != nil:
		slots = s.say(st.Faint, "at work ") + s.say(st.Text, fmt.Sprint(*l.Busy))
	}
	if l.Waiting != nil {
		look := st.Text
		if *l.Waiting > 0 {
			look = st.Warn
		}
		queue = s.say(st.Faint, "queue ") + s.say(look, fmt.Sprint(*l.Waiting))
	}
	if l.CacheHits != nil {
		hits = s.say(st.Faint, "cache hits ") + s.say(st.Text, fmt.Sprintf("%.0f%%", 100**l.CacheHits))
	}
	if l.TokensPerS != nil {
		speed = s.say(st.Text, fmt.Sprintf("%.0f", *l.TokensPerS)) + s.say(st.Faint, " tokens/s")
	}
	return parts(w, s.name(text.Of(ref), st.Accent, w), slots, queue, speed, hits)
}

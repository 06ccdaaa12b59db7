package compose

import (
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// unshown says which answers cases want that no shot gives, where answers are
// labels; names holds them as [session.Shot.Label] has them. What is nearest is
// another for each case, so there all shots of the block count.
func unshown(b session.Block, items []int, cases []session.Case) (names map[string]bool, line string) {
	var shots []session.Shot
	if b.Pick != nil && b.Pick.How == session.PickNearest {
		for _, x := range b.Shots {
			if !x.Off {
				shots = append(shots, x)
			}
		}
	} else {
		for _, i := range items {
			shots = append(shots, b.Shots[i])
		}
	}
	m := session.MakeupOf(shots, cases)
	if m.By != "label" || m.InShots == 0 || m.InCases == 0 {
		return nil, ""
	}
	const most = 4
	names = map[string]bool{}
	var all []string
	for _, g := range m.Groups {
		if g.Shots == 0 && g.Cases > 0 {
			names[session.Shot{Output: g.Name}.Label()] = true
			words := "%s (%d)"
			if len(all) == 0 {
				words = "%s (wanted by %d of " + kit.Plural(len(cases), "case", "cases") + ")"
			}
			all = append(all, fmt.Sprintf(words, text.Head(g.Name, 24), g.Cases))
		}
	}
	if len(all) == 0 {
		return nil, ""
	}
	if len(all) > most {
		all = append(all[:most], fmt.Sprintf("and %d more", len(all)-most))
	}
	return names, fmt.Sprintf("No shot here answers %s: take more, or pin one.", strings.Join(all, ", "))
}

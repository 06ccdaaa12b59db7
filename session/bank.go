package session

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A block holds copies of its shots or resources, so that a revision never changes
// whatever becomes of the bank. Where its [Pick] is of the bank, it holds a copy of
// each that is on, and takes over what the bank has by now when it is told to.

// OfBank reports whether the block stands for the prompt's whole bank.
func (b Block) OfBank() bool { return b.Pick != nil && b.Pick.Bank }

// BankDiff is how a block that stands for the bank differs from it.
type BankDiff struct {
	New  int // on in the bank, and not in the block
	Gone int // in the block, and no longer on in the bank
}

// Behind says how the block differs from the bank; nothing where it does not stand
// for it.
func (b Block) Behind(shots []Shot, resources []Resource) (d BankDiff) {
	if !b.OfBank() {
		return d
	}
	has := map[string]bool{}
	for _, uid := range b.uids() {
		has[uid] = true
	}
	for _, uid := range b.banked(shots, resources) {
		if !has[uid] {
			d.New++
		}
		delete(has, uid)
	}
	d.Gone = len(has)
	return d
}

// TakeBank puts copies of all of the bank that are on in place of what the block
// holds. A shot that is pinned in the block stays so.
func (b *Block) TakeBank(shots []Shot, resources []Resource) {
	if b.Kind == KindResources {
		b.Resources = nil
		for _, r := range resources {
			if !r.Off {
				b.Resources = append(b.Resources, r)
			}
		}
		b.Resources = CloneResources(b.Resources)
		return
	}
	pins := map[string]ShotPin{}
	for _, s := range b.Shots {
		pins[s.UID] = s.Pin
	}
	b.Shots = nil
	for _, s := range shots {
		if s.Off {
			continue
		}
		if pin, known := pins[s.UID]; known {
			s.Pin = pin
		}
		b.Shots = append(b.Shots, s)
	}
	b.Shots = CloneShots(b.Shots)
}

func (b Block) uids() (out []string) {
	for _, s := range b.Shots {
		out = append(out, s.UID)
	}
	for _, r := range b.Resources {
		out = append(out, r.UID)
	}
	return out
}

// banked are the uids of the bank that the block would take.
func (b Block) banked(shots []Shot, resources []Resource) []string {
	x := Block{Kind: b.Kind}
	x.TakeBank(shots, resources)
	return x.uids()
}

// telling is the number of characters from which one value among several says which
// case it is; a language or a date is in many.
const telling = 20

// telling are the values by which a text would be this case: where some are long,
// those, without any that stands in another.
func (c Case) telling() []string {
	var long, all []string
	for _, v := range c.Vars {
		x := squeezed(string(v.Value))
		if x == "" {
			continue
		}
		if all = append(all, x); utf8.RuneCountInString(x) >= telling {
			long = append(long, x)
		}
	}
	if len(long) == 0 {
		return all
	}
	slices.SortStableFunc(long, func(a, b string) int { return len(b) - len(a) })
	var out []string
	for _, x := range long {
		if !slices.ContainsFunc(out, func(longer string) bool { return strings.Contains(longer, x) }) {
			out = append(out, x)
		}
	}
	return out
}

// holds reports whether a shot is the very case: its input is made of the case's
// values, with little else (a quarter at most): words of a template may stand around
// them. Case and white space make no difference.
func (s Shot) holds(values []string) bool {
	if len(values) == 0 || s.Input == "" {
		return false
	}
	in, held := squeezed(string(s.Input)), 0
	for _, x := range values {
		if strings.Contains(in, x) {
			held += len(x)
		}
	}
	return len(values) == 1 && values[0] == in || held >= telling && 4*held >= 3*len(in)
}

// squeezed is a text without what a reader would not call a difference.
func squeezed(s string) string { return fold(strings.Join(strings.Fields(s), " ")) }

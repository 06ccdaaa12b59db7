package lint

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"unicode"

	"galley/session"
	"galley/session/text"
)

// Two passages say the same when four of five of the shorter one's runs of three
// words stand in the other: that finds a piece inside a longer one, which a share of
// all words would miss. A run that more than common passages have says nothing.
const common = 48

// passage is a paragraph of our own words, or a resource.
type passage struct {
	places []Place
	name   string // of a resource, "" of our own words
	runs   []uint64
	keys   []string // numbers and negations, sorted
	whole  uint64
}

var seed = maphash.MakeSeed()

// readPassage reads text of more words than a line has.
func readPassage(s string) (passage, bool) {
	words := text.Words(s)
	if len(words) <= longest {
		return passage{}, false
	}
	p := passage{runs: runsOf(words)}
	var all maphash.Hash
	all.SetSeed(seed)
	for _, w := range words {
		_, _ = all.WriteString(w)
		_ = all.WriteByte(0)
		if strings.ContainsFunc(w, unicode.IsNumber) || w == "not" || w == "never" || w == "no" || strings.HasSuffix(w, "n't") {
			p.keys = append(p.keys, w)
		}
	}
	p.whole = all.Sum64()
	slices.Sort(p.keys)
	p.keys = slices.Compact(p.keys)
	return p, true
}

// runsOf are the hashes of the runs of three words, each once, sorted.
func runsOf(words []string) []uint64 {
	out := make([]uint64, 0, len(words))
	var h maphash.Hash
	h.SetSeed(seed)
	for i := 0; i+3 <= len(words); i++ {
		h.Reset()
		for _, w := range words[i : i+3] {
			_, _ = h.WriteString(w)
			_ = h.WriteByte(0)
		}
		out = append(out, h.Sum64())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// passages finds passages that repeat another.
func passages(in *Input) (out []Finding) {
	all := ownPassages(in)
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindResources || b.Off {
			continue
		}
		for j, r := range b.Resources {
			places := in.itemPlaces(i, j, session.PartItem)
			if len(places) == 0 {
				continue
			}
			if p, ok := readPassage(string(r.Text)); ok {
				p.places, p.name = places, shown(string(r.Name))
				if p.name == "" {
					p.name = fmt.Sprint(j + 1)
				}
				all = append(all, p)
			}
		}
	}
	twin := twins(all)
	for i, first := range twin {
		if first < 0 {
			continue
		}
		a, b := all[first], all[i]
		f := Finding{Severity: Warning, Spans: append(slices.Clone(a.places), b.places...)}
		switch {
		case a.name != "" && b.name != "":
			f.Message = fmt.Sprintf("Resource %s says nearly all that resource %s says: leave one out.", b.name, a.name)
		case b.name != "":
			f.Message = fmt.Sprintf("Resource %s and line %d say nearly the same: keep one.", b.name, a.places[0].Line)
		default:
			f.Message = fmt.Sprintf("%s begin passages that say nearly the same (“%s”): keep one.", lineList([]Place{a.places[0], b.places[0]}), shown(in.textAt(b.places[0])))
		}
		if out = append(out, f); len(out) == maxPlaces {
			break
		}
	}
	return out
}

// ownPassages are the paragraphs of our own words, outside fences and fixed turns.
func ownPassages(in *Input) (out []passage) {
	for m := range in.Proof.Messages {
		if in.Bare && in.Proof.Messages[m].Role == session.RoleAssistant {
			continue
		}
		b := in.instructing(m)
		for at := 0; at < len(b); {
			end := len(b)
			if i := bytes.Index(b[at:min(len(b), at+20000)], []byte("\n\n")); i >= 0 {
				end = at + i
			} else if len(b)-at > 20000 {
				end = at + 20000
			}
			from, to := withoutFrame(b, at, end)
			para := b[from:to]
			if len(para) > 120 && !slices.Contains(para, mask) {
				if p, ok := readPassage(string(para)); ok {
					from, to = trimmed(b, from, to)
					p.places = []Place{in.place(m, from, to)}
					out = append(out, p)
				}
			}
			at = end + 1
		}
	}
	return out
}

// withoutFrame leaves out lines of others at both ends of a paragraph: a wrapper's.
func withoutFrame(b []byte, from, to int) (int, int) {
	i := from
	for i < to && b[i] == mask {
		i++
	}
	if i < to && b[i] == '\n' {
		from = i + 1
	}
	i = to
	for i > from && b[i-1] == mask {
		i--
	}
	if i > from && b[i-1] == '\n' {
		to = i - 1
	}
	return from, to
}

// itemPlaces are where a part of an item stands.
func (in *Input) itemPlaces(b, item int, part session.Part) (out []Place) {
	for _, s := range in.spansOfItem(b, item) {
		if s.Part == part {
			out = append(out, in.place(s.Message, s.Start, s.End))
		}
	}
	return out
}

// twins gives for each passage the first that says the same, -1 where none does.
func twins(all []passage) []int {
	out := make([]int, len(all))
	at := map[uint64][]int32{}
	same := map[uint64]int{}
	shared := make([]int, len(all))
	for i, p := range all {
		out[i] = -1
		if first, ok := same[p.whole]; ok {
			out[i] = first
			continue
		}
		var tried []int32
		for _, r := range p.runs {
			for _, j := range at[r] {
				if shared[j]++; shared[j] == 1 {
					tried = append(tried, j)
				}
			}
		}
		slices.Sort(tried)
		for _, j := range tried {
			o := all[j]
			if out[i] < 0 && 5*shared[j] >= 4*min(len(o.runs), len(p.runs)) && (slices.Equal(o.keys, p.keys) || len(o.runs) > 2*len(p.runs) || len(p.runs) > 2*len(o.runs)) {
				out[i] = int(j)
			}
			shared[j] = 0
		}
		if out[i] >= 0 {
			continue
		}
		same[p.whole] = i
		for _, r := range p.runs {
			if len(at[r]) < common {
				at[r] = append(at[r], int32(i))
			}
		}
	}
	return out
}

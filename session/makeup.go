package session

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"galley/session/text"
)

// Makeup compares shots with the cases that they are to stand for: which answers
// they show, and how long they are.
type Makeup struct {
	Shots, Cases int // shots that are on, and cases
	// By is what Groups are: "label", the answers; "tag", the first tags, where the
	// answers are no labels; "" neither.
	By string
	// Groups come by the number of cases, the greatest first, then by name.
	Groups []Share
	// InShots and InCases count those that are in a group at all.
	InShots, InCases int
	// Apart is the total variation between the two, ½Σ|p−q|: 0 the same mix, 1
	// nothing in common. NaN where one of them has no group.
	Apart float64
	// Lengths are of the inputs, in words, the shortest first.
	Lengths                []Share
	ShotMedian, CaseMedian int // words
}

// Share is how many shots and how many cases are in one group.
type Share struct {
	Name         text.Raw
	Shots, Cases int
}

const (
	labelRunes = 40 // of the longest answer that is taken for a label
	labelKinds = 30 // of the greatest number of labels
)

// MakeupOf compares the shots that are on with the cases.
func MakeupOf(shots []Shot, cases []Case) Makeup {
	on := slices.DeleteFunc(slices.Clone(shots), func(s Shot) bool { return s.Off })
	m := Makeup{Shots: len(on), Cases: len(cases), Apart: math.NaN()}
	var of, in []text.Raw
	for _, s := range on {
		of = append(of, text.Raw(strings.TrimSpace(string(s.Output))))
	}
	for _, c := range cases {
		if c.Wanted != nil {
			in = append(in, text.Raw(strings.TrimSpace(string(*c.Wanted))))
		}
	}
	if m.By = "label"; !readAsLabels(of) || !readAsLabels(in) {
		m.By, of, in = "tag", nil, nil
		for _, s := range on {
			of = append(of, leadTag(s.Tags)...)
		}
		for _, c := range cases {
			in = append(in, leadTag(c.Tags)...)
		}
	}
	m.count(of, in)
	if len(m.Groups) == 0 {
		m.By = ""
	}
	m.measure(on, cases)
	return m
}

func leadTag(tags []text.Raw) []text.Raw { return tags[:min(1, len(tags))] }

// readAsLabels reports whether answers read as labels: short, and few of a kind
// beside how many there are, or very short and few at all. None at all are.
func readAsLabels(all []text.Raw) bool {
	kinds := map[string]bool{}
	long := 0
	for _, t := range all {
		if len([]rune(string(t))) > labelRunes || strings.Contains(string(t), "\n") {
			return false
		}
		long = max(long, len(text.Words(string(t))))
		kinds[fold(string(t))] = true
	}
	repeat := len(all) >= 5 && 2*len(kinds) <= len(all)+1
	return len(kinds) <= labelKinds && (repeat || long <= 2 && len(kinds) <= 12)
}

func (m *Makeup) count(of, in []text.Raw) {
	at := map[string]int{}
	group := func(t text.Raw) *Share {
		k := fold(string(t))
		i, ok := at[k]
		if !ok {
			i = len(m.Groups)
			at[k] = i
			m.Groups = append(m.Groups, Share{Name: t})
		}
		return &m.Groups[i]
	}
	for _, t := range in {
		group(t).Cases++
	}
	for _, t := range of {
		group(t).Shots++
	}
	m.InShots, m.InCases = len(of), len(in)
	if len(of) > 0 && len(in) > 0 {
		m.Apart = 0
		for _, g := range m.Groups {
			m.Apart += math.Abs(float64(g.Shots)/float64(len(of))-float64(g.Cases)/float64(len(in))) / 2
		}
	}
	slices.SortStableFunc(m.Groups, func(a, b Share) int {
		return cmp.Or(b.Cases-a.Cases, b.Shots-a.Shots, cmp.Compare(a.Name, b.Name))
	})
}

// measure counts words: the input of a shot, all values of a case.
func (m *Makeup) measure(shots []Shot, cases []Case) {
	var a, b []int
	for _, s := range shots {
		a = append(a, ShotWords(s))
	}
	for _, c := range cases {
		n := 0
		for _, v := range c.Vars {
			n += len(text.Words(string(v.Value)))
		}
		b = append(b, n)
	}
	m.ShotMedian, m.CaseMedian = lowMedian(a), lowMedian(b)
	top := slices.Max(append(slices.Concat(a, b), 0))
	from := 0
	for to := 10; from <= top; to *= 2 {
		s := Share{Name: text.Raw(fmt.Sprintf("%d–%d", from, to-1))}
		is := func(n int) bool { return n >= from && n < to }
		s.Shots, s.Cases = countOf(a, is), countOf(b, is)
		m.Lengths = append(m.Lengths, s)
		from = to
	}
	m.Lengths = slices.DeleteFunc(m.Lengths, func(s Share) bool { return s.Shots+s.Cases == 0 })
}

func countOf(all []int, is func(int) bool) int {
	n := 0
	for _, v := range all {
		if is(v) {
			n++
		}
	}
	return n
}

// lowMedian is the median, of two middle ones the lower; 0 of none.
func lowMedian(all []int) int {
	if len(all) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(all))
	return s[(len(s)-1)/2]
}

// ShotWords is the number of words of a shot's input; of its output where it has
// none.
func ShotWords(s Shot) int {
	if s.Input.Blank() {
		return len(text.Words(string(s.Output)))
	}
	return len(text.Words(string(s.Input)))
}

// Say tells in sentences what of the makeup asks for something; none where there
// is nothing to do.
func (m Makeup) Say() []string {
	var out []string
	if m.Shots == 0 {
		return out
	}
	what := m.By
	for _, g := range m.Groups {
		if m.InShots > 0 && g.Shots == 0 && g.Cases > 0 {
			out = append(out, fmt.Sprintf("No shot has the %s %s, %s: add one.", what, groupName(g.Name), thatManyDo(g.Cases)))
		}
	}
	if m.Apart >= 0.2 && m.InShots >= 5 && m.InCases >= 5 && len(out) == 0 {
		g := m.widest()
		more := "more"
		if float64(g.Shots)/float64(m.InShots) < float64(g.Cases)/float64(m.InCases) {
			more = "less"
		}
		out = append(out, fmt.Sprintf("The mix of shots is not that of the cases: %s stands %s often among them (%d of %d against %d of %d).",
			groupName(g.Name), more, g.Shots, m.InShots, g.Cases, m.InCases))
	}
	if m.Shots >= 5 && m.Cases >= 5 && (m.ShotMedian >= 2*max(1, m.CaseMedian) || m.CaseMedian >= 2*max(1, m.ShotMedian)) {
		than := "longer than"
		if m.ShotMedian < m.CaseMedian {
			than = "shorter than"
		}
		out = append(out, fmt.Sprintf("Shots are %s the cases (median %d against %d words): take some of the cases' own length.", than, m.ShotMedian, m.CaseMedian))
	}
	return out
}

// widest is the group whose two shares differ most.
func (m Makeup) widest() Share {
	apart := func(g Share) float64 {
		return math.Abs(float64(g.Shots)/float64(m.InShots) - float64(g.Cases)/float64(m.InCases))
	}
	return slices.MaxFunc(m.Groups, func(a, b Share) int { return cmp.Compare(apart(a), apart(b)) })
}

func thatManyDo(n int) string {
	if n == 1 {
		return "1 case does"
	}
	return fmt.Sprintf("%d cases do", n)
}

func groupName(t text.Raw) string {
	if t == "" {
		return "(none)"
	}
	return text.Head(t, labelRunes).OneLine().String()
}

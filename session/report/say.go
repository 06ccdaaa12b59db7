package report

import (
	"fmt"
	"math"
	"strings"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// fewest is the number below which no percent is said.
const fewest = 5

// far is the number of further duels beyond which nobody is sent on: a pair is
// judged session.PairCap times by one judge.
const far = 2 * session.PairCap

// name is a contestant as it may be shown.
func name(c session.Contestant) string { return text.Raw(c.String()).String() }

// say tells how the pair stands, with names.
func (p *Pair) say(a, b string) string {
	if s := p.special(); s != "" {
		return s
	}
	lead, w := b, p.WinsB
	if p.WinsA > p.WinsB {
		lead, w = a, p.WinsA
	}
	of := fmt.Sprintf("%d of %d", w, p.Decided)
	if x := p.extras(); x != "" {
		of += " decided" + x
	}
	counts := lead + " wins " + of
	if p.WinsA == p.WinsB {
		counts = a + " and " + b + " win " + of + " each"
		if x := p.extras(); x != "" {
			counts = fmt.Sprintf("%s and %s win %d each of %d decided%s", a, b, w, p.Decided, x)
		}
	}
	return counts + p.percent(w) + ". " + p.verdict(": "+lead, " "+lead)
}

// sayBlind tells it without names and without saying which is which.
func (p *Pair) sayBlind() string {
	if s := p.special(); s != "" {
		return s
	}
	counts := fmt.Sprintf("One leads %d–%d", max(p.WinsA, p.WinsB), min(p.WinsA, p.WinsB))
	if p.WinsA == p.WinsB {
		counts = fmt.Sprintf("They stand %d–%d", p.WinsA, p.WinsB)
	}
	return counts + p.extras() + ". " + p.verdict("", "")
}

// special is the sentence of a pair with next to nothing decided.
func (p *Pair) special() string {
	judged := p.Decided + p.Ties + p.BothBad
	switch {
	case judged == 0 && p.Identical > 0:
		return fmt.Sprintf("All answers that could be compared are identical (%d). On these cases the prompts do the same thing.", p.Identical)
	case p.Decided == 0 && judged < 2*fewest:
		return "Nothing is decided yet" + strings.Replace(p.extras(), ",", ":", 1) + ". Judge more."
	case judged >= 2*fewest && 3*p.Ties >= 2*judged && (p.State == NotSettled || p.State == TooClose):
		return fmt.Sprintf("%d of %d were ties. On these cases the prompts do the same thing.", p.Ties, judged)
	case p.Decided == 0:
		return fmt.Sprintf("Nothing is decided in %d%s. Change the prompts more, or the cases.", judged, p.extras())
	}
	return ""
}

// extras are the judgments that decide nothing.
func (p *Pair) extras() string {
	s := ""
	if p.Ties > 0 {
		s += ", " + plural(p.Ties, "tie", "ties")
	}
	if p.BothBad > 0 {
		s += fmt.Sprintf(", %d both bad", p.BothBad)
	}
	return s
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// percent is the share of w with its interval; nothing where it would be of too
// few.
func (p *Pair) percent(w int) string {
	if p.Decided < fewest {
		return ""
	}
	lo, hi := stats.Wilson(w, p.Decided, stats.Z95)
	what := ""
	if p.State == NotSettled {
		what = "95% interval "
	}
	return fmt.Sprintf(" (%d%%, %s%d–%d%%)", stats.Percent(w, p.Decided), what, stats.Whole(lo), stats.Whole(hi))
}

// verdict says how sure it is and what to do; settled and leaning are what stands
// behind those words.
func (p *Pair) verdict(settled, leaning string) string {
	switch p.State {
	case Settled:
		return "Settled" + settled + ". A rule this strict picks a winner between equal prompts at most 1 time in 20."
	case Leaning:
		return fmt.Sprintf("Leaning%s. You have been checking as you go, and between equal prompts a lead like this turns up in about 1 session in %d.",
			leaning, int(math.Round(1/stats.FalseLead(p.Decided))))
	case TooClose:
		n := p.Decided
		if n < session.PairCap {
			n += p.Ties + p.BothBad
		}
		return fmt.Sprintf("Too close to call in %d. If it matters, change the prompts more; another %d would probably not help.", n, session.PairCap)
	}
	switch {
	case p.More == 0 || p.More > session.PairCap-p.Decided:
		return fmt.Sprintf("Not settled. At this rate %d will not settle it. If it matters, change the prompts more.", session.PairCap)
	case p.MoreIfItSlips == 0 || p.MoreIfItSlips > far:
		return fmt.Sprintf("Not settled. About %d more would settle it if this rate holds; if it slips a little, %d will not.", p.More, session.PairCap)
	}
	return fmt.Sprintf("Not settled. About %d more would settle it if this rate holds, %d if it slips a little.", p.More, p.MoreIfItSlips)
}

// headline is the sentence of the report to read first.
func headline(r Report) string {
	switch {
	case len(r.Pairs) == 1:
		return r.Pairs[0].Sentence
	case len(r.Pairs) > 1:
		return several(r)
	case len(r.Labels) == 1:
		return r.Labels[0].Sentence
	case len(r.Labels) > 1:
		var parts []string
		failed := 0
		for _, l := range r.Labels {
			parts = append(parts, fmt.Sprintf("%s passes %d of %d", name(l.Contestant), l.Pass, l.Pass+l.Fail))
			failed += l.Fail
		}
		return strings.Join(parts, ", ") + ". " + readFailed(failed)
	case r.Known > 0:
		return fmt.Sprintf("Nothing counts: %s given with the names known. Let somebody judge who does not know them.", was(r.Known, "verdict"))
	}
	return "Nothing is judged yet. Judge some."
}

func was(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return fmt.Sprintf("%d %ss were", n, noun)
}

// several tells how the leader stands against each it met: evidence is of direct
// duels only.
func several(r Report) string {
	if len(r.Ranking) == 0 {
		return r.RankNote
	}
	lead := r.Ranking[0].Contestant
	s, next := standing(r.Pairs, lead)
	out := fmt.Sprintf("%s leads %s: it wins %d of %d decided. ", name(lead), plural(len(r.Ranking)-1, "other", "others"), s.wins, s.decided)
	out += s.settled()
	switch {
	case next == nil:
		return out + " Nothing to do."
	case next.More > 0 && next.More <= session.PairCap-next.Decided:
		other := next.A
		if keyOf(other) == keyOf(lead) {
			other = next.B
		}
		return fmt.Sprintf("%s About %d more against %s would settle that pair if this rate holds.", out, next.More, name(other))
	}
	return out + " Where it is close, change the prompts more rather than judge more."
}

// led is how a contestant stands in its own pairs.
type led struct{ wins, decided, pairs, won, lost int }

// standing sums up the pairs of a contestant, and finds the first that is open.
func standing(pairs []Pair, c session.Contestant) (s led, open *Pair) {
	for i := range pairs {
		p := &pairs[i]
		mine := p.WinsA
		switch keyOf(c) {
		case keyOf(p.A):
		case keyOf(p.B):
			mine = p.WinsB
		default:
			continue
		}
		s.pairs++
		s.wins += mine
		s.decided += p.Decided
		switch {
		case p.State == Settled && 2*mine > p.Decided:
			s.won++
		case p.State == Settled:
			s.lost++
		case open == nil || open.More == 0 && p.More > 0:
			open = p
		}
	}
	return s, open
}

func (s led) settled() string {
	if s.won+s.lost == 0 {
		if s.pairs == 1 {
			return "Its pair is not settled."
		}
		return fmt.Sprintf("None of its %d pairs is settled.", s.pairs)
	}
	is := "are"
	if s.won == 1 {
		is = "is"
	}
	out := fmt.Sprintf("%d of its %s %s settled for it", s.won, plural(s.pairs, "pair", "pairs"), is)
	if s.lost > 0 {
		out += fmt.Sprintf(", %d against it", s.lost)
	}
	return out + "."
}

// Blind is the report in a sentence without names.
func Blind(r Report) string {
	switch {
	case len(r.Pairs) == 1:
		return r.Pairs[0].Blind
	case len(r.Pairs) > 1:
		if len(r.Ranking) == 0 {
			return fmt.Sprintf("Nothing can be said of %d pairs yet. Go on judging.", len(r.Pairs))
		}
		s, open := standing(r.Pairs, r.Ranking[0].Contestant)
		out := fmt.Sprintf("One of %d leads: it wins %d of %d decided. %s", len(r.Ranking), s.wins, s.decided, s.settled())
		switch {
		case open == nil:
			return out + " Nothing to do but look who it is."
		case open.More > 0 && open.More <= session.PairCap-open.Decided:
			return fmt.Sprintf("%s About %d more duels between it and another would settle those two if this rate holds.", out, open.More)
		}
		return out + " Where it is close, change the prompts more rather than judge more."
	case len(r.Labels) > 0:
		pass, n := 0, 0
		for _, l := range r.Labels {
			pass += l.Pass
			n += l.Pass + l.Fail
		}
		return fmt.Sprintf("%d of %d pass. %s", pass, n, readFailed(n-pass))
	case r.Known > 0:
		return headline(r)
	}
	return "Nothing is judged yet. Judge some."
}

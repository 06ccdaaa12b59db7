package session

import (
	"cmp"
	"slices"

	"galley/session/text"
)

// Ranked is a text where a case puts it.
type Ranked struct {
	Resource // with its text and hash
	// Item is its index in the bank, or its place in the case's own list.
	Item  int
	Rank  int        // from 1, the best; 0: no word of the case stands in it
	Score float64    // BM25; 0 in a case's own list
	Words []text.Raw // that it shares with the case, those that count most first
}

// RankResources puts all texts of a bank that are on into the order in which they
// fit the case, by BM25 as [PickNearest] has it; or, by [PickColumn], reads the
// ranked list that the case brings. Those that share no word with the case have no
// rank and come last: wherever they stand, they were not found. note says why there
// is no order, as a sentence; it is "" where there is one.
func RankResources(bank []Resource, pick Pick, c Case) (list []Ranked, note string) {
	if pick.How == PickColumn {
		var ch choice
		for i, it := range ch.column(pick.Column, c) {
			r := Ranked{Resource: it.res, Item: i, Rank: i + 1}
			r.Hash = Hash([]byte(r.Text))
			list = append(list, r)
		}
		if len(ch.notes) > 0 {
			note = ch.notes[0]
		}
		return list, note
	}
	var texts []string
	for i, r := range bank {
		if r.Off {
			continue
		}
		if r.Hash == "" {
			r.Hash = Hash([]byte(r.Text))
		}
		list = append(list, Ranked{Resource: r, Item: i})
		texts = append(texts, string(r.Text))
	}
	query, why := queryOf(pick.Query, c)
	if why != "" {
		return list, why + "."
	}
	ret := retrieverOf(texts)
	for i, score := range ret.Scores(query) {
		if list[i].Score = score; score > 0 {
			list[i].Words = ret.Why(query, i)
		}
	}
	slices.SortStableFunc(list, func(a, b Ranked) int { return cmp.Compare(b.Score, a.Score) })
	for i := range list {
		if list[i].Score > 0 {
			list[i].Rank = i + 1
		}
	}
	if len(list) > 0 && list[0].Rank == 0 {
		note = "No word of the case stands in any of the resources."
	}
	return list, note
}

// Marks are the grades that people gave to texts for a case, by the hash of the
// text. Where several marked one, the last word counts. All takes of a borrowed case
// go back to one row and share its marks.
func Marks(all []Relevance, c Case) map[string]int {
	out, when := map[string]int{}, map[string]Relevance{}
	for _, m := range all {
		if m.CaseID == 0 || m.CaseID != c.ID && m.CaseID != c.Origin {
			continue
		}
		if was, ok := when[m.Hash]; ok && cmp.Or(cmp.Compare(m.CreatedMS, was.CreatedMS), cmp.Compare(m.ID, was.ID)) < 0 {
			continue
		}
		out[m.Hash], when[m.Hash] = m.Grade, m
	}
	return out
}

// GradeHelp is what a grade of a mark says.
func GradeHelp(grade int) string {
	return map[int]string{0: "of no use", 1: "of some use", 2: "it holds the answer", 3: "it is the answer"}[grade]
}

package main

import (
	"encoding/json"
	"slices"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

// studyJSON is a study as galley list has it.
type studyJSON struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind"`
	Variant   text.Raw        `json:"variant"`
	Model     text.Raw        `json:"model"`
	Cases     text.Raw        `json:"cases"`
	Runs      []string        `json:"runs"`
	CreatedMS int64           `json:"created_ms"`
	Spec      json.RawMessage `json:"spec"`
}

// studiesJSON is what galley shuffle, ablate and vary print: the fields of the
// studies that were asked.
type studiesJSON struct {
	Studies []string `json:"studies"`
	Variant string   `json:"variant"`
	Model   string   `json:"model"`
	Cases   string   `json:"cases"` // as they were named
	Takes   int      `json:"takes"`
	By      study.By `json:"by"` // what answers are told apart by
	Missing int      `json:"missing"`
	Asked   int      `json:"cases_asked"`
	Waiting int      `json:"cases_waiting"` // of which something was not asked yet
	Interim bool     `json:"interim"`       // there is more to come: what is said is of complete cases only

	*orderJSON
	All      *rateJSON   `json:"all,omitempty"`   // of drop-one: everything on
	Again    *dropJSON   `json:"again,omitempty"` // the same asked again
	DropOne  []dropJSON  `json:"drop_one"`
	Sweep    []sweepJSON `json:"sweep"`
	Arms     []armJSON   `json:"arms,omitempty"` // of a study of variety
	Sentence string      `json:"sentence"`
	Notes    []string    `json:"notes"`
}

type orderJSON struct {
	N               int            `json:"n"`
	Of              study.Of       `json:"of"`
	Compared        int            `json:"compared"` // cases
	LeftOut         int            `json:"left_out"`
	Left            []leftJSON     `json:"left_out_cases"`
	Orders          []orderRow     `json:"orders"`
	Control         []orderRow     `json:"control"`
	Mean            *float64       `json:"mean"`
	MeanInterval    *[2]float64    `json:"mean_interval"`
	SD              *float64       `json:"sd"`
	SDInterval      *[2]float64    `json:"sd_interval"`
	ControlSD       *float64       `json:"control_sd"`
	ControlInterval *[2]float64    `json:"control_sd_interval"`
	Spread          *float64       `json:"spread"`
	ControlSpread   *float64       `json:"control_spread"`
	K               int            `json:"k"`
	Repeats         int            `json:"repeats"`
	Disagreement    *float64       `json:"disagreement"`
	ControlDisagree *float64       `json:"control_disagreement"`
	Excess          *float64       `json:"excess"`
	ExcessInterval  *[2]float64    `json:"excess_interval"`
	Answers         movedJSON      `json:"answers_moved"` // the same of the answers as they are, passing or not
	CochranQ        *float64       `json:"cochran_q"`
	P               *float64       `json:"p"`        // of Cochran's Q, by χ²
	RateP           *float64       `json:"rate_p"`   // of Cochran's Q, by permutation
	ExcessP         *float64       `json:"excess_p"` // by permutation, like the next
	Place           *float64       `json:"place"`    // how much further back the answer's shot stands than by chance
	PlaceP          *float64       `json:"place_p"`
	Alpha           float64        `json:"alpha"` // that each of the three is held to
	Matters         bool           `json:"matters"`
	Flips           []flipJSON     `json:"flips"`
	Positions       []positionJSON `json:"positions"`
}

// leftJSON is a case that is left out, with how many answers keep it out.
type leftJSON struct {
	Case    text.Raw `json:"case"`
	Waiting int      `json:"waiting"`
	Failed  int      `json:"failed"`
	Cut     int      `json:"truncated"`
	Other   int      `json:"other"`
}

type movedJSON struct {
	Cases           int         `json:"cases"`
	ControlCases    int         `json:"control_cases"`
	Disagreement    *float64    `json:"disagreement"`
	ControlDisagree *float64    `json:"control_disagreement"`
	Excess          *float64    `json:"excess"`
	ExcessInterval  *[2]float64 `json:"excess_interval"`
	P               *float64    `json:"p"` // null where it is told by passing and failing
}

type orderRow struct {
	Order  string     `json:"order"`
	Repeat int        `json:"repeat,omitempty"`
	Pass   int        `json:"pass"`
	Cases  int        `json:"cases"`
	Rate   *float64   `json:"rate"`
	Shots  []text.Raw `json:"shots,omitempty"`
}

type flipJSON struct {
	Case    text.Raw            `json:"case"`
	Wanted  *text.Raw           `json:"wanted"`
	Answers map[string]int      `json:"answers"`
	Control map[string]int      `json:"control"`
	Under   map[string][]string `json:"under"` // which orders gave an answer
	Pass    int                 `json:"pass"`
	Asked   int                 `json:"asked"`
}

type positionJSON struct {
	Shot   text.Raw `json:"shot"`
	First  *float64 `json:"first"`
	Last   *float64 `json:"last"`
	Beyond bool     `json:"beyond_control"`
}

type rateJSON struct {
	Pass     int         `json:"pass"`
	Graded   int         `json:"graded"`
	Cases    int         `json:"cases"`
	Rate     *float64    `json:"rate"`
	Interval *[2]float64 `json:"interval"`
}

type dropJSON struct {
	Without  text.Raw    `json:"without"`
	Of       study.Of    `json:"of,omitempty"`
	Pass     int         `json:"pass"`
	Graded   int         `json:"graded"`
	Rate     *float64    `json:"rate"`
	Interval *[2]float64 `json:"interval"`
	Compared int         `json:"compared"`
	Fail     int         `json:"newly_fail"`
	PassNew  int         `json:"newly_pass"`
	Changed  int         `json:"changed"`
	Change   *float64    `json:"change"`
	ChangeIn *[2]float64 `json:"change_interval"`
	P        *float64    `json:"p"`
	Holm     *float64    `json:"p_holm"`
	Tokens   *float64    `json:"tokens_saved"`
	CostUSD  *float64    `json:"cost_usd_saved"`
	Same     *text.Raw   `json:"redundant_with"`
	Sentence string      `json:"sentence,omitempty"`
}

type sweepJSON struct {
	N        int         `json:"n"`
	Pass     int         `json:"pass"`
	Graded   int         `json:"graded"`
	Rate     *float64    `json:"rate"`
	Interval *[2]float64 `json:"interval"`
	Tokens   *float64    `json:"tokens"`
	CostUSD  *float64    `json:"cost_usd"`
}

type armJSON struct {
	Name      text.Raw    `json:"name"`
	Draws     int         `json:"draws"`
	Distinct  int         `json:"distinct"`
	PerCase   *float64    `json:"distinct_per_case"`
	Top       *text.Raw   `json:"top"`
	TopN      int         `json:"top_count"`
	TopShare  *float64    `json:"top_share"`
	Distinct1 *float64    `json:"distinct_1"`
	Distinct2 *float64    `json:"distinct_2"`
	Jaccard   *float64    `json:"jaccard"` // words that two answers to a case share
	Covered   *int        `json:"covered"` // answers of the list that came
	Coverage  *float64    `json:"coverage"`
	Outside   *int        `json:"outside"`
	Share     *float64    `json:"outside_share"`
	More      int         `json:"more"`
	Fewer     int         `json:"fewer"`
	Even      int         `json:"as_many"`
	P         *float64    `json:"p"`
	Holm      *float64    `json:"p_holm"`
	Answers   []countJSON `json:"answers"`
	Sentence  string      `json:"sentence"`
}

type countJSON struct {
	Answer text.Raw `json:"answer"`
	N      int      `json:"n"`
}

func newStudiesJSON(s studied) studiesJSON {
	return studiesJSON{
		Studies: []string{}, Variant: s.spec.Variant, Model: s.spec.Model, Cases: s.spec.Cases, Takes: max(s.spec.Takes, 1),
		DropOne: []dropJSON{}, Sweep: []sweepJSON{}, Notes: []string{},
	}
}

// sum adds what a study says in words; of several, each sentence stands.
func (j *studiesJSON) sum(sentence string, notes []string, by study.By, missing int, p study.Progress) {
	if j.Sentence != "" {
		j.Sentence += " "
	}
	j.Sentence += sentence
	j.Notes = append(j.Notes, notes...)
	j.By = by
	j.Missing += missing
	j.Asked, j.Waiting, j.Interim = j.Asked+p.Asked, j.Waiting+p.Waiting, j.Interim || p.Interim()
}

// noOrder are the fields of an order study that was not asked.
func noOrder() *orderJSON {
	return &orderJSON{Left: []leftJSON{}, Orders: []orderRow{}, Control: []orderRow{}, Flips: []flipJSON{}, Positions: []positionJSON{}}
}

func orderRows(rows []study.OrderRow) []orderRow {
	out := []orderRow{}
	for _, r := range rows {
		out = append(out, orderRow{r.Order, r.Repeat, r.Pass, r.Cases, share(r.Pass, r.Cases), r.Shots})
	}
	return out
}

func tallyAnswers(cs []study.Count) map[string]int {
	out := map[string]int{}
	for _, c := range cs {
		out[string(c.Answer)] += c.N
	}
	return out
}

func (j *studiesJSON) order(s studied, r study.OrderReport) {
	j.sum(r.Sentence, r.Notes, r.By, r.Missing, r.Progress)
	o := &orderJSON{
		N: r.N, Of: r.Of, Compared: r.Cases, LeftOut: len(r.Left), Left: []leftJSON{}, Orders: orderRows(r.Orders), Control: orderRows(r.Control),
		Mean: number(r.Mean), MeanInterval: between(r.MeanLo, r.MeanHi), SD: number(r.SD), SDInterval: between(r.SDLo, r.SDHi),
		ControlSD: number(r.ControlSD), ControlInterval: between(r.ControlSDLo, r.ControlSDHi), Spread: number(r.Spread), ControlSpread: number(r.ControlSpread),
		K: len(s.spec.Orders), Repeats: s.spec.Repeats, Disagreement: number(r.Disagree), ControlDisagree: number(r.ControlDisagree),
		Excess: number(r.Excess), ExcessInterval: between(r.ExcessLo, r.ExcessHi), CochranQ: number(r.Q), P: exact(r.QP),
		RateP: exact(r.RateP), ExcessP: exact(r.ExcessP), Place: number(r.Place), PlaceP: exact(r.PlaceP), Alpha: r.Alpha, Matters: r.Matters,
		Flips: []flipJSON{}, Positions: []positionJSON{},
	}
	m := r.Moved
	o.Answers = movedJSON{m.Cases, m.ControlCases, number(m.Disagree), number(m.ControlDisagree), number(m.Excess), between(m.ExcessLo, m.ExcessHi), exact(m.P)}
	for _, c := range r.Left {
		o.Left = append(o.Left, leftJSON(c))
	}
	for _, f := range r.Flips {
		under := map[string][]string{}
		for _, c := range f.Answers {
			under[string(c.Answer)] = slices.Compact(slices.Sorted(slices.Values(c.Orders)))
		}
		o.Flips = append(o.Flips, flipJSON{f.Case, f.Wanted, tallyAnswers(f.Answers), tallyAnswers(f.Control), under, f.Pass, f.Asked})
	}
	for _, p := range r.Positions {
		o.Positions = append(o.Positions, positionJSON{p.Name, number(p.First), number(p.Last), p.Beyond})
	}
	j.orderJSON = o
}

func dropOf(d study.DropRow) dropJSON {
	j := dropJSON{
		Without: d.Name, Of: d.Of, Pass: d.Rate.Pass, Graded: d.Rate.Graded, Rate: number(d.Rate.Rate), Interval: between(d.Rate.Lo, d.Rate.Hi),
		Compared: d.Cases, Fail: d.Worse, PassNew: d.Better, Changed: d.Changed, Change: number(d.Change), ChangeIn: between(d.ChangeLo, d.ChangeHi),
		P: exact(d.P), Holm: exact(d.Holm), Tokens: number(d.Tokens), CostUSD: exact(d.CostUSD), Sentence: d.Sentence,
	}
	if d.Same != "" {
		j.Same = &d.Same
	}
	return j
}

func (j *studiesJSON) drop(r study.DropReport) {
	j.sum(r.Sentence, r.Notes, r.By, r.Missing, r.Progress)
	j.All = &rateJSON{r.All.Pass, r.All.Graded, r.All.Cases, number(r.All.Rate), between(r.All.Lo, r.All.Hi)}
	again := dropOf(r.Again)
	j.Again = &again
	for _, d := range r.Rows {
		j.DropOne = append(j.DropOne, dropOf(d))
	}
}

func (j *studiesJSON) sweep(r study.SweepReport) {
	j.sum(r.Sentence, r.Notes, r.By, r.Missing, r.Progress)
	for _, x := range r.Rows {
		j.Sweep = append(j.Sweep, sweepJSON{x.N, x.Rate.Pass, x.Rate.Graded, number(x.Rate.Rate), between(x.Rate.Lo, x.Rate.Hi), number(x.Tokens), exact(x.CostUSD)})
	}
}

func (j *studiesJSON) vary(r study.VaryReport) {
	j.sum(r.Sentence, r.Notes, study.ByAnswer, r.Missing, r.Progress)
	for _, a := range r.Arms {
		x := armJSON{
			Name: text.Raw(a.Name), Draws: a.Draws, Distinct: a.Distinct, PerCase: number(a.PerCase), TopN: a.TopN, TopShare: number(a.TopShare),
			Distinct1: number(a.Distinct1), Distinct2: number(a.Distinct2), Jaccard: number(a.Jaccard), More: a.More, Fewer: a.Fewer, Even: a.Even, P: exact(a.P), Holm: exact(a.Holm),
			Answers: []countJSON{}, Sentence: a.Sentence,
		}
		if a.Draws > 0 {
			x.Top = &a.Top
		}
		if r.Listed {
			x.Outside, x.Share = &a.Outside, share(a.Outside, a.Draws)
			x.Covered, x.Coverage = &a.Covered, share(a.Covered, r.List)
		}
		for _, c := range a.Answers {
			x.Answers = append(x.Answers, countJSON{c.Answer, c.N})
		}
		j.Arms = append(j.Arms, x)
	}
}

// studyName is a study as people write it.
func studyName(s session.Study) string { return "s" + itoa(int(s.ID)) }

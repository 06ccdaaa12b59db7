package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
)

// rankOptions are the flags of galley rank.
type rankOptions struct {
	prompt, cases, query, column string
	k, top                       int
}

func rankCommand(g *globals) *cobra.Command {
	var o rankOptions
	c := &cobra.Command{
		Use:   "rank [VARIANT | PROMPT]",
		Short: "Rank resources against cases: scores, the words that matched, and how good that is by the marks",
		Long: `Rank resources against cases: of a variant those of its block, in its own way to
choose; of a prompt all that are on, by the words of the case (BM25). --column ranks
nothing: it reads the list that your own retrieval put into a variable of the case.

One case shows its pieces; several show how well each was served by the marks that
people gave (galley set relevance CASE RESOURCE 0..3): the rank of the first piece
of use, MRR, NDCG and recall of the first --k.`,
		Args: wants(0, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			r, err := d.ranking(ctx, g, name, o)
			if err != nil {
				return err
			}
			return g.printRanking(r, o)
		}),
	}
	promptFlag(c, &o.prompt)
	f := c.Flags()
	f.StringVar(&o.cases, "case", "all", "the `CASE` or cases: names, dev, holdout, tag:NAME, all")
	f.StringVar(&o.query, "query", "", "compare with this `VARIABLE` only")
	f.StringVar(&o.column, "column", "", "read the ranked list that the cases have in this `VARIABLE`")
	f.IntVar(&o.k, "k", 0, "how many of the first count; default as many as the block takes, else 5")
	f.IntVar(&o.top, "top", 10, "how many pieces of a case are shown, 0 all")
	c.MarkFlagsMutuallyExclusive("query", "column")
	jsonFlag(c, g, "print a JSON object")
	return c
}

// ranked is what galley rank found out.
type ranked struct {
	prompt session.PromptInfo
	of     string // variant or prompt
	pick   session.Pick
	note   string // of the way to choose
	k      int
	cases  []rankedCase
	means  report.Retrievals
}

type rankedCase struct {
	c     session.Case
	list  []session.Ranked
	note  string
	marks map[string]int
	by    report.Retrieval
}

// ranking ranks what a variant or a prompt has.
func (d *desk) ranking(ctx context.Context, g *globals, name string, o rankOptions) (ranked, error) {
	if o.k < 0 || o.top < 0 {
		return ranked{}, usage("--k and --top are at least 0")
	}
	r, bank, err := d.rankedBank(ctx, name, o)
	if err != nil {
		return r, err
	}
	all, err := d.casesThere(ctx, g, r.prompt.ID)
	if err != nil {
		return r, err
	}
	cases, err := session.PickCases(all, o.cases)
	if err != nil {
		return r, usage("%w", err)
	}
	if len(cases) == 0 {
		return r, usage("the prompt %s has no cases to rank for; make one with galley new case", r.prompt.Name)
	}
	if len(bank) == 0 && r.pick.How != session.PickColumn {
		return r, usage("%s has no resources; galley import resources PATH brings some", text.Raw(r.of))
	}
	marks, err := d.store.Relevances(ctx, r.prompt.ID)
	if err != nil {
		return r, err
	}
	var retrievals []report.Retrieval
	for _, c := range cases {
		x := rankedCase{c: c, marks: session.Marks(marks, c)}
		x.list, x.note = session.RankResources(bank, r.pick, c)
		x.by = report.RetrievalOf(c.Name, x.list, bank, x.marks, r.k)
		r.cases = append(r.cases, x)
		retrievals = append(retrievals, x.by)
	}
	r.means = report.RetrievalMeans(retrievals, r.k)
	return r, nil
}

// rankedBank is what is ranked, and how.
func (d *desk) rankedBank(ctx context.Context, name string, o rankOptions) (r ranked, bank []session.Resource, err error) {
	r = ranked{pick: session.Pick{How: session.PickNearest}, k: o.k}
	p, perr := d.prompt(ctx, first(name, o.prompt))
	if name != "" && strings.Contains(name, "/") || perr != nil && name != "" {
		v, err := d.variant(ctx, name, o.prompt)
		if err != nil {
			return r, nil, err
		}
		if r.prompt, err = d.store.Prompt(ctx, string(v.Prompt)); err != nil {
			return r, nil, err
		}
		r.of = v.Ref().String()
		i := slices.IndexFunc(v.Revision.Content.Blocks, func(b session.Block) bool { return b.Kind == session.KindResources && !b.Off })
		if i < 0 {
			return r, nil, usage("%s has no resources block; make one with galley new block %s resources --resources all", text.Raw(r.of), text.Raw(r.of))
		}
		b := v.Revision.Content.Blocks[i]
		bank = b.Resources
		r.own(b)
	} else if perr != nil {
		return r, nil, perr
	} else {
		r.prompt, r.of = p, string(p.Name)
		if bank, err = d.store.Resources(ctx, p.ID); err != nil {
			return r, nil, err
		}
	}
	switch {
	case o.column != "":
		r.pick, r.note = session.Pick{How: session.PickColumn, Column: o.column}, ""
	case o.query != "":
		r.pick, r.note = session.Pick{How: session.PickNearest, Query: o.query}, ""
	}
	if r.k == 0 {
		r.k = 5
	}
	return r, bank, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// own takes over how a block chooses.
func (r *ranked) own(b session.Block) {
	if b.Pick != nil {
		switch b.Pick.How {
		case session.PickNearest, session.PickColumn:
			r.pick = session.Pick{How: b.Pick.How, Query: b.Pick.Query, Column: b.Pick.Column}
			if r.k == 0 {
				r.k = b.Pick.N
			}
			return
		}
	}
	how := session.PickAll
	if b.Pick != nil {
		how = b.Pick.How
	}
	r.note = fmt.Sprintf("block %s does not rank: %s; this is how BM25 would", b.Name(), how.Help())
}

type rankedJSON struct {
	Of        string         `json:"of"`
	Pick      string         `json:"pick"`
	K         int            `json:"k"`
	Note      string         `json:"note,omitempty"`
	Cases     []caseRankJSON `json:"cases"`
	Marked    int            `json:"marked"`
	MRR       meanJSON       `json:"mrr"`
	NDCG      meanJSON       `json:"ndcg"`
	Recall    meanJSON       `json:"recall"`
	Found     int            `json:"found"`
	Relevant  int            `json:"relevant"`
	First     int            `json:"first_of_use"`
	NoneFound int            `json:"none_found"`
	Sentence  string         `json:"sentence"`
}

type caseRankJSON struct {
	Case     text.Raw    `json:"case"`
	Note     string      `json:"note,omitempty"`
	First    int         `json:"first"` // 0: nothing of use was found
	RR       *float64    `json:"rr"`
	NDCG     *float64    `json:"ndcg"`
	Recall   *float64    `json:"recall"`
	Found    int         `json:"found"`
	Relevant int         `json:"relevant"`
	Pieces   []pieceJSON `json:"pieces"`
}

type pieceJSON struct {
	Rank   int        `json:"rank"` // 0: no word matched
	Name   text.Raw   `json:"name"`
	Source text.Raw   `json:"source,omitempty"`
	Score  float64    `json:"score"`
	Words  []text.Raw `json:"words"`
	Mark   *int       `json:"mark"`
	Hash   string     `json:"hash"`
}

type meanJSON struct {
	Mean     *float64  `json:"mean"`
	Interval []float64 `json:"interval"` // null below 5 marked cases
}

func toMean(m report.Mean) meanJSON {
	out := meanJSON{Mean: number(m.Value)}
	if !math.IsNaN(m.Lo) {
		out.Interval = []float64{*number(m.Lo), *number(m.Hi)}
	}
	return out
}

func (g *globals) printRanking(r ranked, o rankOptions) error {
	if g.json {
		return g.printJSON(r.json(o))
	}
	if r.note != "" {
		g.talk("%s", text.Raw(r.note))
	}
	if len(r.cases) == 1 {
		r.cases[0].tell(g, o.top)
	} else {
		r.print(g)
	}
	g.say("%s", text.Of(r.means.Sentence))
	return nil
}

func (r ranked) json(o rankOptions) rankedJSON {
	m := r.means
	out := rankedJSON{
		Of: r.of, Pick: string(r.pick.How), K: r.k, Note: r.note, Cases: []caseRankJSON{}, Marked: m.N, MRR: toMean(m.MRR), NDCG: toMean(m.NDCG), Recall: toMean(m.Recall),
		Found: m.Found, Relevant: m.Relevant, First: m.First, NoneFound: m.None, Sentence: m.Sentence,
	}
	for _, c := range r.cases {
		j := caseRankJSON{c.c.Name, c.note, c.by.First, number(c.by.RR), number(c.by.NDCG), number(c.by.Recall), c.by.Found, c.by.Relevant, []pieceJSON{}}
		for _, p := range c.shown(o.top) {
			x := pieceJSON{Rank: p.Rank, Name: p.Name, Source: p.Source, Score: p.Score, Words: orEmpty(p.Words), Hash: p.Hash}
			if m, ok := c.marks[p.Hash]; ok {
				x.Mark = &m
			}
			j.Pieces = append(j.Pieces, x)
		}
		out.Cases = append(out.Cases, j)
	}
	return out
}

// shown are the first of the ranked pieces; those that were not found only where all
// are asked for.
func (c rankedCase) shown(top int) []session.Ranked {
	if top == 0 {
		return c.list
	}
	out := c.list[:min(top, len(c.list))]
	for len(out) > 0 && out[len(out)-1].Rank == 0 {
		out = out[:len(out)-1]
	}
	return out
}

func (c rankedCase) tell(g *globals, top int) {
	if c.note != "" {
		g.talk("%s: %s", c.c.Name, text.Of(c.note))
	}
	t := newTable("RANK", "RESOURCE", "SCORE", "MARK", "WORDS THAT MATCHED").numbers(0, 2, 3)
	for _, p := range c.shown(top) {
		rank, score, mark, name := "–", "", "", p.Name
		if p.Rank > 0 {
			rank = itoa(p.Rank)
		}
		if p.Score > 0 {
			score = fmt.Sprintf("%.2f", p.Score)
		}
		if m, ok := c.marks[p.Hash]; ok {
			mark = itoa(m)
		}
		if name == "" {
			name = text.Raw("#" + itoa(p.Item+1))
		}
		t.row(rank, name, score, mark, text.Raw(strings.ReplaceAll(string(join(p.Words)), ",", " ")))
	}
	if len(t.rows) > 0 {
		t.print(g)
	}
	if c.by.Relevant > 0 {
		where := "not found"
		if c.by.First > 0 {
			where = "at rank " + itoa(c.by.First)
		}
		g.say("for %s: first of use %s; %d of %s of use among the first %d; NDCG@%d %.2f", c.c.Name, where, c.by.Found, plural(c.by.Relevant, "text", "texts"), c.by.K, c.by.K, c.by.NDCG)
	}
}

func (r ranked) print(g *globals) {
	t := newTable("CASE", "FIRST OF USE", "RR", "NDCG@"+itoa(r.k), "OF USE AMONG "+itoa(r.k), "BEST").numbers(1, 2, 3)
	for _, c := range r.cases {
		at, best := "no mark", text.Raw("")
		rr, ndcg, found := "", "", ""
		if c.by.Relevant > 0 {
			if at = "not found"; c.by.First > 0 {
				at = itoa(c.by.First)
			}
			rr, ndcg = fmt.Sprintf("%.2f", c.by.RR), fmt.Sprintf("%.2f", c.by.NDCG)
			found = fmt.Sprintf("%d of %d", c.by.Found, c.by.Relevant)
		}
		if len(c.list) > 0 && c.list[0].Rank > 0 {
			best = c.list[0].Name
		}
		if c.note != "" {
			best = text.Raw(c.note)
		}
		t.row(c.c.Name, at, rr, ndcg, found, best)
	}
	t.print(g)
}

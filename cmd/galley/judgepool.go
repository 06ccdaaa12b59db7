package main

import (
	"context"
	"os"
	"slices"

	"galley/session"
	"galley/session/text"
)

// judgeName is who judges where nobody is named: the user's login name.
func judgeName() text.Raw {
	for _, v := range []string{"USER", "LOGNAME", "USERNAME"} {
		if n := text.Raw(os.Getenv(v)); session.CheckJudge(n) == nil {
			return n
		}
	}
	return "me"
}

// enough is how many contestants a run must have to be judged in a mode.
func enough(m session.JudgeMode) int {
	if m == session.JudgePassFail {
		return 1
	}
	return 2
}

// pool is what is judged: the runs that can be, and the outputs of those chosen.
type pool struct {
	runs    []session.Run // the newest first
	chosen  []int64
	results []session.Result
	authors map[int64]text.Raw
	who     []session.Contestant
}

// readPool reads the outputs of the runs asked for, or of the newest that can be
// judged.
func (c *clerk) readPool(ctx context.Context, promptID int64, runIDs []int64, mode session.JudgeMode) (pool, error) {
	p := pool{authors: map[int64]text.Raw{}}
	runs, err := c.desk.store.Runs(ctx, promptID)
	if err != nil {
		return p, err
	}
	in, err := c.desk.store.RunContestants(ctx, promptID)
	if err != nil {
		return p, err
	}
	for _, r := range runs {
		if len(in[r.ID]) > 0 {
			p.runs = append(p.runs, r)
		}
	}
	p.chosen = runIDs
	if len(p.chosen) == 0 {
		for _, r := range p.runs {
			if len(in[r.ID]) >= enough(mode) {
				p.chosen = []int64{r.ID}
				break
			}
		}
	}
	for _, r := range p.runs {
		if !slices.Contains(p.chosen, r.ID) {
			continue
		}
		res, err := c.desk.store.Results(ctx, r.ID)
		if err != nil {
			return p, err
		}
		p.results = append(p.results, res...)
		p.authors[r.ID] = r.Author
		for _, who := range in[r.ID] {
			if !slices.Contains(p.who, who) {
				p.who = append(p.who, who)
			}
		}
	}
	return p, nil
}

package store

import (
	"context"

	"galley/session"
	"galley/session/stats"
)

// speedOver is how many answers of a model, the newest, its speed is taken from.
const speedOver = 50

// Speeds tells how fast models answered before: the medians over their newest
// answers that were asked for and timed. A model without any is not in it; where
// none has a first text or a rate, that median is 0.
func (s *Store) Speeds(ctx context.Context, models []string) (map[string]session.Speed, error) {
	out := map[string]session.Speed{}
	for _, m := range models {
		if _, done := out[m]; done || m == "" {
			continue
		}
		timings, err := collect(ctx, s.read, func(r scanner) (t session.Timing, err error) {
			err = r.Scan(&t.TotalMS, &t.TTFTMS, &t.TokensPerS)
			return t, err
		}, `SELECT total_ms, ttft_ms, tokens_per_s FROM outputs WHERE timed = ? AND timed <> '' ORDER BY cell_id DESC LIMIT ?`, m, speedOver)
		if err != nil {
			return nil, s.wrap(err)
		}
		if len(timings) == 0 {
			continue
		}
		var total, first, rate []float64
		for _, t := range timings {
			total = append(total, float64(t.TotalMS))
			if t.TTFTMS > 0 {
				first = append(first, float64(t.TTFTMS))
			}
			if t.TokensPerS > 0 {
				rate = append(rate, t.TokensPerS)
			}
		}
		out[m] = session.Speed{Answers: len(timings), TotalMS: mean(total), TTFTMS: median(first), TokensPerS: median(rate)}
	}
	return out, nil
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(max(1, len(x)))
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return stats.Median(x)
}

package backend

import (
	"reflect"
	"testing"

	"galley/session"
	"galley/session/text"
)

func TestSamplerOf(t *testing.T) {
	t.Parallel()
	zero, half, seed, k := 0.0, 0.5, int64(40), 20
	for name, c := range map[string]struct {
		params session.Params
		take   int
		want   sampler
	}{
		"nothing set is neutral": {session.Params{}, 1, sampler{Temperature: 1, TopP: 1, RepeatPenalty: 1, Seed: 1}},
		"takes differ":           {session.Params{}, 3, sampler{Temperature: 1, TopP: 1, RepeatPenalty: 1, Seed: 3}},
		"zero is a value": {session.Params{Temperature: &zero, TopP: &zero, RepeatPenalty: &zero, Seed: new(int64)}, 1,
			sampler{}},
		"all set": {
			session.Params{Temperature: &half, TopK: &k, TopP: &half, MinP: &half, RepeatPenalty: &half, Presence: &half, Frequency: &half,
				Seed: &seed, MaxTokens: 9, Stop: []text.Raw{"."}}, 2,
			sampler{Temperature: 0.5, TopK: 20, TopP: 0.5, MinP: 0.5, RepeatPenalty: 0.5, Presence: 0.5, Frequency: 0.5, Seed: 41, MaxTokens: 9, Stop: []text.Raw{"."}},
		},
	} {
		if got := samplerOf(c.params, c.take); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestSeed32(t *testing.T) {
	t.Parallel()
	for seed, ok := range map[int64]bool{0: true, 1: true, 1<<32 - 2: true, 1<<32 - 1: false, -1: false, 1 << 40: false} {
		if err := (sampler{Seed: seed}).seed32(); (err == nil) != ok {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

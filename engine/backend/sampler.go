package backend

import (
	"fmt"
	"math"

	"galley/session"
	"galley/session/text"
)

// sampler holds every value that decides how a local engine draws its tokens.
// Engines differ in their defaults enough to change even a greedy answer, so all
// of it is always sent: what a variant leaves unset is neutral, and no engine, and
// no setting of a model in an engine, decides instead.
type sampler struct {
	Temperature   float64
	TopK          int // 0: off
	TopP          float64
	MinP          float64
	RepeatPenalty float64
	Presence      float64
	Frequency     float64
	Seed          int64 // of the take
	MaxTokens     int   // 0: until the model ends, or its context is full
	Stop          []text.Raw
}

// neutral is what stands for a value that a variant leaves unset: the model's own
// distribution, untouched. The seed is fixed too: what is sent is decided before
// the run, and the takes differ as they do with a seed that was set.
var neutral = sampler{
	Temperature:   1,
	TopK:          0,
	TopP:          1,
	MinP:          0,
	RepeatPenalty: 1,
	Presence:      0,
	Frequency:     0,
	Seed:          1,
}

// samplerOf is what the parameters ask of a local engine for a take, from 1.
func samplerOf(p session.Params, take int) sampler {
	s := neutral
	set(&s.Temperature, p.Temperature)
	set(&s.TopK, p.TopK)
	set(&s.TopP, p.TopP)
	set(&s.MinP, p.MinP)
	set(&s.RepeatPenalty, p.RepeatPenalty)
	set(&s.Presence, p.Presence)
	set(&s.Frequency, p.Frequency)
	set(&s.Seed, p.Seed)
	s.Seed += int64(max(take, 1)) - 1
	s.MaxTokens = p.MaxTokens
	s.Stop = p.Stop
	return s
}

func set[T any](at, v *T) {
	if v != nil {
		*at = *v
	}
}

// seed32 refuses a seed that an engine of 32 bits would take for another one, or
// for a wish to draw one.
func (s sampler) seed32() error {
	if s.Seed < 0 || s.Seed >= math.MaxUint32 {
		return fmt.Errorf("seed %d can't be had: this engine's seeds go from 0 to %d; set another in the variant", s.Seed, uint32(math.MaxUint32-1))
	}
	return nil
}

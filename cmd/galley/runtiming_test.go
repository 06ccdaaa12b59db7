package main

import (
	"slices"
	"testing"

	"galley/session"
	"galley/session/text"
)

// What is not as it was asked for is told at the end of a run, once for a model.
func TestOtherwise(t *testing.T) {
	of := func(asked, by string, cut bool) session.Result {
		r := session.Result{Output: session.Output{Model: text.Raw(by), Cut: cut}}
		r.Cell.Contestant.Model = asked
		return r
	}
	for _, c := range []struct {
		results []session.Result
		want    []string
	}{
		{nil, nil},
		{[]session.Result{of("o/gpt-5", "gpt-5-2025-08-07", false), of("gpu/qwen3-8b.gguf", "Qwen3-8B", false), of("a/m", "", false), of("human/me", "ann", false)}, nil},
		{[]session.Result{of("l/nope", "tiny", false), of("l/nope", "tiny", true), of("l/tiny", "tiny", true)}, []string{
			"l/nope was answered by what its server calls tiny; galley models lists what it has",
			"a part of 2 inputs was not there when the model read it; galley show OUTPUT says what is missing",
		}},
	} {
		if got := otherwise(c.results); !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

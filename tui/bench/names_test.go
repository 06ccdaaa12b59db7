package bench

import (
	"testing"

	"galley/session"
)

// Two backends may have a model of one name, and columns are told apart.
func TestModelsOfOneName(t *testing.T) {
	b := &board{cols: []column{
		{who: session.Contestant{Model: "lab/qwen"}}, {who: session.Contestant{Model: "hub/qwen"}}, {who: session.Contestant{Model: "hub/gemma"}},
		{who: session.Contestant{Model: "hub/gemma"}},
	}}
	for ref, want := range map[string]string{"lab/qwen": "lab/qwen", "hub/qwen": "hub/qwen", "hub/gemma": "gemma"} {
		if got := b.modelName(ref); got != want {
			t.Errorf("%s is called %s, want %s", ref, got, want)
		}
	}
}

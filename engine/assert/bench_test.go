package assert_test

import (
	"fmt"
	"strings"
	"testing"

	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
)

// BenchmarkGrade holds ten assertions against ten thousand outputs; the issue
// wants it under two seconds.
func BenchmarkGrade(b *testing.B) {
	s := suite(b, "icontains: refund", "not-icontains-any: as an AI, I cannot", "contains: {{order}}", "word-count: 15..200", "sentence-count: 1..30",
		`regex: order #\d{4}`, "starts-with: Dear", "not-is-refusal", "finish-reason: stop", "not-is-json")
	results := make([]session.Result, 10_000)
	for i := range results {
		order := text.Raw(fmt.Sprint(1000 + i%9000))
		r := said("Dear Ana,\n\nthank you for writing. Your order #" + order + " was charged twice. We refund it today. " + text.Raw(strings.Repeat("We are sorry for the trouble. ", 20)))
		r.Cell.ID, r.Cell.CaseVars = int64(i), []session.Var{{Name: "order", Value: order}}
		results[i] = r
	}
	for b.Loop() {
		got, err := assert.Grade(s, results)
		if err != nil || got[0].Status != session.CheckPass {
			b.Fatal(err, got[0])
		}
	}
}

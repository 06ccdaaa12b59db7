package main

import (
	"testing"

	"galley/session/report"
)

// Of fewer than ten repeats no share is told.
func TestSelfAgreement(t *testing.T) {
	for again, want := range map[int]bool{0: false, 9: false, 10: true, 20: true} {
		j := toReportJSON(report.Report{Judges: []report.Judge{{Judge: "ana", Again: again, Same: again / 2}}}).Judges[0]
		if (j.SelfAgreement != nil) != want || j.Repeats != again {
			t.Errorf("%d repeats: %v of %d", again, j.SelfAgreement, j.Repeats)
		}
		if want && *j.SelfAgreement != 0.5 {
			t.Errorf("%d repeats: %v, want 0.5", again, *j.SelfAgreement)
		}
	}
}

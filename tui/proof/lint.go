package proof

import (
	"galley/session"
)

func check(p session.Proof, c session.Content, k session.Case) []finding { return nil }

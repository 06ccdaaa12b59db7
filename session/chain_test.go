package session_test

import (
	"testing"

	"galley/session"
	"galley/session/text"
)

func TestCompareBound(t *testing.T) {
	before := map[text.Raw]text.Raw{"a": "1", "b": "2", "c": "3"}
	after := map[text.Raw]text.Raw{"a": "1", "b": "other", "d": "4", "e": "5"}
	if got := session.CompareBound(before, after); got != (session.BoundChange{Both: 2, Differ: 1, Missing: 1, New: 2}) {
		t.Errorf("%+v", got)
	}
	if got := session.CompareBound(before, before); got != (session.BoundChange{Both: 3}) {
		t.Errorf("the same changes %+v", got)
	}
	if got := session.CompareBound(nil, after); got != (session.BoundChange{New: 4}) {
		t.Errorf("from nothing: %+v", got)
	}
}

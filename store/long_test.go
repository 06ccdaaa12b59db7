package store

import (
	"context"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

// peak is the most memory that this process has had since the peak was reset, in
// bytes; false where the system does not tell.
func peak() (int64, bool) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for l := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(l, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v), "kB")), 10, 64)
			return n << 10, err == nil
		}
	}
	return 0, false
}

// To keep and to index a long answer takes its length twice, which is what one row
// takes in SQLite: what is bound, and the record. It is found by its last word.
func TestLongAnswerTakesItsLengthTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector takes memory of its own")
	}
	s := create(t)
	_, cells := start(t, s, variant(t, s, prompt(t, s, "p"), "a", "b"), 1, "me")
	const size = 48 << 20
	long := text.Raw(strings.Repeat("soup and bread. ", size/16) + "Zwiebelkuchen")
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skip("this system keeps no peak of memory:", err)
	}
	before, ok := peak()
	if !ok {
		t.Skip("this system tells no peak of memory")
	}
	if err := ask(s, cells[0], session.Output{CellID: cells[0].ID, Status: session.StatusDone, Text: long}); err != nil {
		t.Fatal(err)
	}
	after, _ := peak()
	t.Logf("%d MiB for an answer of %d MiB", (after-before)>>20, size>>20)
	if after-before > 3*size {
		t.Errorf("to keep %d MiB took %d MiB", size>>20, (after-before)>>20)
	}
	got, err := s.Results(context.Background(), cells[0].RunID)
	if err != nil || got[0].Output.Text != long {
		t.Errorf("it came back with %d bytes: %v", len(got[0].Output.Text), err)
	}
	if hits, err := s.Search(context.Background(), "Zwiebelkuchen", 5); err != nil || len(hits) != 1 {
		t.Errorf("found %v, %v", hits, err)
	}
}

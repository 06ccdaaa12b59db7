package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
)

// A short text is kept once a second while it grows; a long one when it has grown by
// a part of itself or ten seconds passed, not for every word. What comes of either is
// whole, and what was drained of it is not touched by what came after.
func TestLongTextsAreKeptSeldom(t *testing.T) {
	for _, c := range []struct{ bytes, least, most int }{{100, 15, 31}, {5 << 20, 3, 6}} {
		synctest.Test(t, func(t *testing.T) {
			want := strings.Repeat("soup ", c.bytes/5)
			a := &able{fake: fake{traits: backend.Traits{Concurrency: 1, Local: true, Free: true}}}
			a.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
				if !yield(backend.Chunk{Text: text.Raw(want)}, nil) {
					return
				}
				says(time.Second, strings.Split(strings.Repeat("word,", 29)+"end", ",")...)(ctx, n, w, yield)
			}
			r, rec := ableRunner(t, a, nil)
			j := start(t, r, matrix(1, "lab/m"))
			var seen []text.Raw
			for range j.Bell() {
				for _, u := range j.Drain() {
					seen = append(seen, u.Text)
				}
			}
			if _, err := j.Wait(); err != nil {
				t.Fatal(err)
			}
			want += strings.Repeat("word", 29) + "end"
			var drained text.Raw
			for _, s := range seen {
				drained += s
			}
			if got := rec.Results(j.Run().ID)[0].Output; string(got.Text) != want || string(drained) != want {
				t.Errorf("%d bytes kept, %d drained, want %d", len(got.Text), len(drained), len(want))
			}
			if n := rec.Checkpoints(); n < c.least || n > c.most {
				t.Errorf("a text of %d bytes was kept %d times, want %d to %d", c.bytes, n, c.least, c.most)
			}
			sound(t, rec)
		})
	}
}

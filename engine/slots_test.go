package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// slots is a model whose server keeps one prompt for each place: a request goes to
// the free place that begins most like it, if a tenth of it is there, else to the
// one that was free longest. A byte is a token.
type slots struct {
	shared bool // blocks that all requests share, once they were read

	mu       sync.Mutex
	prompts  map[string]string // by wire hash
	kept     []string
	busy     []bool
	used     []int
	clock    int
	cache    []string
	computed int
	most     int
	going    int
}

func newSlots(n int) *slots {
	return &slots{prompts: map[string]string{}, kept: make([]string, n), busy: make([]bool, n), used: make([]int, n)}
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func prompt(p session.Proof) string {
	var b strings.Builder
	for _, m := range p.Messages {
		b.WriteString(string(m.Content))
	}
	return b.String()
}

// begin takes a place; -1: all are busy.
func (s *slots) begin(p string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.going++
	s.most = max(s.most, s.going)
	if s.shared {
		best := 0
		for _, c := range s.cache {
			best = max(best, common(c, p))
		}
		s.computed += len(p) - best
		return 0
	}
	best, at, like := -1, -1, 0
	for i := range s.kept {
		if s.busy[i] {
			continue
		}
		if c := common(s.kept[i], p); c > like && c*10 > len(p) {
			best, like = i, c
		}
		if at < 0 || s.used[i] < s.used[at] {
			at = i
		}
	}
	if best < 0 {
		best = at
	}
	if best < 0 {
		return -1
	}
	s.busy[best] = true
	s.computed += len(p) - common(s.kept[best], p)
	return best
}

func (s *slots) end(i int, p string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.going--
	if s.shared {
		s.cache = append(s.cache, p)
		return
	}
	s.clock++
	s.busy[i], s.kept[i], s.used[i] = false, p, s.clock
}

// Wire, Stream and the rest make it a backend.
type slotted struct {
	*slots
	fake
	pin   session.Pin
	after func(model string) // finds out what was evaluated
}

func (s *slotted) Evidence(_ context.Context, r backend.Request, _ session.Wire, got session.Evaluated) (session.Evaluated, error) {
	if s.after != nil {
		s.after(r.Model)
	}
	return got, nil
}

func (s *slotted) Pin(context.Context, string) (session.Pin, error) { return s.pin, nil }

func (s *slotted) Wire(r backend.Request) (session.Wire, error) {
	w := session.NewWire("POST", "/x", []byte(fmt.Sprint(r.Model, prompt(r.Proof), r.Take, r.Repeatable)))
	s.mu().Lock()
	s.prompts[w.Hash] = prompt(r.Proof)
	s.mu().Unlock()
	return w, nil
}

func (s *slotted) mu() *sync.Mutex { return &s.slots.mu }

func newSlotted(n int, t backend.Traits) *slotted {
	s := &slotted{slots: newSlots(n), fake: fake{traits: t}, pin: session.Pin{Slots: n}}
	s.play = func(ctx context.Context, call int, w session.Wire, yield func(backend.Chunk, error) bool) {
		s.mu().Lock()
		p := s.prompts[w.Hash]
		s.mu().Unlock()
		i := s.begin(p)
		if i < 0 {
			yield(backend.Chunk{}, &session.CallError{Kind: "server", Message: "more requests than places"})
			return
		}
		says(time.Duration(40+call*7%13)*time.Millisecond, "a", "b")(ctx, call, w, yield)
		s.end(i, p)
	}
	return s
}

// job is variants × cases with long beginnings: most is what has to be read at
// least, each beginning once.
func variantsByCases(variants, cases int, model string) (m engine.Matrix, least, long int) {
	return variantsOf(40, variants, cases, model)
}

// variantsOf is variantsByCases with beginnings of so many sentences.
func variantsOf(rules, variants, cases int, model string) (m engine.Matrix, least, long int) {
	m = engine.Matrix{PromptID: 1, Prompt: "p", NoCache: true}
	for v := range variants {
		system := text.Raw(strings.Repeat(fmt.Sprintf("%c%d rule of the house. ", 'A'+v%26, v), rules))
		content := session.Content{Params: session.Params{MaxTokens: 10}, Blocks: []session.Block{
			{Kind: session.KindSystem, Role: session.RoleSystem, Text: system},
			{Kind: session.KindInput, Role: session.RoleUser, Text: "{{q}}"},
		}}
		m.Entries = append(m.Entries, engine.Entry{Content: content, Contestant: session.Contestant{
			RevisionID: int64(v + 1), Model: model, Variant: session.VariantRef{Prompt: "p", Variant: fmt.Sprint("v", v), Revision: 1}}})
		least += len(system)
		long = max(long, len(system))
	}
	for c := range cases {
		// No two cases begin alike.
		q := text.Raw(string(rune('a'+c/26)) + string(rune('a'+c%26)) + " is what is asked")
		m.Cases = append(m.Cases, session.Case{ID: int64(c + 1), Name: q, Vars: []session.Var{{Name: "q", Value: q}}})
		least += variants * len(q)
	}
	return m, least, long
}

// reuse is what rests of one case spare of the next: the letters that they begin
// with. Cases of one group are asked in order.
func reuse(m engine.Matrix) int {
	n := 0
	for i := 1; i < len(m.Cases); i++ {
		n += common(string(m.Cases[i-1].Vars[0].Value), string(m.Cases[i].Vars[0].Value))
	}
	return n * len(m.Entries)
}

// Each beginning is read once, whatever the matrix: the work is the least there is.
func TestLanesReadEachBeginningOnce(t *testing.T) {
	for _, k := range []struct {
		variants, cases, slots int
		extra                  int // beginnings that may be read once more
	}{
		{8, 8, 4, 0}, {6, 6, 4, 0}, {5, 15, 4, 0}, {4, 30, 4, 0}, {1, 60, 4, 3}, {2, 30, 4, 2}, {8, 40, 4, 4}, {3, 8, 1, 0}, {12, 5, 3, 0},
	} {
		for _, slow := range []time.Duration{0, 300 * time.Millisecond} {
			t.Run(fmt.Sprintf("%dx%d on %d, %s", k.variants, k.cases, k.slots, slow), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSlotted(k.slots, backend.Traits{Concurrency: 9, Prefix: backend.PrefixPerSlot})
					if slow > 0 {
						quick := s.play
						s.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
							time.Sleep(slow)
							quick(ctx, n, w, yield)
						}
					}
					m, least, long := variantsByCases(k.variants, k.cases, "lab/m")
					run, computed := runSlotted(t, s, m)
					least -= reuse(m)
					if run.Done != k.variants*k.cases || computed < least || computed > least+k.extra*(long+16) {
						t.Errorf("%d done; %d bytes read, the least is %d, one beginning %d", run.Done, computed, least, long)
					}
					if s.most > k.slots || k.variants >= k.slots && s.most < k.slots {
						t.Errorf("%d at once", s.most)
					}
				})
			})
		}
	}
}

func runSlotted(t *testing.T, s *slotted, m engine.Matrix) (session.Run, int) {
	t.Helper()
	set, err := backend.NewSet(nil, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	set.Put(backend.Config{Name: "lab", Kind: "openai"}, s)
	rec := &backendtest.Recorder{}
	run, err := start(t, engine.New(set, rec, engine.Options{}), m).Wait()
	if err != nil {
		t.Fatal(err)
	}
	sound(t, rec)
	s.mu().Lock()
	defer s.mu().Unlock()
	return run, s.computed
}

// Short beginnings are read once as well, where every place has one of its own.
func TestLanesReadShortBeginningsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlotted(4, backend.Traits{Concurrency: 4, Prefix: backend.PrefixPerSlot})
		m, least, long := variantsOf(5, 8, 8, "lab/m")
		if long >= 256 {
			t.Fatal(long)
		}
		run, computed := runSlotted(t, s, m)
		if least -= reuse(m); run.Done != 64 || computed != least || s.most != 4 {
			t.Errorf("%+v: %d bytes read, the least is %d, %d at once", run, computed, least, s.most)
		}
	})
}

// Where requests share what was read, one of each beginning goes first and the
// rest at once.
func TestSharedPrefixesAreReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlotted(1, backend.Traits{Concurrency: 16, Prefix: backend.PrefixShared})
		s.shared = true
		m, least, _ := variantsByCases(4, 30, "lab/m")
		run, computed := runSlotted(t, s, m)
		if run.Done != 120 || computed > least || s.most != 16 {
			t.Errorf("%+v: %d of %d, %d at once", run, computed, least, s.most)
		}
	})
}

// One model after the other, where a server holds one.
func TestOneModelAfterTheOther(t *testing.T) {
	for _, kind := range []backend.PrefixCache{backend.PrefixUnknown, backend.PrefixPerSlot, backend.PrefixShared} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var asked []string
			models := map[string]string{}
			s := newSlotted(3, backend.Traits{Concurrency: 3, Prefix: kind, OneModel: true})
			s.pin = session.Pin{}
			// What is asked of a model after its answers would load it again, too.
			s.after = func(model string) {
				for range 2 {
					mu.Lock()
					asked = append(asked, "lab/"+model)
					mu.Unlock()
					time.Sleep(200 * time.Millisecond)
				}
			}
			m, _, _ := variantsByCases(2, 10, "lab/one")
			for _, e := range slices.Clone(m.Entries) {
				e.Contestant.Model = "lab/two"
				m.Entries = append(m.Entries, e)
			}
			p, err := m.Plan()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Cells {
				w, _ := s.Wire(backend.Request{Model: c.Cell.Contestant.Model[4:], Proof: p.Proofs[c.Proof], Take: 1})
				models[w.Hash] = c.Cell.Contestant.Model
			}
			s.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
				mu.Lock()
				asked = append(asked, models[w.Hash])
				mu.Unlock()
				says(50*time.Millisecond, "ab")(ctx, n, w, yield)
				mu.Lock()
				asked = append(asked, models[w.Hash])
				mu.Unlock()
			}
			if run, _ := runSlotted(t, s, m); run.Done != 40 {
				t.Errorf("%+v", run)
			}
			changes := 0
			for i := 1; i < len(asked); i++ {
				if asked[i] != asked[i-1] {
					changes++
				}
			}
			if changes != 1 {
				t.Errorf("%v: the model changed %d times: %v", kind, changes, asked)
			}
		})
	}
}

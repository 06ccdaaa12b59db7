package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

// shuffled is a study of order as people ask it: rules, five shots, cases.
func shuffled(t *testing.T, cases int, studyID int64) engine.Plan {
	t.Helper()
	return shuffledOf(t, 16, cases, studyID)
}

// shuffledOf is shuffled with shots of so many sentences.
func shuffledOf(t *testing.T, long, cases int, studyID int64) engine.Plan {
	t.Helper()
	rules := session.NewBlock("r", session.KindSystem)
	rules.Role, rules.Text = session.RoleSystem, text.Raw(strings.Repeat("A rule of the house. ", 50))
	shots := session.NewBlock("s", session.KindShots)
	for i := range 5 {
		shots.Shots = append(shots.Shots, session.Shot{
			UID: fmt.Sprint(i), Name: text.Raw(fmt.Sprint("s", i)), Input: text.Raw(strings.Repeat(fmt.Sprintf("%c said so. ", 'A'+i), long)), Output: "label",
		})
	}
	input := session.NewBlock("i", session.KindInput)
	input.Text = "{{q}}"
	content := session.Content{Blocks: []session.Block{rules, shots, input}, Params: session.Params{MaxTokens: 8}}
	var all []session.Case
	for i := range cases {
		q := text.Raw(fmt.Sprintf("%c%c ", 'a'+i/26, 'a'+i%26) + strings.Repeat("what is asked, ", 10))
		all = append(all, session.Case{ID: int64(i + 1), Name: text.Raw(fmt.Sprint("c", i+1)), Vars: []session.Var{{Name: "q", Value: q}}})
	}
	spec := study.Spec{Kind: study.KindOrder, Variant: "p/v@1", Orders: study.Orders(10, 1), Repeats: 10, Seed: 1}
	arms, err := spec.Arms(study.Input{Content: content}, 1)
	if err != nil {
		t.Fatal(err)
	}
	m := engine.Matrix{NoCache: true, Entries: []engine.Entry{{Contestant: session.Contestant{Model: "lab/m"}, Content: content}}, Cases: spec.Deal(all)}
	p, err := m.Study(arms, studyID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// asked runs a plan on a server with places and says, by tenths of the answers, how
// many cases had all of theirs, and what was read.
func asked(t *testing.T, s *slotted, p engine.Plan) (complete [11]int, computed int) {
	t.Helper()
	set, err := backend.NewSet(nil, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	set.Put(backend.Config{Name: "lab", Kind: "openai"}, s)
	rec := &backendtest.Recorder{}
	r := engine.New(set, rec, engine.Options{})
	defer r.Close()
	j, err := r.Start(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	left := map[session.CaseKey]int{}
	for _, c := range p.Cells {
		left[c.Cell.Case()]++
	}
	n, done := 0, 0
	take := func() {
		for _, u := range j.Drain() {
			if u.Final == nil {
				continue
			}
			k := p.Cells[u.Index].Cell.Case()
			if left[k]--; left[k] == 0 {
				done++
			}
			n++
			complete[10*n/len(p.Cells)] = done
		}
	}
	for range j.Bell() {
		take()
	}
	take()
	if run, err := j.Wait(); err != nil || run.Done != len(p.Cells) {
		t.Fatalf("%+v, %v", run, err)
	}
	sound(t, rec)
	s.mu().Lock()
	defer s.mu().Unlock()
	return complete, s.computed
}

// A study that is half done can be read on a good part of its cases, and the server
// reads little more for it than where one beginning is asked to its end.
func TestStudiesAreDealtInBlocksOfCases(t *testing.T) {
	for name, traits := range map[string]backend.Traits{
		"places":     {Concurrency: 4, Prefix: backend.PrefixPerSlot},
		"one place":  {Concurrency: 1, Prefix: backend.PrefixPerSlot},
		"shared":     {Concurrency: 8, Prefix: backend.PrefixShared},
		"no keeping": {Concurrency: 4},
	} {
		t.Run(name, func(t *testing.T) {
			var whole int
			for _, studyID := range []int64{0, 7} { // 0: a run like any other
				synctest.Test(t, func(t *testing.T) {
					s := newSlotted(traits.Concurrency, traits)
					s.shared = traits.Prefix == backend.PrefixShared
					complete, computed := asked(t, s, shuffled(t, 48, studyID))
					t.Logf("study %d: %v cases at tenths, %d bytes read", studyID, complete, computed)
					switch {
					case studyID == 0:
						whole = computed
						if traits.Prefix != backend.PrefixUnknown && complete[5] > 5 {
							t.Errorf("without blocks %d cases are complete half way: the test shows nothing", complete[5])
						}
					case complete[3] < 5 || complete[5] < 10 || complete[10] != 48:
						t.Errorf("cases that are complete at tenths of the study: %v", complete)
					case float64(computed) > 1.2*float64(whole):
						t.Errorf("%d bytes read, %d without blocks", computed, whole)
					}
				})
			}
		})
	}
}

// Where beginnings are long and cases few and short, reading them again would cost
// too much: each is asked to its end.
func TestBlocksThatCostTooMuchAreNotMade(t *testing.T) {
	var whole int
	for _, studyID := range []int64{0, 7} {
		synctest.Test(t, func(t *testing.T) {
			s := newSlotted(2, backend.Traits{Concurrency: 2, Prefix: backend.PrefixPerSlot})
			_, computed := asked(t, s, shuffled(t, 6, studyID))
			if studyID == 0 {
				whole = computed
			} else if float64(computed) > 1.05*float64(whole) {
				t.Errorf("%d bytes read, %d without blocks", computed, whole)
			}
		})
	}
}

// Where blocks would cost too much, the estimate says that the study is read late.
func TestEstimateSaysWhatIsReadLate(t *testing.T) {
	for _, k := range []struct {
		prefix backend.PrefixCache
		shot   int
		late   bool
	}{{backend.PrefixPerSlot, 16, false}, {backend.PrefixPerSlot, 400, true}, {backend.PrefixUnknown, 400, false}} {
		s := newSlotted(4, backend.Traits{Concurrency: 4, Prefix: k.prefix})
		set, err := backend.NewSet(nil, nil, backend.Embedded{})
		if err != nil {
			t.Fatal(err)
		}
		set.Put(backend.Config{Name: "lab", Kind: "openai"}, s)
		r := engine.New(set, &backendtest.Recorder{}, engine.Options{})
		p := shuffledOf(t, k.shot, 48, 0)
		e, err := r.Estimate(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(e.Warnings, "\n"), "little to read of the study before it is nearly done"); got != k.late {
			t.Errorf("%v, %d: %q", k.prefix, k.shot, e.Warnings)
		}
		r.Close()
	}
}

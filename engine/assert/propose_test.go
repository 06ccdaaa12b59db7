package assert_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
)

// out is an output of a case.
func out(id int64, kase text.Raw, said text.Raw, vars ...session.Var) session.Result {
	r := session.Result{Cell: session.Cell{ID: id, CaseID: 100 + id/2, CaseName: kase, CaseVars: vars}}
	r.Output = session.Output{CellID: id, Status: session.StatusDone, Finish: "stop", Text: said, Attempts: 1}
	return r
}

// replies are answers to customers: good ones greet by name, name the order, and
// are short; bad ones say that they are an AI and go on.
func replies() (winner, loser session.Result, judged []assert.Judged) {
	names := []string{"Ana", "Ben", "Chi", "Dov", "Eva", "Fay", "Gus", "Hal"}
	goods := []string{
		"We are sorry for the double charge on order %s. The second one is refunded today, and a blue note follows.",
		"We are sorry that order %s is late. It left our house this morning.",
		"Order %s was cancelled as you asked. We are sorry to see you go.",
		"We are sorry that the lamp in order %s is broken. A new one is on its way.",
		"Your refund for order %s is done. We are sorry it took so long.",
		"We are sorry: order %s went to the old address. We send it again.",
		"Order %s will be there on Monday. We are sorry for the wait.",
		"We are sorry that the size in order %s is wrong. Please keep it, we send another.",
	}
	bads := []string{
		"Sure! As an AI model I can tell you that there are many reasons why a charge may be seen twice, and that it is best to look at your bank statement first. Feel free to reach out to the purple team! I hope this helps you with your question about the payment and all that comes with it.",
		"Sure! As an AI model I can not see your order, but packages are often late for many reasons such as weather, traffic and holidays. Feel free to ask anything else about the way that packages take from one place to the next!",
		"As an AI model I understand. Cancelling is something that can be done in many ways, in the app, on the site and by phone, and each of them has its own rules. Feel free to tell me more about it so that I can help you further with this matter!",
		"Sure! Lamps break. As an AI model I suggest to look at the warranty of the lamp, at the shop where it was bought and at the law of your country. Feel free to ask for more information on any of those topics, and I will be glad to write it!",
		"Sure! Refunds take time. As an AI model I would wait for some more days and then write again to the shop with all of the papers that you have at hand. Feel free to come back to me at any time that suits you with further questions!",
		"As an AI model I know that addresses change, and that it is good to keep them up to date in all places at all times. Feel free to change yours in the settings of the app, on the page that is called profile, under the word address!",
	}
	id := int64(1)
	for i, g := range goods {
		order := fmt.Sprint(8841 + 7*i)
		vars := []session.Var{{Name: "name", Value: text.Raw(names[i])}, {Name: "order", Value: text.Raw(order)}, {Name: "question", Value: text.Raw("Something is wrong with " + order + ", can you help?")}}
		kase := text.Raw(fmt.Sprint("c", i+1))
		good := out(id, kase, text.Raw("Dear "+names[i]+",\n"+fmt.Sprintf(g, order)), vars...)
		good.Cell.CaseID = int64(i + 1)
		id++
		if i == 0 {
			winner = good
		}
		judged = append(judged, assert.Judged{Result: good, Good: true})
		if i < len(bads) {
			bad := out(id, kase, text.Raw(bads[i]), vars...)
			bad.Cell.CaseID = int64(i + 1)
			id++
			if i == 0 {
				loser = bad
			}
			judged = append(judged, assert.Judged{Result: bad})
		}
	}
	return winner, loser, judged
}

func list(ps []assert.Proposal) string {
	var b strings.Builder
	for _, p := range ps {
		fmt.Fprintf(&b, "%-55s lucky %-5v %s | %s\n", p.Assertion.Spec(), p.Lucky, p.Sentence, p.Why)
	}
	return b.String()
}

func find(ps []assert.Proposal, part string) int {
	return slices.IndexFunc(ps, func(p assert.Proposal) bool { return strings.Contains(p.Assertion.Spec(), part) })
}

// What good answers share is first, what one pair shares by chance is last and
// says so, and every number is what a recount gives.
func TestProposeFromAVerdict(t *testing.T) {
	winner, loser, judged := replies()
	began := time.Now()
	ps := assert.Propose([]session.Result{winner}, []session.Result{loser}, judged)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	t.Log("\n" + list(ps))
	if len(ps) < 6 || len(ps) > 12 {
		t.Fatalf("%d proposals", len(ps))
	}
	for _, want := range []string{"{{order}}", "AI model", "sorry", "starts-with: Dear", "word-count: .."} {
		if i := find(ps, want); i < 0 || ps[i].Lucky {
			t.Errorf("%q is not among them", want)
		}
	}
	if p := ps[0]; p.Lucky || p.Alignment < 0.99 || p.Good != 7 || p.Bad != 5 || p.Sentence != "fails 5 of 5 bad, passes 7 of 7 good elsewhere" {
		t.Errorf("first: %+v", p.Sentence)
	}
	for _, chance := range []string{"blue", "purple", "double charge", "8841"} {
		if i := find(ps, chance); i >= 0 && !ps[i].Lucky {
			t.Errorf("%q is by chance: %s", chance, ps[i].Sentence)
		}
	}
	lucky, kinds, seen := false, map[session.AssertKind]bool{}, map[string]bool{}
	for _, p := range ps {
		if lucky && !p.Lucky {
			t.Errorf("%s stands below what is luck", p.Assertion)
		}
		lucky = lucky || p.Lucky
		kinds[p.Kind] = true
		if seen[p.Assertion.Spec()] || p.Why == "" || p.Weight != 1 || p.Tried < len(ps) || p.Check() != nil {
			t.Errorf("%s: %q, %d tried", p.Assertion, p.Why, p.Tried)
		}
		seen[p.Assertion.Spec()] = true
		recount(t, p)
		if len(p.Rows) < 2 || p.Rows[0].Result.Cell.ID != winner.Cell.ID || !p.Rows[0].Origin || !p.Rows[0].Pass || p.Rows[1].Result.Cell.ID != loser.Cell.ID || !p.Rows[1].Origin || p.Rows[1].Pass {
			t.Errorf("%s does not begin with what it came from", p.Assertion)
		}
	}
	if len(kinds) < 4 {
		t.Errorf("only %d kinds", len(kinds))
	}
	if again := list(assert.Propose([]session.Result{winner}, []session.Result{loser}, judged)); again != list(ps) {
		t.Error("the same verdict, other proposals")
	}
}

// recount holds a proposal against its rows again. What was learned from good
// outputs is counted on others, so that only its bad ones can be told from rows.
func recount(t *testing.T, p assert.Proposal) {
	t.Helper()
	e, err := assert.Compile(p.Assertion)
	if err != nil {
		t.Errorf("%s: %v", p.Assertion, err)
		return
	}
	bad, fail := 0, 0
	for _, r := range p.Rows {
		if got := e.Eval(r.Result); got.Pass != r.Pass || got.Message != r.Message {
			t.Errorf("%s: %+v, %+v", p.Assertion, got, r)
		}
		if !r.Good && !r.Origin {
			if bad++; !r.Pass {
				fail++
			}
		}
	}
	if bad != p.Bad || fail != p.BadFail {
		t.Errorf("%s: %d of %d bad, recounted %d of %d", p.Assertion, p.BadFail, p.Bad, fail, bad)
	}
	if p.Bad == 0 != math.IsNaN(p.Coverage) || p.Good == 0 != math.IsNaN(p.FFR) || (p.Bad == 0 || p.Good == 0) != math.IsNaN(p.Alignment) {
		t.Errorf("%s: coverage %g, FFR %g, alignment %g", p.Assertion, p.Coverage, p.FFR, p.Alignment)
	}
}

// With nothing else judged nothing can be known, and every proposal says so.
func TestProposeAlone(t *testing.T) {
	winner, loser, _ := replies()
	ps := assert.Propose([]session.Result{winner}, []session.Result{loser}, nil)
	if len(ps) < 3 {
		t.Fatal(list(ps))
	}
	for _, p := range ps {
		if !p.Lucky || !math.IsNaN(p.Coverage) || !strings.Contains(p.Sentence, "nothing else was judged") || !p.Rows[0].Pass || p.Rows[1].Pass || p.Assertion.CaseName != winner.Cell.CaseName {
			t.Errorf("%s: %s", p.Assertion, p.Sentence)
		}
	}
	// An answer that says the same is no other evidence.
	twin := loser
	twin.Cell.ID = 900
	for _, p := range assert.Propose([]session.Result{winner}, []session.Result{loser}, []assert.Judged{{Result: twin}}) {
		if p.Bad != 0 || !p.Lucky {
			t.Errorf("%s: %s", p.Assertion, p.Sentence)
		}
	}
	if ps := assert.Propose(nil, nil, nil); ps != nil {
		t.Error(list(ps))
	}
	for _, side := range []int{0, 1} {
		sides := [2][]session.Result{}
		sides[side] = []session.Result{winner}
		for _, p := range assert.Propose(sides[0], sides[1], nil) {
			if !p.Lucky {
				t.Errorf("%s: %s", p.Assertion, p.Sentence)
			}
		}
	}
}

// A correction: what the person wrote wins, and need not be a cell.
func TestProposeFromACorrection(t *testing.T) {
	var judged []assert.Judged
	for i, label := range []text.Raw{"billing", "bug", "billing", "other", "bug", "billing", "other", "bug"} {
		judged = append(judged, assert.Judged{Result: out(int64(i+1), text.Raw(fmt.Sprint("c", i)), label), Good: true})
	}
	for i := range 3 {
		judged = append(judged, assert.Judged{Result: out(int64(20+i), text.Raw(fmt.Sprint("d", i)), text.Raw(fmt.Sprintf("The category is billing, since it is about %d payments.", i+2)))})
	}
	loser := out(20, "d0", "The category is billing, since it is about 2 payments.")
	winner := loser
	winner.Cell.ID, winner.Output = 0, session.Output{Status: session.StatusDone, Text: "billing"}
	ps := assert.Propose([]session.Result{winner}, []session.Result{loser}, judged)
	t.Log("\n" + list(ps))
	for _, want := range []string{"regex: ^(billing|bug|other)$", "word-count: 1"} {
		if i := find(ps, want); i < 0 || ps[i].Lucky || ps[i].Good != 5 || ps[i].GoodPass != 5 || ps[i].Bad != 2 || ps[i].BadFail != 2 {
			t.Errorf("%s: %d", want, i)
		}
	}
	if i := find(ps, "equals: billing"); i < 0 || ps[i].CaseName != "d0" || !ps[i].Lucky {
		t.Errorf("the answer of this case: %d", i)
	}
}

// JSON: the shape of good answers, learned and counted on answers that it was not
// learned from.
func TestProposeJSON(t *testing.T) {
	var judged []assert.Judged
	for i := range 12 {
		s := fmt.Sprintf(`{"category": %q, "order": %d, "urgent": %v, "lang": "en"}`, []string{"billing", "bug", "other"}[i%3], 1000+i, i%2 == 0)
		judged = append(judged, assert.Judged{Result: out(int64(i+1), text.Raw(fmt.Sprint("c", i)), text.Raw(s)), Good: true})
	}
	for i, s := range []string{`{"category": "money", "order": 7, "urgent": true, "lang": "en"}`, `{"category": "bug", "order": "8", "urgent": false, "lang": "en"}`, "Here it is:\n```json\n{}\n```", `{"category": "bug"}`, `{"category": "bugs", "order": 4, "urgent": true, "lang": "de"}`} {
		judged = append(judged, assert.Judged{Result: out(int64(30+i), text.Raw(fmt.Sprint("c", i)), text.Raw(s))})
	}
	ps := assert.Propose([]session.Result{judged[0].Result}, []session.Result{judged[12].Result}, judged)
	t.Log("\n" + list(ps))
	i := find(ps, `"enum":["billing","bug","other"]`)
	if i != 0 || ps[i].Good != 11 || ps[i].GoodPass != 11 || ps[i].Bad != 4 || ps[i].BadFail != 4 {
		t.Errorf("the schema is at %d", i)
	}
	ps = assert.Propose([]session.Result{judged[0].Result}, []session.Result{judged[14].Result}, judged)
	t.Log("\n" + list(ps))
	if i := find(ps, "is-json"); i < 0 {
		t.Error("is-json")
	}
	ps = assert.Propose([]session.Result{judged[0].Result}, []session.Result{judged[16].Result}, judged)
	if i := find(ps, `json-path .lang: "en"`); i < 0 || ps[i].BadFail != 2 || ps[i].Good != 11 {
		t.Errorf("the stable field: %s", list(ps))
	}
	for _, p := range ps {
		if p.Kind == session.AssertWords {
			t.Errorf("words of JSON are no matter: %s", p.Assertion)
		}
	}
}

// A failure mode: many losers, all good ones as winners; all are counted.
func TestProposeFromAFailureMode(t *testing.T) {
	_, _, judged := replies()
	var winners, losers []session.Result
	for _, j := range judged {
		if j.Good {
			winners = append(winners, j.Result)
		} else {
			losers = append(losers, j.Result)
		}
	}
	ps := assert.Propose(winners, losers, judged)
	t.Log("\n" + list(ps))
	if p := ps[0]; p.Lucky || p.Good != 8 || p.Bad != 6 || p.BadFail != 6 || p.GoodPass != 8 || !strings.Contains(p.Sentence, "with those it came from") {
		t.Errorf("%s: %s", p.Assertion, p.Sentence)
	}
	if i := find(ps, "not-icontains: "); i < 0 || ps[i].BadFail < 5 {
		t.Error("nothing of what they have in common")
	}
}

func TestProposeRefusalAndForm(t *testing.T) {
	good := func(id int64) session.Result {
		return out(id, "c1", text.Raw(fmt.Sprintf("# Note %d\n\n- one thing\n- two things\n\nSeen on 2026-11-0%d.", id, id)))
	}
	var judged []assert.Judged
	for i := int64(1); i < 9; i++ {
		judged = append(judged, assert.Judged{Result: good(i), Good: true})
	}
	for i, s := range []text.Raw{"I'm sorry, but I can't help with that request.", "I cannot assist with this note.", "I am unable to help here, as an AI."} {
		judged = append(judged, assert.Judged{Result: out(int64(20+i), "c2", s)})
	}
	ps := assert.Propose([]session.Result{judged[0].Result}, []session.Result{judged[8].Result}, judged)
	t.Log("\n" + list(ps))
	for _, want := range []string{"not-is-refusal", "regex: ", "item-count: 2"} {
		if i := find(ps, want); i < 0 || ps[i].Lucky || ps[i].BadFail != 2 || ps[i].GoodPass != 7 {
			t.Errorf("%s: %d", want, i)
		}
	}
}

// Answers that hold whatever they want make no proposal that can't be kept.
func TestProposeHostile(t *testing.T) {
	nasty := []text.Raw{"\x1b[2J\x00 {{order}} {{ name }} \xff\xfe", "😀😀 \u202eevil {% raw %}", "", " ", text.Raw(strings.Repeat("[", 20_000)), text.Raw(strings.Repeat("word ", 200_000)), `{"a": 1e400, "{{x}}": "{{x}}"}`, "(?=a)[[:alpha:]]\\", "a,b \"c\" : d\r\n\r\n- x"}
	var judged []assert.Judged
	for i, s := range nasty {
		judged = append(judged, assert.Judged{Result: out(int64(i+1), "c", s, session.Var{Name: "{{x}}", Value: "{{x}}"}, session.Var{Name: "n", Value: s[:min(len(s), 20)]}), Good: i%2 == 0})
	}
	began := time.Now()
	for _, w := range judged {
		for _, l := range judged[:4] {
			for _, p := range assert.Propose([]session.Result{w.Result}, []session.Result{l.Result}, judged) {
				back, err := session.ParseAssertion(p.Assertion.Spec())
				if err != nil || back.Value != p.Value {
					t.Errorf("%q: %v", p.Assertion.Spec(), err)
				}
				if !p.Rows[0].Pass || p.Rows[1].Pass {
					t.Errorf("%s does not separate what it came from", p.Assertion)
				}
			}
		}
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestTry(t *testing.T) {
	winner, loser, judged := replies()
	p, err := assert.Try(must(t, "not-icontains: as an AI"), nil, judged)
	if err != nil || p.Good != 8 || p.GoodPass != 8 || p.Bad != 6 || p.BadFail != 6 || p.Alignment != 1 || p.Lucky || p.Sentence != "fails 6 of 6 bad, passes 8 of 8 good" || len(p.Rows) != 14 {
		t.Errorf("%v %+v", err, p.Sentence)
	}
	p, err = assert.Try(must(t, "icontains: blue"), []int64{winner.Cell.ID, loser.Cell.ID}, judged)
	if err != nil || p.Good != 7 || p.GoodPass != 0 || p.Bad != 5 || p.BadFail != 5 || !p.Lucky || p.FFR != 1 || p.Coverage != 1 || p.Alignment != 0 || !p.Rows[0].Origin || !p.Rows[0].Good || !p.Rows[1].Origin || p.Rows[2].Origin {
		t.Errorf("%v %+v", err, p.Sentence)
	}
	p, err = assert.Try(must(t, "contains: a"), nil, nil)
	if err != nil || !math.IsNaN(p.Coverage) || p.Sentence != "nothing was judged that it could be tried on" {
		t.Errorf("%v %+v", err, p)
	}
	if _, err := assert.Try(must(t, "regex: (?=a)"), nil, judged); err == nil || !strings.Contains(err.Error(), "looks ahead") {
		t.Error(err)
	}
}

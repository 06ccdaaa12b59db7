package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// sampleJudgments are three duels of two contestants on two cases.
func sampleJudgments() Judgments {
	who := func(v string) session.Contestant {
		return session.Contestant{Variant: session.VariantRef{Prompt: "reply", Variant: v, Revision: 1}, Model: "sample/by-hand"}
	}
	results := map[int64]session.Result{}
	proofs := map[int64]session.Proof{}
	put := func(id int64, v string, name, in, out text.Raw) session.Side {
		results[id] = session.Result{Cell: session.Cell{ID: id, Contestant: who(v), CaseName: name, Take: 1}, Output: session.Output{Status: session.StatusDone, Text: out}}
		proofs[id] = session.Proof{Messages: []session.Message{{Role: session.RoleSystem, Content: "Reply."}, {Role: session.RoleUser, Content: in}}}
		return session.Side{CellID: id, Contestant: who(v), Length: len(out)}
	}
	w1, c1 := put(1, "warm", "c1", "Charged twice for invoice 8841.", "I see both charges …"), put(2, "curt", "c1", "Charged twice for invoice 8841.", "Please contact support.")
	w2, c2 := put(3, "warm", "c2", "Where is it?", "On its way."), put(4, "curt", "c2", "Where is it? Answer in one word.", "Soon.")
	begun := results[3]
	begun.Output.Prefill, begun.Output.Text = "On its", " way."
	results[3] = begun
	p := proofs[3]
	p.Messages, p.Prefill = append(p.Messages, session.Message{Role: session.RoleAssistant, Content: "On its"}), true
	proofs[3] = p
	v := func(id int64, l, r session.Side, name text.Raw, c session.Choice) session.Verdict {
		return session.Verdict{ID: id, Judge: "ana", Mode: session.JudgePairs, Left: l, Right: r, Case: session.CaseKey{Name: name}, Take: 1, Choice: c, AtMS: 1_790_000_000_000}
	}
	return Judgments{
		Verdicts: []session.Verdict{v(1, w1, c1, "c1", session.ChoiceLeft), v(2, c2, w2, "c2", session.ChoiceRight)},
		Result:   func(id int64) (session.Result, bool) { r, ok := results[id]; return r, ok },
		Proof:    func(id int64) (session.Proof, bool) { p, ok := proofs[id]; return p, ok },
	}
}

// What a request offered the model is in the pair; what is no list of tools is not.
func TestPairsHaveTools(t *testing.T) {
	for tools, want := range map[text.Raw]string{
		`[{"type":"function","function":{"name":"look_up"}}]`: `"tools":[{"type":"function","function":{"name":"look_up"}}],"parallel_tool_calls":true`,
		`{"not": "a list"}`: `"tools":[],"parallel_tool_calls":true`,
		`[{`:                `"tools":[],"parallel_tool_calls":true`,
	} {
		j := sampleJudgments()
		proof := j.Proof
		j.Proof = func(id int64) (session.Proof, bool) {
			p, ok := proof(id)
			p.Beside.Tools = tools
			return p, ok
		}
		var b bytes.Buffer
		if _, err := WritePairs(&b, "openai", j); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("of the tools %s: %s", string(tools), &b)
		}
	}
}

// The log of an arena's votes is read as battles: names that were hidden stand in the
// states, and what is no vote on two is left out and told.
func TestVoteLog(t *testing.T) {
	log := `{"tstamp":1.5,"type":"leftvote","models":["",""],"states":[{"model_name":"m1","conv_id":"q1"},{"model_name":"m2"}],"ip":"192.0.2.7"}
{"tstamp":2,"type":"chat","model":"m1","ip":"192.0.2.7"}
{"tstamp":3,"type":"bothbad_vote","models":["m1","m2"],"states":[{},{}]}
`
	got, notes, err := ReadBattles(strings.NewReader(log), Options{File: "log.jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Battle{
		{ID: "q1", ModelA: "m1", ModelB: "m2", Winner: session.ChoiceLeft, Turn: 1, AtMS: 1500, Line: 1},
		{ID: "line-3", ModelA: "m1", ModelB: "m2", Winner: session.ChoiceBothBad, Turn: 1, Named: true, AtMS: 3000, Line: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(notes) != 1 || notes[0].Line != 2 || !strings.Contains(notes[0].What, "1 line was left out") {
		t.Errorf("notes %v", notes)
	}
	_, _, err = ReadBattles(strings.NewReader(`{"type":"tievote","models":["a"]}`), Options{File: "log.jsonl"})
	if err == nil || !strings.Contains(err.Error(), "log.jsonl:1: models is no list of two") {
		t.Error(err)
	}
}

func TestPairs(t *testing.T) {
	j := sampleJudgments()
	var files []File
	for _, f := range PairFormats() {
		k := j
		if f.Name == "trl-unpaired" {
			k.Verdicts = nil
			for i, c := range []session.Choice{session.ChoicePass, session.ChoiceFail, session.ChoicePass} {
				v := j.Verdicts[0]
				v.Mode, v.Choice, v.Left, v.Right = session.JudgePassFail, c, session.Side{CellID: int64(i + 1)}, session.Side{}
				k.Verdicts = append(k.Verdicts, v)
			}
		}
		var b bytes.Buffer
		notes, err := WritePairs(&b, f.Name, k)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "trl" && (len(notes) != 2 || !strings.Contains(notes[0].What, "the reference prompt is that of reply/curt@1") || notes[1].Line != 2 || !strings.Contains(notes[1].What, "asked by reply/warm@1")) {
			t.Errorf("notes %v", notes)
		}
		for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s: %q is no JSON", f.Name, line)
			}
		}
		files = append(files, File{f.Name + ".jsonl", b.Bytes()})
	}
	golden(t, "pairs", files)
	if _, err := WritePairs(&bytes.Buffer{}, "csv", j); err == nil {
		t.Error("pairs were written as csv")
	}
}

func TestWhatIsNoPair(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Judgments)
		lines int
		note  string
	}{
		"a tie":             {func(j *Judgments) { j.Verdicts[0].Choice = session.ChoiceTie }, 1, "1 verdict was a tie"},
		"both bad":          {func(j *Judgments) { j.Verdicts[0].Choice = session.ChoiceBothBad }, 1, "1 verdict was a tie"},
		"skipped":           {func(j *Judgments) { j.Verdicts[0].Choice = session.ChoiceSkip }, 1, ""},
		"undone":            {func(j *Judgments) { j.Verdicts[0].Undone = true }, 1, ""},
		"identical":         {func(j *Judgments) { j.Verdicts[0].Judge = session.JudgeIdentical }, 1, ""},
		"names known":       {func(j *Judgments) { j.Verdicts[0].Known = true }, 1, "after the names were known"},
		"answers elsewhere": {func(j *Judgments) { j.Verdicts[0].Left.CellID = 99 }, 1, "not here"},
		"a repeat that agrees": {func(j *Judgments) {
			r := j.Verdicts[0]
			r.Left, r.Right, r.Choice, r.RepeatOf = r.Right, r.Left, session.ChoiceRight, 1
			j.Verdicts = append(j.Verdicts, r)
		}, 2, ""},
		"a repeat that does not": {func(j *Judgments) {
			r := j.Verdicts[0]
			r.Left, r.Right, r.RepeatOf = r.Right, r.Left, 1
			j.Verdicts = append(j.Verdicts, r)
		}, 1, "1 duel was left out"},
		"a repeat that is a tie": {func(j *Judgments) {
			r := j.Verdicts[0]
			r.Left, r.Right, r.RepeatOf, r.Choice = r.Right, r.Left, 1, session.ChoiceTie
			j.Verdicts = append(j.Verdicts, r)
		}, 1, "1 duel was left out"},
		"one that is asked for": {func(j *Judgments) {
			r := j.Verdicts[0]
			r.Left, r.Right, r.RepeatOf = r.Right, r.Left, 1
			j.Verdicts, j.Disagreeing = append(j.Verdicts, r), true
		}, 3, ""},
		"a correction": {func(j *Judgments) {
			j.Corrections = []session.Correction{{CellID: 2, Text: "I am on it."}}
		}, 3, ""},
	} {
		j := sampleJudgments()
		c.spoil(&j)
		var b bytes.Buffer
		notes, err := WritePairs(&b, "trl", j)
		if err != nil || strings.Count(b.String(), "\n") != c.lines {
			t.Errorf("%s: %v\n%s", name, err, &b)
		}
		if c.note != "" && !strings.Contains(fmt.Sprint(notes), c.note) {
			t.Errorf("%s: notes %v", name, notes)
		}
	}
}

// One reference serves a whole export: the variant with the most pairs, composed for
// the case where neither of the two is of it.
func TestReferencePrompt(t *testing.T) {
	who := func(v string) session.Contestant {
		if v == "" {
			return session.Contestant{Model: "other/one"}
		}
		return session.Contestant{Variant: session.VariantRef{Prompt: "p", Variant: v, Revision: 1}, Model: "m/m"}
	}
	asked := func(v string, name text.Raw) []session.Message {
		return []session.Message{{Role: session.RoleUser, Content: text.Raw(v) + " of " + name}}
	}
	for name, c := range map[string]struct {
		duels [][3]string // case, chosen, rejected
		want  string      // the prompts
		ref   string
		notes int
		deaf  bool // nobody composes
	}{
		"the most pairs, not the first name": {[][3]string{{"1", "b", "a"}, {"2", "b", "c"}, {"3", "c", "b"}}, "b of 1|b of 2|b of 3", "p/b@1", 4, false},
		"of equals the first name":           {[][3]string{{"1", "b", "a"}, {"2", "a", "b"}}, "a of 1|a of 2", "p/a@1", 3, false},
		"neither is of the reference":        {[][3]string{{"1", "a", "b"}, {"2", "a", "c"}, {"3", "d", "e"}}, "a of 1|a of 2|a of 3", "p/a@1", 4, false},
		"which can't be had":                 {[][3]string{{"1", "a", "b"}, {"2", "a", "c"}, {"3", "d", "e"}}, "a of 1|a of 2", "p/a@1", 4, true},
		"they were asked the same":           {[][3]string{{"1", "a", "a"}, {"2", "b", "b"}}, "a of 1|b of 2", "", 0, false},
	} {
		results, proofs := map[int64]session.Result{}, map[int64]session.Proof{}
		j := Judgments{
			Result: func(id int64) (session.Result, bool) { r, ok := results[id]; return r, ok },
			Proof:  func(id int64) (session.Proof, bool) { p, ok := proofs[id]; return p, ok },
		}
		if !c.deaf {
			j.Compose = func(v session.VariantRef, of session.Result) ([]session.Message, bool) {
				return asked(v.Variant, of.Cell.CaseName), true
			}
		}
		id := int64(0)
		put := func(kase, v string) session.Side {
			id++
			results[id] = session.Result{Cell: session.Cell{ID: id, Contestant: who(v), CaseName: text.Raw(kase)}, Output: session.Output{Text: "x"}}
			proofs[id] = session.Proof{Messages: asked(v, text.Raw(kase))}
			return session.Side{CellID: id, Contestant: who(v)}
		}
		for _, d := range c.duels {
			j.Verdicts = append(j.Verdicts, session.Verdict{Judge: "ana", Mode: session.JudgePairs, Left: put(d[0], d[1]), Right: put(d[0], d[2]), Case: session.CaseKey{Name: text.Raw(d[0])}, Choice: session.ChoiceLeft})
		}
		var b bytes.Buffer
		notes, err := WritePairs(&b, "trl-standard", j)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(b.String()) {
			var p struct{ Prompt string }
			if err := json.Unmarshal([]byte(line), &p); err != nil {
				t.Fatal(err)
			}
			got = append(got, p.Prompt)
		}
		if strings.Join(got, "|") != c.want || len(notes) != c.notes || c.ref != "" && !strings.Contains(notes[0].What, "that of "+c.ref+",") {
			t.Errorf("%s: %q, notes %v", name, got, notes)
		}
		if c.deaf && !strings.Contains(notes[len(notes)-1].What, "1 pair was left out: the two were asked different prompts") {
			t.Errorf("%s: notes %v", name, notes)
		}
	}
}

// Pairs and battles keep every text.
func TestJudgedTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := sampleJudgments()
		in, good := hostileText().Draw(t, "in"), hostileText().Draw(t, "good")
		result, proof := j.Result, j.Proof
		j.Result = func(id int64) (session.Result, bool) {
			r, ok := result(id)
			r.Output.Text, r.Output.Prefill = text.Raw(good), ""
			return r, ok
		}
		j.Proof = func(id int64) (session.Proof, bool) {
			p, ok := proof(id)
			p.Messages, p.Prefill = []session.Message{{Role: session.RoleUser, Content: text.Raw(in)}}, false
			return p, ok
		}
		var b bytes.Buffer
		if _, err := WritePairs(&b, "trl", j); err != nil {
			t.Fatal(err)
		}
		var p struct {
			Prompt, Chosen []struct{ Role, Content string }
		}
		if err := json.Unmarshal([]byte(strings.SplitN(b.String(), "\n", 2)[0]), &p); err != nil || p.Prompt[0].Content != in || p.Chosen[0].Content != good {
			t.Fatalf("%+v, %v", p, err)
		}
		b.Reset()
		if _, err := WriteBattles(&b, j); err != nil {
			t.Fatal(err)
		}
		got, _, err := ReadBattles(&b, Options{File: "b.jsonl"})
		if err != nil || string(got[0].A[0].Content) != in || string(got[0].A[1].Content) != good {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}

func TestBattles(t *testing.T) {
	j := sampleJudgments()
	known := j.Verdicts[0]
	known.Known, known.Choice = true, session.ChoiceBothBad
	label := j.Verdicts[0]
	label.Mode, label.Choice = session.JudgePassFail, session.ChoicePass
	j.Verdicts = append(j.Verdicts, known, label)
	var b bytes.Buffer
	notes, err := WriteBattles(&b, j)
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0].What, "pass or fail") {
		t.Errorf("%v, %v", notes, err)
	}
	golden(t, "battles", []File{{"battles.jsonl", b.Bytes()}})
	if strings.Contains(b.String(), `"ip"`) {
		t.Error("a record tells where its judge sat")
	}
	got, notes, err := ReadBattles(&b, Options{File: "b.jsonl"})
	if err != nil || len(notes) != 0 || len(got) != 3 {
		t.Fatalf("%d battles, %v, %v", len(got), notes, err)
	}
	vs := Verdicts(got)
	for i, v := range vs {
		w := j.Verdicts[i]
		if v.Choice != w.Choice || v.Left.Contestant.Model != w.Left.Contestant.String() || v.Right.Contestant.String() != w.Right.Contestant.String() ||
			v.Known != w.Known || v.AtMS != w.AtMS || v.Judge != w.Judge || v.Case.Name != w.Case.Name {
			t.Errorf("%+v came back as %+v", w, v)
		}
	}
}

// A battle counts the tokens of an answer where a server or a tokenizer did, and all
// of the answer is the model's.
func TestBattleTokens(t *testing.T) {
	j := sampleJudgments()
	result := j.Result
	for name, c := range map[string]struct {
		source, begun string
		want          int
	}{"by the server": {"server", "", 41}, "by a tokenizer": {"tokenizer", "", 41}, "guessed": {"estimate", "", 0}, "not known": {"", "", 0}, "begun for it": {"server", "I see", 0}} {
		j.Result = func(id int64) (session.Result, bool) {
			r, ok := result(id)
			r.Output.Usage, r.Output.Prefill = session.Usage{Input: 9, Output: 41, Source: c.source}, text.Raw(c.begun)
			return r, ok
		}
		var b bytes.Buffer
		if _, err := WriteBattles(&b, j); err != nil {
			t.Fatal(err)
		}
		var got struct {
			A []struct {
				Tokens *int `json:"num_tokens"`
			} `json:"conversation_a"`
		}
		if err := json.Unmarshal([]byte(strings.SplitN(b.String(), "\n", 2)[0]), &got); err != nil {
			t.Fatal(err)
		}
		for i, m := range got.A {
			if last := i == len(got.A)-1; (m.Tokens != nil) != (last && c.want > 0) || m.Tokens != nil && *m.Tokens != c.want {
				t.Errorf("%s: message %d has %v tokens", name, i, m.Tokens)
			}
		}
	}
}

func TestReadBattles(t *testing.T) {
	for name, c := range map[string]struct {
		file, data string
		want       []string
		notes      int
	}{
		"cleaned": {"b.jsonl", `{"question_id":"q1","model_a":"m1","model_b":"m2","winner":"tie (bothbad)","judge":"arena_user_1","conversation_a":[{"role":"user","content":"hi"},{"role":"assistant","content":"ab","num_tokens":2}],"conversation_b":[],"turn":1,"anony":true,"language":"English","tstamp":1682351591.1,"ip":"1.2.3.4"}` + "\n", []string{"q1 m1 m2 both_bad arena_user_1 2 0 false [English] 1682351591100"}, 1},
		"an array": {"b.json", `[{"model_a":"m1","model_b":"m2","winner":"model_a","anony":false},
			{"model_a":"m1","model_b":"m2","winner":"model_b"}]`, []string{"line-1 m1 m2 left unknown 0 0 true [] 0", "line-2 m1 m2 right unknown 0 0 false [] 0"}, 0},
		"flat": {"b.csv", "id,model_a,model_b,prompt,response_a,response_b,winner_model_a,winner_model_b,winner_tie\n7,m1,m2,hi,abc,d,0,0,1\n", []string{"7 m1 m2 tie unknown 3 1 false [] 0"}, 0},
		"two games": {"b.jsonl", `{"question_id":81,"model_1":"m1","model_2":"m2","g1_winner":"model_1","g2_winner":"model_2","judge":["gpt-4","pair-v2"],"turn":1}
{"question_id":81,"model_1":"m1","model_2":"m2","g1_winner":"model_1","g2_winner":"model_1","judge":["gpt-4","pair-v2"],"turn":2}`, []string{"81 m1 m2 tie gpt-4 0 0 false [] 0", "81 m1 m2 left gpt-4 0 0 false [] 0"}, 0},
	} {
		b, notes, err := ReadBattles(strings.NewReader(c.data), Options{File: c.file})
		if err != nil || len(notes) != c.notes {
			t.Errorf("%s: %v, %v", name, notes, err)
			continue
		}
		var got []string
		for _, v := range Verdicts(b) {
			got = append(got, fmt.Sprint(v.Case.Name, " ", v.Left.Contestant, " ", v.Right.Contestant, " ", v.Choice, " ", v.Judge, " ", v.Left.Length, " ", v.Right.Length, " ", v.Known, " ", v.CaseTags, " ", v.AtMS))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, c := range map[string]struct {
		data string
		line int
		want string
	}{
		"no model":      {"{\"model_a\":\"x\",\"winner\":\"tie\"}", 1, "model_b"},
		"another word":  {"{\"model_a\":\"x\",\"model_b\":\"y\",\"winner\":\"tie\"}\n{\"model_a\":\"x\",\"model_b\":\"y\",\"winner\":\"left\"}", 2, `"left"`},
		"no winner":     {"{\"model_a\":\"x\",\"model_b\":\"y\"}", 1, "winner"},
		"two winners":   {"{\"model_a\":\"x\",\"model_b\":\"y\",\"winner_model_a\":1,\"winner_tie\":1}", 1, "2 of the winners"},
		"a key twice":   {"{\"model_a\":\"x\",\"model_b\":\"y\",\"winner\":\"tie\",\"winner\":\"tie\"}", 1, "twice"},
		"a time":        {"{\"model_a\":\"x\",\"model_b\":\"y\",\"winner\":\"tie\",\"tstamp\":-1}", 1, "tstamp"},
		"an image":      {"{\"model_a\":\"x\",\"model_b\":\"y\",\"winner\":\"tie\",\"conversation_a\":[{\"role\":\"user\",\"content\":[1]}]}", 1, "no text"},
		"an empty name": {"{\"model_a\":\"\",\"model_b\":\"y\",\"winner\":\"tie\"}", 1, "no name"},
	} {
		b, _, err := ReadBattles(strings.NewReader(c.data), Options{File: "b.jsonl"})
		var p *Problem
		if !errors.As(err, &p) || p.Line != c.line || !strings.Contains(p.Error(), c.want) || b != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEvals(t *testing.T) {
	for name, c := range map[string]struct {
		format, data string
		want         []session.Case
		notes        []string
	}{
		"openai-evals": {"", `{"input":[{"role":"system","content":"Classify."},{"role":"user","content":"Charged twice"}],"ideal":["billing","Billing"]}` + "\n", []session.Case{
			{Split: "dev", Wanted: raw("billing"), Vars: []session.Var{{Name: "system", Value: "Classify."}, {Name: "input", Value: "Charged twice"}}},
		}, []string{"1 more of ideal"}},
		"evals, plain": {"openai-evals", `{"input":"Charged twice","ideal":"billing"}`, []session.Case{{Split: "dev", Wanted: raw("billing"), Vars: []session.Var{{Name: "input", Value: "Charged twice"}}}}, nil},
		"hosted":       {"", `{"item":{"ticket":"x","n":1}}`, []session.Case{{Split: "dev", Vars: []session.Var{{Name: "ticket", Value: "x"}, {Name: "n", Value: "1"}}}}, nil},
		"inspect": {"", `{"id":"case-7","input":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}],"target":"x","choices":["p","q"],"metadata":{"r":1}}`, []session.Case{
			{Name: "case-7", Split: "dev", Wanted: raw("x"), Vars: []session.Var{{Name: "conversation", Value: `[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]`}, {Name: "input", Value: "c"}, {Name: "choices", Value: "A) p\nB) q"}}},
		}, []string{"metadata was left out"}},
		"an odd id":    {"inspect", `{"id":"a b","input":"x","target":"y"}`, []session.Case{{Split: "dev", Wanted: raw("y"), Vars: []session.Var{{Name: "input", Value: "x"}}}}, []string{`"a b"`}},
		"rows of ours": {"", `{"input":"x","ideal":"y"}`, []session.Case{{Split: "dev", Vars: []session.Var{{Name: "input", Value: "x"}, {Name: "ideal", Value: "y"}}}}, nil},
	} {
		got, notes, err := ReadCases(strings.NewReader(c.data), Options{File: "x.jsonl", Format: c.format})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
		if len(notes) != len(c.notes) {
			t.Errorf("%s: notes %v", name, notes)
		}
		for i, n := range notes {
			if !strings.Contains(n.What, c.notes[i]) {
				t.Errorf("%s: note %v", name, n)
			}
		}
	}
	for data, line := range map[string]int{"{\"input\":\"x\",\"ideal\":\"y\"}\n{\"ideal\":\"y\"}": 2, "{\"input\":[{\"role\":\"user\"}]}": 1} {
		_, _, err := ReadCases(strings.NewReader(data), Options{File: "x.jsonl", Format: "openai-evals"})
		var p *Problem
		if !errors.As(err, &p) || p.Line != line {
			t.Errorf("%s: %v", data, err)
		}
	}
	if err := WriteCases(&bytes.Buffer{}, "inspect", nil, false); err == nil {
		t.Error("cases were written as samples of Inspect")
	}
}

// Every format that is read and written gives back what it got.
func TestEveryFormatRoundTrips(t *testing.T) {
	cases := []session.Case{{Name: "c1", Split: "dev", Vars: []session.Var{{Name: "q", Value: "a\r\n=b"}}, Wanted: raw("x"), Tags: []text.Raw{"t"}}}
	tests := map[string]func() error{
		"suite": func() error {
			out, err := WriteSuite(sampleBundle())
			if err != nil {
				return err
			}
			b, err := ReadSuite(asFS(out.Files))
			if err == nil && len(b.Cases) != 2 {
				return fmt.Errorf("%d cases", len(b.Cases))
			}
			return err
		},
		"promptfoo": func() error {
			out, err := WritePromptfoo(sampleBundle())
			if err != nil {
				return err
			}
			b, _, err := ReadPromptfoo(asFS(out.Files), "promptfooconfig.yaml")
			if diff := cmp.Diff(sampleBundle().Cases, b.Cases); err == nil && diff != "" {
				return errors.New(diff)
			}
			return err
		},
		"battles": func() error {
			var b bytes.Buffer
			if _, err := WriteBattles(&b, sampleJudgments()); err != nil {
				return err
			}
			got, _, err := ReadBattles(&b, Options{File: "b"})
			if err == nil && len(got) != 2 {
				return fmt.Errorf("%d battles", len(got))
			}
			return err
		},
		"baseline": func() error {
			var b bytes.Buffer
			if err := WriteBaseline(&b, session.Check{Suite: "x", Cases: sampleCheck().Cases}); err != nil {
				return err
			}
			c, err := ReadBaseline(&b, "b")
			if err == nil && len(c.Cases) != 7 {
				return fmt.Errorf("%d cases", len(c.Cases))
			}
			return err
		},
	}
	for _, f := range Formats() {
		if !f.In || !f.Out {
			continue
		}
		do := tests[f.Name]
		if f.write != nil {
			do = func() error {
				for _, exact := range []bool{false, true} {
					var b bytes.Buffer
					if err := WriteCases(&b, f.Name, cases, exact); err != nil {
						return err
					}
					got, _, err := ReadCases(&b, Options{File: "x" + f.Ext})
					if diff := cmp.Diff(cases, got); err != nil || diff != "" {
						return fmt.Errorf("%w %s", err, diff)
					}
				}
				return nil
			}
		}
		if do == nil {
			t.Errorf("%s is read and written, and nothing holds it to that", f.Name)
		} else if err := do(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

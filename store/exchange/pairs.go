package exchange

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// PairFormats lists the formats of preference pairs.
func PairFormats() []Format {
	return []Format{
		{Name: "trl", Help: "preference pairs for TRL: prompt, chosen and rejected as messages", Noun: "verdicts", Ext: ".jsonl", Out: true},
		{Name: "trl-standard", Help: "preference pairs for TRL: prompt, chosen and rejected as texts", Noun: "verdicts", Ext: ".jsonl", Out: true},
		{Name: "trl-unpaired", Help: "answers for TRL, each labelled good or bad, from pass and fail", Noun: "verdicts", Ext: ".jsonl", Out: true},
		{Name: "openai", Help: "preference pairs for fine-tuning at OpenAI (DPO)", Noun: "verdicts", Ext: ".jsonl", Out: true},
	}
}

// WritePairs writes preference pairs as JSON Lines in one of [PairFormats]. Ties
// and "both bad" never become a pair, nor does a duel whose repeats were decided
// otherwise, unless that is asked for. An answer is written whole, with what it
// was begun with. Where the two of a pair were asked different prompts, that of the
// reference stands in the place of both: one variant for the whole export, the one
// with the most pairs, and among equals the first by name. The notes say which
// pairs these are, each at its line, and what was left out and why.
func WritePairs(w io.Writer, format string, j Judgments) ([]Note, error) {
	if !slices.ContainsFunc(PairFormats(), func(f Format) bool { return f.Name == format }) {
		return nil, fmt.Errorf("format %q: write one of openai, trl, trl-standard, trl-unpaired", text.Raw(format))
	}
	if format == "trl-unpaired" {
		return writeLabels(w, j)
	}
	var notes []Note
	tell := func(n int, one, many string) {
		if n > 0 {
			notes = append(notes, Note{What: plural(n, one, many)})
		}
	}
	pairs, left := j.pairs()
	pairs, ref, apart := j.refer(pairs)
	if ref.Variant != "" {
		notes = append(notes, Note{What: fmt.Sprintf("the reference prompt is that of %s, of the variants with the most pairs the first by name; where the two of a pair were asked different prompts, it was written", text.Raw(ref.String()))})
	}
	line := 0
	for _, p := range pairs {
		b, err := pairLine(format, p)
		if err != nil {
			return nil, err
		}
		line++
		if p.differ {
			notes = append(notes, Note{line, fmt.Sprintf("case %s: the chosen was asked by %s, the rejected by %s; the prompt of %s was written",
				p.name, asker(p.won), asker(p.lost), text.Raw(ref.String()))})
		}
		if _, err := w.Write(append(b, '\n')); err != nil {
			return nil, err
		}
	}
	tell(left.tied, "verdict was a tie or both bad, and is no pair", "verdicts were ties or both bad, and are no pairs")
	tell(left.torn, "duel was left out: its repeats were decided otherwise", "duels were left out: their repeats were decided otherwise")
	tell(left.lost, "verdict was left out: its answers or prompts are not here", "verdicts were left out: their answers or prompts are not here")
	tell(apart, "pair was left out: the two were asked different prompts, and the reference prompt of its case is not here", "pairs were left out: the two were asked different prompts, and the reference prompts of their cases are not here")
	tell(left.known, "verdict was left out: it was given after the names were known", "verdicts were left out: they were given after the names were known")
	tell(left.broken, "pair was left out: it holds bytes that are not UTF-8", "pairs were left out: they hold bytes that are not UTF-8")
	return notes, nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// leftOut counts verdicts that are no pairs.
type leftOut struct{ tied, torn, lost, known, broken int }

// duelOf names the two answers of a verdict, whichever side they stood on.
func duelOf(v session.Verdict) [2]int64 {
	return [2]int64{min(v.Left.CellID, v.Right.CellID), max(v.Left.CellID, v.Right.CellID)}
}

func (j Judgments) each(f func(v session.Verdict)) (left leftOut) {
	for _, v := range j.Verdicts {
		switch {
		case v.Undone, v.Choice == session.ChoiceSkip, v.Judge == session.JudgeIdentical:
		case v.Known && !j.Known:
			left.known++
		default:
			f(v)
		}
	}
	return left
}

// prompts is what a cell was asked, without what its answer was begun with.
func (j Judgments) prompt(cellID int64) ([]session.Message, bool) {
	p, ok := j.Proof(cellID)
	if !ok {
		return nil, false
	}
	m := p.Messages
	if p.Prefill && len(m) > 0 {
		m = m[:len(m)-1]
	}
	return m, len(m) > 0
}

// tools are those that a cell's request offered, as they were written; an empty list
// where it offered none.
func (j Judgments) tools(cellID int64) json.RawMessage {
	if p, ok := j.Proof(cellID); ok && p.Beside.Tools.Valid() {
		if t := json.RawMessage(p.Beside.Tools); first(t) == '[' && json.Valid(t) {
			return t
		}
	}
	return json.RawMessage("[]")
}

func (j Judgments) pairs() ([]written, leftOut) {
	// Who won each duel, by each judge: a repeat that was decided otherwise tears it.
	type mine struct {
		duel  [2]int64
		judge text.Raw
	}
	winner := map[mine]int64{}
	torn := map[mine]bool{}
	j.each(func(v session.Verdict) {
		if v.Mode == session.JudgePassFail || v.Left.CellID == 0 || v.Right.CellID == 0 { // it can't be told which duel it was
			return
		}
		k := mine{duelOf(v), v.Judge}
		won := int64(-1)
		if side, _, ok := v.Winner(); ok {
			won = side.CellID
		}
		if before, ok := winner[k]; ok && before != won {
			torn[k] = true
		}
		winner[k] = won
	})
	var out []written
	seen := map[[2]int64]bool{} // chosen, rejected
	tornSeen := map[mine]bool{}
	var more leftOut
	left := j.each(func(v session.Verdict) {
		if v.Mode == session.JudgePassFail {
			return
		}
		won, lost, ok := v.Winner()
		if !ok {
			more.tied++
			return
		}
		if k := (mine{duelOf(v), v.Judge}); torn[k] && !j.Disagreeing {
			if !tornSeen[k] {
				tornSeen[k] = true
				more.torn++
			}
			return
		}
		if seen[[2]int64{won.CellID, lost.CellID}] { // a repeat, or another judge who agrees
			return
		}
		a, ok1 := j.Result(won.CellID)
		b, ok2 := j.Result(lost.CellID)
		prompt, ok3 := j.prompt(won.CellID)
		other, ok4 := j.prompt(lost.CellID)
		if !ok1 || !ok2 || !ok3 || !ok4 || won.CellID == 0 || lost.CellID == 0 {
			more.lost++
			return
		}
		seen[[2]int64{won.CellID, lost.CellID}] = true
		p := written{name: v.Case.Name, prompt: prompt, chosen: a.Output.Whole(), rejected: b.Output.Whole(), won: a, lost: b, other: other, tools: j.tools(won.CellID), otherTools: j.tools(lost.CellID), differ: !session.SameMessages(prompt, other)}
		if !p.valid() {
			more.broken++
			return
		}
		out = append(out, p)
	})
	for _, c := range j.Corrections {
		r, ok1 := j.Result(c.CellID)
		prompt, ok2 := j.prompt(c.CellID)
		p := written{name: r.Cell.CaseName, prompt: prompt, tools: j.tools(c.CellID), chosen: c.Text, rejected: r.Output.Whole()}
		switch {
		case !ok1 || !ok2:
			more.lost++
		case !p.valid():
			more.broken++
		default:
			out = append(out, p)
		}
	}
	more.known = left.known
	return out, more
}

// written is a pair as it goes into a file.
type written struct {
	name             text.Raw
	prompt           []session.Message
	chosen, rejected text.Raw
	won, lost        session.Result // of a duel
	other            []session.Message
	tools            json.RawMessage
	otherTools       json.RawMessage
	differ           bool // the two were asked different prompts: prompt the chosen, other the rejected
}

func asker(r session.Result) text.Raw {
	c := r.Cell.Contestant
	if c.Variant.Variant == "" {
		return text.Raw(c.Model)
	}
	return text.Raw(c.Variant.String())
}

// refer puts the prompt of the reference in the place of prompts that differ. It
// names the reference where it was needed, and counts the pairs that it could not be
// had for.
func (j Judgments) refer(pairs []written) (out []written, ref session.VariantRef, apart int) {
	if !slices.ContainsFunc(pairs, func(p written) bool { return p.differ }) {
		return pairs, ref, 0
	}
	ref = reference(pairs)
	for _, p := range pairs {
		ok := true
		switch {
		case !p.differ || p.won.Cell.Contestant.Variant == ref:
		case p.lost.Cell.Contestant.Variant == ref:
			p.prompt, p.tools = p.other, p.otherTools
		default:
			ok = false
			if j.Compose != nil && ref.Variant != "" {
				p.prompt, ok = j.Compose(ref, p.won)
			}
		}
		if !ok || !p.valid() {
			apart++
			continue
		}
		out = append(out, p)
	}
	return out, ref, apart
}

// reference is the variant that has the most pairs, among equals the first by name.
func reference(pairs []written) session.VariantRef {
	n := map[session.VariantRef]int{}
	for _, p := range pairs {
		for _, r := range []session.Result{p.won, p.lost} {
			if v := r.Cell.Contestant.Variant; v.Variant != "" {
				n[v]++
			}
		}
	}
	refs := slices.SortedFunc(maps.Keys(n), compareRefs)
	if len(refs) == 0 {
		return session.VariantRef{}
	}
	return slices.MaxFunc(refs, func(a, b session.VariantRef) int { return n[a] - n[b] }) // the first of the largest
}

func (p written) valid() bool {
	return p.chosen.Valid() && p.rejected.Valid() && !slices.ContainsFunc(p.prompt, func(m session.Message) bool { return !m.Content.Valid() })
}

type messageJSON struct {
	Role    session.Role `json:"role"`
	Content text.Raw     `json:"content"`
	Calls   []callJSON   `json:"tool_calls,omitempty"`
	CallID  text.Raw     `json:"tool_call_id,omitempty"`
}

type callJSON struct {
	ID       text.Raw         `json:"id"`
	Type     string           `json:"type"`
	Function callFunctionJSON `json:"function"`
}

type callFunctionJSON struct {
	Name      text.Raw `json:"name"`
	Arguments text.Raw `json:"arguments"`
}

func chat(m []session.Message) []messageJSON {
	out := make([]messageJSON, len(m))
	for i, x := range m {
		out[i] = messageJSON{Role: x.Role, Content: x.Content, CallID: x.CallID}
		for _, c := range x.Calls {
			out[i].Calls = append(out[i].Calls, callJSON{c.ID, "function", callFunctionJSON{c.Name, c.Arguments}})
		}
	}
	return out
}

func answer(s text.Raw) []messageJSON {
	return []messageJSON{{Role: session.RoleAssistant, Content: s}}
}

func pairLine(format string, p written) ([]byte, error) {
	switch format {
	case "openai":
		type input struct {
			Messages []messageJSON   `json:"messages"`
			Tools    json.RawMessage `json:"tools"`
			Parallel bool            `json:"parallel_tool_calls"`
		}
		return lineJSON(struct {
			Input     input         `json:"input"`
			Preferred []messageJSON `json:"preferred_output"`
			Other     []messageJSON `json:"non_preferred_output"`
		}{input{chat(p.prompt), p.tools, true}, answer(p.chosen), answer(p.rejected)})
	case "trl-standard":
		return lineJSON(struct {
			Prompt   text.Raw `json:"prompt"`
			Chosen   text.Raw `json:"chosen"`
			Rejected text.Raw `json:"rejected"`
		}{joined(p.prompt), follows(p.chosen), follows(p.rejected)})
	}
	return lineJSON(struct {
		Prompt   []messageJSON `json:"prompt"`
		Chosen   []messageJSON `json:"chosen"`
		Rejected []messageJSON `json:"rejected"`
	}{chat(p.prompt), answer(p.chosen), answer(p.rejected)})
}

// joined is a prompt as one text, for formats that know no messages.
func joined(m []session.Message) text.Raw {
	parts := make([]string, len(m))
	for i, x := range m {
		parts[i] = string(x.Content)
	}
	return text.Raw(strings.Join(parts, "\n\n"))
}

// follows is an answer as it stands behind a prompt that is a text: TRL puts the two
// together as they are, so that what parts them belongs to the answer.
func follows(answer text.Raw) text.Raw {
	if answer == "" || strings.ContainsRune(" \t\r\n", rune(answer[0])) {
		return answer
	}
	return " " + answer
}

// writeLabels writes each answer with its label. One on which judges do not agree
// has none.
func writeLabels(w io.Writer, j Judgments) ([]Note, error) {
	label := map[int64]session.Choice{}
	torn := map[int64]bool{}
	var order []int64
	left := j.each(func(v session.Verdict) {
		if v.Mode != session.JudgePassFail {
			return
		}
		before, ok := label[v.Left.CellID]
		if !ok {
			order = append(order, v.Left.CellID)
		}
		torn[v.Left.CellID] = torn[v.Left.CellID] || ok && before != v.Choice
		label[v.Left.CellID] = v.Choice
	})
	var notes []Note
	for _, id := range order {
		r, ok1 := j.Result(id)
		prompt, ok2 := j.prompt(id)
		whole := r.Output.Whole()
		p := written{prompt: prompt, chosen: whole}
		why := ""
		switch {
		case torn[id] && !j.Disagreeing:
			why = "it was judged both good and bad"
		case !ok1 || !ok2:
			why = "its text or its prompt is not here"
		case !p.valid():
			why = "it holds bytes that are not UTF-8"
		}
		if why != "" {
			notes = append(notes, Note{What: fmt.Sprintf("an answer to case %s was left out: %s", r.Cell.CaseName, why)})
			continue
		}
		b, err := lineJSON(struct {
			Prompt     []messageJSON `json:"prompt"`
			Completion []messageJSON `json:"completion"`
			Label      bool          `json:"label"`
		}{chat(prompt), answer(whole), label[id] == session.ChoicePass})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(append(b, '\n')); err != nil {
			return nil, err
		}
	}
	if left.known > 0 {
		notes = append(notes, Note{What: plural(left.known, "verdict was left out: it was given after the names were known", "verdicts were left out: they were given after the names were known")})
	}
	return notes, nil
}

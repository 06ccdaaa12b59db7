package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// battleJSON is a cleaned battle as LMArena and FastChat write it.
type battleJSON struct {
	ID       text.Raw    `json:"question_id"`
	ModelA   string      `json:"model_a"`
	ModelB   string      `json:"model_b"`
	Winner   string      `json:"winner"`
	Judge    text.Raw    `json:"judge"`
	A        []turnJSON  `json:"conversation_a"`
	B        []turnJSON  `json:"conversation_b"`
	Turn     int         `json:"turn"`
	Anony    bool        `json:"anony"`
	Language string      `json:"language"` // nobody here looks what it is, which such records call unknown
	Stamp    json.Number `json:"tstamp"`
}

const unknownLanguage = "unknown"

// stamp is a time in seconds, written as a fraction, as such records have it.
func stamp(ms int64) json.Number {
	s := strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return json.Number(s)
}

// turnJSON is a message of a battle. What its tokens are is known of an answer at
// most, and of one that the model wrote from its beginning.
type turnJSON struct {
	Role    session.Role `json:"role"`
	Content text.Raw     `json:"content"`
	Tokens  int          `json:"num_tokens,omitempty"`
}

var winners = map[session.Choice]string{
	session.ChoiceLeft: "model_a", session.ChoiceRight: "model_b", session.ChoiceTie: "tie", session.ChoiceBothBad: "tie (bothbad)",
}

// WriteBattles writes verdicts on pairs as battle records, one a line: who was
// left is model_a. Nothing of where a judge sat is in them.
func WriteBattles(w io.Writer, j Judgments) ([]Note, error) {
	var notes []Note
	bare, labels, line := 0, 0, 0
	var failed error
	j.Known = true // the record itself says whether the names were known
	j.each(func(v session.Verdict) {
		winner, ok := winners[v.Choice]
		if !ok {
			labels++
			return
		}
		b := battleJSON{
			ID: v.Case.Name, ModelA: v.Left.Contestant.String(), ModelB: v.Right.Contestant.String(), Winner: winner, Judge: v.Judge,
			Turn: 1, Anony: !v.Known, Language: unknownLanguage, Stamp: stamp(v.AtMS),
		}
		var okA, okB bool
		b.A, okA = j.conversation(v.Left.CellID)
		b.B, okB = j.conversation(v.Right.CellID)
		if !okA || !okB {
			bare++
		}
		data, err := lineJSON(b)
		if err == nil {
			_, err = w.Write(append(data, '\n'))
		}
		line++
		failed = errors.Join(failed, err)
	})
	if labels > 0 {
		notes = append(notes, Note{What: plural(labels, "verdict of pass or fail is no battle and was left out", "verdicts of pass or fail are no battles and were left out")})
	}
	if bare > 0 {
		notes = append(notes, Note{What: plural(bare, "record has no conversation: its answers are not here", "records have no conversation: their answers are not here")})
	}
	return notes, failed
}

func (j Judgments) conversation(cellID int64) ([]turnJSON, bool) {
	r, ok := j.Result(cellID)
	m, ok2 := j.prompt(cellID)
	if !ok || !ok2 || !r.Output.Whole().Valid() {
		return []turnJSON{}, false
	}
	out := make([]turnJSON, 0, len(m)+1)
	for _, x := range m {
		out = append(out, turnJSON{Role: x.Role, Content: x.Content})
	}
	last := turnJSON{Role: session.RoleAssistant, Content: r.Output.Whole()}
	if u := r.Output.Usage; r.Output.Prefill == "" && (u.Source == "server" || u.Source == "tokenizer") {
		last.Tokens = u.Output
	}
	return append(out, last), true
}

// battleRoles are the names that what a battle is made of may have.
var battleRoles = [][]string{
	{"model_a", "model_1"}, {"model_b", "model_2"}, {"winner"}, {"judge"}, {"question_id", "id"}, {"conversation_a"}, {"conversation_b"},
	{"prompt"}, {"response_a"}, {"response_b"}, {"winner_model_a"}, {"winner_model_b"}, {"winner_tie"}, {"turn"}, {"anony"}, {"language"},
	{"tstamp"}, {"g1_winner"}, {"g2_winner"},
}

// ReadBattles reads battle records, all or none: cleaned battles, the flat table
// of preferences (CSV or JSON), the two-game records of a judging model, whose
// winner must win both, and the log of an arena's votes. Keys that are not kept are noted once.
func ReadBattles(r io.Reader, o Options) ([]Battle, []Note, error) {
	t, err := begin(r, o, battleRoles, false)
	if err != nil {
		return nil, nil, err
	}
	t.source = &votes{source: t.source, in: t.input}
	var out []Battle
	err = t.each(func(r record, f map[string]field, rest []field) error {
		if err := t.need(r, f, "model_a", "model_b"); err != nil {
			return err
		}
		t.leave(rest)
		b := Battle{Line: r.line, ModelA: text.Raw(f["model_a"].text), ModelB: text.Raw(f["model_b"].text), ID: text.Raw(f["question_id"].text), Turn: 1}
		if b.ModelA == "" || b.ModelB == "" || f["model_a"].kind != 's' || f["model_b"].kind != 's' {
			return t.problem(r.line, "", "a model has no name")
		}
		if b.ID == "" {
			b.ID = text.Raw("line-" + strconv.Itoa(r.line))
		}
		var errs [5]error
		b.Winner, errs[0] = t.winner(r, f)
		b.Judge, errs[1] = t.battleJudge(f["judge"])
		b.A, errs[2] = t.talk(f, "conversation_a", "response_a")
		b.B, errs[3] = t.talk(f, "conversation_b", "response_b")
		errs[4] = t.battleRest(&b, f)
		out = append(out, b)
		return firstOf(errs[:])
	})
	if err != nil {
		return nil, nil, err
	}
	return out, t.notes, nil
}

// winner reads who won: by name, by three columns of 0 and 1, or by two games
// with the sides changed.
func (t *table) winner(r record, f map[string]field) (session.Choice, error) {
	side := func(w field) (session.Choice, error) {
		switch w.text {
		case "model_a", "model_1":
			return session.ChoiceLeft, nil
		case "model_b", "model_2":
			return session.ChoiceRight, nil
		case "tie":
			return session.ChoiceTie, nil
		case "tie (bothbad)", "bothbad":
			return session.ChoiceBothBad, nil
		}
		return "", t.problem(w.line, "write model_a, model_b, tie or tie (bothbad)", "winner is %q", clip(w.text))
	}
	if w, ok := f["winner"]; ok {
		return side(w)
	}
	if g1, ok := f["g1_winner"]; ok {
		a, err := side(g1)
		if g2, two := f["g2_winner"]; two && err == nil {
			b, err := side(g2)
			if a != b {
				a = session.ChoiceTie
			}
			return a, err
		}
		return a, err
	}
	won, n := session.Choice(""), 0
	for _, k := range []struct {
		key string
		c   session.Choice
	}{{"winner_model_a", session.ChoiceLeft}, {"winner_model_b", session.ChoiceRight}, {"winner_tie", session.ChoiceTie}} {
		w, ok := f[k.key]
		switch {
		case !ok || w.text == "0" || w.text == "false" || w.text == "0.0":
		case w.text == "1" || w.text == "true" || w.text == "1.0":
			won = k.c
			n++
		default:
			return "", t.problem(w.line, "write 0 or 1", "%s is %q", k.key, clip(w.text))
		}
	}
	if n != 1 {
		return "", t.problem(r.line, "write winner, or 1 in one of winner_model_a, winner_model_b and winner_tie", "%d of the winners are set", n)
	}
	return won, nil
}

// battleJudge reads a judge's name; that of a judging model is its first of two.
func (t *table) battleJudge(f field) (text.Raw, error) {
	if f.kind == 'l' {
		if len(f.list) == 0 {
			return "", nil
		}
		return text.Raw(f.list[0].text), nil
	}
	return text.Raw(f.text), nil
}

// talk reads a conversation, or makes one of a question and an answer.
func (t *table) talk(f map[string]field, whole, reply string) ([]session.Message, error) {
	c, ok := f[whole]
	if !ok || c.null {
		answer, ok := f[reply]
		if !ok {
			return nil, nil
		}
		var m []session.Message
		if p, ok := f["prompt"]; ok {
			m = append(m, session.Message{Role: session.RoleUser, Content: text.Raw(p.text)})
		}
		return append(m, session.Message{Role: session.RoleAssistant, Content: text.Raw(answer.text)}), nil
	}
	if c.kind != 'l' {
		return nil, t.problem(c.line, "", "%s is no list of messages", whole)
	}
	return t.messages(c, whole)
}

// messages reads a list of chat messages.
func (t *table) messages(c field, what string) ([]session.Message, error) {
	var out []session.Message
	for _, e := range c.list {
		var m session.Message
		n := 0
		for _, k := range e.keys {
			switch {
			case k.name == "role" && k.kind == 's':
				m.Role = session.Role(k.text)
				n++
			case k.name == "content" && k.kind == 's':
				m.Content = text.Raw(k.text)
				n++
			case k.name == "content":
				return nil, t.problem(k.line, "", "%s holds a message whose content is no text", what)
			}
		}
		if n != 2 {
			return nil, t.problem(c.line, "", "%s holds a message without a role and a content", what)
		}
		out = append(out, m)
	}
	return out, nil
}

func (t *table) battleRest(b *Battle, f map[string]field) error {
	if l := f["language"]; l.text != "" && l.text != unknownLanguage {
		b.Tags = []text.Raw{text.Raw(l.text)}
	}
	if v := f["turn"]; v.text != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(v.text, ".0"))
		if err != nil || n < 0 {
			return t.problem(v.line, "", "turn is %q", clip(v.text))
		}
		b.Turn = n
	}
	switch v := f["anony"]; strings.ToLower(v.text) {
	case "", "true", "1":
	case "false", "0":
		b.Named = true
	default:
		return t.problem(v.line, "write true or false", "anony is %q", clip(v.text))
	}
	if v := f["tstamp"]; v.text != "" {
		s, err := strconv.ParseFloat(v.text, 64)
		if err != nil || !(s >= 0 && s < 1e11) {
			return t.problem(v.line, "write seconds since 1970", "tstamp is %q", clip(v.text))
		}
		b.AtMS = int64(s*1000 + 0.5)
	}
	return nil
}

// Verdicts are the battles as verdicts: their contestants are models by name.
// Those of judges who knew the names are marked, as any other verdict is.
func Verdicts(battles []Battle) []session.Verdict {
	out := make([]session.Verdict, len(battles))
	side := func(model text.Raw, m []session.Message) session.Side {
		s := session.Side{Contestant: session.Contestant{Model: string(model)}}
		if n := len(m); n > 0 && m[n-1].Role == session.RoleAssistant {
			s.Length = utf8.RuneCountInString(string(m[n-1].Content))
		}
		return s
	}
	for i, b := range battles {
		judge := b.Judge
		if judge == "" {
			judge = "unknown"
		}
		out[i] = session.Verdict{
			ID: int64(i + 1), UID: fmt.Sprintf("battle-%d", i+1), Judge: judge, Mode: session.JudgePairs, Case: session.CaseKey{Name: b.ID}, CaseTags: b.Tags,
			Left: side(b.ModelA, b.A), Right: side(b.ModelB, b.B), Take: 1, Choice: b.Winner, Known: b.Named, AtMS: b.AtMS,
		}
	}
	return out
}

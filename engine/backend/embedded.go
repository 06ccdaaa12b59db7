package backend

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// PlaceWeight is W in nearest's score · (1 + W · place/n): how much more a shot
// counts when it stands last than when it stood before the first. It is a known
// order effect, put there to test studies of order against.
const PlaceWeight = 0.1

const (
	embeddedAbout   = "a baseline to beat, not a language model; it reads shots and resources only, wording does not move it"
	embeddedVersion = "embedded 2" // changes whenever an answer would

	// Unknown is what the baseline says when nothing fits: a word that is no
	// label.
	Unknown = "unknown"

	drawFrom  = 3 // the shots that nearest draws its answer from
	extractUp = 3 // sentences of an extract at most
)

// embedded is the kind of the built-in baseline. It needs no network, no key
// and no file.
func embedded(e Embedded) Kind {
	return Kind{
		Name: builtIn,
		Help: "built in, needs nothing: " + embeddedAbout,
		Open: func(c Config, _ func(string) string) (Backend, error) {
			if c.BaseURL != "" || c.KeyEnv != "" {
				return nil, &ConfigError{text.Raw(c.Name), "", "the built-in backend has no base_url and no key_env; leave them out"}
			}
			b := &baseline{delay: e.Delay, weight: PlaceWeight, conc: c.Concurrency}
			if e.Weight != nil {
				b.weight = *e.Weight
			}
			if b.conc == 0 {
				b.conc = 4
			}
			return b, nil
		},
	}
}

type baseline struct {
	delay  time.Duration
	weight float64
	conc   int
}

// baseline is a baseline to beat, not a language model; it reads shots and
// resources only, wording does not move it. nearest compares the case's values
// with the inputs of the shots, and extract with the sentences of the context:
// what a prompt says around the values, in whatever block, is not compared. Where
// a context does not say which of its bytes are the case's, as one read from a
// file, the whole last user message stands for them.

// asked is all that the baseline reads; the body of its wire is this and nothing
// else.
type asked struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    session.Role `json:"role"`
		Content string       `json:"content"`
	} `json:"messages"`
	// Values are the bytes [start, end) of the last user message that are the
	// case's values; none: nobody knows, and all of it is read.
	Values [][2]int `json:"values"`
	// Shots are the worked examples, where they can't be read from the messages by
	// the layouts that are known; Resources the texts to answer from.
	Shots []struct {
		Input  string `json:"input"`
		Output string `json:"output"`
	} `json:"shots"`
	Resources []string `json:"resources"`
	Prefill   bool     `json:"prefill"`
	Seed      int64    `json:"seed"`
	Weight    float64  `json:"place_weight"`
}

// Traits says how the runner is to treat the backend.
func (b *baseline) Traits() Traits {
	return Traits{
		Concurrency: b.conc, Free: true, Local: true, CountHere: true, Repeats: true,
		Digest: func(string) string { return embeddedVersion },
		About:  embeddedAbout,
	}
}

// Models lists the two.
func (b *baseline) Models(context.Context) ([]session.ModelInfo, error) {
	return []session.ModelInfo{
		{Ref: "nearest", About: "answers with a shot's output, drawn from the three that fit the input best; " + embeddedAbout, Digest: embeddedVersion},
		{Ref: "extract", About: "answers with the sentences of the context that fit the input best; " + embeddedAbout, Digest: embeddedVersion},
	}, nil
}

// Wire returns what the baseline will read, as JSON. The sampler's values play
// no part but the seed; a variant without one has seed 1.
func (b *baseline) Wire(r Request) (session.Wire, error) {
	if r.Model != "nearest" && r.Model != "extract" {
		return session.Wire{}, fmt.Errorf("embedded/%s does not exist; there are embedded/nearest and embedded/extract", text.Raw(r.Model))
	}
	seed := int64(1)
	if r.Proof.Params.Seed != nil {
		seed = *r.Proof.Params.Seed
	}
	o := newObject()
	o.str("model", r.Model)
	o.messages(r.Proof.Messages)
	if v := valuesOf(r.Proof); len(v) > 0 {
		o.pairs("values", v)
	}
	putWorked(o, r.Proof)
	o.flag("prefill", r.Proof.Prefill)
	o.int("seed", seed+int64(r.Take)-1)
	if r.Model == "nearest" {
		o.num("place_weight", &b.weight)
	}
	body, err := o.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire("CALL", "/"+r.Model, body), nil
}

// valuesOf are the bytes of the last user message that are the case's values.
func valuesOf(p session.Proof) (out [][2]int) {
	last := lastUser(p.Messages)
	if last < 0 {
		return nil
	}
	for _, s := range p.SpansOf(last) {
		if s.Part == session.PartVar {
			out = append(out, [2]int{s.Start, s.End})
		}
	}
	return out
}

// Stream answers word by word.
func (b *baseline) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		var a asked
		if err := json.Unmarshal(w.Body, &a); err != nil {
			yield(Chunk{}, &session.CallError{Kind: "protocol", Message: "the request is not the built-in backend's own"})
			return
		}
		out := a.answer()
		for _, word := range strings.SplitAfter(out, " ") {
			if !b.wait(ctx) {
				yield(Chunk{}, &session.CallError{Kind: "network", Message: "cancelled"})
				return
			}
			if word != "" && !yield(Chunk{Text: text.Raw(word)}, nil) {
				return
			}
		}
		done := Chunk{Done: true, Finish: "stop", Status: session.StatusDone, Model: text.Raw("embedded/" + a.Model)}
		if out == "" {
			done.Status = session.StatusEmpty
		}
		yield(done, nil)
	}
}

func (b *baseline) wait(ctx context.Context) bool {
	if b.delay <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(b.delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (a asked) answer() string {
	msgs := make([]session.Message, len(a.Messages))
	for i, m := range a.Messages {
		msgs[i] = session.Message{Role: m.Role, Content: text.Raw(m.Content)}
	}
	prefill := ""
	if n := len(msgs); a.Prefill && n > 0 {
		prefill = string(msgs[n-1].Content)
		msgs = msgs[:n-1]
	}
	c := readContext(msgs)
	c.value = a.value(msgs)
	if a.Shots != nil {
		c.shots = nil
		for _, s := range a.Shots {
			c.shots = append(c.shots, workedExample{s.Input, s.Output})
		}
	}
	c.given = a.Resources
	var out string
	if a.Model == "extract" {
		out = c.extract()
	} else {
		out = c.nearest(a.Seed, a.Weight)
	}
	if rest, ok := strings.CutPrefix(out, prefill); ok {
		return rest
	}
	return out
}

// value joins the case's values, "" where it is not known which they are.
func (a asked) value(msgs []session.Message) string {
	last := lastUser(msgs)
	if last < 0 {
		return ""
	}
	content := string(msgs[last].Content)
	var parts []string
	for _, v := range a.Values {
		if v[0] < 0 || v[0] > v[1] || v[1] > len(content) {
			return ""
		}
		parts = append(parts, content[v[0]:v[1]])
	}
	return strings.Join(parts, "\n")
}

// query is what is compared: the case's values, or all of the input.
func (c readIn) query() string {
	if strings.TrimSpace(c.value) != "" {
		return c.value
	}
	return c.input
}

// nearest draws the output of a shot. The draw is seeded by the seed, the case's
// values and the shots as they stand: the wording around them plays no part.
func (c readIn) nearest(seed int64, weight float64) string {
	inputs := make([]string, len(c.shots))
	for i, s := range c.shots {
		inputs[i] = s.input
	}
	score := session.NewRetriever(inputs).Scores(c.query())
	n := float64(len(score))
	best := make([]int, len(score))
	for i := range score {
		score[i] *= 1 + weight*float64(i+1)/n
		best[i] = i
	}
	slices.SortStableFunc(best, func(a, b int) int {
		switch {
		case score[a] > score[b]:
			return -1
		case score[a] < score[b]:
			return 1
		}
		// Which of two that fit alike is drawn from does not hang on where they stand: without
		// weight on places, order does nothing.
		return cmp.Or(cmp.Compare(c.shots[a].input, c.shots[b].input), cmp.Compare(c.shots[a].output, c.shots[b].output))
	})
	best = best[:min(drawFrom, len(best))]
	sum := 0.0
	for _, i := range best {
		sum += score[i]
	}
	if sum == 0 {
		return Unknown
	}
	at := c.random(seed).Float64() * sum
	for _, i := range best {
		if at -= score[i]; at < 0 {
			return c.shots[i].output
		}
	}
	return c.shots[best[0]].output
}

func (c readIn) random(seed int64) *rand.Rand {
	h := sha256.New()
	put := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	put(embeddedVersion)
	put(fmt.Sprint(seed))
	put(c.query())
	for _, s := range c.shots {
		put(s.input)
		put(s.output)
	}
	sum := h.Sum(nil)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:])))
}

// extract joins the sentences that fit the input best, in the order in which
// they stand.
func (c readIn) extract() string {
	question, pieces := c.resources()
	score := session.NewRetriever(pieces).Scores(question)
	best := make([]int, 0, len(score))
	for i, s := range score {
		if s > 0 {
			best = append(best, i)
		}
	}
	slices.SortStableFunc(best, func(a, b int) int {
		switch {
		case score[a] > score[b]:
			return -1
		case score[a] < score[b]:
			return 1
		}
		return a - b
	})
	best = best[:min(extractUp, len(best))]
	slices.Sort(best)
	if len(best) == 0 {
		return Unknown
	}
	var b strings.Builder
	for i, k := range best {
		if i > 0 {
			b.WriteByte(' ')
		}
		s := strings.Join(strings.Fields(pieces[k]), " ")
		b.WriteString(s)
		if !ends(s) {
			b.WriteByte('.')
		}
	}
	return b.String()
}

// ends reports whether a piece ends in a mark of its own, inside quotes and
// brackets or not: a full stop after it would be one too many.
func ends(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, "\"')]}”’»*_`"))
	return strings.ContainsRune(".!?…:;,。！？", r)
}

package session

import (
	"slices"
	"strings"

	"galley/session/text"
)

// ToolCall is a call that a model asked for. Nothing is ever called.
type ToolCall struct {
	ID        text.Raw `json:"id"`
	Name      text.Raw `json:"name"`
	Arguments text.Raw `json:"arguments"` // JSON as the model wrote it
}

// EngineTiming is what a server reported of one call by its own clock and count.
// nil: it did not say.
type EngineTiming struct {
	PromptTokens    *int     `json:"prompt_tokens,omitempty"` // computed anew, those in its cache left out
	CachedTokens    *int     `json:"cached_tokens,omitempty"` // of the prompt, that it had already
	PromptMS        *float64 `json:"prompt_ms,omitempty"`
	GeneratedTokens *int     `json:"generated_tokens,omitempty"`
	GeneratedMS     *float64 `json:"generated_ms,omitempty"`
	LoadMS          *float64 `json:"load_ms,omitempty"` // the model had to be loaded
	QueueMS         *float64 `json:"queue_ms,omitempty"`
}

// Evidence says how it is known what context an engine evaluated.
type Evidence string

// The kinds of evidence, the strongest first.
const (
	EvidenceIDs      Evidence = "same_request_ids" // token ids that the answering request reported
	EvidenceText     Evidence = "same_request"     // text that the answering request reported
	EvidenceRendered Evidence = "rendered"         // the engine rendered the same body in another request
	EvidenceGuessed  Evidence = "guessed"          // rendered here, by a template that the user gave
	EvidenceNone     Evidence = ""                 // the engine does not say
)

// Evaluated is the context as the engine evaluated it, beside the proof as it was
// composed.
type Evaluated struct {
	Text   text.Raw // special tokens and all
	IDs    []int    // of its tokens; nil: unknown
	Source Evidence
	Tokens int // of the prompt, as the engine counted for the answer; 0 unknown
	// Counted is the number of tokens that Text has by the engine's own tokenizer;
	// 0: it was not counted. The proof that Text is what was evaluated is that it
	// equals Tokens.
	Counted int
	// Differs says in one sentence what of it is not as it was composed, "" nothing
	// that is known of; Cut that a part of what was composed is not in it.
	Differs text.Raw
	Cut     bool
}

// Proved reports whether the text is known to be what was evaluated, to the token.
func (e Evaluated) Proved() bool { return e.Tokens > 0 && e.Counted == e.Tokens }

// Token is one token of a context.
type Token struct {
	ID      int      // -1 unknown
	Text    text.Raw // its bytes; a character may stand in several tokens
	Special bool     // of the template: it is no text
}

// Rendered is the context as a server says that it would evaluate it.
type Rendered struct {
	Text   text.Raw
	Tokens []Token // in order, their texts joined are Text; nil: borders are unknown
	Total  int     // tokens; 0 unknown
	Source string  // server, file, approximate or unavailable
	Note   string  // what is to be known about it, in our words; "" nothing
	Limit  int     // the context that the server has loaded the model with by now; 0 unknown
}

// Segment is a piece of an evaluated context: text of a message, or what the chat
// template wrote between them.
type Segment struct {
	Start, End int // byte offsets into the evaluated text
	Message    int // index of the message; -1: the template's
	From       int // offset of the first byte in the message's content; of the template's 0
}

// Trace is an evaluated context laid beside the proof that was composed.
type Trace struct {
	Segments []Segment // in order; they cover every byte of the evaluated text once
	Differs  text.Raw  // in one sentence what is not as it was composed, "" nothing
	Cut      bool      // a part of what was composed is not there
}

// TraceContext finds the messages of p in the text that an engine evaluated, in
// their order: whole; trimmed of white space at their ends; or not at all, which
// is a cut. A call of a tool is found by the tool's name, between what stands before
// it and behind it: some chat templates leave calls out without a word.
func TraceContext(p Proof, evaluated text.Raw) Trace {
	var t Trace
	at, s := 0, string(evaluated)
	var trimmed, missing, called []string
	calls := map[string]string{} // name of a tool → the message that calls it, since what was found last
	uncalled := func(gap string) {
		for _, name := range called {
			if !strings.Contains(gap, name) {
				missing = append(missing, "the call of "+text.Raw(name).String()+" in "+calls[name])
			}
		}
		called = nil
	}
	for i, m := range p.Messages {
		whole := string(m.Content)
		for _, c := range m.Calls {
			called = append(called, string(c.Name))
			calls[string(c.Name)] = nth(i, m.Role)
		}
		if whole == "" {
			continue
		}
		want, from := whole, 0
		k := strings.Index(s[at:], want)
		if k < 0 {
			want = strings.TrimSpace(whole)
			from = strings.Index(whole, want)
			if k = strings.Index(s[at:], want); k >= 0 && want != "" {
				trimmed = append(trimmed, nth(i, m.Role))
			}
		}
		if want == "" {
			continue // nothing but white space
		}
		if k < 0 {
			missing = append(missing, nth(i, m.Role))
			continue
		}
		uncalled(s[at : at+k])
		if k > 0 {
			t.Segments = append(t.Segments, Segment{at, at + k, -1, 0})
		}
		t.Segments = append(t.Segments, Segment{at + k, at + k + len(want), i, from})
		at += k + len(want)
	}
	uncalled(s[at:])
	if at < len(s) {
		t.Segments = append(t.Segments, Segment{at, len(s), -1, 0})
	}
	t.Cut = len(missing) > 0
	var say []string
	if len(missing) > 0 {
		say = append(say, "not there as composed: "+list(missing))
	}
	if len(trimmed) > 0 {
		say = append(say, "white space trimmed from "+list(trimmed))
	}
	t.Differs = text.Raw(strings.Join(say, "; "))
	return t
}

func nth(i int, r Role) string { return "message " + itoa(int64(i+1)) + " (" + string(r) + ")" }

func list(all []string) string {
	if len(all) > 4 {
		all = append(slices.Clone(all[:3]), itoa(int64(len(all)-3))+" more")
	}
	return strings.Join(all, ", ")
}

// Load is how busy an engine is. nil: it does not say.
type Load struct {
	Slots      *int     // requests that it works at once
	Busy       *int     // of them, at work
	Waiting    *int     // requests in its queue
	CacheHits  *float64 // share of prompt tokens that its cache held, 0 to 1
	TokensPerS *float64 // generated, by its own count
}

// Device is a GPU, or the machine itself where there is none. nil: no reading.
type Device struct {
	Name      text.Raw
	Kind      string // nvidia, amd, intel, apple, cpu
	Index     int
	MemUsed   *int64 // bytes
	MemTotal  *int64
	Util      *float64 // 0 to 1
	PowerW    *float64
	TempC     *float64
	OwnMem    *int64 // bytes that our own child holds there
	Processes int    // that use it; 0 unknown
}

// Pin is what exactly stands behind a model's name, as far as its server says.
type Pin struct {
	Digest  string // "" unknown
	Server  string // kind, version and build; "" unknown
	Slots   int    // requests at once; 0 unknown
	Context int    // tokens that one request may have; 0 unknown
}

// Speed is how fast a model answered before.
type Speed struct {
	Answers    int     // that it is taken from
	TotalMS    float64 // mean, request written to the end: times a number of requests it is their time
	TTFTMS     float64 // median
	TokensPerS float64 // median
}

// Mixing says that one name of a run stood for more than one model.
type Mixing struct {
	Model    string     // BACKEND/MODEL as it was asked
	Reported []text.Raw // as the server named it
	Digests  []string
}

// Mixed lists the models of a run that were renamed or changed in the middle,
// by what their answers report. An answer that reports nothing says nothing.
func Mixed(results []Result) []Mixing {
	var order []string
	by := map[string]*Mixing{}
	for _, r := range results {
		if !r.Output.Status.Finished() {
			continue
		}
		ref := r.Cell.Contestant.Model
		m, ok := by[ref]
		if !ok {
			m = &Mixing{Model: ref}
			by[ref] = m
			order = append(order, ref)
		}
		if n := r.Output.Model; n != "" && !slices.Contains(m.Reported, n) {
			m.Reported = append(m.Reported, n)
		}
		if d := r.Output.Digest; d != "" && !slices.Contains(m.Digests, d) {
			m.Digests = append(m.Digests, d)
		}
	}
	var out []Mixing
	for _, ref := range order {
		if m := by[ref]; len(m.Reported) > 1 || len(m.Digests) > 1 {
			out = append(out, *m)
		}
	}
	return out
}

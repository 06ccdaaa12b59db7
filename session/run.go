package session

import "galley/session/text"

// Status is the state of a cell.
type Status string

// The states of a cell. Only StatusDone is an answer that is judged.
const (
	StatusWaiting     Status = "waiting"     // not started
	StatusRunning     Status = "running"     // asked, not finished
	StatusDone        Status = "done"        // a whole answer
	StatusTruncated   Status = "truncated"   // cut at the token limit
	StatusFiltered    Status = "filtered"    // withheld by a content filter
	StatusRefused     Status = "refused"     // the model declined through its refusal field
	StatusEmpty       Status = "empty"       // finished without a word
	StatusToolCalls   Status = "tool_calls"  // finished with tool calls
	StatusError       Status = "error"       // no answer; Error says why
	StatusStopped     Status = "stopped"     // cancelled; the text so far is kept
	StatusInterrupted Status = "interrupted" // its process died while it ran; it may have been billed
)

// Finished reports whether the cell came back from its model with something
// that asking again would pay for twice.
func (s Status) Finished() bool {
	switch s {
	case StatusDone, StatusTruncated, StatusFiltered, StatusRefused, StatusEmpty, StatusToolCalls:
		return true
	}
	return false
}

// Ended reports whether nothing more will happen to the cell by itself.
func (s Status) Ended() bool { return s != StatusWaiting && s != StatusRunning }

// Failed reports whether the cell ended without an answer from its model.
func (s Status) Failed() bool {
	return s == StatusError || s == StatusStopped || s == StatusInterrupted
}

// CallError says why a cell has no answer. It is a state and never text that
// looks like one.
type CallError struct {
	Kind      string   `json:"kind"` // rate_limit, auth, not_found, context, timeout, network, server, protocol, limit, config
	Message   text.Raw `json:"message"`
	Status    int      `json:"status,omitempty"` // of HTTP, 0: none
	Retryable bool     `json:"retryable"`
	// AfterMS is how long the server asked to wait before the next request.
	AfterMS int64 `json:"-"`
}

// Error is what is said of it, as it may be shown.
func (e *CallError) Error() string { return e.Said().String() }

// Usage counts tokens as the source says.
type Usage struct {
	Input  int    `json:"input_tokens"`
	Output int    `json:"output_tokens"`
	Source string `json:"source"` // server, tokenizer, estimate; "" unknown
	// Cached is the part of Input that the server had in its cache and may bill at
	// a lower price; nil: it does not say. Reasoning is the part of Output that was
	// reasoning; nil likewise.
	Cached    *int `json:"cached_tokens,omitempty"`
	Reasoning *int `json:"reasoning_tokens,omitempty"`
	// Written is the part of Input that the server put into its cache and may bill
	// at a higher price; it is for the cost, and not kept.
	Written *int `json:"-"`
}

// Timing is of our own clock, in milliseconds; TokensPerS is output tokens after
// the first over the time after the first, 0 where that can't be said.
type Timing struct {
	QueueMS    int64   `json:"queue_ms"`
	TTFTMS     int64   `json:"ttft_ms"` // request written to first text; 0: no text came
	TotalMS    int64   `json:"total_ms"`
	TokensPerS float64 `json:"tokens_per_s"`
}

// Cell is one call of a run: contestant × case × take × order.
type Cell struct {
	ID         int64
	UID        string
	RunID      int64
	Index      int // place in the run, from 0
	Contestant Contestant
	CaseID     int64
	CaseName   text.Raw
	CaseTags   []text.Raw
	CaseVars   []Var // like Wanted, as they were when the run began
	Wanted     *text.Raw
	Take       int // from 1
	Order      Order
	Proof      string // hash
	// ProofKey is Proof.Key: it tells apart two proofs of the same messages that
	// differ in parameters, spans or order. "" takes the first with the hash.
	ProofKey string
	Wire     string // hash
}

// CaseKey tells the cases of a run apart; those of a run from outside may have
// no id.
type CaseKey struct {
	ID   int64
	Name text.Raw
}

// Case is the case of the cell, to count distinct ones by.
func (c Cell) Case() CaseKey { return CaseKey{c.CaseID, c.CaseName} }

// Output is what came back in a cell.
type Output struct {
	CellID   int64
	Status   Status
	Finish   string   // finish_reason as the server wrote it
	Text     text.Raw // the raw completion
	Prefill  text.Raw // what it continues: assertions and judges see Prefill + Text
	Reason   text.Raw // reasoning text, kept apart
	Usage    Usage
	Timing   Timing
	CostUSD  *float64 // nil: unknown
	Cached   bool     // Usage, Timing and CostUSD are those of the first time
	Attempts int
	Unsure   int      // of them, in flight when their process died; they may have been billed
	Model    text.Raw // as the server reported it
	Server   string   // its kind and build, "" unknown

	ToolCalls  []ToolCall
	Engine     EngineTiming // by the server's own clock
	Repeatable bool         // it was asked in the way that repeats, see RunHow
	// Evidence is how it is known what was evaluated; Differs and Cut as in
	// Evaluated, which is kept apart.
	Evidence Evidence
	Differs  text.Raw
	Cut      bool
	// Evaluated and Received are only set where a cell ends; they are kept, and
	// read on their own.
	Evaluated *Evaluated
	Received  []byte // what the server sent, keys removed; nil: nothing, or not kept
	Digest    string // of the model, "" unknown
	Origin    string // where it was asked, as in CacheKey
	Error     *CallError
	EndedMS   int64
}

// Whole is the answer as a judge reads it.
func (o Output) Whole() text.Raw { return o.Prefill + o.Text }

// Attempt is one request of a cell, written down before it is sent.
type Attempt struct {
	ID     int64
	CellID int64
	Number int // from 1
	Wire   Wire
	AtMS   int64
	Ahead  bool // its request waits for another's answer: there is a moment to write it down together with others
}

// Result is a cell with what came of it.
type Result struct {
	Cell   Cell
	Output Output
}

// Grade compares the output with what the case wanted when the run began.
// Anything but a whole answer is no grade.
func (r Result) Grade() Grade {
	if r.Output.Status != StatusDone {
		return GradeNone
	}
	return Case{Wanted: r.Cell.Wanted}.Match(r.Output.Whole())
}

// Holds reports whether an output that is wrong has what the case wanted in it, among
// other words.
func (r Result) Holds() bool {
	return r.Output.Status == StatusDone && Case{Wanted: r.Cell.Wanted}.Holds(r.Output.Whole())
}

// Note is a line that a person wrote beside an output.
type Note struct {
	ID        int64
	UID       string
	CellID    int64
	RunID     int64
	Variant   VariantRef
	Model     string
	CaseName  text.Raw
	Text      text.Raw
	By        text.Raw // who wrote it, "" unknown
	ModeID    int64    // the failure mode that it stands under; 0: none
	CreatedMS int64
}

// RunHow says how a run asks.
type RunHow struct {
	// Timing measures: one request at a time, after a warm-up, nothing from a
	// cache, every take the same request.
	Timing bool
	// Repeatable asks one at a time and without the server's prompt cache, so that
	// a seed gives the same answer where the server can do that at all.
	Repeatable bool
}

// RunState is the state of a run.
type RunState string

// The states of a run.
const (
	RunRunning     RunState = "running"
	RunDone        RunState = "done"
	RunStopped     RunState = "stopped"
	RunInterrupted RunState = "interrupted" // its process is gone
)

// Run is a matrix of cells that were asked together.
type Run struct {
	ID        int64
	UID       string
	PromptID  int64
	Prompt    text.Raw // its name when the run began
	State     RunState
	Note      text.Raw
	Imported  bool     // outputs that came from outside; nothing can be asked anew
	Author    text.Raw // of an import: who typed the answers, and so never judges them; "" unknown
	How       RunHow
	Mixed     []Mixing // models that were not one model all the time
	Unsure    int      // requests that were in flight when their process died; they may have been billed
	StudyID   int64    // the study that it belongs to, 0: none
	Holdout   int      // cases of the holdout that it asked about: one look at them
	NoCache   bool     // every cell is asked, whatever the cache holds; going on with the run keeps to it
	StartedMS int64
	EndedMS   int64 // 0: not yet
	Cells     int
	Done      int // ended with an answer
	Failed    int
	Cached    int
	Requests  int
	CostUSD   *float64
}

// Name is "r7".
func (r Run) Name() string { return "r" + itoa(r.ID) }

// CacheKey names an answer: the same request bytes to the same model for the
// same take. A model that has no digest is the same only at the same address.
type CacheKey struct {
	Request string // Wire.Hash
	Model   string // BACKEND/MODEL
	Digest  string // "" where the backend can't say
	Origin  string // names the address without showing it; "" where there is none
	Take    int
}

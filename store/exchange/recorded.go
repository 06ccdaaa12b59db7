package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"galley/session"
	"galley/session/text"
)

// recordedJSON is a line of a file of recorded outputs.
type recordedJSON struct {
	Case      text.Raw           `json:"case"`
	Take      int                `json:"take"`
	Status    session.Status     `json:"status"`
	Text      text.Raw           `json:"text"`
	Prefill   text.Raw           `json:"prefill,omitempty"`
	Reasoning text.Raw           `json:"reasoning,omitempty"`
	Tools     []session.ToolCall `json:"tool_calls,omitempty"`
	Finish    string             `json:"finish_reason,omitempty"`
	Usage     *session.Usage     `json:"usage,omitempty"`
	Timing    *session.Timing    `json:"timing,omitempty"`
	CostUSD   *float64           `json:"cost_usd,omitempty"`
	Model     text.Raw           `json:"model_reported,omitempty"`
	Digest    string             `json:"model_digest,omitempty"`
	Order     string             `json:"order,omitempty"`
	Error     *session.CallError `json:"error,omitempty"`
}

func writeRecorded(p *page, results []session.Result, names fileNames, out *Export) error {
	results = slices.Clone(results)
	slices.SortStableFunc(results, func(x, y session.Result) int {
		a, b := x.Cell, y.Cell
		if n := strings.Compare(a.Contestant.Model, b.Contestant.Model); n != 0 {
			return n
		}
		if n := compareRefs(a.Contestant.Variant, b.Contestant.Variant); n != 0 {
			return n
		}
		if n := strings.Compare(string(a.CaseName), string(b.CaseName)); n != 0 {
			return n
		}
		return a.Take - b.Take
	})
	type who struct {
		model, variant string
		revision       int
	}
	of := func(r session.Result) who {
		c := r.Cell.Contestant
		return who{c.Model, c.Variant.Variant, c.Variant.Revision}
	}
	for i := 0; i < len(results); {
		w := of(results[i])
		if i == 0 {
			p.put("recorded: # answers of contestants that can't be asked anew")
		}
		name := w.variant
		if name == "" {
			name = "answers"
		}
		f := names.take("recorded/"+strings.TrimPrefix(fileNames{}.take("", w.model, ""), "/"), name, ".jsonl")
		p.put("  - { model: %s, variant: %s, revision: %d, file: %s }", quoted(w.model), quoted(w.variant), w.revision, quoted(f))
		var data []byte
		for ; i < len(results) && of(results[i]) == w; i++ {
			line, err := recordedLine(results[i])
			if err != nil {
				return err
			}
			data = append(append(data, line...), '\n')
		}
		out.Files = append(out.Files, File{f, data})
	}
	return nil
}

func recordedLine(r session.Result) ([]byte, error) {
	o := r.Output
	j := recordedJSON{
		Case: r.Cell.CaseName, Take: max(r.Cell.Take, 1), Status: o.Status, Text: o.Text, Prefill: o.Prefill, Reasoning: o.Reason, Tools: o.ToolCalls,
		Finish: o.Finish, CostUSD: o.CostUSD, Model: o.Model, Digest: o.Digest, Error: o.Error,
	}
	if o.Usage != (session.Usage{}) {
		j.Usage = &o.Usage
	}
	if o.Timing != (session.Timing{}) {
		j.Timing = &o.Timing
	}
	if !r.Cell.Order.AsIs() {
		j.Order = r.Cell.Order.String()
	}
	b, err := lineJSON(j)
	if err != nil {
		return nil, fmt.Errorf("a recorded output of case %s: %w", r.Cell.CaseName, err)
	}
	return b, nil
}

func (r *folder) recorded(keys map[string]*yaml.Node) error {
	items, err := r.list(keys["recorded"], "recorded")
	if err != nil {
		return err
	}
	for _, n := range items {
		ref, file, err := r.variantRef(n, "a recording", "variant", "recorded", ".jsonl", "model")
		if err != nil {
			return err
		}
		f, err := r.fields(n, "a recording", "model", "variant", "revision", "file")
		if err != nil {
			return err
		}
		model, err := r.model(f["model"], n.Line)
		if err != nil {
			return err
		}
		data, err := readPlain(r.dir, file, maxFile)
		if err != nil {
			return err
		}
		if ref.Variant != "" && !slices.ContainsFunc(r.b.Variants, func(v BundleVariant) bool { return v.Ref == ref }) {
			return r.bad(n.Line, "list it under variants, or leave the recording out", "a recording is of %s, which variants does not list", ref)
		}
		if err := r.recordedFile(file, data, session.Contestant{Variant: ref, Model: model}); err != nil {
			return err
		}
	}
	return nil
}

func (r *folder) recordedFile(file string, data []byte, who session.Contestant) error {
	in := &input{o: Options{File: file}}
	type key struct {
		name text.Raw
		take int
	}
	seen := map[key]int{}
	i, lines := -1, 0
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		i++
		p := &parser{in: in, b: line, line: i + 1}
		if p.peek() == 0 && p.at == len(line) {
			continue
		}
		at := p.at
		v, err := p.value(1)
		if err != nil {
			return err
		}
		lines++
		if p.space(); v.kind != 'o' || p.at < len(line) {
			return p.bad(p.at, "", "one object a line was due")
		}
		var j recordedJSON
		if err := exactJSON(p, v, at, &j); err != nil {
			return err
		}
		order, err := session.ParseOrder(j.Order)
		switch {
		case err != nil:
			return p.bad(at, "", "%s", err)
		case !j.Status.Ended() || !j.Status.Finished() && !j.Status.Failed():
			return p.bad(at, "", "status is %q", clip(string(j.Status)))
		case j.Take < 1:
			return p.bad(at, "", "take is %d", j.Take)
		case j.Take > maxTakes:
			return p.bad(at, "", "take is %d; they count to %d", j.Take, maxTakes)
		case seen[key{j.Case, j.Take}] != 0:
			return p.bad(at, "", "take %d of case %q stands already in line %d", j.Take, j.Case, seen[key{j.Case, j.Take}])
		}
		if err := j.settle(); err != nil {
			return p.bad(at, "", "%s", err)
		}
		seen[key{j.Case, j.Take}] = i + 1
		r.b.Recorded = append(r.b.Recorded, j.result(r.b.Cases, who, order))
	}
	if lines == 0 {
		return in.problem(1, "leave the recording out", "it holds no answer")
	}
	return nil
}

// maxTakes is how often one case is asked or recorded at most.
const maxTakes = 1000

// settle makes the line agree with itself. What ended otherwise than its status says
// is read as what it is, so that no half answer passes for a whole one: other
// programs know an answer's finish reason and call everything done. Where two parts
// can't both be true, nobody can say which is.
func (j *recordedJSON) settle() error {
	switch {
	case j.Error != nil && j.Status.Finished():
		return fmt.Errorf("its status is %s and it has an error", j.Status)
	case j.Usage != nil && (j.Usage.Input < 0 || j.Usage.Output < 0):
		return errors.New("usage is below 0")
	case j.Timing != nil && (j.Timing.QueueMS < 0 || j.Timing.TTFTMS < 0 || j.Timing.TotalMS < 0 || j.Timing.TokensPerS < 0):
		return errors.New("timing is below 0")
	case j.CostUSD != nil && *j.CostUSD < 0:
		return errors.New("cost_usd is below 0")
	case j.Status != session.StatusDone:
		return nil
	}
	switch strings.ToLower(j.Finish) {
	case "length", "max_tokens", "max_output_tokens", "model_context_window_exceeded", "model_length":
		j.Status = session.StatusTruncated
	case "content_filter", "safety", "recitation", "prohibited_content", "blocklist":
		j.Status = session.StatusFiltered
	case "refusal":
		j.Status = session.StatusRefused
	case "tool_calls", "tool_use", "function_call":
		j.Status = session.StatusToolCalls
	case "error", "abort", "cancelled":
		return fmt.Errorf("its status is done and its finish_reason %s", j.Finish)
	default:
		if j.Text == "" {
			j.Status = session.StatusEmpty
		}
	}
	return nil
}

// result is the line as a result: what is known of its case is the folder's.
func (j recordedJSON) result(cases []session.Case, who session.Contestant, o session.Order) session.Result {
	r := session.Result{
		Cell: session.Cell{Contestant: who, CaseName: j.Case, Take: j.Take, Order: o},
		Output: session.Output{
			Status: j.Status, Finish: j.Finish, Text: j.Text, Prefill: j.Prefill, Reason: j.Reasoning, ToolCalls: j.Tools,
			CostUSD: j.CostUSD, Model: j.Model, Digest: j.Digest, Error: j.Error,
		},
	}
	if i := slices.IndexFunc(cases, func(c session.Case) bool { return c.Name == j.Case }); i >= 0 {
		r.Cell.CaseTags, r.Cell.CaseVars, r.Cell.Wanted = cases[i].Tags, cases[i].Vars, cases[i].Wanted
	}
	if j.Usage != nil {
		r.Output.Usage = *j.Usage
	}
	if j.Timing != nil {
		r.Output.Timing = *j.Timing
	}
	return r
}

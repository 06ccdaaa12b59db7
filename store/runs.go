package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"galley/session"
	"galley/session/text"
)

const runQuery = `SELECT id, uid, coalesce(prompt_id, 0), prompt_name, state, note, imported, author, no_cache, timing, repeatable, started_ms, ended_ms,
	cells, done, failed, cached, requests, cost_usd, mixed, unsure, coalesce(study_id, 0), holdout, lease_until_ms FROM runs WHERE deleted_ms IS NULL`

// scanRun reads a run. One that says it is running though its lease is over
// shows as what it is.
func (s *Store) scanRun(r scanner) (session.Run, error) {
	var u session.Run
	var cost sql.NullFloat64
	var lease int64
	var mixed string
	err := r.Scan(&u.ID, &u.UID, &u.PromptID, &u.Prompt, &u.State, &u.Note, &u.Imported, &u.Author, &u.NoCache, &u.How.Timing, &u.How.Repeatable,
		&u.StartedMS, &u.EndedMS, &u.Cells, &u.Done, &u.Failed, &u.Cached, &u.Requests, &cost, &mixed, &u.Unsure, &u.StudyID, &u.Holdout, &lease)
	if err == nil {
		if u.Mixed, err = parseMixed(mixed); err != nil {
			err = badRow("run", u.ID, err)
		}
	}
	if cost.Valid {
		u.CostUSD = &cost.Float64
	}
	if u.State == session.RunRunning && !s.leased(lease) {
		u.State = session.RunInterrupted
	}
	return u, err
}

// sums counts a run's cells by what became of them. Cost is what this run paid:
// nil where the price of an answer that was not cached is unknown. Cells that
// were never asked, because others had failed, cost nothing.
func sums(ctx context.Context, q query, u *session.Run) error {
	var cost sql.NullFloat64
	var unknown int
	err := q.QueryRowContext(ctx, `SELECT
			count(*) FILTER (WHERE c.status IN ('done', 'truncated', 'filtered', 'refused', 'empty', 'tool_calls')),
			count(*) FILTER (WHERE c.status IN ('error', 'stopped', 'interrupted')),
			coalesce(sum(o.cached), 0), sum(o.cost_usd) FILTER (WHERE o.cached = 0),
			count(*) FILTER (WHERE o.cached = 0 AND o.cost_usd IS NULL AND o.ended_ms > 0 AND NOT (c.status = 'error' AND o.attempts = 0))
		FROM cells c LEFT JOIN outputs o ON o.cell_id = c.id WHERE c.run_id = ?`, u.ID).
		Scan(&u.Done, &u.Failed, &u.Cached, &cost, &unknown)
	if err != nil {
		return err
	}
	u.CostUSD = nil
	if cost.Valid && unknown == 0 {
		u.CostUSD = &cost.Float64
	}
	// The newest attempt of a cell that runs is in flight; all others that never
	// ended were so when their process died.
	err = q.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE a.ended_ms IS NULL
				AND (? OR c.status <> 'running' OR a.id < (SELECT max(id) FROM attempts WHERE cell_id = c.id)))
		FROM cells c JOIN attempts a ON a.cell_id = c.id WHERE c.run_id = ?`, u.State == session.RunInterrupted, u.ID).Scan(&u.Requests, &u.Unsure)
	if err != nil {
		return err
	}
	u.Mixed, err = mixed(ctx, q, u.ID)
	return err
}

// mixed lists the models of a run that were not one model all the time.
func mixed(ctx context.Context, q query, runID int64) ([]session.Mixing, error) {
	kinds, err := collect(ctx, q, func(r scanner) (x session.Result, err error) {
		x.Output.Status = session.StatusDone
		err = r.Scan(&x.Cell.Contestant.Model, &x.Output.Model, &x.Output.Digest)
		return x, err
	}, `SELECT c.model, o.model, o.digest FROM cells c JOIN outputs o ON o.cell_id = c.id
		WHERE c.run_id = ? AND c.status IN ('done', 'truncated', 'filtered', 'refused', 'empty', 'tool_calls')
		GROUP BY 1, 2, 3 ORDER BY min(c.idx)`, runID)
	return session.Mixed(kinds), err
}

// Runs returns the runs of a prompt (0: of all), the newest first. The sums of
// those that have not ended are counted now.
func (s *Store) Runs(ctx context.Context, promptID int64) ([]session.Run, error) {
	stmt, args := runQuery, []any{}
	if promptID != 0 {
		stmt, args = stmt+` AND prompt_id = ?`, append(args, promptID)
	}
	out, err := listOf(ctx, s, "run", s.scanRun, stmt+` ORDER BY id DESC`, args...)
	if err != nil {
		return nil, s.wrap(err)
	}
	for i := range out {
		if err := s.count(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// OwnRuns is Runs without those of studies.
func (s *Store) OwnRuns(ctx context.Context, promptID int64) ([]session.Run, error) {
	runs, err := s.Runs(ctx, promptID)
	return slices.DeleteFunc(runs, func(r session.Run) bool { return r.StudyID != 0 }), err
}

func (s *Store) count(ctx context.Context, u *session.Run) error {
	if u.EndedMS == 0 {
		return s.wrap(sums(ctx, s.read, u))
	}
	return nil
}

// Run returns a run by its id.
func (s *Store) Run(ctx context.Context, id int64) (session.Run, error) {
	u, err := s.run(ctx, s.read, id)
	if err != nil {
		return u, s.wrap(err)
	}
	return u, s.count(ctx, &u)
}

func (s *Store) run(ctx context.Context, q query, id int64) (session.Run, error) {
	u, err := s.scanRun(q.QueryRowContext(ctx, runQuery+` AND id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "run", Name: session.Run{ID: id}.Name()}
	}
	return u, err
}

// Statuses counts the cells of all runs by their status, by the runs' ids. Those
// that run in a run that nobody works are interrupted.
func (s *Store) Statuses(ctx context.Context) (map[int64]map[session.Status]int, error) {
	out := map[int64]map[session.Status]int{}
	_, err := collect(ctx, s.read, func(r scanner) (none struct{}, err error) {
		var id, lease int64
		var state session.RunState
		var status session.Status
		var n int
		err = r.Scan(&id, &state, &lease, &status, &n)
		if status == session.StatusRunning && (state != session.RunRunning || !s.leased(lease)) {
			status = session.StatusInterrupted
		}
		if out[id] == nil {
			out[id] = map[session.Status]int{}
		}
		out[id][status] += n
		return none, err
	}, `SELECT r.id, r.state, r.lease_until_ms, c.status, count(*) FROM runs r JOIN cells c ON c.run_id = r.id WHERE r.deleted_ms IS NULL GROUP BY r.id, c.status`)
	return out, s.wrap(err)
}

// DeleteRun hides a run with its outputs and notes until it is undone.
func (s *Store) DeleteRun(ctx context.Context, id int64) error {
	return s.edit(ctx, "delete", "run", func(e *edit) (string, string, error) {
		return session.Run{ID: id}.Name(), "", s.hideRun(ctx, e, id)
	})
}

func (s *Store) hideRun(ctx context.Context, e *edit, id int64) error {
	u, err := s.run(ctx, e.tx, id)
	if err != nil {
		return err
	}
	if u.State == session.RunRunning {
		var owner string
		if err := e.QueryRowContext(ctx, `SELECT coalesce(lease_owner, '') FROM runs WHERE id = ?`, id).Scan(&owner); err != nil {
			return err
		}
		return &LeaseHeld{Run: u.Name(), Owner: owner}
	}
	return e.set(ctx, "runs", id, row{"deleted_ms": e.now})
}

const cellColumns = `c.id, c.uid, c.run_id, c.idx, coalesce(c.revision_id, 0), c.prompt_name, c.variant_name, c.revision, c.model, c.arm,
	coalesce(c.case_id, 0), c.case_name, c.case_tags, coalesce(c.vars_hash, ''), coalesce(w.body, ''), c.wanted, c.take, c.shot_order, c.proof_hash, coalesce(c.proof_key, ''), c.request_hash, c.status`

const outputColumns = `coalesce(o.finish, ''), coalesce(o.text, ''), coalesce(o.prefill, ''), coalesce(o.reason, ''),
	coalesce(o.input_tokens, 0), coalesce(o.output_tokens, 0), coalesce(o.usage_source, ''),
	coalesce(o.queue_ms, 0), coalesce(o.ttft_ms, 0), coalesce(o.total_ms, 0), coalesce(o.tokens_per_s, 0), o.cost_usd,
	coalesce(o.cached, 0),
	CASE WHEN c.status IN ('running', 'interrupted') THEN max(coalesce(o.attempts, 0), (SELECT count(*) FROM attempts WHERE cell_id = c.id)) ELSE coalesce(o.attempts, 0) END,
	coalesce(o.model, ''), coalesce(o.digest, ''), coalesce(o.origin, ''),
	coalesce(o.tool_calls, ''), coalesce(o.engine, ''), coalesce(o.server, ''), coalesce(o.repeatable, 0), coalesce(o.evidence, ''),
	coalesce(o.differs, ''), coalesce(o.cut, 0), o.cached_tokens, o.reasoning_tokens,
	CASE WHEN c.status IN ('running', 'interrupted') OR o.attempts > 1 THEN (SELECT count(*) FROM attempts a WHERE a.cell_id = c.id AND a.ended_ms IS NULL
		AND (c.status <> 'running' OR a.id < (SELECT max(id) FROM attempts WHERE cell_id = c.id))) ELSE 0 END,
	o.error_kind, coalesce(o.error_message, ''), coalesce(o.error_status, 0), coalesce(o.error_retryable, 0), coalesce(o.ended_ms, 0)`

const resultQuery = `SELECT ` + cellColumns + `, ` + outputColumns + ` FROM cells c
	LEFT JOIN outputs o ON o.cell_id = c.id LEFT JOIN vars w ON w.hash = c.vars_hash`

func scanResult(r scanner) (session.Result, error) { return varsSeen{}.scanResult(r) }

// varsSeen are variables already read, by hash: cells of one case share them.
type varsSeen map[string][]session.Var

// read gives the variables that a hash names; "" none.
func (seen varsSeen) read(hash, body string) ([]session.Var, error) {
	vars, ok := seen[hash]
	if ok || hash == "" {
		return vars, nil
	}
	if session.Hash([]byte(body)) != hash {
		return nil, errors.New("its variables are not what their hash names")
	}
	vars, err := parseVars(body)
	seen[hash] = vars
	return vars, err
}

func (seen varsSeen) scanResult(r scanner) (session.Result, error) {
	var res session.Result
	c, o := &res.Cell, &res.Output
	var tags, order, varsHash, vars, tools, engine string
	var wanted, kind sql.NullString
	var cost sql.NullFloat64
	var e session.CallError
	err := r.Scan(&c.ID, &c.UID, &c.RunID, &c.Index, &c.Contestant.RevisionID, &c.Contestant.Variant.Prompt, &c.Contestant.Variant.Variant,
		&c.Contestant.Variant.Revision, &c.Contestant.Model, &c.Contestant.Arm, &c.CaseID, &c.CaseName, &tags, &varsHash, &vars, &wanted, &c.Take, &order, &c.Proof, &c.ProofKey,
		&c.Wire, &o.Status,
		&o.Finish, &o.Text, &o.Prefill, &o.Reason, &o.Usage.Input, &o.Usage.Output, &o.Usage.Source,
		&o.Timing.QueueMS, &o.Timing.TTFTMS, &o.Timing.TotalMS, &o.Timing.TokensPerS, &cost,
		&o.Cached, &o.Attempts, &o.Model, &o.Digest, &o.Origin, &tools, &engine, &o.Server, &o.Repeatable, &o.Evidence, &o.Differs, &o.Cut,
		&o.Usage.Cached, &o.Usage.Reasoning, &o.Unsure, &kind, &e.Message, &e.Status, &e.Retryable, &o.EndedMS)
	if err != nil {
		return res, err
	}
	o.CellID, c.Wanted = c.ID, optional(wanted)
	if cost.Valid {
		o.CostUSD = &cost.Float64
	}
	if kind.Valid {
		e.Kind = kind.String
		o.Error = &e
	}
	if c.CaseVars, err = seen.read(varsHash, vars); err == nil {
		c.CaseTags, err = parseTags(tags)
	}
	if err == nil {
		c.Order, err = session.ParseOrder(order)
	}
	if err == nil {
		o.ToolCalls, err = parseTools(tools)
	}
	if err == nil {
		o.Engine, err = parseEngine(engine)
	}
	if err != nil {
		err = badRow("cell", c.ID, err)
	}
	return res, err
}

// Results returns the cells of a run in order with what is known of them; those
// that wait have an Output with only their status.
func (s *Store) Results(ctx context.Context, runID int64) ([]session.Result, error) {
	return s.ResultsPage(ctx, runID, 0, -1)
}

// ResultsPage returns at most limit cells of a run from index offset on; a
// negative limit means all. A page far down costs no more than the first.
func (s *Store) ResultsPage(ctx context.Context, runID int64, offset, limit int) ([]session.Result, error) {
	u, err := s.run(ctx, s.read, runID)
	if err != nil {
		return nil, s.wrap(err)
	}
	out, err := collect(ctx, s.read, s.cells(varsSeen{}.scanResult), resultsOf, runID, offset, limit)
	if err != nil {
		return nil, s.wrap(err)
	}
	if u.State == session.RunInterrupted {
		for i := range out {
			if o := &out[i].Output; o.Status == session.StatusRunning {
				o.Status = session.StatusInterrupted
				err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM attempts WHERE cell_id = ? AND ended_ms IS NULL`, o.CellID).Scan(&o.Unsure)
				if err != nil {
					return nil, s.wrap(err)
				}
			}
		}
	}
	return out, nil
}

const resultsOf = resultQuery + ` WHERE c.run_id = ? AND c.idx >= ? ORDER BY c.idx LIMIT ?`

func results(ctx context.Context, q query, runID int64, offset, limit int) ([]session.Result, error) {
	return collect(ctx, q, varsSeen{}.scanResult, resultsOf, runID, offset, limit)
}

// Result returns one cell with what is known of it.
func (s *Store) Result(ctx context.Context, cellID int64) (session.Result, error) {
	r, err := scanResult(s.read.QueryRowContext(ctx, resultQuery+` WHERE c.id = ?`, cellID))
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "output", Name: fmt.Sprint("number ", cellID)}
	}
	return r, s.wrap(err)
}

const proofQuery = `SELECT p.hash, p.messages, p.prefill, p.extras, v.params, v.spans, v.shot_order, v.key FROM views v JOIN proofs p ON p.hash = v.proof_hash`

type keyed struct {
	session.Proof
	key string
}

func scanProof(r scanner) (keyed, error) {
	var p keyed
	var messages, extras, params, spans, order string
	if err := r.Scan(&p.Hash, &messages, &p.Prefill, &extras, &params, &spans, &order, &p.key); err != nil {
		return p, err
	}
	err := errors.Join(json.Unmarshal([]byte(params), &p.Params), json.Unmarshal([]byte(spans), &p.Spans))
	if err == nil {
		p.Messages, err = parseMessages(messages)
	}
	if err == nil && extras != "" {
		err = json.Unmarshal([]byte(extras), &p.Beside)
	}
	if err == nil {
		p.Order, err = session.ParseOrder(order)
	}
	if err == nil && p.Name() != p.Hash {
		err = errors.New("its messages are not what its hash names")
	}
	if err != nil {
		err = fmt.Errorf("proof %s is damaged: %w", p.Hash, err)
	}
	return p, err
}

// Proof returns the proof that a cell's ProofKey names, or the first one kept
// with that hash.
func (s *Store) Proof(ctx context.Context, keyOrHash string) (session.Proof, error) {
	p, err := scanProof(s.read.QueryRowContext(ctx, proofQuery+` WHERE v.key = ?`, keyOrHash))
	if errors.Is(err, sql.ErrNoRows) {
		p, err = scanProof(s.read.QueryRowContext(ctx, proofQuery+` WHERE v.proof_hash = ? ORDER BY v.rowid LIMIT 1`, keyOrHash))
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "proof", Name: keyOrHash}
	}
	return p.Proof, s.wrap(err)
}

// Request returns the bytes that a hash names.
func (s *Store) Request(ctx context.Context, hash string) (session.Wire, error) {
	w := session.Wire{Hash: hash}
	err := s.read.QueryRowContext(ctx, `SELECT method, path, body FROM requests WHERE hash = ?`, hash).Scan(&w.Method, &w.Path, &w.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return w, &NotFound{Noun: "request", Name: hash}
	}
	if err == nil && session.NewWire(w.Method, w.Path, w.Body).Hash != hash {
		err = fmt.Errorf("request %s is damaged: its bytes are not what its hash names", text.Raw(hash))
	}
	return w, s.wrap(err)
}

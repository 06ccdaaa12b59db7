package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"galley/session"
)

// Records of running cells are written by one goroutine: what arrives while it
// works is one transaction, since what costs is the disk's promise at its end. A
// transaction takes in more for as long as promises take on this disk, so that
// many records share a slow one and nobody waits long for a fast one.
const (
	minWindow = time.Millisecond
	maxWindow = 50 * time.Millisecond
	maxBatch  = 512

	// What no request waits for is written after patience, with what came meanwhile:
	// where many answers come at once, whoever sends the next requests goes first.
	patience = 4 * time.Millisecond
)

// haste tells whether something waits for a record.
type haste bool

const (
	soon    haste = true
	anytime haste = false // within patience
)

// job is a record to write; done hears whether it is on disk.
type job struct {
	do   func(context.Context, *tx) error
	when haste
	at   time.Time // it was handed over
	done chan error
}

// record hands a job to the writer and waits until it is on disk. Once it is
// handed over, a cancelled context does not stop it: the answer would not be
// known.
func (s *Store) record(ctx context.Context, when haste, do func(context.Context, *tx) error) error {
	if s.write == nil {
		return ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	j := job{do, when, time.Now(), make(chan error, 1)}
	s.gate.RLock()
	if s.closed {
		s.gate.RUnlock()
		return ErrClosed
	}
	if when == soon {
		s.urgent.Add(1)
	}
	s.batch <- j
	if when == soon {
		s.hurry()
	}
	s.gate.RUnlock()
	return s.wrap(<-j.done)
}

// hurry wakes the writer, if it is patient.
func (s *Store) hurry() {
	select {
	case s.soon <- struct{}{}:
	default:
	}
}

// took says that the writer has a job.
func (s *Store) took(j job) job {
	if j.when == soon {
		s.urgent.Add(-1)
	}
	return j
}

// linger waits until there is something that must not wait, at most for patience.
func (s *Store) linger(first job, patience *time.Timer) {
	for first.when == anytime && s.urgent.Load() == 0 {
		select {
		case <-s.soon: // it may be one that was taken along before
		case <-patience.C:
			return
		}
	}
}

func (s *Store) writer(patience time.Duration) {
	defer close(s.stopped)
	promise := time.Duration(0)
	over := time.NewTimer(patience)
	for first := range s.batch {
		over.Reset(patience - time.Since(first.at))
		s.linger(s.took(first), over)
		s.hot.ready(s.write)
		jobs, took, err := s.together(first, min(max(2*promise, minWindow), maxWindow))
		promise = (3*promise + took) / 4
		errs := make([]error, len(jobs))
		var f *failedJob
		if errors.As(err, &f) {
			err = f.why
			if len(jobs) > 1 {
				errs, err = s.apart(jobs)
			}
		}
		for i, j := range jobs {
			if err != nil {
				j.done <- err
			} else {
				j.done <- errs[i]
			}
		}
	}
}

// failedJob says that a job failed, and not the transaction.
type failedJob struct{ why error }

func (f *failedJob) Error() string { return f.why.Error() }

// guard makes an error of a panic, which is the driver's answer to some broken
// pages.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the database gave up: %v", p)
		}
	}()
	return f()
}

// together writes the first job, and what else arrives in time, in one
// transaction, and tells how long its commit took. Nothing is written where one
// of them fails.
func (s *Store) together(first job, window time.Duration) (jobs []job, took time.Duration, err error) {
	ctx := context.Background()
	jobs = []job{first}
	err = guard(func() error {
		began := time.Now()
		t, err := s.begin(ctx)
		if err != nil {
			return err
		}
		defer t.Rollback() //nolint:errcheck // after Commit it does nothing
		t.hot = &s.hot
		for i := 0; i < len(jobs); i++ {
			if err := jobs[i].do(ctx, t); err != nil {
				return &failedJob{err}
			}
			if i+1 < maxBatch && time.Since(began) < window {
				jobs = s.more(jobs)
			}
		}
		if err := indexOutputs(ctx, t, t.outputs); err != nil {
			return err
		}
		ended := time.Now()
		err = t.Commit()
		took = time.Since(ended)
		return err
	})
	return jobs, took, err
}

// more adds a job that waits.
func (s *Store) more(jobs []job) []job {
	select {
	case j, ok := <-s.batch:
		if ok {
			jobs = append(jobs, s.took(j))
		}
	default:
	}
	return jobs
}

// apart writes jobs of which one fails in one transaction, where a job that
// fails takes only itself back. A failed commit is every job's.
func (s *Store) apart(jobs []job) ([]error, error) {
	ctx := context.Background()
	errs := make([]error, len(jobs))
	return errs, guard(func() error {
		t, err := s.begin(ctx)
		if err != nil {
			return err
		}
		defer t.Rollback() //nolint:errcheck // after Commit it does nothing
		for i, j := range jobs {
			if _, err := t.ExecContext(ctx, `SAVEPOINT job`); err != nil {
				return err
			}
			n := len(t.outputs)
			if errs[i] = j.do(ctx, t); errs[i] != nil {
				t.outputs = t.outputs[:n]
				if _, err := t.ExecContext(ctx, `ROLLBACK TO job`); err != nil {
					return errors.Join(errs[i], err)
				}
			}
			if _, err := t.ExecContext(ctx, `RELEASE job`); err != nil {
				return err
			}
		}
		if err := indexOutputs(ctx, t, t.outputs); err != nil {
			return err
		}
		return t.Commit()
	})
}

// BeginAttempt writes the attempt and the request's bytes and marks the cell
// running, before anything is sent. A cell that has its answer is [*Finished].
func (s *Store) BeginAttempt(ctx context.Context, a session.Attempt) (id int64, err error) {
	err = s.record(ctx, haste(!a.Ahead), func(ctx context.Context, t *tx) error {
		w := a.Wire
		if _, err := t.ExecContext(ctx, `INSERT INTO requests (hash, method, path, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			w.Hash, w.Method, w.Path, append([]byte{}, w.Body...)); err != nil {
			return err
		}
		// Writing the hash that stands there would cost its place in the index.
		if err := mark(ctx, t, a.CellID, `UPDATE cells SET status = 'running' WHERE id = ? AND request_hash = ?`+unanswered, a.CellID, w.Hash); err != nil {
			err = mark(ctx, t, a.CellID, `UPDATE cells SET status = 'running', request_hash = ? WHERE id = ?`+unanswered, w.Hash, a.CellID)
			if err != nil {
				return err
			}
		}
		if a.AtMS == 0 {
			a.AtMS = s.now()
		}
		res, err := t.ExecContext(ctx, `INSERT INTO attempts (uid, cell_id, number, request_hash, at_ms) VALUES (?, ?, ?, ?, ?)`,
			newUID(), a.CellID, max(a.Number, 1), w.Hash, a.AtMS)
		if err == nil {
			id, err = res.LastInsertId()
		}
		return err
	})
	return id, err
}

// unanswered is a cell that came back with nothing yet.
const unanswered = ` AND status NOT IN ('done', 'truncated', 'filtered', 'refused', 'empty', 'tool_calls')`

// mark changes a cell without an answer; what keeps it from that is the error.
func mark(ctx context.Context, q query, cellID int64, stmt string, args ...any) error {
	res, err := q.ExecContext(ctx, stmt, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	var run int64
	var index int
	err = q.QueryRowContext(ctx, `SELECT run_id, idx FROM cells WHERE id = ?`, cellID).Scan(&run, &index)
	if errors.Is(err, sql.ErrNoRows) {
		return &NotFound{Noun: "cell", Name: fmt.Sprint("number ", cellID)}
	}
	if err == nil {
		err = &Finished{Run: session.Run{ID: run}.Name(), Index: index}
	}
	return err
}

// Checkpoint keeps the text so far of running cells. Cells that have ended
// since are left alone.
func (s *Store) Checkpoint(ctx context.Context, parts []session.Output) error {
	return s.record(ctx, soon, func(ctx context.Context, t *tx) error {
		for _, o := range parts {
			_, err := t.ExecContext(ctx, `INSERT INTO outputs (cell_id, uid, text, prefill, reason)
				SELECT id, ?, ?, ?, ? FROM cells WHERE id = ? AND status = 'running'
				ON CONFLICT (cell_id) DO UPDATE SET text = excluded.text, prefill = excluded.prefill, reason = excluded.reason`,
				newUID(), o.Text, o.Prefill, o.Reason, o.CellID)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// FinishCell writes what came back and ends the attempt (0: none was made), in
// one transaction. When it returns nil the result is on disk. An answer is
// never replaced: the same one again is nil, another is [*Finished].
func (s *Store) FinishCell(ctx context.Context, out session.Output, attemptID int64) error {
	p, when := besideOf(&out), anytime
	if attemptID == 0 {
		when = soon // more such come at once
	}
	return s.record(ctx, when, func(ctx context.Context, t *tx) error {
		if !out.Status.Ended() {
			return fmt.Errorf("cell %d cannot finish as %s", out.CellID, out.Status)
		}
		if out.EndedMS == 0 {
			out.EndedMS = s.now()
		}
		err := mark(ctx, t, out.CellID, `UPDATE cells SET status = ? WHERE id = ?`+unanswered, string(out.Status), out.CellID)
		if err != nil {
			var f *Finished
			if !errors.As(err, &f) {
				return err
			}
			// A commit that was reported as failed may have come through.
			have, err := scanResult(t.QueryRowContext(ctx, resultQuery+` WHERE c.id = ?`, out.CellID))
			if err == nil && (have.Output.Status != out.Status || have.Output.Text != out.Text || have.Output.Reason != out.Reason) {
				err = f
			}
			return err
		}
		p.timed = out.Status.Finished() && !out.Cached && out.Timing.TotalMS > 0
		if err := putOutput(ctx, t, out, p); err != nil {
			return err
		}
		if out.Cached && p.hash == "" && out.Evidence != session.EvidenceNone {
			if err := copyEvaluated(ctx, t, out.CellID); err != nil {
				return err
			}
		}
		if attemptID != 0 {
			if err := endAttempt(ctx, t, attemptID, out.EndedMS, out.Error); err != nil {
				return err
			}
		}
		t.outputs = append(t.outputs, out.CellID)
		return nil
	})
}

// FailAttempt ends an attempt after which the cell will be tried again.
func (s *Store) FailAttempt(ctx context.Context, attemptID int64, why session.CallError) error {
	return s.record(ctx, soon, func(ctx context.Context, t *tx) error {
		return endAttempt(ctx, t, attemptID, s.now(), &why)
	})
}

func endAttempt(ctx context.Context, q query, id, atMS int64, why *session.CallError) error {
	e := errorColumns(why)
	res, err := q.ExecContext(ctx, `UPDATE attempts SET ended_ms = ?, error_kind = ?, error_message = ?, error_status = ?, error_retryable = ? WHERE id = ?`,
		append(append([]any{atMS}, e...), id)...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, &NotFound{Noun: "attempt", Name: fmt.Sprint("number ", id)})
	}
	return nil
}

func errorColumns(e *session.CallError) []any {
	if e == nil {
		return []any{nil, nil, nil, nil}
	}
	return []any{e.Kind, string(e.Message), e.Status, plain(e.Retryable)}
}

// outputSet are the columns of an output but its key and uid.
var outputSet = []string{
	"finish", "text", "prefill", "reason", "input_tokens", "output_tokens", "usage_source",
	"queue_ms", "ttft_ms", "total_ms", "tokens_per_s", "cost_usd", "cached", "attempts", "model", "digest",
	"tool_calls", "engine", "server", "repeatable", "evidence", "differs", "cut", "cached_tokens", "reasoning_tokens", "evaluated_hash",
	"error_kind", "error_message", "error_status", "error_retryable", "ended_ms", "origin", "timed",
}

// outputPut writes an output, or writes over the one that the cell has, whose
// uid stays.
var outputPut = `INSERT INTO outputs (cell_id, uid, ` + strings.Join(outputSet, ", ") + `) VALUES (?1, ?` +
	strings.Repeat(", ?", len(outputSet)-1) + `, CASE WHEN ? THEN (SELECT model FROM cells WHERE id = ?1) ELSE '' END) ON CONFLICT (cell_id) DO UPDATE SET (` + strings.Join(outputSet, ", ") +
	`) = (excluded.` + strings.Join(outputSet, ", excluded.") + `)`

// putOutput writes an output with what is kept beside it.
func putOutput(ctx context.Context, q query, o session.Output, p beside) error {
	if err := p.keep(ctx, q, o.CellID); err != nil {
		return err
	}
	args := []any{
		o.CellID, newUID(), o.Finish, string(o.Text), string(o.Prefill), string(o.Reason), o.Usage.Input, o.Usage.Output, o.Usage.Source,
		o.Timing.QueueMS, o.Timing.TTFTMS, o.Timing.TotalMS, o.Timing.TokensPerS, o.CostUSD, plain(o.Cached), o.Attempts,
		string(o.Model), o.Digest, formatTools(o.ToolCalls), formatEngine(o.Engine), o.Server, plain(o.Repeatable), string(o.Evidence), string(o.Differs),
		plain(o.Cut), o.Usage.Cached, o.Usage.Reasoning, nullText(p.hash),
	}
	args = append(append(args, errorColumns(o.Error)...), o.EndedMS, o.Origin, p.timed)
	_, err := q.ExecContext(ctx, outputPut, args...)
	return err
}

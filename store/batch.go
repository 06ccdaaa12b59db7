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
// waits is one transaction, since what costs is the disk's promise at its end.
const (
	linger   = 2 * time.Millisecond
	maxBatch = 512
)

// job is a record to write; done hears whether it is on disk.
type job struct {
	do   func(context.Context, *tx) error
	done chan error
}

// record hands a job to the writer and waits until it is on disk. Once it is
// handed over, a cancelled context does not stop it: the answer would not be
// known.
func (s *Store) record(ctx context.Context, do func(context.Context, *tx) error) error {
	if s.write == nil {
		return ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	j := job{do, make(chan error, 1)}
	s.gate.RLock()
	if s.closed {
		s.gate.RUnlock()
		return ErrClosed
	}
	s.batch <- j
	s.gate.RUnlock()
	return s.wrap(<-j.done)
}

func (s *Store) writer() {
	defer close(s.stopped)
	for first := range s.batch {
		jobs := []job{first}
		timer := time.NewTimer(linger)
	gather:
		for len(jobs) < maxBatch {
			select {
			case j, ok := <-s.batch:
				if !ok {
					break gather
				}
				jobs = append(jobs, j)
			case <-timer.C:
				break gather
			}
		}
		timer.Stop()
		s.commit(jobs)
	}
}

// commit writes jobs in one transaction. A job that fails takes only itself
// back; a failed commit is every job's.
func (s *Store) commit(jobs []job) {
	ctx := context.Background()
	errs := make([]error, len(jobs))
	err := func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("the database gave up: %v", p)
			}
		}()
		t, err := s.begin(ctx)
		if err != nil {
			return err
		}
		defer t.Rollback() //nolint:errcheck // after Commit it does nothing
		for i, j := range jobs {
			if _, err := t.ExecContext(ctx, `SAVEPOINT job`); err != nil {
				return err
			}
			if errs[i] = j.do(ctx, t); errs[i] != nil {
				if _, err := t.ExecContext(ctx, `ROLLBACK TO job`); err != nil {
					return errors.Join(errs[i], err)
				}
			}
			if _, err := t.ExecContext(ctx, `RELEASE job`); err != nil {
				return err
			}
		}
		return t.Commit()
	}()
	for i, j := range jobs {
		if err != nil {
			j.done <- err
		} else {
			j.done <- errs[i]
		}
	}
}

// BeginAttempt writes the attempt and the request's bytes and marks the cell
// running, before anything is sent. A cell that has its answer is [*Finished].
func (s *Store) BeginAttempt(ctx context.Context, a session.Attempt) (id int64, err error) {
	err = s.record(ctx, func(ctx context.Context, t *tx) error {
		w := a.Wire
		if _, err := t.ExecContext(ctx, `INSERT INTO requests (hash, method, path, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			w.Hash, w.Method, w.Path, append([]byte{}, w.Body...)); err != nil {
			return err
		}
		if _, err := unfinished(ctx, t, a.CellID); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `UPDATE cells SET status = 'running', request_hash = ? WHERE id = ?`, w.Hash, a.CellID); err != nil {
			return err
		}
		if a.AtMS == 0 {
			a.AtMS = s.now()
		}
		id, err = insert(ctx, t, "attempts", row{
			"uid": newUID(), "cell_id": a.CellID, "number": max(a.Number, 1), "request_hash": w.Hash, "at_ms": a.AtMS,
		})
		return err
	})
	return id, err
}

// unfinished makes sure that a cell is there and has no answer yet, and returns
// its model.
func unfinished(ctx context.Context, q query, cellID int64) (model string, err error) {
	var run int64
	var index int
	var status session.Status
	err = q.QueryRowContext(ctx, `SELECT run_id, idx, status, model FROM cells WHERE id = ?`, cellID).Scan(&run, &index, &status, &model)
	if errors.Is(err, sql.ErrNoRows) {
		return "", &NotFound{Noun: "cell", Name: fmt.Sprint("number ", cellID)}
	}
	if err == nil && status.Finished() {
		err = &Finished{Run: session.Run{ID: run}.Name(), Index: index}
	}
	return model, err
}

// Checkpoint keeps the text so far of running cells. Cells that have ended
// since are left alone.
func (s *Store) Checkpoint(ctx context.Context, parts []session.Output) error {
	return s.record(ctx, func(ctx context.Context, t *tx) error {
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
	p := besideOf(&out)
	return s.record(ctx, func(ctx context.Context, t *tx) error {
		if !out.Status.Ended() {
			return fmt.Errorf("cell %d cannot finish as %s", out.CellID, out.Status)
		}
		if out.EndedMS == 0 {
			out.EndedMS = s.now()
		}
		model, err := unfinished(ctx, t, out.CellID)
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
		if out.Status.Finished() && !out.Cached && out.Timing.TotalMS > 0 {
			p.timed = model
		}
		if err := putOutput(ctx, t, out, p); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `UPDATE cells SET status = ? WHERE id = ?`, string(out.Status), out.CellID); err != nil {
			return err
		}
		if attemptID != 0 {
			if err := endAttempt(ctx, t, attemptID, out.EndedMS, out.Error); err != nil {
				return err
			}
		}
		return reindex(ctx, t, "outputs", out.CellID)
	})
}

// FailAttempt ends an attempt after which the cell will be tried again.
func (s *Store) FailAttempt(ctx context.Context, attemptID int64, why session.CallError) error {
	return s.record(ctx, func(ctx context.Context, t *tx) error {
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
	"tool_calls", "engine", "server", "repeatable", "evidence", "differs", "cut", "cached_tokens", "reasoning_tokens", "evaluated_hash", "timed",
	"error_kind", "error_message", "error_status", "error_retryable", "ended_ms",
}

// outputPut writes an output, or writes over the one that the cell has, whose
// uid stays.
var outputPut = `INSERT INTO outputs (cell_id, uid, ` + strings.Join(outputSet, ", ") + `) VALUES (?, ?` +
	strings.Repeat(", ?", len(outputSet)) + `) ON CONFLICT (cell_id) DO UPDATE SET (` + strings.Join(outputSet, ", ") +
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
		plain(o.Cut), o.Usage.Cached, o.Usage.Reasoning, nullText(p.hash), p.timed,
	}
	args = append(append(args, errorColumns(o.Error)...), o.EndedMS)
	_, err := q.ExecContext(ctx, outputPut, args...)
	return err
}

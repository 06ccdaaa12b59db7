package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"galley/session"
	"galley/session/text"
)

// LeaseLength is how long a run stays ours after StartRun, ReopenRun or Renew,
// in milliseconds; RenewEvery is how often to renew it.
const (
	LeaseLength int64 = 10_000
	RenewEvery        = 3 * time.Second
)

// StartRun writes the run, each proof once, and a row per cell in one
// transaction, takes the lease for owner, and returns both with their ids.
func (s *Store) StartRun(ctx context.Context, run session.Run, proofs []session.Proof, cells []session.Cell, owner string) (session.Run, []session.Cell, error) {
	out := make([]session.Cell, len(cells))
	err := s.change(ctx, func(t *tx) error {
		run.State, run.StartedMS, run.EndedMS, run.Cells = session.RunRunning, s.now(), 0, len(cells)
		held, err := heldOut(ctx, t, cells)
		if err != nil {
			return err
		}
		run.Holdout = max(run.Holdout, held)
		if err := s.addRun(ctx, t, &run, owner); err != nil {
			return err
		}
		add, err := newCells(ctx, t, run.ID, proofs)
		if err != nil {
			return err
		}
		defer add.Close()
		for i, c := range cells {
			if out[i], err = add.cell(ctx, c, session.StatusWaiting); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return session.Run{}, nil, err
	}
	return run, out, nil
}

func (s *Store) addRun(ctx context.Context, q query, run *session.Run, owner string) error {
	run.UID = newUID()
	r := row{
		"uid": run.UID, "prompt_id": nullID(run.PromptID), "prompt_name": string(run.Prompt), "state": string(run.State),
		"note": string(run.Note), "imported": plain(run.Imported), "author": string(run.Author), "no_cache": plain(run.NoCache),
		"timing": plain(run.How.Timing), "repeatable": plain(run.How.Repeatable), "started_ms": run.StartedMS, "ended_ms": run.EndedMS, "cells": run.Cells,
		"study_id": nullID(run.StudyID), "holdout": run.Holdout,
	}
	if owner != "" {
		r["lease_owner"], r["lease_until_ms"] = owner, s.now()+LeaseLength
	}
	var err error
	run.ID, err = insert(ctx, q, "runs", r)
	return err
}

// nullText is "" as NULL.
func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func nullID(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// cellAdder writes the cells of a run with statements that are prepared once.
type cellAdder struct {
	insert *sql.Stmt
	run    int64
	byHash map[string]string // first key with the hash
	keys   map[string]string // key → hash
	tx     *tx
	vars   map[string]bool // hashes kept
}

func newCells(ctx context.Context, t *tx, runID int64, proofs []session.Proof) (*cellAdder, error) {
	a := &cellAdder{run: runID, byHash: map[string]string{}, keys: map[string]string{}, tx: t, vars: map[string]bool{}}
	for _, p := range proofs {
		key, err := addProof(ctx, t, p)
		if err != nil {
			return nil, err
		}
		a.keys[key] = p.Hash
		if a.byHash[p.Hash] == "" {
			a.byHash[p.Hash] = key
		}
	}
	var err error
	a.insert, err = t.PrepareContext(ctx, `INSERT INTO cells (uid, run_id, idx, revision_id, prompt_name, variant_name, revision, model, case_id,
		case_name, case_tags, vars_hash, wanted, take, shot_order, proof_hash, proof_key, request_hash, status, arm) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	return a, err
}

func (a *cellAdder) Close() { _ = a.insert.Close() }

// formatBeside writes what stands beside the messages of a proof, "" nothing.
func formatBeside(p session.Proof) (string, error) {
	b := p.Beside
	if b == (session.Beside{}) {
		return "", nil
	}
	for _, x := range []struct {
		name string
		text text.Raw
	}{{"tools", b.Tools}, {"schema", b.Schema}, {"grammar", b.Grammar}} {
		if !x.text.Valid() {
			return "", &Invalid{Noun: "proof", Name: p.Hash, Where: x.name}
		}
	}
	return marshal(b), nil
}

func addProof(ctx context.Context, q query, p session.Proof) (string, error) {
	messages, err := formatMessages(p)
	if err != nil {
		return "", err
	}
	extras, err := formatBeside(p)
	if err != nil {
		return "", err
	}
	hash := p.Name()
	if hash != p.Hash {
		return "", fmt.Errorf("proof %s does not name its messages", text.Raw(p.Hash))
	}
	if _, err := q.ExecContext(ctx, `INSERT INTO proofs (hash, messages, prefill, extras) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		hash, messages, plain(p.Prefill), extras); err != nil {
		return "", err
	}
	key := p.Key()
	_, err = q.ExecContext(ctx, `INSERT INTO views (key, proof_hash, params, spans, shot_order) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		key, hash, marshal(p.Params), marshal(p.Spans), p.Order.String())
	return key, err
}

// cell writes a cell. One without a proof (an output from outside) has neither
// hash nor key.
func (a *cellAdder) cell(ctx context.Context, c session.Cell, status session.Status) (session.Cell, error) {
	c.RunID, c.UID = a.run, newUID()
	if c.ProofKey == "" {
		c.ProofKey = a.byHash[c.Proof]
	}
	if a.keys[c.ProofKey] != c.Proof {
		return c, fmt.Errorf("cell %d names a proof that the run does not have", c.Index)
	}
	var key any
	if c.ProofKey != "" {
		key = c.ProofKey
	}
	vars, err := a.keepVars(ctx, c)
	if err != nil {
		return c, err
	}
	v := c.Contestant.Variant
	res, err := a.insert.ExecContext(ctx, c.UID, c.RunID, c.Index, nullID(c.Contestant.RevisionID), v.Prompt, v.Variant, v.Revision, c.Contestant.Model,
		nullID(c.CaseID), c.CaseName, formatTags(c.CaseTags), vars, plain(c.Wanted), c.Take, c.Order.String(), c.Proof, key, c.Wire, string(status), c.Contestant.Arm)
	if err != nil {
		return c, err
	}
	c.ID, err = res.LastInsertId()
	return c, err
}

// result writes a cell that has ended, with its output.
func (a *cellAdder) result(ctx context.Context, r session.Result) error {
	if !r.Output.Status.Ended() {
		return fmt.Errorf("cell %d of an imported run is %s", r.Cell.Index, r.Output.Status)
	}
	c, err := a.cell(ctx, r.Cell, r.Output.Status)
	if err != nil {
		return err
	}
	r.Output.CellID = c.ID
	p := besideOf(&r.Output)
	if err := putOutput(ctx, a.tx, r.Output, p); err != nil {
		return err
	}
	return reindex(ctx, a.tx, "outputs", c.ID)
}

// keepVars keeps the variables of a cell, once for each distinct content, and
// returns the hash that names them; nil where there are none.
func (a *cellAdder) keepVars(ctx context.Context, c session.Cell) (any, error) {
	if len(c.CaseVars) == 0 {
		return nil, nil
	}
	for _, v := range c.CaseVars {
		if !v.Name.Valid() || !v.Value.Valid() {
			return nil, &Invalid{Noun: "case", Name: string(c.CaseName), Where: "variable " + string(v.Name)}
		}
	}
	body := formatVars(c.CaseVars)
	hash := session.Hash([]byte(body))
	if a.vars[hash] {
		return hash, nil
	}
	a.vars[hash] = true
	_, err := a.tx.ExecContext(ctx, `INSERT INTO vars (hash, body) VALUES (?, ?) ON CONFLICT DO NOTHING`, hash, body)
	return hash, err
}

// ReopenRun takes the lease of an ended or orphaned run and returns its cells
// with what is known of them, and its proofs by hash and by key. A run whose
// lease another process still holds is [*LeaseHeld]. Cells that were running
// are interrupted.
func (s *Store) ReopenRun(ctx context.Context, runID int64, owner string) (run session.Run, cells []session.Result, proofs map[string]session.Proof, err error) {
	err = s.change(ctx, func(t *tx) error {
		if run, err = s.run(ctx, t, runID); err != nil {
			return err
		}
		if run.Imported {
			return fmt.Errorf("run %s was imported: there is nothing to ask", run.Name())
		}
		var holder string
		var until int64
		err := t.QueryRowContext(ctx, `SELECT coalesce(lease_owner, ''), lease_until_ms FROM runs WHERE id = ?`, runID).Scan(&holder, &until)
		if err != nil {
			return err
		}
		if holder != "" && holder != owner && s.leased(until) && !s.gone(holder) {
			return &LeaseHeld{Run: run.Name(), Owner: holder}
		}
		if _, err := t.ExecContext(ctx, `UPDATE runs SET state = 'running', ended_ms = 0, lease_owner = ?, lease_until_ms = ? WHERE id = ?`,
			owner, s.now()+LeaseLength, runID); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `UPDATE cells SET status = 'interrupted' WHERE run_id = ? AND status = 'running'`, runID); err != nil {
			return err
		}
		run.State, run.EndedMS = session.RunRunning, 0
		if err := sums(ctx, t, &run); err != nil {
			return err
		}
		if cells, err = results(ctx, t, runID, 0, -1); err != nil {
			return err
		}
		list, err := collect(ctx, t, scanProof, proofQuery+` WHERE v.key IN (SELECT proof_key FROM cells WHERE run_id = ?) ORDER BY v.rowid DESC`, runID)
		proofs = map[string]session.Proof{}
		for _, p := range list {
			proofs[p.Hash], proofs[p.key] = p.Proof, p.Proof
		}
		return err
	})
	return run, cells, proofs, err
}

// leased tells whether a lease holds. One that ends later than any lease given
// now was given by a clock that is wrong, or by somebody else: it would block
// its run for as long as it likes.
func (s *Store) leased(until int64) bool {
	now := s.now()
	return until > now && until-now <= 4*LeaseLength
}

// Renew keeps the lease; [*LeaseLost] means that the run must stop.
func (s *Store) Renew(ctx context.Context, runID int64, owner string) error {
	return s.change(ctx, func(t *tx) error {
		res, err := t.ExecContext(ctx, `UPDATE runs SET lease_until_ms = ? WHERE id = ? AND lease_owner = ? AND state = 'running'`,
			s.now()+LeaseLength, runID, owner)
		return held(res, err, runID)
	})
}

func held(res sql.Result, err error, runID int64) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, &LeaseLost{Run: session.Run{ID: runID}.Name()})
	}
	return nil
}

// EndRun writes the run's state and sums and gives the lease back.
func (s *Store) EndRun(ctx context.Context, runID int64, owner string, state session.RunState) (run session.Run, err error) {
	err = s.change(ctx, func(t *tx) error {
		res, err := t.ExecContext(ctx, `UPDATE runs SET lease_owner = NULL, lease_until_ms = 0 WHERE id = ? AND lease_owner = ?`, runID, owner)
		if err := held(res, err, runID); err != nil {
			return err
		}
		run, err = s.end(ctx, t, runID, state)
		return err
	})
	return run, err
}

// end writes a run's state and sums.
func (s *Store) end(ctx context.Context, q query, runID int64, state session.RunState) (session.Run, error) {
	run, err := s.run(ctx, q, runID)
	if err != nil {
		return run, err
	}
	if err := sums(ctx, q, &run); err != nil {
		return run, err
	}
	run.State, run.EndedMS = state, max(s.now(), 1)
	_, err = q.ExecContext(ctx, `UPDATE runs SET state = ?, ended_ms = ?, done = ?, failed = ?, cached = ?, requests = ?, cost_usd = ?, mixed = ?, unsure = ? WHERE id = ?`,
		string(state), run.EndedMS, run.Done, run.Failed, run.Cached, run.Requests, run.CostUSD, formatMixed(run.Mixed), run.Unsure, runID)
	return run, err
}

// orphans lists the runs that are marked as running though nobody works them.
func (s *Store) orphans(ctx context.Context, q query) (ids []int64, err error) {
	type held struct {
		id, until int64
		owner     string
	}
	runs, err := collect(ctx, q, func(r scanner) (h held, err error) {
		err = r.Scan(&h.id, &h.owner, &h.until)
		return h, err
	}, `SELECT id, coalesce(lease_owner, ''), lease_until_ms FROM runs WHERE state = 'running'`)
	for _, h := range runs {
		if !s.leased(h.until) || s.gone(h.owner) {
			ids = append(ids, h.id)
		}
	}
	return ids, err
}

// sweep marks what a process that died left behind: runs whose lease is over,
// or whose owner is gone, and their cells that were being asked.
func (s *Store) sweep(ctx context.Context) error {
	if ids, err := s.orphans(ctx, s.read); err != nil || len(ids) == 0 {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		ids, err := s.orphans(ctx, t)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, err := t.ExecContext(ctx, `UPDATE cells SET status = 'interrupted' WHERE run_id = ? AND status = 'running'`, id); err != nil {
				return err
			}
			if _, err := t.ExecContext(ctx, `UPDATE runs SET lease_owner = NULL, lease_until_ms = 0 WHERE id = ?`, id); err != nil {
				return err
			}
			if _, err := s.end(ctx, t, id, session.RunInterrupted); err != nil {
				return err
			}
		}
		return nil
	})
}

// ImportRun keeps outputs from outside as a run that is over, in one
// transaction and as one edit. Cells without a proof have no hash. A result that
// cannot be kept is a [*RowError].
func (s *Store) ImportRun(ctx context.Context, run session.Run, proofs []session.Proof, res []session.Result) (session.Run, error) {
	err := s.edit(ctx, "import", "run", func(e *edit) (string, string, error) {
		run.State, run.Imported, run.Cells = session.RunDone, true, len(res)
		if run.StartedMS == 0 {
			run.StartedMS = e.now
		}
		run.EndedMS = max(run.EndedMS, run.StartedMS, 1)
		if err := s.addRun(ctx, e.tx, &run, ""); err != nil {
			return "", "", err
		}
		add, err := newCells(ctx, e.tx, run.ID, proofs)
		if err != nil {
			return "", "", err
		}
		defer add.Close()
		for i, r := range res {
			if err := add.result(ctx, r); err != nil {
				return "", "", atRow(i, err)
			}
		}
		ended := run.EndedMS
		if run, err = s.end(ctx, e.tx, run.ID, session.RunDone); err != nil {
			return "", "", err
		}
		run.EndedMS = ended
		if _, err := e.ExecContext(ctx, `UPDATE runs SET ended_ms = ? WHERE id = ?`, ended, run.ID); err != nil {
			return "", "", err
		}
		e.deltas = append(e.deltas, delta{"runs", run.ID, row{"deleted_ms": e.now}, row{"deleted_ms": nil}})
		return run.Name(), fmt.Sprintf("%d outputs", len(res)), nil
	})
	if err != nil {
		return session.Run{}, err
	}
	return run, nil
}

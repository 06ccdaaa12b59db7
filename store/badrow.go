package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
)

// BadRow says that one row holds what can't be read. A list goes without it; the rest
// of the workspace is not touched by it.
type BadRow struct{ What string }

func (e *BadRow) Error() string { return text.Raw(e.What).String() }

// badRow names a row by its number, or by its name where it has one.
func badRow(noun string, id int64, err error, name ...text.Raw) error {
	which := fmt.Sprint(id)
	if len(name) > 0 && name[0] != "" {
		which = fmt.Sprintf("%q", string(text.Head(name[0], 80).String()))
	}
	return &BadRow{fmt.Sprintf("%s %s is damaged: %v", noun, which, err)}
}

// asBadRow is an error of reading a row as one of that row alone; nil: it is another.
func asBadRow(noun string, err error) *BadRow {
	var bad *BadRow
	if errors.As(err, &bad) {
		return bad
	}
	if err != nil && strings.HasPrefix(err.Error(), "sql: Scan error on column") {
		_, column, _ := strings.Cut(err.Error(), "name ")
		column, _, _ = strings.Cut(column, ": ")
		return &BadRow{fmt.Sprintf("a %s is damaged: it holds in %s what does not belong there", noun, column)}
	}
	return nil
}

// listOf is collect for what people read: a row that can't be read is left out, and
// told.
func listOf[T any](ctx context.Context, s *Store, noun string, scan func(scanner) (T, error), stmt string, args ...any) ([]T, error) {
	return listInto(ctx, s, nil, noun, scan, stmt, args...)
}

// listInto is listOf into a slice that has room.
func listInto[T any](ctx context.Context, s *Store, out []T, noun string, scan func(scanner) (T, error), stmt string, args ...any) ([]T, error) {
	rows, err := s.read.QueryContext(ctx, stmt, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if bad := asBadRow(noun, err); bad != nil {
			s.leaveOut(bad)
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// listed brings the contents of a list their resources; a row that lacks one is left
// out, and told.
func listed[T any](ctx context.Context, s *Store, rows []T, err error, content func(*T) *session.Content) ([]T, error) {
	if err != nil {
		return rows, err
	}
	out, err := hydrated(ctx, s.read, rows, nil, content)
	var bad *BadRow
	if !errors.As(err, &bad) {
		return out, err
	}
	out = rows[:0:0]
	for _, r := range rows {
		err := hydrate(ctx, s.read, content(&r))
		switch {
		case errors.As(err, &bad):
			s.leaveOut(bad)
		case err != nil:
			return nil, err
		default:
			out = append(out, r)
		}
	}
	return out, nil
}

// cells are results of which those that can't be read stand as failed, and say why:
// what a run asked is told whole.
func (s *Store) cells(scan func(scanner) (session.Result, error)) func(scanner) (session.Result, error) {
	return func(r scanner) (session.Result, error) {
		res, err := scan(r)
		bad := asBadRow("cell", err)
		if bad == nil || res.Cell.ID == 0 {
			return res, err
		}
		s.leaveOut(bad)
		res.Output = session.Output{CellID: res.Cell.ID, Status: session.StatusError, Error: &session.CallError{Kind: "damaged", Message: text.Raw(bad.What)}}
		return res, nil
	}
}

// leaveOut tells of a row that can't be read, once.
func (s *Store) leaveOut(bad *BadRow) {
	s.bad.Lock()
	defer s.bad.Unlock()
	if s.bad.seen == nil {
		s.bad.seen = map[string]bool{}
	}
	if s.bad.seen[bad.What] {
		return
	}
	s.bad.seen[bad.What] = true
	if s.bad.tell != nil {
		s.bad.tell(bad)
	}
}

// ReadThrough reads all lists of the workspace, so that what can't be read is told.
func (s *Store) ReadThrough(ctx context.Context) error {
	prompts, err := s.Prompts(ctx)
	if err != nil {
		return err
	}
	for _, p := range prompts {
		variants, err := s.Variants(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, v := range variants {
			if _, err := s.Revisions(ctx, v.ID); err != nil {
				return err
			}
		}
		var unbound *Unbound
		if _, err := s.Cases(ctx, p.ID); err != nil && !errors.As(err, &unbound) {
			return err
		}
		_, shots := s.Shots(ctx, p.ID)
		_, resources := s.Resources(ctx, p.ID)
		_, suites := s.Suites(ctx, p.ID)
		_, studies := s.Studies(ctx, p.ID)
		_, verdicts := s.Verdicts(ctx, session.VerdictQuery{PromptID: p.ID, Undone: true})
		if err := errors.Join(shots, resources, suites, studies, verdicts); err != nil {
			return err
		}
	}
	runs, err := s.Runs(ctx, 0)
	for _, r := range runs {
		if _, err := s.Results(ctx, r.ID); err != nil {
			return err
		}
	}
	_, checks := s.Checks(ctx, 0)
	_, sittings := s.Sittings(ctx, 0)
	_, drafts := s.Drafts(ctx)
	return errors.Join(err, checks, sittings, drafts)
}

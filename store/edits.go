package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// columns are what an edit may change, by table: an undo believes nothing else
// of what a file says.
var columns = map[string][]string{
	"prompts":       {"name", "note", "guideline_id", "updated_ms", "deleted_ms"},
	"variants":      {"name", "head_id", "updated_ms", "deleted_ms"},
	"cases":         {"name", "vars", "wanted", "tags", "split", "updated_ms", "deleted_ms"},
	"shots":         {"name", "input", "output", "tags", "is_off", "calls", "pin", "updated_ms", "deleted_ms"},
	"runs":          {"deleted_ms"},
	"notes":         {"mode_id", "deleted_ms"},
	"failure_modes": {"name", "deleted_ms"},
	"corrections":   {"deleted_ms"},
	"verdicts":      {"deleted_ms"},
	"suites":        {"name", "note", "case_ids", "threshold", "updated_ms", "deleted_ms"},
	"assertions":    {"case_id", "case_name", "kind", "spec", "updated_ms", "deleted_ms"},
	"prunes":        {"deleted_ms"},
	"studies":       {"deleted_ms"},
	"interns":       {"text", "by_name", "updated_ms", "deleted_ms"},
	"silences":      {"reason", "by_name", "deleted_ms"},
	"relevances":    {"grade", "deleted_ms"},
	"bindings":      {"deleted_ms"},
	"resources":     {"name", "source", "place", "piece_hash", "tags", "is_off", "updated_ms", "deleted_ms"},
}

// row is a part of a row: columns and their values, which are nil, int64, float64
// or string.
type row map[string]any

// delta is what an edit did to one row.
type delta struct {
	Table  string `json:"t"`
	ID     int64  `json:"id"`
	Before row    `json:"b"`
	After  row    `json:"a"`
}

// edit is a change in the making. What goes through set and insert can be undone.
type edit struct {
	*tx
	now    int64
	deltas []delta
}

// edit runs f in a transaction and writes what it did to the log. An f that
// changes nothing leaves no entry.
func (s *Store) edit(ctx context.Context, verb, noun string, f func(*edit) (name, detail string, err error)) error {
	return s.change(ctx, func(t *tx) error {
		e := &edit{tx: t, now: s.now()}
		name, detail, err := f(e)
		if err != nil || len(e.deltas) == 0 {
			return err
		}
		_, err = e.log(ctx, session.Edit{Verb: verb, Noun: noun, Name: text.Raw(name), Detail: text.Raw(detail)})
		return err
	})
}

// log appends the entry.
func (e *edit) log(ctx context.Context, entry session.Edit) (session.Edit, error) {
	b, err := json.Marshal(e.deltas)
	if err != nil {
		return entry, err
	}
	entry.UID, entry.AtMS = newUID(), e.now
	var undoes any
	if entry.Undoes != 0 {
		undoes = entry.Undoes
	}
	res, err := e.ExecContext(ctx, `INSERT INTO edits (uid, at_ms, verb, noun, name, detail, changes, undoes) VALUES (?,?,?,?,?,?,?,?)`,
		entry.UID, entry.AtMS, entry.Verb, entry.Noun, entry.Name, entry.Detail, string(b), undoes)
	if err != nil {
		return entry, err
	}
	entry.ID, err = res.LastInsertId()
	return entry, err
}

// insert adds a row with a uid and its times, and returns its id.
func (e *edit) insert(ctx context.Context, table string, r row) (id int64, uid string, err error) {
	uid = newUID()
	r["uid"], r["created_ms"] = uid, e.now
	if slices.Contains(columns[table], "updated_ms") {
		r["updated_ms"] = e.now
	}
	id, err = insert(ctx, e.tx, table, r)
	if err != nil {
		return 0, "", err
	}
	if columns[table] != nil {
		e.deltas = append(e.deltas, delta{table, id, row{"deleted_ms": e.now}, row{"deleted_ms": nil}})
		err = reindex(ctx, e.tx, table, id)
	}
	return id, uid, err
}

func insert(ctx context.Context, q query, table string, r row) (int64, error) {
	names := slices.Sorted(maps.Keys(r))
	args := make([]any, len(names))
	for i, n := range names {
		args[i] = r[n]
	}
	res, err := q.ExecContext(ctx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES (?"+
		strings.Repeat(", ?", len(names)-1)+")", args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// set changes columns of a row. Values equal to those that stand are no change.
func (e *edit) set(ctx context.Context, table string, id int64, r row) error {
	have, err := fetch(ctx, e.tx, table, id, slices.Sorted(maps.Keys(r)))
	if err != nil {
		return err
	}
	d := delta{table, id, row{}, row{}}
	for name, v := range r {
		if v = plain(v); have[name] != v {
			d.Before[name], d.After[name] = have[name], v
		}
	}
	if len(d.After) == 0 {
		return nil
	}
	if _, given := r["updated_ms"]; !given && slices.Contains(columns[table], "updated_ms") {
		old, err := fetch(ctx, e.tx, table, id, []string{"updated_ms"})
		if err != nil {
			return err
		}
		d.Before["updated_ms"], d.After["updated_ms"] = old["updated_ms"], e.now
	}
	e.deltas = append(e.deltas, d)
	return put(ctx, e.tx, table, id, d.After)
}

// plain is the value as SQLite will give it back.
func plain(v any) any {
	switch v := v.(type) {
	case text.Raw:
		return string(v)
	case *text.Raw:
		if v == nil {
			return nil
		}
		return string(*v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case int:
		return int64(v)
	case *float64:
		if v == nil {
			return nil
		}
		return *v
	}
	return v
}

func fetch(ctx context.Context, q query, table string, id int64, names []string) (row, error) {
	vals, ptrs := make([]any, len(names)), make([]any, len(names))
	for i := range vals {
		ptrs[i] = &vals[i]
	}
	err := q.QueryRowContext(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+table+" WHERE id = ?", id).Scan(ptrs...)
	if err != nil {
		return nil, err
	}
	r := row{}
	for i, n := range names {
		if b, ok := vals[i].([]byte); ok {
			vals[i] = string(b)
		}
		r[n] = vals[i]
	}
	return r, nil
}

func put(ctx context.Context, q query, table string, id int64, r row) error {
	names := slices.Sorted(maps.Keys(r))
	args := make([]any, 0, len(names)+1)
	for _, n := range names {
		args = append(args, r[n])
	}
	if _, err := q.ExecContext(ctx, "UPDATE "+table+" SET "+strings.Join(names, " = ?, ")+" = ? WHERE id = ?", append(args, id)...); err != nil {
		return err
	}
	return reindex(ctx, q, table, id)
}

// The log read from its end: an edit is in force unless an undo that was not
// redone took it back. Undos and redos are entries too.
const (
	lastInForce = `SELECT id, verb, noun, name, detail, changes FROM edits e
		WHERE undoes IS NULL AND NOT EXISTS (SELECT 1 FROM edits u WHERE u.undoes = e.id
			AND NOT EXISTS (SELECT 1 FROM edits r WHERE r.undoes = u.id))
		ORDER BY id DESC LIMIT 1`
	// Redo ends where a new edit begins.
	lastUndone = `SELECT id, verb, noun, name, detail, changes FROM edits u
		WHERE verb = 'undo' AND NOT EXISTS (SELECT 1 FROM edits r WHERE r.undoes = u.id)
			AND id > (SELECT coalesce(max(id), 0) FROM edits WHERE undoes IS NULL)
		ORDER BY id DESC LIMIT 1`
)

// Undo takes back the last n edits in force, the newest first, in one
// transaction, and returns them. Where there are fewer, it takes back those.
// Each is an entry of its own in the log. An edit whose rows are not as it left
// them is [*Changed], and nothing is undone.
func (s *Store) Undo(ctx context.Context, n int) ([]session.Edit, error) {
	return s.rewind(ctx, n, "undo", lastInForce)
}

// Redo makes the last n undone edits again, as long as no other edit came after
// their undo, and returns them.
func (s *Store) Redo(ctx context.Context, n int) ([]session.Edit, error) {
	return s.rewind(ctx, n, "redo", lastUndone)
}

func (s *Store) rewind(ctx context.Context, n int, verb, which string) ([]session.Edit, error) {
	var done []session.Edit
	err := s.change(ctx, func(t *tx) error {
		done = nil
		for range n {
			var target session.Edit
			var changes string
			err := t.QueryRowContext(ctx, which).Scan(&target.ID, &target.Verb, &target.Noun, &target.Name, &target.Detail, &changes)
			if err == sql.ErrNoRows {
				return nil
			}
			if err != nil {
				return err
			}
			e := &edit{tx: t, now: s.now()}
			if err := e.reverse(ctx, target, changes); err != nil {
				return err
			}
			detail := target.Detail
			if verb == "undo" {
				detail = text.Raw(target.Verb)
			}
			if _, err := e.log(ctx, session.Edit{Verb: verb, Noun: target.Noun, Name: target.Name, Detail: detail, Undoes: target.ID}); err != nil {
				return err
			}
			target.Undone = verb == "undo"
			if verb == "redo" {
				target.Verb, target.Detail = string(target.Detail), "" // of the edit that the undo took back
			}
			done = append(done, target)
		}
		return nil
	})
	return done, err
}

// reverse puts every row back to what it was before the entry.
func (e *edit) reverse(ctx context.Context, entry session.Edit, changes string) error {
	d := json.NewDecoder(strings.NewReader(changes))
	d.UseNumber()
	var deltas []delta
	if err := d.Decode(&deltas); err != nil {
		return fmt.Errorf("edit %d is not readable: %w", entry.ID, err)
	}
	for _, c := range slices.Backward(deltas) {
		names := slices.Sorted(maps.Keys(c.Before))
		for _, n := range names {
			if !slices.Contains(columns[c.Table], n) {
				return &Changed{Noun: entry.Noun, Name: string(entry.Name)}
			}
		}
		have, err := fetch(ctx, e.tx, c.Table, c.ID, names)
		if err != nil {
			return err
		}
		before, after := row{}, row{}
		for _, n := range names {
			before[n], after[n] = number(c.Before[n]), number(c.After[n])
			if f, ok := have[n].(float64); ok { // a whole one is written like an integer
				have[n] = whole(f)
			}
			if have[n] != after[n] {
				return &Changed{Noun: entry.Noun, Name: string(entry.Name)}
			}
		}
		e.deltas = append(e.deltas, delta{c.Table, c.ID, after, before})
		if err := put(ctx, e.tx, c.Table, c.ID, before); err != nil {
			return err
		}
	}
	return nil
}

// number is a number of the log: an int64 where it is a whole one.
func number(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	if f, err := n.Float64(); err == nil {
		return whole(f)
	}
	return v
}

// whole is f as [number] gives it back from the log.
func whole(f float64) any {
	if i := int64(f); float64(i) == f && i > -1<<53 && i < 1<<53 {
		return i
	}
	return f
}

// History returns the newest edits, the newest first; limit 0 means all.
func (s *Store) History(ctx context.Context, limit int) ([]session.Edit, error) {
	if limit <= 0 {
		limit = -1
	}
	out, err := collect(ctx, s.read, func(r scanner) (session.Edit, error) {
		var e session.Edit
		err := r.Scan(&e.ID, &e.UID, &e.AtMS, &e.Verb, &e.Noun, &e.Name, &e.Detail, &e.Undoes, &e.Undone)
		return e, err
	}, `SELECT id, uid, at_ms, verb, noun, name, detail, coalesce(undoes, 0),
			EXISTS (SELECT 1 FROM edits u WHERE u.undoes = e.id AND NOT EXISTS (SELECT 1 FROM edits r WHERE r.undoes = u.id))
		FROM edits e ORDER BY id DESC LIMIT ?`, limit)
	return out, s.wrap(err)
}

// marshal is JSON without the escapes that HTML would need.
func marshal(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("store: not JSON: " + err.Error()) // strings, numbers and slices only
	}
	return strings.TrimSuffix(b.String(), "\n")
}

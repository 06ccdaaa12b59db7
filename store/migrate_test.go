package store

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

var update = flag.Bool("update", false, "write schema.sql anew")

func TestSchemaIsGolden(t *testing.T) {
	steps, err := loadMigrations(nil)
	if err != nil {
		t.Fatal(err)
	}
	objs, err := fresh(t.Context(), steps)
	if err != nil {
		t.Fatal(err)
	}
	got := schemaOf(objs)
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		newestSchema = got
	}
	if got != newestSchema {
		t.Errorf("schema.sql is not what the migrations make; go test ./store -run Golden -update\n%s", got)
	}
	// What a file on disk holds is the same, to the word.
	s := create(t)
	on, err := objects(t.Context(), s.read)
	if err != nil {
		t.Fatal(err)
	}
	if schemaOf(on) != got {
		t.Error("the schema of a file differs from that of the migrations")
	}
}

// ours2 is a later Galley: our migrations and one more.
func ours2(t *testing.T, last string) fs.FS {
	t.Helper()
	m := fstest.MapFS{}
	entries, err := fs.ReadDir(ours, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := fs.ReadFile(ours, "migrations/"+e.Name())
		if err != nil {
			t.Fatal(err)
		}
		m[e.Name()] = &fstest.MapFile{Data: b}
	}
	m[fmt.Sprintf("%04d_later.sql", newest(t)+1)] = &fstest.MapFile{Data: []byte(last)}
	return m
}

func TestMigrationCopiesThenMigrates(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	path := s.Path()
	closed(t, s)

	later := ours2(t, "CREATE TABLE later (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE) STRICT;")
	s2, err := Open(ctx, path, Options{migrations: later})
	if err != nil {
		t.Fatal(err)
	}
	if s2.Info().Version != newest(t)+1 {
		t.Errorf("version %d", s2.Info().Version)
	}
	if got, err := s2.Prompt(ctx, "triage"); err != nil || got.UID != p.UID {
		t.Errorf("prompt after the migration: %v, %v", got, err)
	}
	mode(t, s2.Info().Copy, 0o600)
	closed(t, s2)

	// We meet the file of a later Galley, and leave it as it is.
	before := read(t, path)
	var newer *Newer
	if _, err := Open(ctx, path, Options{}); !errors.As(err, &newer) || newer.Have != newest(t)+1 {
		t.Errorf("a newer file: %v", err)
	}
	if read(t, path) != before {
		t.Error("a newer file was written to")
	}
	// The copy is a workspace of the former version.
	old, err := Open(ctx, s2.Info().Copy, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if got, err := old.Prompt(ctx, "triage"); err != nil || got.UID != p.UID {
		t.Errorf("prompt in the copy: %v, %v", got, err)
	}
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	s := create(t)
	prompt(t, s, "triage")
	path := s.Path()
	closed(t, s)
	bad := ours2(t, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT; DROP TABLE prompts_that_are_not;")
	if _, err := Open(t.Context(), path, Options{migrations: bad}); err == nil {
		t.Fatal("a broken migration was no error")
	}
	again, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatalf("the file is not as it was: %v", err)
	}
	closed(t, again)
}

// newest is the version of a file that is up to date.
func newest(t testing.TB) int {
	t.Helper()
	steps, err := loadMigrations(nil)
	must(t, err)
	return len(steps)
}

// upTo is the Galley that knew the first n migrations.
func upTo(t testing.TB, n int) fs.FS {
	t.Helper()
	steps, err := loadMigrations(nil)
	must(t, err)
	m := fstest.MapFS{}
	for _, s := range steps[:n] {
		m[s.name] = &fstest.MapFile{Data: []byte(s.sql)}
	}
	return m
}

// firstOnly is the Galley that knew the first migration alone.
func firstOnly(t testing.TB) fs.FS { return upTo(t, 1) }

// oldFile is a workspace as that Galley left it: a prompt with pieces, n outputs of
// a run, a note on each tenth, and edits that can be undone.
func oldFile(t testing.TB, n int) string {
	t.Helper()
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "old.db"), Options{Create: true, migrations: firstOnly(t)})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort {{x}}")
	_, err := s.CreateCases(ctx, v.PromptID, []session.Case{{Name: "c1", Tags: []text.Raw{"easy"}}})
	must(t, err)
	must(t, s.change(ctx, func(tx *tx) error {
		do := func(stmt string, args ...any) {
			t.Helper()
			_, err := tx.ExecContext(ctx, stmt, args...)
			must(t, err)
		}
		do(`INSERT INTO runs (id, uid, prompt_id, prompt_name, state, started_ms, ended_ms, cells, done) VALUES (1, 'run', ?, 'triage', 'done', 5, 6, ?, ?)`, v.PromptID, n, n)
		for i := range n {
			do(`INSERT INTO cells (id, uid, run_id, idx, revision_id, prompt_name, variant_name, revision, model, case_name, take, shot_order, status)
				VALUES (?, ?, 1, ?, ?, 'triage', 'v', 1, 'm/x', 'c1', 1, 'as-is', 'done')`, i+1, fmt.Sprint("cell", i), i, v.Revision.ID)
			do(`INSERT INTO outputs (cell_id, uid, text, ended_ms) VALUES (?, ?, ?, 6)`, i+1, fmt.Sprint("out", i), fmt.Sprint("answer zebra ", i, strings.Repeat(" word", 50)))
			must(t, reindex(ctx, tx, "outputs", int64(i+1)))
			if i%10 == 0 {
				do(`INSERT INTO notes (uid, cell_id, text, created_ms) VALUES (?, ?, ?, 7)`, fmt.Sprint("note", i), i+1, fmt.Sprint("curt ", i))
			}
		}
		return nil
	}))
	must(t, s.RenamePrompt(ctx, v.PromptID, "sorting"))
	closed(t, s)
	return s.Path()
}

// oldRows is all that the tables of the first migration hold in the columns that
// it made.
func oldRows(t testing.TB, path string) string { return rowsOf(t, path, 1) }

// rowsOf is all that the tables of the first n migrations hold in their columns.
func rowsOf(t testing.TB, path string, n int) string {
	t.Helper()
	first, err := loadMigrations(upTo(t, n))
	must(t, err)
	objs, err := fresh(t.Context(), first)
	must(t, err)
	old, err := sql.Open("sqlite", ":memory:")
	must(t, err)
	defer old.Close()
	old.SetMaxOpenConns(1)
	for _, m := range first {
		must(t, step(t.Context(), old, m))
	}
	db, err := sql.Open("sqlite", dsn(path, "mode=ro"))
	must(t, err)
	defer db.Close()
	var b strings.Builder
	for _, o := range objs {
		if o.kind != "table" || strings.HasPrefix(o.name, "fts") {
			continue
		}
		columns, err := collect(t.Context(), old, func(r scanner) (n string, err error) { err = r.Scan(&n); return n, err }, `SELECT name FROM pragma_table_info(?)`, o.name)
		must(t, err)
		rows, err := collect(t.Context(), db, func(r scanner) (n string, err error) { err = r.Scan(&n); return n, err },
			`SELECT concat_ws('|', quote(`+strings.Join(columns, "), quote(")+`)) FROM `+o.name+` ORDER BY rowid`)
		must(t, err)
		fmt.Fprintln(&b, o.name, len(rows), strings.Join(rows, "\n"))
	}
	return b.String()
}

func TestAnOldFileIsBroughtUp(t *testing.T) {
	ctx := t.Context()
	path := oldFile(t, 30)
	before := oldRows(t, path)
	for _, want := range []string{"cells 30", "notes 3", "edits 4", "'answer zebra 7 "} {
		if !strings.Contains(before, want) {
			t.Fatalf("the old file is not what the test needs: %q is missing", want)
		}
	}
	s := open(t, path, Options{})
	if s.Info().Version != newest(t) || s.Info().Copy != path+".v1.bak" {
		t.Errorf("%+v", s.Info())
	}
	mode(t, s.Info().Copy, 0o600)
	must(t, s.Sound(ctx))
	if after := oldRows(t, path); after != before {
		t.Error("rows changed:\n", cmp.Diff(before, after))
	}
	if copied := oldRows(t, s.Info().Copy); copied != before {
		t.Error("the copy is not what the file was:\n", cmp.Diff(before, copied))
	}
	// What was there works as if it had come today.
	list, total, err := s.Readings(ctx, session.ReadQuery{Text: "zebra", Unjudged: true, Limit: 1000})
	if err != nil || total != 27 || len(list) != 27 {
		t.Errorf("%d of %d, %v", len(list), total, err)
	}
	notes, err := s.Notes(ctx, 0)
	if err != nil || len(notes) != 3 || notes[0].By != "" || notes[0].ModeID != 0 {
		t.Errorf("%+v, %v", notes, err)
	}
	runs, err := s.Runs(ctx, 0)
	if err != nil || len(runs) != 1 || runs[0].Author != "" || runs[0].Done != 30 {
		t.Errorf("%+v, %v", runs, err)
	}
	_, err = s.Undo(ctx, 1)
	must(t, err)
	p, err := s.Prompt(ctx, "triage")
	must(t, err)
	m, err := s.CreateMode(ctx, p.ID, "curt")
	must(t, err)
	must(t, s.SetNoteMode(ctx, notes[0].ID, m.ID))
	_, err = s.AddVerdicts(ctx, []session.Verdict{between(p.ID, list[0].Result, list[1].Result)})
	must(t, err)
	closed(t, s)
	again := open(t, path, Options{})
	if again.Info().Copy != "" {
		t.Error("a file that is up to date was copied")
	}
	// The old Galley refuses what is newer and leaves it alone.
	closed(t, again)
	bytes := read(t, path)
	var newer *Newer
	if _, err := Open(ctx, path, Options{migrations: firstOnly(t)}); !errors.As(err, &newer) || read(t, path) != bytes {
		t.Error(err)
	}
	// A file of before that can't be written to is not opened, and says why.
	old := oldFile(t, 1)
	if _, err := Open(ctx, old, Options{ReadOnly: true}); err == nil || !contains(err.Error(), "older Galley") {
		t.Error(err)
	}
}

func TestMigrationNames(t *testing.T) {
	for name, files := range map[string][]string{
		"gap":     {"0001_a.sql", "0003_b.sql"},
		"garbage": {"0001_a.sql", "notes.txt"},
		"twice":   {"0001_a.sql", "0001_b.sql"},
	} {
		m := fstest.MapFS{}
		for _, f := range files {
			m[f] = &fstest.MapFile{}
		}
		if _, err := loadMigrations(m); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTamperedSchema(t *testing.T) {
	s := create(t)
	prompt(t, s, "triage")
	path := s.Path()
	closed(t, s)
	clean := read(t, path)
	for _, c := range []struct{ name, sql, want string }{
		{"trigger", `CREATE TRIGGER evil AFTER INSERT ON runs BEGIN UPDATE runs SET note = 'x'; END`, "evil"},
		{"deleting trigger", `CREATE TRIGGER gone AFTER UPDATE ON cells BEGIN DELETE FROM outputs; END`, "gone"},
		{"view", `CREATE VIEW spy AS SELECT * FROM prompts`, "spy"},
		{"endless view", `CREATE VIEW loop AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT * FROM r`, "loop"},
		{"view for a table", `ALTER TABLE notes RENAME TO n2; CREATE VIEW notes AS SELECT * FROM n2`, "n"},
		{"instead-of trigger", `ALTER TABLE notes RENAME TO n2; CREATE VIEW notes AS SELECT * FROM n2;
			CREATE TRIGGER io INSTEAD OF INSERT ON notes BEGIN SELECT 1; END`, ""},
		{"table", `CREATE TABLE extra (a)`, "extra"},
		{"virtual table", `CREATE VIRTUAL TABLE more USING fts5(a)`, "more"},
		{"index", `CREATE INDEX ix ON cells(status)`, "ix"},
		{"expression index", `CREATE INDEX ix2 ON cells(lower(status))`, "ix2"},
		{"column", `ALTER TABLE runs ADD COLUMN base_url TEXT`, "runs"},
		{"generated column", `ALTER TABLE runs ADD COLUMN g TEXT GENERATED ALWAYS AS (note) VIRTUAL`, "runs"},
		{"default", `PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql = replace(sql, 'DEFAULT ''dev''', 'DEFAULT ''holdout''') WHERE name = 'cases'`, "cases"},
		{"check gone", `PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (take > 0)', '') WHERE name = 'cells'`, "cells"},
		{"missing table", `DROP TABLE attempts`, "attempts"},
		{"missing index", `DROP INDEX cells_request`, "cells_request"},
		{"renamed table", `ALTER TABLE attempts RENAME TO attempts2`, "attempts2"},
		{"statistics", `CREATE TABLE x(a); ANALYZE; DROP TABLE x`, "sqlite_stat1"},
		{"no version", `PRAGMA user_version=0`, "version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := filepath.Join(t.TempDir(), "t.db")
			if err := os.WriteFile(at, []byte(clean), 0o600); err != nil {
				t.Fatal(err)
			}
			raw, err := sql.Open("sqlite", at)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := raw.Exec(c.sql); err != nil {
				t.Fatal(err)
			}
			if err := raw.Close(); err != nil {
				t.Fatal(err)
			}
			before := read(t, at)
			var damaged *Damaged
			_, err = Open(context.Background(), at, Options{})
			if !errors.As(err, &damaged) {
				t.Fatalf("opened, or refused otherwise: %v", err)
			}
			if !contains(damaged.What, c.want) {
				t.Errorf("the refusal does not name %s: %v", c.want, err)
			}
			if read(t, at) != before {
				t.Error("the file was written to")
			}
		})
	}
}

// A workspace of version 2, with a run whose process died, is brought up with
// every row as it was; proofs keep their names, answers are reused, and what was
// in flight is told.
func TestAFileOfVersion2IsBroughtUp(t *testing.T) {
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "old.db"), Options{Create: true, migrations: upTo(t, 2)})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort {{x}}")
	p := session.Compose(v.Revision.Content, session.Case{}, session.Order{})
	must(t, s.change(ctx, func(tx *tx) error {
		do := func(stmt string, args ...any) {
			t.Helper()
			_, err := tx.ExecContext(ctx, stmt, args...)
			must(t, err)
		}
		do(`INSERT INTO proofs (hash, messages, prefill) VALUES (?, ?, 0)`, p.Hash, marshal([][2]text.Raw{{text.Raw(p.Messages[0].Role), p.Messages[0].Content}}))
		do(`INSERT INTO views (key, proof_hash, params, spans, shot_order) VALUES (?, ?, ?, ?, 'as-is')`, p.Key(), p.Hash, marshal(p.Params), marshal(p.Spans))
		do(`INSERT INTO requests (hash, method, path, body) VALUES (?, 'POST', '/v1/chat/completions', ?)`, wire(0).Hash, wire(0).Body)
		do(`INSERT INTO runs (id, uid, prompt_id, prompt_name, state, started_ms, cells, lease_owner, lease_until_ms) VALUES (1, 'run', ?, 'triage', 'running', 5, 3, 'host 1', 6)`, v.PromptID)
		for i, status := range []string{"done", "running", "error"} {
			do(`INSERT INTO cells (id, uid, run_id, idx, revision_id, prompt_name, variant_name, revision, model, case_name, take, shot_order, proof_hash, proof_key, request_hash, status)
				VALUES (?, ?, 1, ?, ?, 'triage', 'v', 1, 'm/x', 'c1', 1, 'as-is', ?, ?, ?, ?)`, i+1, fmt.Sprint("cell", i), i, v.Revision.ID, p.Hash, p.Key(), wire(0).Hash, status)
			do(`INSERT INTO outputs (cell_id, uid, text, total_ms, attempts, ended_ms) VALUES (?, ?, ?, 40, 1, 6)`, i+1, fmt.Sprint("out", i), "zebra \x00 "+status)
			var ended any
			if status != "running" {
				ended = 6
			}
			do(`INSERT INTO attempts (uid, cell_id, number, request_hash, at_ms, ended_ms) VALUES (?, ?, 1, ?, 5, ?)`, fmt.Sprint("try", i), i+1, wire(0).Hash, ended)
		}
		return nil
	}))
	path := s.Path()
	closed(t, s)
	before := rowsOf(t, path, 2)
	if !strings.Contains(before, "proofs 1") || !strings.Contains(before, "attempts 3") {
		t.Fatal(before)
	}

	s = open(t, path, Options{})
	if s.Info().Version != newest(t) || s.Info().Copy != path+".v2.bak" {
		t.Errorf("%+v", s.Info())
	}
	mode(t, s.Info().Copy, 0o600)
	must(t, s.Sound(ctx))
	if copied := rowsOf(t, s.Info().Copy, 2); copied != before {
		t.Error("the copy is not what the file was:\n", cmp.Diff(before, copied))
	}
	// That the process died is marked as in any file that is opened; no other row changed.
	after := rowsOf(t, path, 2)
	if a, b := strings.Split(before, "\n"), strings.Split(after, "\n"); len(a) != len(b) {
		t.Error(cmp.Diff(before, after))
	} else {
		for i := range a {
			if a[i] != b[i] && !strings.Contains(b[i], "'interrupted'") {
				t.Errorf("%s\n%s", a[i], b[i])
			}
		}
	}
	got, err := s.Proof(ctx, p.Hash)
	if diff := cmp.Diff(p, got, cmp.AllowUnexported(session.Order{})); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	u, err := s.Run(ctx, 1)
	if err != nil || u.State != session.RunInterrupted || u.Unsure != 1 || u.How != (session.RunHow{}) || u.Mixed != nil {
		t.Errorf("%+v, %v", u, err)
	}
	res, err := s.Results(ctx, 1)
	if err != nil || len(res) != 3 || res[0].Output.Text != "zebra \x00 done" || res[1].Output.Unsure != 1 || res[1].Output.Usage.Cached != nil {
		t.Errorf("%+v, %v", res, err)
	}
	if o, ok, err := s.CachedOutput(ctx, session.CacheKey{Request: wire(0).Hash, Model: "m/x", Take: 1}); !ok || err != nil || o.Text != "zebra \x00 done" {
		t.Errorf("%+v, %v, %v", o, ok, err)
	}
	if sp, err := s.Speeds(ctx, []string{"m/x"}); err != nil || sp["m/x"] != (session.Speed{Answers: 1, TotalMS: 40}) {
		t.Errorf("%+v, %v", sp, err)
	}
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
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
	m["0003_later.sql"] = &fstest.MapFile{Data: []byte(last)}
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
	if s2.Info().Version != 3 {
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
	if _, err := Open(ctx, path, Options{}); !errors.As(err, &newer) || newer.Have != 3 {
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

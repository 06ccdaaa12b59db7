package main

import (
	"bytes"
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// A row that can't be read is told on stderr, the rest is listed, and nothing that did
// not see all is a plain success.
func TestABadRowIsTold(t *testing.T) {
	t.Setenv("GALLEY_CONFIG", "")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "w.db")
	if err := fillNew(ctx, config{}, path); err != nil {
		t.Fatal(err)
	}
	galley := func(args ...string) (code int, out, talk string) {
		var o, e bytes.Buffer
		g := &globals{in: strings.NewReader(""), out: &o, err: &e}
		code = execute(ctx, g, append(args, "-w", path))
		return code, o.String(), e.String()
	}
	if code, out, talk := galley("list", "cases", "--prompt", "triage"); code != 0 || !strings.Contains(out, "c02") {
		t.Fatalf("%d, %s, %s", code, out, talk)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE cases SET tags = '{' WHERE name = 'c02' AND prompt_id = (SELECT id FROM prompts WHERE name = 'triage')`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, talk := galley("list", "cases", "--prompt", "triage", "--json")
	if code != exitIncomplete || strings.Contains(out, `"c02"`) || !strings.Contains(out, `"c01"`) || !strings.Contains(out, `"c60"`) ||
		strings.Count(talk, `case "c02" is damaged`) != 1 || !strings.Contains(talk, "all else is there") {
		t.Errorf("exit %d, %d bytes, said %q", code, len(out), talk)
	}
	code, out, _ = galley("doctor")
	if code != exitFailed || !strings.Contains(out, `case "c02" is damaged`) || !strings.Contains(out, "lists go without it") {
		t.Errorf("doctor: exit %d, %s", code, out)
	}
}

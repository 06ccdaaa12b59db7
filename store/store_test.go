package store

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
)

// clock is a clock that tests move.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(1_750_000_000_000)
	return c
}

func (c *clock) now() int64              { return c.ms.Load() }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func create(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "galley.db"), Options{Create: true})
}

func open(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, s) })
	return s
}

func closed(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func prompt(t testing.TB, s *Store, name string) session.Prompt {
	t.Helper()
	p, err := s.CreatePrompt(t.Context(), name, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func content(words string) session.Content {
	return session.Content{
		Blocks: []session.Block{{UID: "b1", Kind: session.KindInstructions, Role: session.RoleUser, Text: text.Raw(words), Wrap: session.WrapNone}},
		Params: session.DefaultParams(),
	}
}

func variant(t testing.TB, s *Store, p session.Prompt, name, words string) session.VariantInfo {
	t.Helper()
	v, err := s.CreateVariant(t.Context(), p.ID, name, content(words), "begun")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func mode(t testing.TB, path string, want os.FileMode) {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Error(err)
		return
	}
	if st.Mode().Perm() != want {
		t.Errorf("%s is %v, want %v", filepath.Base(path), st.Mode().Perm(), want)
	}
}

func contains(s, sub string) bool { return strings.Contains(s, sub) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCreateRefusesWhatExists(t *testing.T) {
	s := create(t)
	var e *Exists
	if _, err := Open(t.Context(), s.Path(), Options{Create: true}); !errors.As(err, &e) {
		t.Errorf("creating over a workspace: %v", err)
	}
	var n *NotFound
	if _, err := Open(t.Context(), s.Path()+"-none", Options{}); !errors.As(err, &n) {
		t.Errorf("opening nothing: %v", err)
	}
	if _, err := os.Stat(s.Path() + "-none"); err == nil {
		t.Error("opening made a file")
	}
}

func TestForeignFilesStayAsTheyAre(t *testing.T) {
	ours := create(t)
	prompt(t, ours, "triage")
	closed(t, ours)
	clean := []byte(read(t, ours.Path()))
	patch := func(at int, v uint32) []byte {
		b := append([]byte{}, clean...)
		binary.BigEndian.PutUint32(b[at:], v)
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"empty", nil},
		{"one byte", []byte("x")},
		{"text", []byte(strings.Repeat("hello\n", 100))},
		{"html", []byte("<!DOCTYPE html><html>" + strings.Repeat(" ", 200))},
		{"zip", append([]byte("PK\x03\x04"), make([]byte, 200)...)},
		{"half a header", clean[:50]},
		{"magic only", append([]byte("SQLite format 3\x00"), make([]byte, 84)...)},
		{"another program", patch(68, 0x12345678)},
		{"no program", patch(68, 0)},
		{"newer", patch(60, 99)},
		{"cut after the first page", clean[:4096]},
		{"first page torn", append(append([]byte{}, clean[:100]...), make([]byte, len(clean)-100)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			at := filepath.Join(dir, "x.db")
			must(t, os.WriteFile(at, c.data, 0o600))
			s, err := Open(t.Context(), at, Options{})
			if err == nil {
				closed(t, s)
				t.Fatal("was opened")
			}
			var f *Foreign
			var n *Newer
			var d *Damaged
			if !errors.As(err, &f) && !errors.As(err, &n) && !errors.As(err, &d) {
				t.Errorf("not one of our sentences: %v", err)
			}
			if read(t, at) != string(c.data) {
				t.Error("the file was written to")
			}
			entries, err := os.ReadDir(dir)
			must(t, err)
			if len(entries) != 1 {
				t.Errorf("litter beside it: %v", entries)
			}
		})
	}
	var f *Foreign
	if _, err := Open(t.Context(), t.TempDir(), Options{}); !errors.As(err, &f) {
		t.Errorf("a folder: %v", err)
	}
}

func TestNamesThatADSNWouldMisread(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"x?mode=memory", "a%41b.db", "a#b.db", "a b.db", "ä.db", "-x.db", "a\nb.db", "a\x1b[31m.db", "a\xffb.db",
		"a&_txlock=deferred.db", "file:x.db", ":memory:", "a'b\"c.db", "a\\b.db", strings.Repeat("n", 240),
	} {
		at := filepath.Join(dir, name)
		s := open(t, at, Options{Create: true})
		prompt(t, s, "triage")
		closed(t, s)
		if st, err := os.Stat(at); err != nil || st.Size() == 0 {
			t.Errorf("%q: %v, %v", name, st, err)
		}
		s = open(t, at, Options{})
		if _, err := s.Prompt(t.Context(), "triage"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		closed(t, s)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 15 {
		t.Errorf("%d files for 15 names: %v", len(entries), entries)
	}
}

func TestBackupIsAWholeWorkspace(t *testing.T) {
	s := create(t)
	p := prompt(t, s, "triage")
	variant(t, s, p, "v", "words")
	to := filepath.Join(t.TempDir(), "copy #1?.db")
	must(t, s.Backup(t.Context(), to))
	mode(t, to, 0o600)
	var e *Exists
	if err := s.Backup(t.Context(), to); !errors.As(err, &e) {
		t.Errorf("backup over a file: %v", err)
	}
	b := open(t, to, Options{})
	must(t, b.Sound(t.Context()))
	if _, err := b.Variant(t.Context(), session.VariantRef{Prompt: "triage", Variant: "v"}); err != nil {
		t.Error(err)
	}
}

func TestReadOnly(t *testing.T) {
	s := create(t)
	prompt(t, s, "triage")
	closed(t, s)
	before := read(t, s.Path())
	r := open(t, s.Path(), Options{ReadOnly: true})
	if _, err := r.Prompt(t.Context(), "triage"); err != nil {
		t.Error(err)
	}
	if _, err := r.CreatePrompt(t.Context(), "more", "", ""); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a change: %v", err)
	}
	if err := r.FinishCell(t.Context(), session.Output{}, 0); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a record: %v", err)
	}
	to := filepath.Join(t.TempDir(), "b.db")
	must(t, r.Backup(t.Context(), to))
	closed(t, r)
	if read(t, s.Path()) != before {
		t.Error("the file was written to")
	}
}

func TestClosed(t *testing.T) {
	s := create(t)
	closed(t, s)
	closed(t, s)
	if _, err := s.CreatePrompt(t.Context(), "a", "", ""); !errors.Is(err, ErrClosed) {
		t.Errorf("a change: %v", err)
	}
	if err := s.FinishCell(t.Context(), session.Output{}, 0); !errors.Is(err, ErrClosed) {
		t.Errorf("a record: %v", err)
	}
}

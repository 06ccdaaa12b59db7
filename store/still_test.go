//go:build unix

package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Root may write whatever the modes say: these run as somebody else.
func plainUser(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
}

func TestAReaderLeavesNothingBehind(t *testing.T) {
	plainUser(t)
	s := create(t)
	prompt(t, s, "triage")
	closed(t, s)
	must(t, os.Chmod(s.Path(), 0o444))
	r := open(t, s.Path(), Options{})
	if _, err := r.Prompts(t.Context()); err != nil || !r.Info().ReadOnly {
		t.Error(err, r.Info().ReadOnly)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	must(t, r.Backup(t.Context(), copied))
	closed(t, r)
	if left, _ := filepath.Glob(s.Path() + "-*"); len(left) > 0 {
		t.Errorf("%v", left)
	}
	// What an older reader left is no reason to write no more.
	for _, suffix := range []string{"-wal", "-shm"} {
		must(t, os.WriteFile(s.Path()+suffix, nil, 0o444))
	}
	must(t, os.Chmod(s.Path(), 0o600))
	w := open(t, s.Path(), Options{})
	prompt(t, w, "reply")
	mode(t, s.Path()+"-shm", 0o600)
	closed(t, w)
}

func TestAFolderWithoutRoomForALogIsRead(t *testing.T) {
	plainUser(t)
	s := create(t)
	prompt(t, s, "triage")
	closed(t, s)
	dir := filepath.Dir(s.Path())
	must(t, os.Chmod(dir, 0o500))
	defer os.Chmod(dir, 0o700)
	for _, m := range []os.FileMode{0o600, 0o444} {
		must(t, os.Chmod(s.Path(), m))
		r, err := Open(t.Context(), s.Path(), Options{})
		if err != nil {
			t.Fatal(m, err)
		}
		if got, err := r.Prompts(t.Context()); err != nil || len(got) != 1 || !r.Info().ReadOnly {
			t.Error(m, got, err)
		}
		if _, err := r.CreatePrompt(t.Context(), "x", "", ""); !errors.Is(err, ErrReadOnly) {
			t.Error(m, err)
		}
		must(t, r.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")))
		closed(t, r)
	}
}

func TestAFileWithoutItsEndIsDamaged(t *testing.T) {
	s := create(t)
	prompt(t, s, "triage")
	closed(t, s)
	st, err := os.Stat(s.Path())
	must(t, err)
	must(t, os.Truncate(s.Path(), st.Size()-1))
	var d *Damaged
	if _, err := Open(t.Context(), s.Path(), Options{}); !errors.As(err, &d) {
		t.Error(err)
	}
}

func TestDamageIsOneSentence(t *testing.T) {
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "a", "words")
	for _, q := range []string{
		`INSERT INTO drafts (variant_id, uid, base_id, content, updated_ms) SELECT id, 'u', head_id, 'junk', 0 FROM variants`,
	} {
		_, err := s.write.Exec(q)
		must(t, err)
	}
	if _, err := s.Draft(t.Context(), v.ID); err == nil || !strings.Contains(err.Error(), "the draft of variant 1 is damaged") {
		t.Error(err)
	}
	var n int
	err := s.wrap(s.read.QueryRow(`SELECT 'many' AS cells`).Scan(&n))
	var d *Damaged
	if !errors.As(err, &d) || !strings.Contains(d.What, `"cells"`) || strings.Contains(err.Error(), "Scan") {
		t.Error(err)
	}
}

// A lease that no clock of ours gave blocks nobody.
func TestALeaseOfYearsIsNone(t *testing.T) {
	s := create(t)
	for _, until := range []int64{1 << 62, s.now() + 10*365*24*3600_000, s.now() - 1, -1 << 62} {
		if s.leased(until) {
			t.Error(until)
		}
	}
	if !s.leased(s.now() + LeaseLength) {
		t.Error("a lease given now does not hold")
	}
}

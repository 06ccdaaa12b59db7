package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galley/session"
	"galley/store"
)

// What lay on the table last lies there again, as long as it exists.
func TestLast(t *testing.T) {
	ctx := context.Background()
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	db := filepath.Join(t.TempDir(), "w.db")
	st, err := store.Open(ctx, db, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	d, err := wire(config{}, st, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	p, err := st.CreatePrompt(ctx, "p", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old", "new"} {
		if _, err := st.CreateVariant(ctx, p.ID, name, firstContent(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.start(ctx).Variant; got != "new" {
		t.Errorf("nothing kept: %q lies there, want the newest", got)
	}
	if _, err := d.lay(ctx, session.VariantRef{Prompt: "p", Variant: "old"}); err != nil {
		t.Fatal(err)
	}
	keepLast(db, d.lying(ctx))
	if got := d.start(ctx).Variant; got != "old" {
		t.Errorf("%q lies there, want what lay there last", got)
	}
	path := filepath.Join(state, "galley", "last.json")
	fi, err := os.Stat(path)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v %v, want 0600", fi, err)
	}
	data, _ := os.ReadFile(path)
	if strings.Count(string(data), "p/old") != 1 || strings.Count(string(data), ":") != 1 {
		t.Errorf("it holds %s", data)
	}
	v, err := st.Variant(ctx, session.VariantRef{Prompt: "p", Variant: "new"})
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range []bool{false, true} {
		c := firstContent()
		c.Blocks[0].Text = "being written"
		if err := st.PutDraft(ctx, session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: c, Left: left}); err != nil {
			t.Fatal(err)
		}
		want := "new" // was being written when the program ended
		if left {
			want = "old"
		}
		if got := d.start(ctx).Variant; got != want {
			t.Errorf("with a draft of another, left %v: %q lies there, want %q", left, got, want)
		}
	}
	keepLast(db, session.VariantRef{Prompt: "p", Variant: "gone"})
	if got := d.start(ctx).Variant; got != "new" {
		t.Errorf("what is gone: %q lies there, want the newest", got)
	}
	if err := os.WriteFile(path, []byte("null"), 0o600); err != nil {
		t.Fatal(err)
	}
	keepLast(db, session.VariantRef{Prompt: "p", Variant: "old"})
	if got := d.start(ctx).Variant; got != "old" {
		t.Errorf("after a broken file %q lies there", got)
	}
}

func TestEdits(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"list", "list", 0}, {"lsit", "list", 1}, {"lst", "list", 1}, {"models", "mdels", 1}, {"x", "list", 4}, {"", "run", 3}} {
		if got := edits(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"

	"galley/session"
)

// lastPath is the file that says for each workspace what lay on the table last;
// it holds nothing but names. "" where there is no place for it.
func lastPath() string {
	if log := logPath(); log != "" {
		return filepath.Join(filepath.Dir(log), "last.json")
	}
	return ""
}

// readLast reads the names that are kept, by workspace. What can't be read is
// none.
func readLast() map[string]string {
	kept := map[string]string{}
	if data, err := os.ReadFile(lastPath()); err == nil {
		_ = json.Unmarshal(data, &kept) // a file that is broken is written anew
	}
	if kept == nil {
		kept = map[string]string{}
	}
	return kept
}

// keepLast keeps what lay on a workspace's table, 0600. It says nothing when it
// can't: the workbench opens on the newest instead.
func keepLast(workspace string, ref session.VariantRef) {
	path, abs := lastPath(), absolute(workspace)
	if path == "" || abs == "" || ref.Variant == "" || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	kept := readLast()
	for known := range kept { // a workspace that is gone is forgotten
		if _, err := os.Stat(known); os.IsNotExist(err) {
			delete(kept, known)
		}
	}
	kept[abs] = ref.Prompt + "/" + ref.Variant
	data, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".last-*") // 0600
	if err != nil {
		return
	}
	_, err = f.Write(append(data, '\n'))
	if cerr := f.Close(); err != nil || cerr != nil || os.Rename(f.Name(), path) != nil {
		_ = os.Remove(f.Name())
	}
}

// absolute is the one name of a file, "" where there is none to be found.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	if whole, err := filepath.EvalSymlinks(abs); err == nil {
		abs = whole
	}
	return abs
}

// start is the variant to lay on the table first: what was being written when the
// program was not left as it should be, or else what lay there last, or else the
// newest.
func (d *desk) start(ctx context.Context) session.VariantRef {
	drafts, _ := d.store.Drafts(ctx) // without them the workbench begins elsewhere
	for _, x := range drafts {
		if x.Left || x.Live {
			continue
		}
		if v, err := d.variantByID(ctx, x.VariantID); err == nil {
			return session.VariantRef{Prompt: string(v.Prompt), Variant: string(v.Name)}
		}
	}
	if name := readLast()[absolute(d.store.Path())]; name != "" {
		if ref, err := session.ParseVariantRef(name, ""); err == nil {
			ref.Revision = 0
			if _, err := d.store.Variant(ctx, ref); err == nil {
				return ref
			}
		}
	}
	return d.newest(ctx)
}

// lain remembers the key of the variant that was laid on the table last.
type lain struct {
	mu sync.Mutex
	id int64
}

// lay is load for the screens, which lay on the table all that they load.
func (d *desk) lay(ctx context.Context, ref session.VariantRef) (session.Laid, error) {
	l, err := d.load(ctx, ref)
	if err == nil {
		d.lain.mu.Lock()
		d.lain.id = l.Variant.ID
		d.lain.mu.Unlock()
	}
	return l, err
}

// lying is what was laid on the table last, by its name of now; the zero value
// where nothing was.
func (d *desk) lying(ctx context.Context) session.VariantRef {
	d.lain.mu.Lock()
	id := d.lain.id
	d.lain.mu.Unlock()
	if id == 0 {
		return session.VariantRef{}
	}
	v, err := d.variantByID(ctx, id)
	if err != nil {
		return session.VariantRef{}
	}
	return session.VariantRef{Prompt: string(v.Prompt), Variant: string(v.Name)}
}

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"galley/session/text"
	"galley/store/exchange"
)

// What stands beside a target while it is written: what is not whole yet, and what
// steps aside for it.
const (
	sideNew = "new"
	sideOld = "old"
)

// beside is a name for it in the same folder. It tells the target, the machine and
// the process, so that a later export knows for certain what one that was killed left
// there.
func beside(path, side string) string {
	return besideAll(path, side) + strconv.Itoa(os.Getpid()) + "-" + uuid.NewString()[:4]
}

// besideAll is what the names of a target's side begin with on this machine.
func besideAll(path, side string) string {
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	sum := sha256.Sum256([]byte(machine() + "\x00" + path))
	return filepath.Join(filepath.Dir(path), ".galley-"+side+"-"+hex.EncodeToString(sum[:5])+"-")
}

// left are what processes that are surely dead left beside a target.
func left(path, side string) []string {
	from := besideAll(path, side)
	there, err := os.ReadDir(filepath.Dir(from))
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range there {
		rest, ours := strings.CutPrefix(e.Name(), filepath.Base(from))
		number, _, ours2 := strings.Cut(rest, "-")
		if pid, err := strconv.Atoi(number); ours && ours2 && err == nil && pid > 0 && processGone(pid) {
			out = append(out, filepath.Join(filepath.Dir(from), e.Name()))
		}
	}
	return out
}

// sweep removes what was never whole. It is no error when it can't.
func sweep(path string) {
	for _, p := range left(path, sideNew) {
		_ = os.RemoveAll(p)
	}
}

// putBack gives a folder its place again that an export moved aside and was killed
// over.
func putBack(dir string) {
	for _, old := range left(dir, sideOld) {
		if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
			_ = os.Rename(old, dir)
		}
	}
}

// writeNew makes a file that was not there, and has it on disk when it returns.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the user's umask: files for git
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}

// replaceFile writes a file as a whole or not at all: what stood there stays until
// all of the new is on disk. A link is replaced, not followed.
func replaceFile(file string, write func(w io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("%s: %w", text.Raw(file), err)
	}
	sweep(file)
	part := beside(file, sideNew)
	err := writeNew(part, b.Bytes())
	if err == nil {
		if err = os.Rename(part, file); err != nil {
			_ = os.Remove(part)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %s", text.Raw(file), reason(err))
	}
	return nil
}

// putFile writes an export of one file, and before it what stands beside it. What
// is there already is replaced only when asked to.
func putFile(path string, data []byte, force bool, beside ...exchange.File) error {
	files := append(slices.Clone(beside), exchange.File{Path: path, Data: data})
	for _, f := range files {
		fi, err := os.Lstat(f.Path)
		switch {
		case err == nil && fi.IsDir():
			return usage("%s is a folder; name a file", text.Raw(f.Path))
		case err == nil && !force:
			return usage("%s exists already; --force replaces it; nothing was changed", text.Raw(f.Path))
		}
		if err := writable(f.Path); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := replaceFile(f.Path, func(w io.Writer) error { _, err := w.Write(f.Data); return err }); err != nil {
			return usage("%w", err)
		}
	}
	return nil
}

// putFolder writes an export of several files: all of them or none. With force it
// takes the place of an earlier export; what others put beside that one's files
// stays.
func putFolder(dir string, files []exchange.File, force bool) error {
	dir = filepath.Clean(dir)
	sweep(dir)
	putBack(dir)
	if err := vacant(dir, files, force); err != nil {
		return err
	}
	for _, f := range files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return fmt.Errorf("the export names a file outside of its folder: %s", text.Raw(f.Path))
		}
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return usage("%s: %s", text.Raw(filepath.Dir(dir)), reason(err))
	}
	made := beside(dir, sideNew)
	err := writeFolder(made, files)
	if err == nil {
		err = moveIn(made, dir, files)
	}
	if err != nil {
		_ = os.RemoveAll(made)
		return usage("%s: %s; nothing was changed", text.Raw(dir), reason(err))
	}
	return nil
}

// vacant reports whether an export may stand at dir.
func vacant(dir string, files []exchange.File, force bool) error {
	fi, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usage("%s: %s", text.Raw(dir), reason(err))
	case fi.Mode()&fs.ModeSymlink != 0:
		return usage("%s is a link; name the folder itself", text.Raw(dir))
	case !fi.IsDir():
		return usage("%s is a file; name a folder", text.Raw(dir))
	}
	there, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return usage("%s: %s", text.Raw(dir), reason(err))
	case len(there) == 0:
		return nil
	case !force:
		return usage("%s exists already; --force replaces it; nothing was changed", text.Raw(dir))
	}
	// An earlier export has the files that this one has at its top.
	for _, f := range files {
		if !strings.Contains(f.Path, "/") && strings.HasSuffix(f.Path, ".yaml") && slices.ContainsFunc(there, func(e fs.DirEntry) bool { return e.Name() == f.Path }) {
			return nil
		}
	}
	return usage("%s holds other things and no earlier export; name another folder; nothing was changed", text.Raw(dir))
}

func writeFolder(dir string, files []exchange.File) error {
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := writeNew(path, f.Data); err != nil {
			return err
		}
	}
	return nil
}

// moveIn puts a folder that is whole in its place. An earlier export steps aside
// first; what it holds that is no export's comes along.
func moveIn(made, dir string, files []exchange.File) error {
	old := ""
	if _, err := os.Lstat(dir); err == nil {
		old = beside(dir, sideOld)
		if err := os.Rename(dir, old); err != nil {
			return err
		}
	}
	if err := os.Rename(made, dir); err != nil {
		if old != "" {
			_ = os.Rename(old, dir)
		}
		return err
	}
	if old == "" {
		return nil
	}
	for _, earlier := range left(dir, sideOld) { // of one that was killed before this line
		_ = takeAlong(earlier, dir, files)
	}
	return takeAlong(old, dir, files)
}

// takeAlong moves what an earlier export holds that is no export's, and removes the
// rest. What would take the place of another thing stays, and with it all.
func takeAlong(old, dir string, files []exchange.File) error {
	ours := map[string]bool{}
	for _, f := range files {
		top, _, _ := strings.Cut(f.Path, "/")
		ours[top] = true
	}
	there, err := os.ReadDir(old)
	if err != nil {
		return err
	}
	for _, e := range there {
		if ours[e.Name()] {
			continue
		}
		to := filepath.Join(dir, e.Name())
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s stands there already", text.Raw(to))
		}
		if err := os.Rename(filepath.Join(old, e.Name()), to); err != nil {
			return err
		}
	}
	return os.RemoveAll(old)
}

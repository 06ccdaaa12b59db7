package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"galley/session/text"
	"galley/store/exchange"
)

// beside is a name for what is not whole yet, in the same folder.
func beside(path string) string {
	return filepath.Join(filepath.Dir(path), ".galley-"+uuid.NewString()[:13])
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
	part := beside(file)
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

// putFile writes an export of one file. What stands there is replaced only when
// asked to.
func putFile(path string, data []byte, force bool) error {
	fi, err := os.Lstat(path)
	switch {
	case err == nil && fi.IsDir():
		return usage("%s is a folder; name a file", text.Raw(path))
	case err == nil && !force:
		return usage("%s exists already; --force replaces it; nothing was changed", text.Raw(path))
	}
	if err := writable(path); err != nil {
		return err
	}
	if err := replaceFile(path, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
		return usage("%w", err)
	}
	return nil
}

// putFolder writes an export of several files: all of them or none. With force it
// takes the place of an earlier export; what others put beside that one's files
// stays.
func putFolder(dir string, files []exchange.File, force bool) error {
	dir = filepath.Clean(dir)
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
	made := beside(dir)
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
		old = beside(dir)
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
		if err := os.Rename(filepath.Join(old, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return os.RemoveAll(old)
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"galley/engine/backend"
	"galley/session/text"
)

// addBackend writes the table of a found engine at the end of the user's config and
// returns it as it was read back. Every byte that stood there stays; the file is
// made where there is none, is readable for its owner only, and is replaced whole or
// not at all.
func addBackend(path, name, lines string) (backend.Config, error) {
	var none backend.Config
	if path == "" {
		return none, usage("there is no folder for your config; name a file with --config")
	}
	path, err := throughLinks(path)
	if err != nil {
		return none, usage("config %s: %s", text.Raw(path), reason(err))
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return none, usage("config %s: %s", text.Raw(path), reason(err))
	}
	data := withLines(old, lines)
	c, err := parseConfig(path, data)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return none, usage("nothing was written, since it would not be read again: %w; write it yourself:\n\n%s", err, lines)
	}
	for _, b := range c.backends() {
		if b.Name != name {
			continue
		}
		if err := keepConfig(path, data); err != nil {
			return none, usage("config %s: %s; nothing was written", text.Raw(path), reason(err))
		}
		return b, nil
	}
	return none, fmt.Errorf("the lines hold no backend %q", text.Raw(name))
}

// parseConfig reads a config from memory.
func parseConfig(path string, data []byte) (config, error) {
	c := config{path: path}
	d := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, usage("%s", configError(path, err))
	}
	c.lines = linesOf(data)
	return c, nil
}

// withLines puts lines at the end of a file, an empty line before them, with the
// line ends that the file has.
func withLines(old []byte, lines string) []byte {
	end := "\n"
	if bytes.Contains(old, []byte("\r\n")) {
		end = "\r\n"
		lines = strings.ReplaceAll(lines, "\n", end)
	}
	out := append([]byte(nil), old...)
	if len(out) > 0 {
		if out[len(out)-1] != '\n' {
			out = append(out, end...)
		}
		out = append(out, end...)
	}
	return append(out, lines...)
}

// throughLinks is the file behind a path that may be a link, so that it is not the
// link that is replaced.
func throughLinks(path string) (string, error) {
	file, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, lerr := os.Lstat(path); lerr == nil {
			return path, fmt.Errorf("it is a link to a file that is not there")
		}
		return path, nil
	}
	if err != nil {
		return path, err
	}
	return file, nil
}

// keepConfig puts a config on disk, readable for its owner only: written beside the
// old one, and then in its place.
func keepConfig(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".config-*") // 0600
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
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
	"galley/store/exchange"
)

const (
	largestSource = 5 << 20  // bytes of one file
	allSources    = 64 << 20 // bytes of all
)

// sourceFile is a text file that becomes resources.
type sourceFile struct {
	name text.Raw // as the workspace calls it
	text text.Raw
}

// sourceFiles are those of some paths, and what was left out, with the reason.
type sourceFiles struct {
	list []sourceFile
	left []noteFile
	size int
}

// noteFile is a file that was left out.
type noteFile struct {
	File text.Raw `json:"file"`
	Why  string   `json:"why"`
}

// readSources reads files, and folders with all below them. A file that is named and
// can't be taken is an error; one in a folder is left out and told.
func readSources(paths []string) (*sourceFiles, error) {
	var out sourceFiles
	for _, p := range paths {
		p = home(p)
		fi, err := os.Stat(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, usage("there is no file or folder %s", text.Raw(p))
		case err != nil:
			return nil, usage("%s: %s", text.Raw(p), reason(err))
		case fi.IsDir():
			err = out.folder(p)
		case !fi.Mode().IsRegular():
			return nil, usage("%s is no file", text.Raw(p))
		default:
			var f *os.File
			if f, err = os.Open(p); err != nil {
				return nil, usage("%s: %s", text.Raw(p), reason(err))
			}
			var why string
			if why, err = out.add(f, sourceNamed(p)); err == nil && why != "" {
				err = usage("%s %s", text.Raw(p), why)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	names := map[text.Raw]bool{}
	for _, f := range out.list {
		if names[f.name] {
			return nil, usage("two files would be called %s; import the folder that holds them both, or one after the other from elsewhere", f.name)
		}
		names[f.name] = true
	}
	if len(out.list) == 0 {
		return nil, usage("there is no text to import%s", out.firstLeft())
	}
	return &out, nil
}

func (s *sourceFiles) firstLeft() string {
	if len(s.left) == 0 {
		return ": the folder is empty"
	}
	return fmt.Sprintf(": %s %s", s.left[0].File, s.left[0].Why)
}

// home puts the user's folder in place of ~.
func home(p string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		if dir, err := os.UserHomeDir(); err == nil {
			return filepath.Join(dir, rest)
		}
	}
	return p
}

// sourceNamed is how the workspace calls a file or folder: as it was named from the
// current folder, else by its last name alone, so that no path of a machine is kept.
func sourceNamed(p string) string {
	clean := filepath.Clean(p)
	if filepath.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, ".."+string(filepath.Separator)) {
		if abs, err := filepath.Abs(clean); err == nil {
			clean = abs
		}
		clean = filepath.Base(clean)
	}
	if clean == "." || clean == string(filepath.Separator) {
		return ""
	}
	return filepath.ToSlash(clean)
}

// folder reads all files below a folder. Links are not followed.
func (s *sourceFiles) folder(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return usage("%s: %s", text.Raw(dir), reason(err))
	}
	defer func() { _ = root.Close() }()
	base := sourceNamed(dir)
	return fs.WalkDir(root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		name := path.Join(base, p)
		leave := func(why string) error {
			s.left = append(s.left, noteFile{text.Raw(name), why})
			if e != nil && e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case err != nil:
			return leave("can't be read: " + reason(err))
		case p == ".":
			return nil
		case strings.HasPrefix(path.Base(p), "."):
			return leave("is hidden")
		case e.IsDir():
			return nil
		case e.Type()&fs.ModeSymlink != 0:
			if _, err := root.Stat(filepath.FromSlash(p)); err != nil {
				return leave("is a link out of the folder")
			}
			return leave("is a link within the folder")
		case !e.Type().IsRegular():
			return leave("is no file")
		}
		f, err := root.Open(filepath.FromSlash(p))
		if err != nil {
			return leave("can't be read: " + reason(err))
		}
		why, err := s.add(f, name)
		if err == nil && why != "" {
			return leave(why)
		}
		return err
	})
}

// add reads a file and closes it; why says why it can't be taken.
func (s *sourceFiles) add(f *os.File, name string) (why string, err error) {
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, largestSource+1))
	if err != nil {
		return "can't be read: " + reason(err), nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > largestSource:
		return "is larger than 5 MB; cut it first", nil
	case bytes.IndexByte(data, 0) >= 0:
		return "is no text: it holds zero bytes", nil
	case !utf8.Valid(data):
		return fmt.Sprintf("is not UTF-8: line %d is the first that is not; convert it first", badLine(data)), nil
	case !utf8.ValidString(name):
		return "has a name that is not UTF-8", nil
	case len(bytes.TrimSpace(data)) == 0:
		return "is empty", nil
	}
	if s.size += len(data); s.size > allSources {
		return "", usage("these files are more than %d MB together; import fewer of them", allSources>>20)
	}
	t := text.Raw(data)
	if slices.Contains([]string{".html", ".htm", ".xhtml"}, strings.ToLower(path.Ext(name))) {
		if t = exchange.PlainHTML(t); t.Blank() {
			return "has no words outside of its tags", nil
		}
	}
	s.list = append(s.list, sourceFile{text.Raw(name), t})
	return "", nil
}

func badLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[n:]
	}
	return line
}

// splitFlag is how files are cut: "" each by its kind.
type splitFlag struct {
	how            string
	words, overlap int
}

// of is how a file of the name is cut.
func (s splitFlag) of(name string) session.SplitOptions {
	o := session.SplitFor(name)
	if s.how != "" {
		o = session.SplitOptions{How: session.SplitHow(s.how)}
		if o.How == session.SplitWords {
			o.Words = session.DefaultWords
		}
	}
	if s.words > 0 {
		o.Words = s.words
	}
	o.Overlap = s.overlap
	return o
}

// check says what of it can't be.
func (s splitFlag) check() error {
	if s.how != "" {
		if _, err := session.ParseSplitHow(s.how); err != nil {
			return usage("%w", err)
		}
	}
	words := s.words
	if words == 0 {
		words = session.DefaultWords
	}
	switch {
	case s.words < 0 || s.overlap < 0:
		return usage("a number of words is at least 0")
	case s.overlap > 0 && s.how != string(session.SplitWords):
		return usage("--overlap is of --split words")
	case s.overlap >= words:
		return usage("an overlap of %d words leaves nothing new in a piece of %d", s.overlap, words)
	case s.words > 0 && s.how == string(session.SplitWhole):
		return usage("--split whole leaves files whole; leave --words out, or cut by --split words")
	}
	return nil
}

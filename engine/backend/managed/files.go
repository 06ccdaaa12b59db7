package managed

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"galley/session/text"
)

// NameOf is the name that a file gives its model: its own, without the ending
// and without the number of a part.
func NameOf(file string) string {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	return firstPart.ReplaceAllString(strings.TrimSuffix(base, ".gguf"), "")
}

var firstPart = regexp.MustCompile(`-\d{5}-of-\d{5}$`)

// checkFile says why a file is no model, without starting anything.
func checkFile(path string) error {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail("config", "there is no file %s", text.Raw(path))
	case err != nil:
		return fail("config", "the file %s can't be read: %s", text.Raw(path), text.Raw(why(err)))
	}
	defer f.Close()
	if fi, err := f.Stat(); err == nil && !fi.Mode().IsRegular() {
		return fail("config", "%s is no file", text.Raw(path))
	}
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); err != nil || string(magic[:]) != "GGUF" {
		return fail("config", "%s is no GGUF file: it does not begin with GGUF", text.Raw(path))
	}
	return nil
}

// sizeOf is the size of a model, all its parts together; 0: it can't be told.
func sizeOf(path string) (n int64) {
	parts := []string{path}
	if m := inParts.FindStringSubmatch(path); m != nil {
		last, _ := strconv.Atoi(m[2])
		for i := 2; i <= last; i++ {
			parts = append(parts, fmt.Sprintf("%s-%05d-of-%s.gguf", m[1], i, m[2]))
		}
	}
	for _, p := range parts {
		fi, err := os.Stat(p)
		if err != nil {
			return 0
		}
		n += fi.Size()
	}
	return n
}

var inParts = regexp.MustCompile(`^(.*)-00001-of-(\d{5})\.gguf$`)

// edge is how many bytes at both ends of a file its digest is made of.
const edge = 1 << 20

type fileKey struct {
	path  string
	size  int64
	mtime time.Time
}

var known = struct {
	sync.Mutex
	all map[fileKey]FileInfo
}{all: map[fileKey]FileInfo{}}

// FileInfo is what a model's file says without a server.
type FileInfo struct {
	Bytes   int64
	Digest  string // see [Supervisor.File]
	Trained int    // context in tokens, 0: it does not say
	Quant   string // "" it does not say
	Params  string // "8B", "" it does not say
}

// File reads a model's file. Its digest is "gguf-edges:" and the SHA-256 of its
// size, its first MiB and its last MiB: the head holds the vocabulary, the chat
// template and the shapes, the tail weights. The whole of a large model would
// take minutes to read. An error is a *[session.CallError].
func (s *Supervisor) File(name string) (FileInfo, error) {
	if err := s.knows(name); err != nil {
		return FileInfo{}, err
	}
	p := s.o.Files[name]
	if err := checkFile(p); err != nil {
		return FileInfo{}, err
	}
	f, err := os.Open(p)
	if err != nil {
		return FileInfo{}, fail("config", "the file %s can't be read: %s", text.Raw(p), text.Raw(why(err)))
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return FileInfo{}, fail("config", "the file %s can't be read: %s", text.Raw(p), text.Raw(why(err)))
	}
	k := fileKey{p, fi.Size(), fi.ModTime()}
	known.Lock()
	info, ok := known.all[k]
	known.Unlock()
	if ok {
		return info, nil
	}
	info = FileInfo{Bytes: sizeOf(p)}
	if info.Digest, err = digest(f, fi.Size()); err != nil {
		return FileInfo{}, fail("config", "the file %s can't be read: %s", text.Raw(p), text.Raw(why(err)))
	}
	info.header(f)
	known.Lock()
	known.all[k] = info
	known.Unlock()
	return info, nil
}

func digest(f io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	h.Write(fmt.Appendf(nil, "%d\n", size))
	n := min(size, edge)
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, n)); err != nil {
		return "", err
	}
	if _, err := io.Copy(h, io.NewSectionReader(f, size-n, n)); err != nil {
		return "", err
	}
	return "gguf-edges:" + hex.EncodeToString(h.Sum(nil)), nil
}

// header fills in what the file's metadata says; what can't be read is left out.
func (info *FileInfo) header(f io.ReaderAt) {
	meta := readMeta(io.NewSectionReader(f, 0, 64<<20))
	if arch, ok := meta["general.architecture"].(string); ok {
		n, _ := meta[arch+".context_length"].(uint64)
		info.Trained = int(min(n, 1<<40))
	}
	if t, ok := meta["general.file_type"].(uint64); ok {
		info.Quant = fileTypes[t]
	}
	label, _ := meta["general.size_label"].(string)
	info.Params = cmp.Or(cut(label, 20), "")
}

// fileTypes are llama.cpp's names of general.file_type.
var fileTypes = map[uint64]string{
	0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L",
	14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
	23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16",
	36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}

package managed

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// Bounds of a file's metadata; the file may be anybody's.
const (
	mostKeys   = 10_000
	mostString = 1 << 20
)

var errMeta = errors.New("no metadata")

// readMeta reads strings and whole numbers from a GGUF file's metadata, as far as
// it can be read.
func readMeta(r io.Reader) map[string]any {
	m := &meta{r: bufio.NewReaderSize(r, 64<<10)}
	out := map[string]any{}
	head := m.bytes(4)
	version := m.u32()
	_ = m.u64() // tensors
	n := m.u64()
	if m.err != nil || string(head) != "GGUF" || version < 2 || version > 3 || n > mostKeys {
		return out
	}
	for range n {
		key := m.str()
		v := m.value(m.u32())
		if m.err != nil {
			return out
		}
		if v != nil {
			out[key] = v
		}
	}
	return out
}

// meta reads little-endian values until one can't be read.
type meta struct {
	r   *bufio.Reader
	err error
}

func (m *meta) bytes(n int) []byte {
	b := make([]byte, n)
	if m.err == nil {
		_, m.err = io.ReadFull(m.r, b)
	}
	return b
}

func (m *meta) u32() uint32 { return binary.LittleEndian.Uint32(m.bytes(4)) }
func (m *meta) u64() uint64 { return binary.LittleEndian.Uint64(m.bytes(8)) }

func (m *meta) str() string {
	n := m.u64()
	if n > mostString {
		m.err = errMeta
	}
	if m.err != nil {
		return ""
	}
	return string(m.bytes(int(n)))
}

func (m *meta) skip(n uint64) {
	for m.err == nil && n > 0 {
		k, err := m.r.Discard(int(min(n, 1<<20)))
		n -= uint64(k)
		m.err = err
	}
}

// Types of metadata.
const (
	typeString = 8
	typeArray  = 9
)

// widths of the plain types, by number.
var widths = map[uint32]int{0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

// value reads one value: a string, a whole number as uint64, or nil for what is
// not of use.
func (m *meta) value(kind uint32) any {
	switch kind {
	case typeString:
		return m.str()
	case typeArray:
		m.array()
		return nil
	}
	w, ok := widths[kind]
	if !ok {
		m.err = errMeta
		return nil
	}
	b := m.bytes(w)
	switch kind {
	case 4, 5:
		return uint64(binary.LittleEndian.Uint32(b))
	case 10, 11:
		return binary.LittleEndian.Uint64(b)
	}
	return nil
}

func (m *meta) array() {
	kind, n := m.u32(), m.u64()
	if w, ok := widths[kind]; ok && n < 1<<32 {
		m.skip(n * uint64(w))
		return
	}
	if kind != typeString || n > 1<<24 {
		m.err = errMeta
		return
	}
	for i := uint64(0); i < n && m.err == nil; i++ {
		m.skip(m.u64())
	}
}

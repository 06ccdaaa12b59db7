package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

type tensor struct {
	name string
	dims []int // contiguous dimension first
	f32  bool
	at   func(row, col int) float64
}

func (t tensor) bytes() int {
	n := 2
	if t.f32 {
		n = 4
	}
	for _, d := range t.dims {
		n *= d
	}
	return n
}

type kv struct {
	key string
	val any
}

type rng struct{ s uint64 }

func (r *rng) next() uint64 {
	r.s += 0x9E3779B97F4A7C15
	z := r.s
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// gauss is near enough to a normal variable (sum of four uniforms).
func (r *rng) gauss() float64 {
	var s float64
	for range 4 {
		s += float64(r.next()>>11) / (1 << 53)
	}
	return (s - 2) * math.Sqrt(3)
}

func half(f float64) uint16 {
	b := math.Float32bits(float32(f))
	sign := uint16(b >> 16 & 0x8000)
	exp := int(b>>23&0xff) - 127 + 15
	man := b & 0x7fffff
	switch {
	case exp >= 31:
		return sign | 0x7c00
	case exp <= 0:
		if exp < -10 {
			return sign
		}
		man |= 0x800000
		s := uint(14 - exp)
		return sign | uint16((man+(1<<(s-1)))>>s)
	}
	return sign + uint16((uint32(exp)<<10)+((man+0x1000)>>13))
}

// align is where tensors begin, in bytes.
const align = 32

// encode writes a GGUF file, version 3.
func encode(w io.Writer, kvs []kv, ts []tensor) error {
	var h header
	h.WriteString("GGUF")
	h.u32(3)
	h.u64(uint64(len(ts)))
	h.u64(uint64(len(kvs)))
	for _, e := range kvs {
		h.str(e.key)
		if err := h.value(e.val); err != nil {
			return err
		}
	}
	off := 0
	for _, t := range ts {
		h.str(t.name)
		h.u32(uint32(len(t.dims)))
		for _, d := range t.dims {
			h.u64(uint64(d))
		}
		h.u32(map[bool]uint32{true: 0, false: 1}[t.f32])
		h.u64(uint64(off))
		off += (t.bytes() + align - 1) / align * align
	}
	for h.Len()%align != 0 {
		h.WriteByte(0)
	}
	if _, err := w.Write(h.Bytes()); err != nil {
		return err
	}
	for _, t := range ts {
		if err := t.encode(w); err != nil {
			return err
		}
	}
	return nil
}

// header gathers what stands before the weights.
type header struct{ bytes.Buffer }

func (h *header) u32(x uint32) { h.Write(binary.LittleEndian.AppendUint32(nil, x)) }
func (h *header) u64(x uint64) { h.Write(binary.LittleEndian.AppendUint64(nil, x)) }
func (h *header) str(s string) { h.u64(uint64(len(s))); h.WriteString(s) }

func (h *header) value(v any) error {
	switch x := v.(type) {
	case uint32:
		h.u32(4)
		h.u32(x)
	case float32:
		h.u32(6)
		h.u32(math.Float32bits(x))
	case bool:
		h.u32(7)
		h.WriteByte(map[bool]byte{true: 1}[x])
	case string:
		h.u32(8)
		h.str(x)
	case []string:
		h.u32(9)
		h.u32(8)
		h.u64(uint64(len(x)))
		for _, s := range x {
			h.str(s)
		}
	case []int32:
		h.u32(9)
		h.u32(5)
		h.u64(uint64(len(x)))
		for _, n := range x {
			h.u32(uint32(n))
		}
	default:
		return fmt.Errorf("no GGUF type for %T", x)
	}
	return nil
}

func (t tensor) encode(w io.Writer) error {
	rows := 1
	if len(t.dims) > 1 {
		rows = t.dims[1]
	}
	n := 0
	for row := range rows {
		b := make([]byte, 0, t.dims[0]*4)
		for col := range t.dims[0] {
			x := t.at(row, col)
			if t.f32 {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(x)))
			} else {
				b = binary.LittleEndian.AppendUint16(b, half(x))
			}
		}
		n += len(b)
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	_, err := w.Write(make([]byte, (align-n%align)%align))
	return err
}

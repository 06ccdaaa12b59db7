package session

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
)

// Reading pieces takes a hundred times as long as ranking them, and the same pieces
// are ranked for every case of a run and after every key in an editor. So the last few
// readings are kept: one depends on nothing but the pieces, and never changes.

const (
	keptReadings  = 8
	keptReadBytes = 32 << 20 // of pieces; of a set that is larger nothing is kept
)

type reading struct {
	name [sha256.Size]byte
	size int
	r    *Retriever
}

var readings struct {
	sync.Mutex
	last []reading // the newest last
}

// retrieverOf is NewRetriever, or the reading of the same pieces that was kept.
func retrieverOf(pieces []string) *Retriever {
	h := sha256.New()
	var n [8]byte
	size := 0
	for _, p := range pieces {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
		size += len(p)
	}
	var name [sha256.Size]byte
	h.Sum(name[:0])
	readings.Lock()
	if i := slices.IndexFunc(readings.last, func(x reading) bool { return x.name == name }); i >= 0 {
		x := readings.last[i]
		readings.last = append(slices.Delete(readings.last, i, i+1), x)
		readings.Unlock()
		return x.r
	}
	readings.Unlock()
	r := NewRetriever(pieces)
	readings.Lock()
	defer readings.Unlock()
	readings.last = append(readings.last, reading{name, size, r})
	total := 0
	for _, x := range readings.last {
		total += x.size
	}
	for len(readings.last) > keptReadings || total > keptReadBytes {
		total -= readings.last[0].size
		readings.last = slices.Delete(readings.last, 0, 1)
	}
	return r
}

package engine

import (
	"crypto/sha256"
	"encoding/binary"

	"galley/session"
)

// prefix names what a proof begins with before the first byte that depends on the
// case. Servers that keep prompts have to read it once.
type prefix struct {
	name [sha256.Size]byte
	size int // bytes of messages
}

// prefixOf cuts a proof at its first variable.
func prefixOf(p *session.Proof) prefix {
	last, end := len(p.Messages), 0
	for _, s := range p.Spans {
		if s.Part == session.PartVar || s.Part == session.PartUnknown {
			last, end = s.Message, s.Start
			break
		}
	}
	h := sha256.New()
	put := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	put(string(p.Beside.Tools))
	put(string(p.Beside.Schema))
	put(string(p.Beside.Grammar))
	var out prefix
	for i, m := range p.Messages {
		if i > last {
			break
		}
		content := m.Content
		if i == last {
			content = content[:end]
		}
		put(string(m.Role))
		put(string(content))
		out.size += len(content)
	}
	h.Sum(out.name[:0])
	return out
}

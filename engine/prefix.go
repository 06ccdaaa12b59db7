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
		for _, c := range m.Calls {
			put(string(c.ID))
			put(string(c.Name))
			put(string(c.Arguments))
		}
		put(string(m.CallID))
		out.size += len(content)
	}
	h.Sum(out.name[:0])
	return out
}

// akinFrom is the share of a prompt that two groups have in common from which a
// server may take one for the other. Servers begin at a tenth, in tokens.
const akinFrom = 0.05

// akin reports whether two groups begin so much alike that a server may read one
// where it had read the other.
func akin(a, b *group) bool {
	return float64(alikeBytes(a.words, b.words)) > akinFrom*float64(a.words.Bytes())
}

// alikeBytes is how many bytes two proofs begin with that are the same.
func alikeBytes(a, b *session.Proof) int {
	n := 0
	for i := range min(len(a.Messages), len(b.Messages)) {
		x, y := a.Messages[i], b.Messages[i]
		k := 0
		for k < len(x.Content) && k < len(y.Content) && x.Content[k] == y.Content[k] {
			k++
		}
		n += k
		if x.Role != y.Role || k < len(x.Content) || k < len(y.Content) {
			break
		}
	}
	return n
}

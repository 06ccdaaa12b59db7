package store

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"galley/session"
	"galley/session/text"
)

// exact is text in JSON that comes back to the byte, also where it is not UTF-8.
type exact text.Raw

// MarshalJSON writes a string, or its bytes where a string can't hold them.
func (e exact) MarshalJSON() ([]byte, error) {
	if text.Raw(e).Valid() {
		return json.Marshal(string(e))
	}
	return json.Marshal(struct {
		Bytes []byte `json:"bytes"`
	}{[]byte(e)})
}

// UnmarshalJSON reads either.
func (e *exact) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var o struct {
			Bytes []byte `json:"bytes"`
		}
		err := json.Unmarshal(b, &o)
		*e = exact(o.Bytes)
		return err
	}
	var s string
	err := json.Unmarshal(b, &s)
	*e = exact(s)
	return err
}

func formatTools(calls []session.ToolCall) string {
	if calls == nil {
		return ""
	}
	out := make([][3]exact, len(calls))
	for i, c := range calls {
		out[i] = [3]exact{exact(c.ID), exact(c.Name), exact(c.Arguments)}
	}
	return marshal(out)
}

func parseTools(s string) ([]session.ToolCall, error) {
	if s == "" {
		return nil, nil
	}
	var in [][3]exact
	if err := json.Unmarshal([]byte(s), &in); err != nil {
		return nil, fmt.Errorf("its tool calls are not readable: %w", err)
	}
	out := make([]session.ToolCall, len(in))
	for i, c := range in {
		out[i] = session.ToolCall{ID: text.Raw(c[0]), Name: text.Raw(c[1]), Arguments: text.Raw(c[2])}
	}
	return out, nil
}

// formatEngine writes a server's timing; a number that is none is left out.
func formatEngine(t session.EngineTiming) string {
	for _, f := range []**float64{&t.PromptMS, &t.GeneratedMS, &t.LoadMS, &t.QueueMS} {
		if *f != nil && (math.IsNaN(**f) || math.IsInf(**f, 0)) {
			*f = nil
		}
	}
	if t == (session.EngineTiming{}) {
		return ""
	}
	return marshal(t)
}

func parseEngine(s string) (t session.EngineTiming, err error) {
	if s == "" {
		return t, nil
	}
	if err := json.Unmarshal([]byte(s), &t); err != nil {
		return t, fmt.Errorf("its timing is not readable: %w", err)
	}
	return t, nil
}

// mixing is a [session.Mixing] as it is kept.
type mixing struct {
	Model    exact    `json:"model"`
	Reported []exact  `json:"reported"`
	Digests  []string `json:"digests"`
}

func formatMixed(all []session.Mixing) string {
	if len(all) == 0 {
		return ""
	}
	out := make([]mixing, len(all))
	for i, m := range all {
		out[i] = mixing{Model: exact(m.Model), Digests: m.Digests}
		for _, r := range m.Reported {
			out[i].Reported = append(out[i].Reported, exact(r))
		}
	}
	return marshal(out)
}

func parseMixed(s string) ([]session.Mixing, error) {
	if s == "" {
		return nil, nil
	}
	var in []mixing
	if err := json.Unmarshal([]byte(s), &in); err != nil {
		return nil, fmt.Errorf("what is mixed in a run is not readable: %w", err)
	}
	var out []session.Mixing
	for _, m := range in {
		x := session.Mixing{Model: string(m.Model), Digests: m.Digests}
		for _, r := range m.Reported {
			x.Reported = append(x.Reported, text.Raw(r))
		}
		out = append(out, x)
	}
	return out, nil
}

// Packed bytes begin with how: as they are, or DEFLATE.
const (
	packPlain, packDeflate = 0, 1

	packFrom  = 128      // what is shorter stays as it is
	unpackMax = 64 << 20 // a file from elsewhere may hold a bomb, and no answer is kept that is longer
)

var packers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic("store: " + err.Error()) // the level is one of flate's own
	}
	return w
}}

// pack makes bytes smaller where that pays.
func pack(b []byte) []byte {
	if len(b) >= packFrom {
		w := packers.Get().(*flate.Writer)
		defer packers.Put(w)
		buf := bytes.NewBuffer(make([]byte, 0, len(b)/2+16))
		buf.WriteByte(packDeflate)
		w.Reset(buf)
		if _, err := w.Write(b); err == nil && w.Close() == nil && buf.Len() <= len(b) {
			return buf.Bytes()
		}
	}
	return append(append(make([]byte, 0, len(b)+1), packPlain), b...)
}

func unpack(b []byte) ([]byte, error) {
	switch {
	case len(b) > 0 && b[0] == packPlain:
		return b[1:], nil
	case len(b) > 0 && b[0] == packDeflate:
		r := flate.NewReader(bytes.NewReader(b[1:]))
		out, err := io.ReadAll(io.LimitReader(r, unpackMax+1))
		if err == nil && len(out) > unpackMax {
			err = fmt.Errorf("more than %d bytes", unpackMax)
		}
		return out, err
	}
	return nil, errors.New("packed in a way that is not known")
}

// formatTokens writes token ids, nil as NULL.
func formatTokens(ids []int) []byte {
	if ids == nil {
		return nil
	}
	b := make([]byte, 0, 3*len(ids))
	for _, id := range ids {
		b = binary.AppendVarint(b, int64(id))
	}
	return b
}

// mostTokens is more than any model reads.
const mostTokens = 16 << 20

func parseTokens(b []byte) ([]int, error) {
	if len(b) > 4*mostTokens {
		return nil, errors.New("its token ids are more than any model reads")
	}
	ids := make([]int, 0, len(b)/2)
	for len(b) > 0 {
		id, n := binary.Varint(b)
		if n <= 0 {
			return nil, errors.New("its token ids are not readable")
		}
		ids, b = append(ids, int(id)), b[n:]
	}
	return ids, nil
}

// beside is what is kept beside an output, made ready to write.
type beside struct {
	hash      string // of the evaluated context; "" none
	text, ids []byte
	of        session.Evaluated
	received  []byte // as it came; nil: none
	packed    []byte // received, where that takes long
	timed     bool   // the output says how fast its model is
}

// packLater is how many bytes are packed by the writer: when answers come together,
// that leaves a processor to whoever sends the next requests. More would keep the
// records of others waiting.
const packLater = 32 << 10

// besideOf does the work that needs no database. What the context says of itself
// holds for the output too.
func besideOf(o *session.Output) beside {
	var p beside
	if e := o.Evaluated; e != nil {
		ids := formatTokens(e.IDs)
		p.of, p.hash = *e, evaluatedHash(*e, ids)
		p.text = pack([]byte(e.Text))
		if ids != nil {
			p.ids = pack(ids)
		}
		if o.Evidence == session.EvidenceNone {
			o.Evidence = e.Source
		}
		if o.Differs == "" {
			o.Differs = e.Differs
		}
		o.Cut = o.Cut || e.Cut
	}
	if p.received = o.Received; len(p.received) > packLater {
		p.packed = pack(p.received)
	}
	return p
}

// evaluatedHash names a context with how it is known.
func evaluatedHash(e session.Evaluated, ids []byte) string {
	b := fmt.Appendf(nil, "galley evaluated 1\n%q %d %d %t\n%d\n", e.Source, e.Tokens, e.Counted, e.IDs != nil, len(e.Text))
	b = append(b, e.Text...)
	return session.Hash(append(b, ids...))
}

// keep writes the beside of a cell's output.
func (p beside) keep(ctx context.Context, q query, cellID int64) error {
	if p.hash != "" {
		var ids any
		if p.ids != nil {
			ids = p.ids
		}
		_, err := q.ExecContext(ctx, `INSERT INTO evaluated (hash, text, ids, source, tokens, counted) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			p.hash, p.text, ids, string(p.of.Source), p.of.Tokens, p.of.Counted)
		if err != nil {
			return err
		}
	}
	if p.received == nil {
		_, err := q.ExecContext(ctx, `DELETE FROM received WHERE cell_id = ?`, cellID)
		return err
	}
	body := p.packed
	if body == nil {
		body = pack(p.received)
	}
	_, err := q.ExecContext(ctx, `INSERT INTO received (cell_id, uid, body, size) VALUES (?, ?, ?, ?)
		ON CONFLICT (cell_id) DO UPDATE SET (body, size) = (excluded.body, excluded.size)`, cellID, newUID(), body, len(p.received))
	return err
}

// firstOf is the output p of the cell whose answer the cache gave to a cell.
const firstOf = ` FROM cells c JOIN outputs o ON o.cell_id = c.id
	JOIN cells f ON f.request_hash = c.request_hash AND f.model = c.model AND f.take = c.take JOIN outputs p ON p.cell_id = f.id
	WHERE c.id = ?1 AND o.cached = 1 AND f.request_hash <> '' AND f.id < c.id AND p.cached = 0 AND p.digest = o.digest AND p.origin = o.origin AND p.text = o.text
		AND f.status = c.status ORDER BY f.id LIMIT 1`

// copyEvaluated gives a copy from the cache the context of the first time.
func copyEvaluated(ctx context.Context, q query, cellID int64) error {
	_, err := q.ExecContext(ctx, `UPDATE outputs SET evaluated_hash = (SELECT p.evaluated_hash`+firstOf+`) WHERE cell_id = ?1`, cellID)
	return err
}

// firstOf is the cell whose answer the cache gave to a cell, 0: it is its own.
func (s *Store) firstOf(ctx context.Context, cellID int64) (id int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT f.id`+firstOf, cellID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, s.wrap(err)
}

// Received returns what a server sent for a cell, keys removed; nil: nothing is
// kept of it. Of an answer from the cache it is what was received the first time.
func (s *Store) Received(ctx context.Context, cellID int64) ([]byte, error) {
	body, err := s.received(ctx, cellID)
	if err != nil || body != nil {
		return body, err
	}
	if cellID, err = s.firstOf(ctx, cellID); err != nil || cellID == 0 {
		return nil, err
	}
	return s.received(ctx, cellID)
}

func (s *Store) received(ctx context.Context, cellID int64) ([]byte, error) {
	var body []byte
	err := s.read.QueryRowContext(ctx, `SELECT body FROM received WHERE cell_id = ?`, cellID).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		if body, err = unpack(body); err != nil {
			err = fmt.Errorf("what was received for cell %d is damaged: %w", cellID, err)
		}
	}
	return body, s.wrap(err)
}

// EvaluatedOf returns what is known of the contexts that were evaluated for the
// cells of a run, by the cells' ids, without their texts and tokens.
func (s *Store) EvaluatedOf(ctx context.Context, runID int64) (map[int64]session.Evaluated, error) {
	out := map[int64]session.Evaluated{}
	_, err := collect(ctx, s.read, func(r scanner) (id int64, err error) {
		var e session.Evaluated
		err = r.Scan(&id, &e.Source, &e.Tokens, &e.Counted, &e.Differs, &e.Cut)
		out[id] = e
		return id, err
	}, `SELECT c.id, e.source, e.tokens, e.counted, o.differs, o.cut FROM cells c JOIN outputs o ON o.cell_id = c.id
		JOIN evaluated e ON e.hash = o.evaluated_hash WHERE c.run_id = ?`, runID)
	return out, s.wrap(err)
}

// Evaluated returns the context that the engine evaluated for a cell, the first
// time where the answer came from the cache; false: it did not say.
func (s *Store) Evaluated(ctx context.Context, cellID int64) (session.Evaluated, bool, error) {
	var e session.Evaluated
	var body, ids []byte
	var hash string
	err := s.read.QueryRowContext(ctx, `SELECT e.hash, e.text, e.ids, e.source, e.tokens, e.counted, o.differs, o.cut
		FROM outputs o JOIN evaluated e ON e.hash = o.evaluated_hash WHERE o.cell_id = ?`, cellID).
		Scan(&hash, &body, &ids, &e.Source, &e.Tokens, &e.Counted, &e.Differs, &e.Cut)
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	if err != nil {
		return e, false, s.wrap(err)
	}
	if body, err = unpack(body); err == nil {
		e.Text = text.Raw(body)
		if ids != nil {
			if ids, err = unpack(ids); err == nil {
				e.IDs, err = parseTokens(ids)
			}
		}
	}
	if err == nil && evaluatedHash(e, ids) != hash {
		err = errors.New("it is not what its hash names")
	}
	if err != nil {
		return session.Evaluated{}, false, s.wrap(fmt.Errorf("what was evaluated for cell %d is damaged: %w", cellID, err))
	}
	return e, true, nil
}

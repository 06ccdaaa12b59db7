package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"galley/session"
)

// Bounds of the steps that are kept of a variant, those that undo goes to and those
// that redo goes to together: the nearest stay.
const (
	stepsMost  = 200
	stepsBytes = 16 << 20
)

// The rows of a list have places that grow towards the nearest step, which is kept
// whole; of every other, what differs from the next nearer one. So a step that is
// added or taken away touches its neighbour's row and no other, and the farthest
// can be dropped.
const (
	stepWhole = 'W' // then the content
	stepDelta = 'D' // then how much of the next step's content it begins and ends with, and what is between
)

// kept is what this process last wrote or read of the steps of a variant: what is
// on disk, as long as the nearest row is the same.
type keptSteps [2]keptList // undo, redo

type keptList struct {
	steps []session.Step
	first int64 // place of the farthest
	uids  string
}

// stepRow is a step as it is kept.
type stepRow struct {
	place     int64
	uid       string
	what, key string
	packed    []byte
}

// PutSteps keeps what undo and redo would go back to, the nearest last, as far as
// it is bounded: 200 steps and 16 MB a variant. It writes what changed since it was
// last asked, in one transaction, so that a process may ask whenever a step was
// made. It is no edit that the workspace's own undo sees.
func (s *Store) PutSteps(ctx context.Context, variantID int64, past, future []session.Step) error {
	past, future = bounded(past, future)
	s.steps.Lock()
	defer s.steps.Unlock()
	have, next := s.steps.of[variantID], keptSteps{}
	err := s.change(ctx, func(t *tx) error {
		if _, err := nameOf(ctx, t, "variant", variantID); err != nil {
			return err
		}
		if err := s.ownDraft(ctx, t, variantID); err != nil {
			return err
		}
		for redo, list := range [][]session.Step{past, future} {
			var err error
			if next[redo], err = syncSteps(ctx, t, variantID, redo, have[redo], list); err != nil {
				return err
			}
		}
		return trimSteps(ctx, t, variantID, &next)
	})
	if s.steps.of == nil {
		s.steps.of = map[int64]keptSteps{}
	}
	if err != nil {
		delete(s.steps.of, variantID)
		return err
	}
	s.steps.of[variantID] = next
	return nil
}

// bounded are the nearest steps of both, at most stepsMost together; undo goes first.
func bounded(past, future []session.Step) ([]session.Step, []session.Step) {
	past = past[max(0, len(past)-stepsMost):]
	return past, future[max(0, len(future)-(stepsMost-len(past))):]
}

// syncSteps makes the rows of a list what it is to be.
func syncSteps(ctx context.Context, t *tx, variantID int64, redo int, have keptList, list []session.Step) (keptList, error) {
	rows, err := collect(ctx, t, func(r scanner) (x stepRow, err error) {
		err = r.Scan(&x.place, &x.uid)
		return x, err
	}, `SELECT place, uid FROM steps WHERE variant_id = ? AND redo = ? ORDER BY place`, variantID, redo)
	if err != nil {
		return have, err
	}
	if uidsOf(rows) != have.uids || len(rows) != len(have.steps) { // another process wrote there, or we know nothing yet
		have = keptList{}
	}
	drop, stay := overlap(have.steps, list)
	if stay == 0 {
		if len(rows) > 0 {
			if _, err := t.ExecContext(ctx, `DELETE FROM steps WHERE variant_id = ? AND redo = ?`, variantID, redo); err != nil {
				return have, err
			}
		}
		rows, have.first = nil, 0
	} else {
		first, last := have.first+int64(drop), have.first+int64(drop+stay)
		if _, err := t.ExecContext(ctx, `DELETE FROM steps WHERE variant_id = ? AND redo = ? AND (place < ? OR place >= ?)`, variantID, redo, first, last); err != nil {
			return have, err
		}
		rows, have.first = rows[drop:drop+stay], first
	}
	from := stay
	if stay > 0 && (stay < len(list) || drop+stay < len(have.steps)) {
		from-- // the one that stays nearest has another neighbour
	}
	blobs, err := packSteps(ctx, t, list[from:])
	if err != nil {
		return have, err
	}
	for i, blob := range blobs {
		place := have.first + int64(from+i)
		if from+i < stay {
			_, err = t.ExecContext(ctx, `UPDATE steps SET content = ? WHERE variant_id = ? AND redo = ? AND place = ?`, blob, variantID, redo, place)
		} else {
			x, uid := list[from+i], newUID()
			rows = append(rows, stepRow{place: place, uid: uid})
			_, err = t.ExecContext(ctx, `INSERT INTO steps (uid, variant_id, redo, place, what, key, content) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				uid, variantID, redo, place, strings.ToValidUTF8(x.What, "\ufffd"), strings.ToValidUTF8(x.Key, "\ufffd"), blob)
		}
		if err != nil {
			return have, err
		}
	}
	return keptList{slices.Clone(list), have.first, uidsOf(rows)}, nil
}

func uidsOf(rows []stepRow) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.uid)
	}
	return b.String()
}

// overlap finds where a list goes on from one that was kept: how many far steps of
// that are gone, and how many after them stay.
func overlap(have, list []session.Step) (drop, stay int) {
	if len(list) == 0 {
		return 0, 0
	}
	for drop = range have {
		for stay = 0; drop+stay < len(have) && stay < len(list) && sameStep(have[drop+stay], list[stay]); stay++ {
		}
		if stay > 0 {
			return drop, stay
		}
	}
	return 0, 0
}

// sameStep compares what is shared at once, and all else as a whole.
func sameStep(a, b session.Step) bool {
	if a.What != b.What || len(a.Content.Blocks) != len(b.Content.Blocks) {
		return false
	}
	shared := len(a.Content.Blocks) == 0 || &a.Content.Blocks[0] == &b.Content.Blocks[0]
	return (shared || reflect.DeepEqual(a.Content.Blocks, b.Content.Blocks)) && reflect.DeepEqual(a.Content.Params, b.Content.Params)
}

// packSteps makes the blobs of neighbours, the nearest last, and keeps the texts of
// their resources.
func packSteps(ctx context.Context, t *tx, list []session.Step) ([][]byte, error) {
	bodies := make([][]byte, len(list))
	for i, x := range list {
		if where := x.Content.Invalid(); where != "" {
			return nil, &Invalid{Noun: "step", Name: x.What, Where: where}
		}
		c, texts := sealed(x.Content)
		if err := keepPieces(ctx, t, texts); err != nil {
			return nil, err
		}
		bodies[i] = c.JSON()
	}
	out := make([][]byte, len(list))
	for i, b := range bodies {
		if i == len(bodies)-1 {
			out[i] = pack(append([]byte{stepWhole}, b...))
		} else {
			out[i] = pack(deltaOf(b, bodies[i+1]))
		}
	}
	return out, nil
}

// deltaOf writes b as what differs from next, with the beginning of its hash.
func deltaOf(b, next []byte) []byte {
	head := commonPrefix(b, next)
	most := min(len(b), len(next)) - head
	tail := 0
	for tail < most && b[len(b)-1-tail] == next[len(next)-1-tail] {
		tail++
	}
	sum := sha256.Sum256(b)
	out := append([]byte{stepDelta}, sum[:8]...)
	out = binary.AppendUvarint(out, uint64(head))
	out = binary.AppendUvarint(out, uint64(tail))
	return append(out, b[head:len(b)-tail]...)
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	const stride = 4096
	i := 0
	for i+stride <= n && bytes.Equal(a[i:i+stride], b[i:i+stride]) {
		i += stride
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

var errStep = errors.New("what is kept to undo is not readable")

// stepBody is what packSteps made a blob of, next the content of the nearer step.
func stepBody(packed, next []byte) ([]byte, error) {
	b, err := unpack(packed)
	switch {
	case err != nil || len(b) == 0:
		return nil, errStep
	case b[0] == stepWhole:
		return b[1:], nil
	case b[0] != stepDelta || len(b) < 9:
		return nil, errStep
	}
	want, rest := b[1:9], b[9:]
	head, n := binary.Uvarint(rest)
	if n <= 0 {
		return nil, errStep
	}
	tail, m := binary.Uvarint(rest[n:])
	size := uint64(len(next))
	if m <= 0 || head > size || tail > size-head {
		return nil, errStep
	}
	rest = rest[n+m:]
	out := make([]byte, 0, int(head)+len(rest)+int(tail))
	out = append(append(append(out, next[:head]...), rest...), next[size-tail:]...)
	if sum := sha256.Sum256(out); !bytes.Equal(sum[:8], want) {
		return nil, errStep
	}
	return out, nil
}

// trimSteps drops the farthest steps where all are too large: of redo first.
func trimSteps(ctx context.Context, t *tx, variantID int64, next *keptSteps) error {
	total := int64(0)
	for redo := range next {
		list := &next[redo]
		if len(list.steps) == 0 {
			continue
		}
		sizes, err := collect(ctx, t, scanID, `SELECT length(content) FROM steps WHERE variant_id = ? AND redo = ? ORDER BY place DESC`, variantID, redo)
		if err != nil {
			return err
		}
		n := 0
		for n < len(sizes) && total+sizes[n] <= stepsBytes {
			total += sizes[n]
			n++
		}
		drop := len(list.steps) - n
		if drop == 0 {
			continue
		}
		list.first += int64(drop)
		list.steps, list.uids = list.steps[drop:], list.uids[drop*uidLength:]
		if _, err := t.ExecContext(ctx, `DELETE FROM steps WHERE variant_id = ? AND redo = ? AND place < ?`, variantID, redo, list.first); err != nil {
			return err
		}
	}
	return nil
}

// uidLength is that of a uid as it is written.
const uidLength = 36

// Steps returns what PutSteps kept, the nearest last. Where some of it can't be
// read, the steps nearer than that come with the error.
func (s *Store) Steps(ctx context.Context, variantID int64) (past, future []session.Step, err error) {
	s.steps.Lock()
	defer s.steps.Unlock()
	var kept keptSteps
	for redo := range kept {
		rows, err := collect(ctx, s.read, func(r scanner) (x stepRow, err error) {
			err = r.Scan(&x.place, &x.uid, &x.what, &x.key, &x.packed)
			return x, err
		}, `SELECT place, uid, what, key, content FROM steps WHERE variant_id = ? AND redo = ? ORDER BY place`, variantID, redo)
		if err != nil {
			return nil, nil, s.wrap(err)
		}
		steps, err := readSteps(ctx, s.read, rows)
		if redo == 0 {
			past = steps
		} else {
			future = steps
		}
		if err != nil {
			return past, future, s.wrap(fmt.Errorf("steps of variant %d are damaged: %w", variantID, err))
		}
		if len(rows) > 0 && rows[len(rows)-1].place-rows[0].place == int64(len(rows)-1) {
			kept[redo] = keptList{slices.Clone(steps), rows[0].place, uidsOf(rows)}
		}
	}
	if s.steps.of == nil {
		s.steps.of = map[int64]keptSteps{}
	}
	s.steps.of[variantID] = kept
	return past, future, nil
}

// readSteps reads from the nearest on. Texts that are the same in neighbours are
// held once.
func readSteps(ctx context.Context, q query, rows []stepRow) ([]session.Step, error) {
	var out []session.Step
	var body []byte
	var failed error
	for _, r := range slices.Backward(rows) {
		var err error
		x := session.Step{What: r.what, Key: r.key}
		if body, err = stepBody(r.packed, body); err == nil {
			x.Content, err = session.ParseContent(body)
		}
		if err != nil {
			failed = err
			break
		}
		if len(out) > 0 {
			holdOnce(x.Content.Blocks, out[len(out)-1].Content.Blocks)
		}
		out = append(out, x)
	}
	slices.Reverse(out)
	contents := make([]*session.Content, len(out))
	for i := range out {
		contents[i] = &out[i].Content
	}
	if err := hydrate(ctx, q, contents...); err != nil {
		return nil, err
	}
	return out, failed
}

func holdOnce(blocks, with []session.Block) {
	for i := range blocks {
		for k := range with {
			if same := with[k].Text; blocks[i].UID == with[k].UID && blocks[i].Text == same {
				blocks[i].Text = same
			}
		}
	}
}

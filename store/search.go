package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// The nouns of the index. A row's id there is 8·id + noun; from 7 on, which 8 would
// not tell apart, 64·id + 8·(noun − 7) + 7.
const (
	ftsPrompt = iota
	ftsVariant
	ftsCase
	ftsShot
	ftsOutput
	ftsNote
	ftsVerdict
	ftsMode
	ftsAssertion
	ftsResource
)

// ftsRow is the id in the index of a row of a noun.
func ftsRow(code, id int64) int64 {
	if code < 7 {
		return id*8 + code
	}
	return id*64 + (code-7)*8 + 7
}

// ftsNoun takes apart what ftsRow made.
func ftsNoun(row int64) (code, id int64) {
	if row&7 < 7 {
		return row & 7, row >> 3
	}
	return row>>3&7 + 7, row >> 6
}

var ftsCode = map[string]int64{
	"prompts": ftsPrompt, "variants": ftsVariant, "cases": ftsCase, "shots": ftsShot, "outputs": ftsOutput, "notes": ftsNote,
	"verdicts": ftsVerdict, "failure_modes": ftsMode, "assertions": ftsAssertion,
	"resources": ftsResource,
}

// found is a row as the index and a search see it.
type found struct {
	noun, name, body string
}

// How each noun is read for the index: its name for people, then its texts.
// A row that is hidden, or whose prompt is, is not found.
var ftsSource = [...]struct{ noun, stmt string }{
	ftsPrompt: {"prompt", `SELECT name, name, note, coalesce((SELECT text FROM guidelines g WHERE g.id = p.guideline_id), ''), ''
		FROM prompts p WHERE id = ? AND deleted_ms IS NULL`},
	ftsVariant: {"variant", `SELECT p.name || '/' || v.name, v.name, r.intent, '', c.body
		FROM variants v JOIN prompts p ON p.id = v.prompt_id JOIN revisions r ON r.id = v.head_id JOIN contents c ON c.hash = r.content_hash
		WHERE v.id = ? AND v.deleted_ms IS NULL`},
	ftsCase: {"case", `SELECT p.name || ' ' || c.name, c.name, coalesce(c.wanted, ''), c.tags, c.vars
		FROM cases c JOIN prompts p ON p.id = c.prompt_id WHERE c.id = ? AND c.deleted_ms IS NULL`},
	ftsShot: {"shot", `SELECT p.name || ' ' || s.name, s.name, s.input, s.output || s.calls, s.tags
		FROM shots s JOIN prompts p ON p.id = s.prompt_id WHERE s.id = ? AND s.deleted_ms IS NULL`},
	ftsOutput: {"output", `SELECT 'r' || c.run_id || ' ' || c.prompt_name || '/' || c.variant_name || '@' || c.revision || ' ' || c.case_name, o.prefill || o.text, '', '', ''
		FROM outputs o JOIN cells c ON c.id = o.cell_id JOIN runs r ON r.id = c.run_id WHERE o.cell_id = ? AND r.deleted_ms IS NULL`},
	ftsNote: {"note", `SELECT 'r' || c.run_id || ' ' || c.prompt_name || '/' || c.variant_name || '@' || c.revision || ' ' || c.case_name, n.text, '', '', ''
		FROM notes n JOIN cells c ON c.id = n.cell_id JOIN runs r ON r.id = c.run_id
		WHERE n.id = ? AND n.deleted_ms IS NULL AND r.deleted_ms IS NULL`},
	ftsVerdict: {"verdict", `SELECT p.name || ' ' || v.case_name, v.reason, '', '', ''
		FROM verdicts v JOIN prompts p ON p.id = v.prompt_id WHERE v.id = ? AND v.deleted_ms IS NULL AND v.reason <> ''`},
	ftsMode: {"failure mode", `SELECT p.name || ' ' || m.name, m.name, '', '', ''
		FROM failure_modes m JOIN prompts p ON p.id = m.prompt_id WHERE m.id = ? AND m.deleted_ms IS NULL`},
	ftsAssertion: {"assertion", `SELECT p.name || ' ' || x.name, a.kind, a.case_name, '', a.spec
		FROM assertions a JOIN suites x ON x.id = a.suite_id JOIN prompts p ON p.id = x.prompt_id WHERE a.id = ? AND a.deleted_ms IS NULL`},
	ftsResource: {"resource", `SELECT p.name || ' ' || x.name, x.name, t.body, x.source, x.tags
		FROM resources x JOIN prompts p ON p.id = x.prompt_id JOIN pieces t ON t.hash = x.piece_hash WHERE x.id = ? AND x.deleted_ms IS NULL`},
}

// pieces are the nouns whose words stay in the index when what holds them is
// hidden, with where to see whether that is there.
var pieces = map[int64]string{
	ftsVariant:  `variants y JOIN prompts p ON p.id = y.prompt_id`,
	ftsCase:     `cases y JOIN prompts p ON p.id = y.prompt_id`,
	ftsShot:     `shots y JOIN prompts p ON p.id = y.prompt_id`,
	ftsVerdict:  `verdicts y JOIN prompts p ON p.id = y.prompt_id`,
	ftsResource: `resources y JOIN prompts p ON p.id = y.prompt_id`,
	ftsMode:     `failure_modes y JOIN prompts p ON p.id = y.prompt_id`,
	ftsAssertion: `assertions y JOIN suites x ON x.id = y.suite_id AND x.deleted_ms IS NULL
		JOIN prompts p ON p.id = x.prompt_id`,
}

// of reads a row; false means that it is hidden.
func (f *found) of(ctx context.Context, q query, code, id int64) (bool, error) {
	var a, b, c, last string
	err := q.QueryRowContext(ctx, ftsSource[code].stmt, id).Scan(&f.name, &a, &b, &c, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.noun = ftsSource[code].noun
	switch code {
	case ftsVariant:
		if v, err := session.ParseContent([]byte(last)); err == nil {
			var parts []string
			for _, bl := range v.Blocks {
				parts = append(parts, string(bl.Title), string(bl.Text))
			}
			last = strings.Join(parts, "\n")
		}
	case ftsCase:
		var vars [][2]string
		if json.Unmarshal([]byte(last), &vars) == nil {
			var parts []string
			for _, v := range vars {
				parts = append(parts, v[1])
			}
			last = strings.Join(parts, "\n")
		}
		c = plainTags(c)
	case ftsShot, ftsResource:
		last = plainTags(last)
	case ftsAssertion:
		var p spec
		if json.Unmarshal([]byte(last), &p) == nil {
			parts := []string{string(p.Value), string(p.Path), string(p.Metric), string(p.Origin)}
			for _, v := range p.Values {
				parts = append(parts, string(v))
			}
			last = strings.Join(parts, "\n")
		}
	}
	f.body = strings.Join([]string{a, b, c, last}, "\n")
	return true, nil
}

// plainTags are tags as people write them, not as they are kept.
func plainTags(kept string) string {
	var tags []string
	if json.Unmarshal([]byte(kept), &tags) != nil {
		return kept
	}
	return strings.Join(tags, " ")
}

// reindex brings the index up to what a row holds now.
func reindex(ctx context.Context, q query, table string, id int64) error {
	code, ok := ftsCode[table]
	if !ok {
		return nil
	}
	if _, err := q.ExecContext(ctx, `DELETE FROM fts WHERE rowid = ?`, ftsRow(code, id)); err != nil {
		return err
	}
	var f found
	if ok, err := f.of(ctx, q, code, id); err != nil || !ok {
		return err
	}
	_, err := q.ExecContext(ctx, `INSERT INTO fts (rowid, body) VALUES (?, ?)`, ftsRow(code, id), f.body)
	return err
}

// indexOutputs is reindex for outputs that were written in this transaction, in
// one statement: the index writes what it has gathered whenever one begins.
func indexOutputs(ctx context.Context, q query, cellIDs []int64) error {
	if len(cellIDs) == 0 {
		return nil
	}
	list := formatIDs(cellIDs)
	there, err := collect(ctx, q, scanID, `SELECT id FROM fts_docsize WHERE id IN (SELECT 8 * value + ? FROM json_each(?))`, ftsOutput, list)
	if err != nil {
		return err
	}
	for _, row := range there {
		if _, err := q.ExecContext(ctx, `DELETE FROM fts WHERE rowid = ?`, row); err != nil {
			return err
		}
	}
	_, err = q.ExecContext(ctx, `INSERT INTO fts (rowid, body) SELECT 8 * o.cell_id + ?, CASE o.prefill WHEN '' THEN o.text ELSE o.prefill || o.text END
		FROM outputs o WHERE o.cell_id IN (SELECT value FROM json_each(?))`, ftsOutput, list)
	return err
}

// quote makes an FTS5 query that finds texts with all the words, the last as a
// beginning. Nothing in words is syntax. "" means that there is nothing to find.
func quote(words string) string {
	var terms []string
	for _, w := range strings.Fields(strings.ReplaceAll(words, "\x00", " ")) {
		terms = append(terms, `"`+strings.ReplaceAll(w, `"`, `""`)+`"`)
	}
	if len(terms) == 0 {
		return ""
	}
	return strings.Join(terms, " ") + "*"
}

// Search finds texts that hold all the words, the best first; case and accents
// don't matter, and the last word may be the beginning of one. Hidden rows are
// not found. Limit 0 means 50.
func (s *Store) Search(ctx context.Context, words string, limit int) ([]session.Hit, error) {
	if limit <= 0 {
		limit = 50
	}
	match := quote(words)
	if match == "" {
		return nil, nil
	}
	var out []session.Hit
	for offset := 0; ; offset += limit {
		ids, err := collect(ctx, s.read, scanID,
			`SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rank, rowid LIMIT ? OFFSET ?`, match, limit, offset)
		if err != nil {
			return nil, s.wrap(err)
		}
		for _, row := range ids {
			code, id := ftsNoun(row)
			if int(code) >= len(ftsSource) {
				continue
			}
			var f found
			ok, err := f.of(ctx, s.read, code, id)
			if err != nil {
				return nil, s.wrap(err)
			}
			if ok, err = s.alive(ctx, ok, code, id); err != nil {
				return nil, err
			}
			if ok {
				out = append(out, session.Hit{Noun: f.noun, ID: id, Name: text.Raw(f.name), Excerpt: excerpt(f.body, words)})
			}
			if len(out) == limit {
				return out, nil
			}
		}
		if len(ids) < limit {
			return out, nil
		}
	}
}

// alive reports whether the prompt of a piece is there, and its suite.
func (s *Store) alive(ctx context.Context, ok bool, code, id int64) (bool, error) {
	from := pieces[code]
	if !ok || from == "" {
		return ok, nil
	}
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM `+from+` WHERE y.id = ? AND p.deleted_ms IS NULL`, id).Scan(&n)
	return n > 0, s.wrap(err)
}

// excerpt is one line of about 100 characters around the first of the words.
func excerpt(body, words string) text.Raw {
	const before, length = 30, 100
	at := -1
	low := strings.ToLower(body)
	for _, w := range strings.Fields(words) {
		if i := strings.Index(low, strings.ToLower(w)); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	at = min(max(at, 0), len(body))
	start := at
	for n := 0; start > 0 && n < before; n++ {
		_, size := utf8.DecodeLastRuneInString(body[:start])
		start -= size
	}
	for start < len(body) && !utf8.RuneStart(body[start]) {
		start++
	}
	end := start
	for n := 0; end < len(body) && n < length; n++ {
		_, size := utf8.DecodeRuneInString(body[end:])
		end += size
	}
	line := strings.Join(strings.Fields(body[start:end]), " ")
	if start > 0 {
		line = "…" + line
	}
	if end < len(body) {
		line += "…"
	}
	return text.Raw(line)
}

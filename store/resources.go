package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

const resourceQuery = `SELECT x.id, x.uid, x.prompt_id, x.name, x.source, x.place, x.tags, x.is_off, x.piece_hash, t.body
	FROM resources x JOIN pieces t ON t.hash = x.piece_hash WHERE x.deleted_ms IS NULL`

func scanResource(s scanner) (session.Resource, error) {
	var r session.Resource
	var tags string
	err := s.Scan(&r.ID, &r.UID, &r.PromptID, &r.Name, &r.Source, &r.Place, &tags, &r.Off, &r.Hash, &r.Text)
	if err != nil {
		return r, err
	}
	if r.Tags, err = parseTags(tags); err == nil && session.Hash([]byte(r.Text)) != r.Hash {
		err = errors.New("its text is not what its hash names")
	}
	if err != nil {
		err = badRow("resource", r.ID, err, r.Name)
	}
	return r, err
}

// Resources returns the resources of a prompt in the order in which they came, the
// pieces of one source in theirs.
func (s *Store) Resources(ctx context.Context, promptID int64) ([]session.Resource, error) {
	out, err := listOf(ctx, s, "resource", scanResource, resourceQuery+` AND x.prompt_id = ? ORDER BY x.id`, promptID)
	return inPlace(out), s.wrap(err)
}

// inPlace sorts resources as they stand: a source where its first piece does.
func inPlace(out []session.Resource) []session.Resource {
	first := map[text.Raw]int64{}
	at := func(r session.Resource) int64 {
		if r.Source == "" {
			return r.ID
		}
		return first[r.Source]
	}
	for _, r := range out {
		if _, seen := first[r.Source]; !seen {
			first[r.Source] = r.ID
		}
	}
	slices.SortStableFunc(out, func(a, b session.Resource) int {
		if x, y := at(a), at(b); x != y {
			return int(x - y)
		}
		return a.Place - b.Place
	})
	return out
}

// Resource returns a resource by its name, or [*NotFound] with names near it.
func (s *Store) Resource(ctx context.Context, promptID int64, name string) (session.Resource, error) {
	r, err := scanResource(s.read.QueryRowContext(ctx, resourceQuery+` AND x.prompt_id = ? AND x.name = ?`, promptID, name))
	if errors.Is(err, sql.ErrNoRows) {
		return r, s.missing(ctx, "resource", name, `SELECT name FROM resources WHERE deleted_ms IS NULL AND prompt_id = ?`, promptID)
	}
	return r, s.wrap(err)
}

// CreateResources adds all or none, in one transaction and as one edit, and returns
// them as they were kept. The nameless are named after their source and place, or
// text1, text2 and so on; hashes are made from the texts. One that cannot be kept
// is a [*RowError].
func (s *Store) CreateResources(ctx context.Context, promptID int64, list []session.Resource) ([]session.Resource, error) {
	out := session.CloneResources(list)
	verb := "create"
	if len(list) > 1 {
		verb = "import"
	}
	err := s.edit(ctx, verb, "resource", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, promptID)
		if err != nil {
			return "", "", err
		}
		name, err := e.resourceNamer(ctx, promptID, "")
		if err != nil {
			return "", "", err
		}
		for i := range out {
			out[i].Name = name(out[i])
			if err := e.createResource(ctx, promptID, &out[i]); err != nil {
				return "", "", atRow(i, err)
			}
		}
		return prompt, batchDetail(len(out), "resources", func() text.Raw { return out[0].Name }), nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// resourceNamer gives the nameless a free name; those of a source that is to be
// replaced are free.
func (e *edit) resourceNamer(ctx context.Context, promptID int64, replaced text.Raw) (func(session.Resource) text.Raw, error) {
	names, err := collect(ctx, e.tx, func(r scanner) (n string, err error) { err = r.Scan(&n); return n, err },
		`SELECT name FROM resources WHERE deleted_ms IS NULL AND prompt_id = ? AND (? = '' OR source <> ?)`, promptID, replaced, replaced)
	taken := map[string]bool{}
	for _, n := range names {
		taken[n] = true
	}
	return func(r session.Resource) text.Raw {
		name := string(r.Name)
		if name == "" {
			name = resourceName(r)
			stem, n := name, 2
			if name == "" {
				stem, n = "text", 1
			}
			for name == "" || taken[name] {
				name = fmt.Sprint(stem, n)
				if r.Source != "" {
					name = fmt.Sprint(stem, "-", n)
				}
				n++
			}
		}
		taken[name] = true
		return text.Raw(name)
	}, err
}

// resourceName is how a resource is called after where it came from: the file's
// last name and the place. It is "" where that names nothing.
func resourceName(r session.Resource) string {
	base := path.Base(strings.ReplaceAll(string(r.Source), `\`, "/"))
	if r.Source == "" || base == "." || base == "/" {
		return ""
	}
	suffix := ""
	if r.Place > 0 {
		suffix = fmt.Sprint("#", r.Place)
	}
	if runes := []rune(base); len(runes) > 60 {
		base = string(runes[:60])
	}
	if checkLine("resource", base+suffix) != nil {
		return ""
	}
	return base + suffix
}

func (e *edit) createResource(ctx context.Context, promptID int64, r *session.Resource) error {
	if err := free(ctx, e.tx, "resource", promptID, string(r.Name)); err != nil {
		return err
	}
	w, err := e.resourceRow(ctx, r)
	if err != nil {
		return err
	}
	w["prompt_id"], w["name"] = promptID, string(r.Name)
	r.PromptID = promptID
	r.ID, r.UID, err = e.insert(ctx, "resources", w)
	return err
}

// resourceRow checks what of a resource can be edited, keeps its text and gives it
// its hash.
func (e *edit) resourceRow(ctx context.Context, r *session.Resource) (row, error) {
	bad := func(where string) error { return &Invalid{Noun: "resource", Name: string(r.Name), Where: where} }
	switch {
	case !r.Text.Valid():
		return nil, bad("the text")
	case !r.Source.Valid():
		return nil, bad("the source")
	case slices.ContainsFunc(r.Tags, func(t text.Raw) bool { return !t.Valid() }):
		return nil, bad("a tag")
	case r.Place < 0:
		return nil, fmt.Errorf("resource %q: pieces are counted from 1, not %d", r.Name, r.Place)
	}
	r.Hash = session.Hash([]byte(r.Text))
	if err := keepPieces(ctx, e.tx, map[string]text.Raw{r.Hash: r.Text}); err != nil {
		return nil, err
	}
	return row{"source": string(r.Source), "place": int64(r.Place), "piece_hash": r.Hash, "tags": formatTags(r.Tags), "is_off": plain(r.Off)}, nil
}

// ReplaceResources puts list in place of the pieces of a source, as one edit, and
// returns them as they were kept. A piece whose text, or else whose place, is as
// before stays the same resource: it keeps its switch, and its tags where list has
// none.
func (s *Store) ReplaceResources(ctx context.Context, promptID int64, source text.Raw, list []session.Resource) ([]session.Resource, error) {
	if source == "" {
		return nil, errors.New("resources that have no source are changed one by one")
	}
	out := session.CloneResources(list)
	err := s.edit(ctx, "import", "resource", func(e *edit) (string, string, error) {
		if _, err := promptName(ctx, e.tx, promptID); err != nil {
			return "", "", err
		}
		old, err := collect(ctx, e.tx, scanResource, resourceQuery+` AND x.prompt_id = ? AND x.source = ? ORDER BY x.place, x.id`, promptID, source)
		if err != nil {
			return "", "", err
		}
		name, err := e.resourceNamer(ctx, promptID, source)
		if err != nil {
			return "", "", err
		}
		for i := range out {
			out[i].Source = source
			out[i].Hash = session.Hash([]byte(out[i].Text))
			out[i].Name = name(out[i])
		}
		return string(source), fmt.Sprintf("%d resources", len(out)), e.replace(ctx, promptID, old, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// replace hides what is there no more or is to change, so that names are free in
// between, and then writes what is new.
func (e *edit) replace(ctx context.Context, promptID int64, old, list []session.Resource) error {
	goes := pairResources(old, list)
	rows := make([]row, len(list))
	for i := range list {
		r := &list[i]
		var err error
		if rows[i], err = e.resourceRow(ctx, r); err != nil {
			return atRow(i, err)
		}
		rows[i]["name"] = string(r.Name)
		if r.ID == 0 {
			continue
		}
		have, err := fetch(ctx, e.tx, "resources", r.ID, []string{"name", "source", "place", "piece_hash", "tags", "is_off"})
		if err != nil {
			return err
		}
		same := true
		for column, v := range have {
			same = same && rows[i][column] == v
		}
		if same {
			rows[i] = nil
		} else {
			goes = append(goes, r.ID)
		}
	}
	for _, id := range goes {
		if err := e.set(ctx, "resources", id, row{"deleted_ms": e.now}); err != nil {
			return err
		}
	}
	for i := range list {
		r := &list[i]
		r.PromptID = promptID
		if rows[i] == nil {
			continue
		}
		if err := free(ctx, e.tx, "resource", promptID, string(r.Name)); err != nil {
			return atRow(i, err)
		}
		var err error
		if r.ID != 0 {
			rows[i]["deleted_ms"] = nil
			err = e.set(ctx, "resources", r.ID, rows[i])
		} else {
			rows[i]["prompt_id"] = promptID
			r.ID, r.UID, err = e.insert(ctx, "resources", rows[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pairResources gives new pieces the identity of old ones: by text, else by place.
// It returns the old ones that are left.
func pairResources(old, list []session.Resource) (left []int64) {
	used := map[int64]bool{}
	pair := func(fits func(o, n session.Resource) bool) {
		for i := range list {
			if list[i].ID != 0 {
				continue
			}
			for _, o := range old {
				if used[o.ID] || !fits(o, list[i]) {
					continue
				}
				used[o.ID] = true
				list[i].ID, list[i].UID, list[i].Off = o.ID, o.UID, o.Off
				if len(list[i].Tags) == 0 {
					list[i].Tags = slices.Clone(o.Tags)
				}
				break
			}
		}
	}
	for i := range list {
		list[i].ID, list[i].UID = 0, ""
	}
	pair(func(o, n session.Resource) bool { return o.Hash == n.Hash && o.Place == n.Place })
	pair(func(o, n session.Resource) bool { return o.Hash == n.Hash })
	pair(func(o, n session.Resource) bool { return o.Place == n.Place })
	for _, o := range old {
		if !used[o.ID] {
			left = append(left, o.ID)
		}
	}
	return left
}

// UpdateResources writes text, source, place, tags and the switch of the resources
// with those IDs, all or none, as one edit. Revisions keep the copies that they
// have. One that cannot be kept is a [*RowError].
func (s *Store) UpdateResources(ctx context.Context, list []session.Resource) error {
	return s.updateRowsIn(ctx, "resource", len(list), func(e *edit, i int) (int64, row, error) {
		r := list[i]
		w, err := e.resourceRow(ctx, &r)
		return r.ID, w, err
	})
}

// RenameResource gives the resource another name.
func (s *Store) RenameResource(ctx context.Context, id int64, name string) error {
	return s.rename(ctx, "resource", id, name)
}

// DeleteResources hides resources until that is undone, all or none, as one edit.
// Revisions keep the copies that they have.
func (s *Store) DeleteResources(ctx context.Context, ids []int64) error {
	return s.edit(ctx, "delete", "resource", func(e *edit) (string, string, error) {
		var only string
		for i, id := range ids {
			name, err := nameOf(ctx, e.tx, "resource", id)
			if err != nil {
				return "", "", atRow(i, err)
			}
			if err := e.set(ctx, "resources", id, row{"deleted_ms": e.now}); err != nil {
				return "", "", err
			}
			only = name
		}
		if len(ids) < 2 {
			return only, "", nil
		}
		var prompt string
		err := e.QueryRowContext(ctx, `SELECT p.name FROM resources x JOIN prompts p ON p.id = x.prompt_id WHERE x.id = ?`, ids[0]).Scan(&prompt)
		return prompt, fmt.Sprintf("%d resources", len(ids)), err
	})
}

package store

import (
	"context"
	"fmt"

	"galley/session"
	"galley/session/text"
)

// Texts of resources are kept once, by their hash: banks and contents name them.

// sealed is the content with the hash of each of its resources made from its text,
// and the texts by their hash. A resource without a text stands for the one that
// its hash names.
func sealed(c session.Content) (session.Content, map[string]text.Raw) {
	texts := map[string]text.Raw{}
	cloned := false
	for i, b := range c.Blocks {
		for k, r := range b.Resources {
			if r.Text == "" && r.Hash != "" {
				if _, known := texts[r.Hash]; !known {
					texts[r.Hash] = ""
				}
				continue
			}
			hash := session.Hash([]byte(r.Text))
			texts[hash] = r.Text
			if hash == r.Hash {
				continue
			}
			if !cloned {
				c, cloned = c.Clone(), true
			}
			c.Blocks[i].Resources[k].Hash = hash
		}
	}
	return c, texts
}

// keepPieces writes texts that are not there yet.
func keepPieces(ctx context.Context, q query, texts map[string]text.Raw) error {
	if len(texts) == 0 {
		return nil
	}
	hashes := make([]string, 0, len(texts))
	for h := range texts {
		hashes = append(hashes, h)
	}
	have, err := collect(ctx, q, func(r scanner) (h string, err error) { err = r.Scan(&h); return h, err },
		`SELECT hash FROM pieces WHERE hash IN (SELECT value FROM json_each(?))`, marshal(hashes))
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, h := range have {
		there[h] = true
	}
	for h, t := range texts {
		if there[h] {
			continue
		}
		if t == "" && h != session.Hash(nil) {
			return fmt.Errorf("a resource names the text %s, which is not in the workspace", text.Raw(h))
		}
		if _, err := q.ExecContext(ctx, `INSERT INTO pieces (hash, body) VALUES (?, ?) ON CONFLICT DO NOTHING`, h, string(t)); err != nil {
			return err
		}
	}
	return nil
}

// hydrate gives the resources of contents their texts. A text that is missing, or
// is not what its hash names, is an error that names the resource.
func hydrate(ctx context.Context, q query, contents ...*session.Content) error {
	texts := map[string]*string{}
	var hashes []string
	for _, c := range contents {
		for _, b := range c.Blocks {
			for _, r := range b.Resources {
				if _, asked := texts[r.Hash]; !asked {
					texts[r.Hash] = nil
					hashes = append(hashes, r.Hash)
				}
			}
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	_, err := collect(ctx, q, func(r scanner) (none struct{}, err error) {
		var hash, body string
		if err = r.Scan(&hash, &body); err == nil {
			texts[hash] = &body
		}
		return none, err
	}, `SELECT hash, body FROM pieces WHERE hash IN (SELECT value FROM json_each(?))`, marshal(hashes))
	if err != nil {
		return err
	}
	checked := map[string]bool{}
	for _, c := range contents {
		for _, b := range c.Blocks {
			for i := range b.Resources {
				r := &b.Resources[i]
				body := texts[r.Hash]
				if body == nil {
					return &BadRow{fmt.Sprintf("resource %q of a revision is damaged: its text %s is missing", r.Name, text.Raw(r.Hash))}
				}
				if !checked[r.Hash] && session.Hash([]byte(*body)) != r.Hash {
					return &BadRow{fmt.Sprintf("resource %q of a revision is damaged: its text is not what its hash names", r.Name)}
				}
				checked[r.Hash] = true
				r.Text = text.Raw(*body)
			}
		}
	}
	return nil
}

// hydrated is hydrate for a list of rows.
func hydrated[T any](ctx context.Context, q query, rows []T, err error, content func(*T) *session.Content) ([]T, error) {
	if err != nil {
		return rows, err
	}
	contents := make([]*session.Content, len(rows))
	for i := range rows {
		contents[i] = content(&rows[i])
	}
	return rows, hydrate(ctx, q, contents...)
}

func contentOfRevision(r *session.Revision) *session.Content   { return &r.Content }
func contentOfVariant(v *session.VariantInfo) *session.Content { return &v.Revision.Content }
func contentOfDraft(d *session.Draft) *session.Content         { return &d.Content }

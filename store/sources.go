package store

import (
	"context"
	"errors"
	"fmt"

	"galley/session"
	"galley/session/text"
)

// Source is a file of resources with its pieces.
type Source struct {
	Name   text.Raw
	Pieces []session.Resource
}

// ReplaceSources puts the pieces of each source in place of those that it had, as
// [Store.ReplaceResources] does for one: all or none, and as one edit. It returns
// them as they were kept.
func (s *Store) ReplaceSources(ctx context.Context, promptID int64, list []Source) ([]Source, error) {
	out := make([]Source, len(list))
	n := 0
	for i, x := range list {
		if x.Name == "" {
			return nil, errors.New("resources that have no source are changed one by one")
		}
		out[i] = Source{x.Name, session.CloneResources(x.Pieces)}
		n += len(x.Pieces)
	}
	err := s.edit(ctx, "import", "resource", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, promptID)
		if err != nil {
			return "", "", err
		}
		for _, x := range out {
			if err := e.replaceSource(ctx, promptID, x); err != nil {
				return "", "", fmt.Errorf("%s: %w", x.Name, err)
			}
		}
		if len(out) == 1 {
			prompt = string(out[0].Name)
		}
		return prompt, fmt.Sprintf("%d resources", n), nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (e *edit) replaceSource(ctx context.Context, promptID int64, x Source) error {
	old, err := collect(ctx, e.tx, scanResource, resourceQuery+` AND x.prompt_id = ? AND x.source = ? ORDER BY x.place, x.id`, promptID, x.Name)
	if err != nil {
		return err
	}
	name, err := e.resourceNamer(ctx, promptID, x.Name)
	if err != nil {
		return err
	}
	for i := range x.Pieces {
		p := &x.Pieces[i]
		p.Source, p.Hash = x.Name, session.Hash([]byte(p.Text))
		p.Name = name(*p)
	}
	return e.replace(ctx, promptID, old, x.Pieces)
}

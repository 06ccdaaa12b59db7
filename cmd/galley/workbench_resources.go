package main

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/resources"
)

// resourcesDeps are the functions of the page of the resources.
func (d *desk) resourcesDeps(who text.Raw) resources.Deps {
	st := d.store
	return resources.Deps{
		Resources: st.Resources, Relevances: st.Relevances, Create: st.CreateResources, Update: st.UpdateResources, Rename: st.RenameResource,
		Delete: st.DeleteResources, Mark: st.PutRelevance, Undo: d.undoOne, Bring: d.bringSources, Keep: st.PutDraft,
		Tokens: func(t text.Raw) int {
			n, _ := d.tokens.Count("", string(t))
			return n
		},
		Editor: func(t text.Raw, tag string) tea.Cmd {
			return d.edited(t, func(after text.Raw, changed bool, err error) tea.Msg {
				return resources.Edited{Tag: tag, Text: after, Changed: changed, Err: err}
			})
		},
		UID: newUID, NowMS: func() int64 { return time.Now().UnixMilli() }, Who: who,
	}
}

// bringSources cuts files, or a source of the bank anew, as galley import resources
// does; dry changes nothing.
func (d *desk) bringSources(ctx context.Context, promptID int64, b resources.Bring, dry bool) (resources.Brought, error) {
	var out resources.Brought
	split := splitFlag{how: string(b.How), words: b.Words, overlap: b.Again}
	if err := split.check(); err != nil {
		return out, err
	}
	files := &sourceFiles{}
	var err error
	if b.Source == "" {
		files, err = readSources([]string{b.Path})
	} else {
		files.list, err = d.joined(ctx, promptID, b.Source)
	}
	if err != nil {
		return out, err
	}
	got, err := d.takeSources(ctx, session.PromptInfo{Prompt: session.Prompt{ID: promptID}}, files, split, nil, dry)
	if err != nil {
		return out, err
	}
	for _, s := range got.Sources {
		out.Sources = append(out.Sources, resources.Source{
			Name: s.Source, How: session.SplitHow(s.Split), Pieces: s.Pieces, New: s.New, Same: s.Same, Gone: s.Gone, Bytes: s.Bytes, Tokens: s.Tokens,
		})
	}
	for _, n := range got.Left {
		out.Left = append(out.Left, text.Raw(fmt.Sprintf("left out: %s %s", n.File, n.Why)))
	}
	for _, f := range files.list {
		pieces := session.PiecesOf(f.name, f.text, split.of(string(f.name)))
		out.Sample = append(out.Sample, pieces[:min(len(pieces), 2*sampled-len(out.Sample))]...)
	}
	return out, nil
}

// joined is the text of a source of the bank, put together from its pieces.
func (d *desk) joined(ctx context.Context, promptID int64, source text.Raw) ([]sourceFile, error) {
	bank, err := d.store.Resources(ctx, promptID)
	if err != nil {
		return nil, err
	}
	var pieces []session.Resource
	for _, r := range bank {
		if r.Source == source {
			pieces = append(pieces, r)
		}
	}
	if len(pieces) == 0 {
		return nil, fmt.Errorf("there are no pieces of %s any more", source)
	}
	t, ok := session.JoinPieces(pieces)
	if !ok {
		return nil, fmt.Errorf("the pieces of %s repeat the ends of each other, so the file can't be put together from them; import it again", source)
	}
	return []sourceFile{{source, t}}, nil
}

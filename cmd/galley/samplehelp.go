package main

import (
	"context"
	"io/fs"
	"path"

	"galley/session"
	"galley/session/text"
	"galley/store"
)

// helpTop is how many pieces of the help pages stand for a question, where not all
// of them do.
const helpTop = 3

// fillHelp makes the prompt that answers questions from the pieces of help pages,
// with what a person marked as of use.
func fillHelp(ctx context.Context, st *store.Store) error {
	p, err := samplePrompt(ctx, st, "help", "short answers from the help pages, or that they hold none")
	if err != nil {
		return err
	}
	bank, err := samplePages(ctx, st, p)
	if err != nil {
		return err
	}
	content := func(pick *session.Pick, more ...session.Block) session.Content {
		blocks := []session.Block{
			sampleBlock(session.KindSystem, session.RoleSystem, "", sampleText("help/system.txt")),
			sampleBlock(session.KindInstructions, session.RoleSystem, "How to answer", sampleText("help/instructions.txt")),
		}
		blocks = append(blocks, more...)
		pages := sampleBlock(session.KindResources, session.RoleUser, "Help pages", "")
		pages.Wrap, pages.Pick, pages.Resources = session.WrapXML, pick, session.CloneResources(bank)
		blocks = append(blocks, pages, sampleBlock(session.KindInput, session.RoleUser, "Question", sampleText("help/input.txt")))
		return session.Content{Blocks: blocks, Params: sampleParams(60)}
	}
	nearest := func() *session.Pick { return &session.Pick{How: session.PickNearest, N: helpTop, Bank: true} }
	says, err := scaffold("not-enough", session.KindInstructions)
	if err != nil {
		return err
	}
	says.UID, says.Role = newUID(), session.RoleSystem
	for _, v := range []session.NewVariant{
		{Name: "all-pages", Intent: "every piece of the help pages", Content: content(nil)},
		{Name: "top-3", Intent: "the three pieces that fit the question best", Content: content(nearest())},
		{Name: "top-3-honest", Intent: "the same three, and words for when they hold no answer", Content: content(nearest(), says)},
	} {
		if _, err := st.CreateVariant(ctx, p.ID, v.Name, v.Content, v.Intent); err != nil {
			return err
		}
	}
	if err := sampleMarks(ctx, st, p); err != nil {
		return err
	}
	return sampleSuite(ctx, st, p, "facts", "what the pages say is in the answer, and what they don't say is said to be missing")
}

// samplePages keeps the help pages, cut at their headings as an import cuts them.
func samplePages(ctx context.Context, st *store.Store, p session.Prompt) ([]session.Resource, error) {
	files, err := fs.ReadDir(sampleFiles, "sample/help/pages")
	if err != nil {
		return nil, err
	}
	var list []store.Source
	for _, f := range files {
		name := text.Raw(path.Join("help", f.Name()))
		data, err := fs.ReadFile(sampleFiles, "sample/help/pages/"+f.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, store.Source{Name: name, Pieces: session.PiecesOf(name, text.Raw(data), session.SplitOptions{How: session.SplitHeadings})})
	}
	if _, err := st.ReplaceSources(ctx, p.ID, list); err != nil {
		return nil, err
	}
	return st.Resources(ctx, p.ID)
}

// sampleMarks keeps of how much use the pieces are for the cases.
func sampleMarks(ctx context.Context, st *store.Store, p session.Prompt) error {
	rows, err := sampleLines[struct {
		Case, Resource string
		Grade          int
	}](string(p.Name) + "/marks.jsonl")
	if err != nil {
		return err
	}
	for _, r := range rows {
		c, err := st.Case(ctx, p.ID, r.Case)
		if err != nil {
			return err
		}
		res, err := st.Resource(ctx, p.ID, r.Resource)
		if err != nil {
			return err
		}
		if err := st.PutRelevance(ctx, session.Relevance{PromptID: p.ID, CaseID: c.ID, Hash: res.Hash, Grade: r.Grade, By: sampleJudge}); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
	"galley/store/exchange"
)

func editCommand(g *globals) *cobra.Command {
	return nouns("edit", "Change a text in $VISUAL or $EDITOR, or from --file or stdin",
		editNoun(g, "block VARIANT#BLOCK", "Change the text of a block, named by its number, title or kind", editBlock),
		editNoun(g, "guideline PROMPT", "Change what judges of a prompt are told", editGuideline),
		editNoun(g, "variant VARIANT", "Change blocks and parameters, as JSON", editVariant),
		editNoun(g, "case NAME", "Change a case, as JSON", editCase),
		editNoun(g, "shot NAME", "Change a shot, as JSON", editShot),
		editNoun(g, "resource NAME", "Change the text of a resource", editResource))
}

// editing is one galley edit.
type editing struct {
	g      *globals
	d      *desk
	name   string
	prompt string
	src    source
	keep   saveFlags
}

func editNoun(g *globals, use, short string, edit func(ctx context.Context, e editing) error) *cobra.Command {
	var e editing
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  wants(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Without headless: while the editor has the terminal, ctrl+c is its own.
			return onDesk(g, func(ctx context.Context, d *desk, args []string) error {
				e.g, e.d, e.name = g, d, args[0]
				return edit(ctx, e)
			})(cmd.Context(), args)
		},
	}
	e.src.flags(c, "the new text")
	switch strings.Fields(use)[0] {
	case "block", "variant":
		e.keep.flags(c)
	case "case", "shot", "resource":
		promptFlag(c, &e.prompt)
	}
	return c
}

// text brings a text back changed: from --file or stdin, else from the user's
// editor.
func (e editing) text(before text.Raw) (after text.Raw, changed bool, err error) {
	t, ok, err := e.g.given(e.src.file, e.src.exact, true)
	switch {
	case err != nil:
		return "", false, err
	case ok:
		return t, t != before, nil
	case e.src.file == "-" || piped(e.g.in):
		return "", false, usage("no text came on stdin; nothing was changed")
	}
	words, err := editorWords(e.d.config.Editor)
	if err != nil {
		return "", false, usage("%w; or give the text with --file FILE or on stdin", err)
	}
	f, err := newEditFile(before)
	if err != nil {
		return "", false, &exitError{exitIncomplete, err}
	}
	c := f.command(words)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	after, changed, err = f.read(c.Run())
	if err != nil {
		return "", false, &exitError{exitIncomplete, err}
	}
	// Editors end the last line whether one wants it or not.
	if !strings.HasSuffix(string(before), "\n") {
		after = text.Raw(strings.TrimSuffix(string(after), "\n"))
		changed = after != before
	}
	return after, changed, nil
}

// where is what an error about the new text names: the file that it came from, or
// what is edited.
func (e editing) where() string {
	if e.src.file != "" && e.src.file != "-" {
		return e.src.file
	}
	return e.name
}

// unchanged says so.
func (e editing) unchanged() error {
	e.g.talk("nothing changed")
	return nil
}

func editBlock(ctx context.Context, e editing) error {
	v, i, err := e.d.block(ctx, e.name)
	if err != nil {
		return err
	}
	c := v.Revision.Content.Clone()
	after, changed, err := e.text(c.Blocks[i].Text)
	if err != nil || !changed {
		return firstError(err, e.unchanged)
	}
	c.Blocks[i].Text = after
	return e.keep.save(ctx, e.g, e.d, v, c, "edit "+c.Blocks[i].Name().String())
}

// firstError is err, or what f returns.
func firstError(err error, f func() error) error {
	if err != nil {
		return err
	}
	return f()
}

// block is the variant and the index of the block that VARIANT#BLOCK names.
func (d *desk) block(ctx context.Context, name string) (session.VariantInfo, int, error) {
	variant, block, ok := strings.Cut(name, "#")
	if !ok {
		return session.VariantInfo{}, 0, usage("block %q: write VARIANT#BLOCK, as in triage/five-shot#2 or triage/five-shot#Rules", text.Raw(name))
	}
	v, err := d.variant(ctx, variant, "")
	if err != nil {
		return v, 0, err
	}
	i, err := v.Revision.Content.FindBlock(block)
	return v, i, err
}

func editGuideline(ctx context.Context, e editing) error {
	p, err := e.d.store.Prompt(ctx, e.name)
	if err != nil {
		return err
	}
	after, changed, err := e.text(p.Guideline)
	if err != nil || !changed {
		return firstError(err, e.unchanged)
	}
	if err := e.d.store.SetGuideline(ctx, p.ID, after); err != nil {
		return err
	}
	e.g.say("%s", p.Name)
	return nil
}

// indented is v as a person edits it.
func indented(v any) (text.Raw, error) {
	b, err := encodeJSON(v, "  ")
	return text.Raw(b), err
}

func editVariant(ctx context.Context, e editing) error {
	v, err := e.d.variant(ctx, e.name, "")
	if err != nil {
		return err
	}
	before, err := indented(v.Revision.Content)
	if err != nil {
		return err
	}
	after, changed, err := e.text(before)
	if err != nil || !changed {
		return firstError(err, e.unchanged)
	}
	c, err := parseContent(e.where(), []byte(after))
	if err != nil {
		return err
	}
	return e.keep.save(ctx, e.g, e.d, v, c, "edit by hand")
}

// parseContent reads blocks and parameters that a person wrote; name is for
// messages.
func parseContent(name string, data []byte) (session.Content, error) {
	var c session.Content
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		line := 1 + bytes.Count(data[:min(jsonOffset(err, dec.InputOffset()), int64(len(data)))], []byte("\n"))
		return c, usage("%s:%d: %s; nothing was changed", text.Raw(name), line, text.Raw(strings.TrimPrefix(err.Error(), "json: ")))
	}
	if dec.More() {
		return c, usage("%s: something stands behind the JSON; nothing was changed", text.Raw(name))
	}
	if err := c.Check(); err != nil {
		return c, usage("%s: %w; nothing was changed", text.Raw(name), err)
	}
	for i := range c.Blocks {
		if c.Blocks[i].UID == "" {
			c.Blocks[i].UID = newUID()
		}
		for j := range c.Blocks[i].Shots {
			if c.Blocks[i].Shots[j].UID == "" {
				c.Blocks[i].Shots[j].UID = newUID()
			}
		}
	}
	return c, nil
}

// jsonOffset is where a decoder found what is wrong, at where it does not say so.
func jsonOffset(err error, at int64) int64 {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return max(0, syntax.Offset-1)
	case errors.As(err, &kind):
		return max(0, kind.Offset-1)
	}
	return at
}

// row is one case or shot out of JSON that a person edited.
func row[T any](name string, data text.Raw, read func(r *bytes.Reader, o exchange.Options) ([]T, error)) (T, error) {
	var zero T
	rows, err := read(bytes.NewReader([]byte("["+string(data)+"]")), exchange.Options{File: name, Format: "json"})
	if err != nil {
		return zero, usage("%w; nothing was changed", err)
	}
	if len(rows) != 1 {
		return zero, usage("%s: here should stand one object; nothing was changed", text.Raw(name))
	}
	return rows[0], nil
}

func editCase(ctx context.Context, e editing) error {
	p, err := e.d.prompt(ctx, e.prompt)
	if err != nil {
		return err
	}
	old, err := e.d.store.Case(ctx, p.ID, e.name)
	if err != nil {
		return err
	}
	before, err := indented(struct {
		Vars   vars          `json:"vars"`
		Wanted *text.Raw     `json:"wanted,omitempty"`
		Tags   []text.Raw    `json:"tags"`
		Split  session.Split `json:"split"`
	}{vars(old.Vars), old.Wanted, orEmpty(old.Tags), old.Split})
	if err != nil {
		return err
	}
	after, changed, err := e.text(before)
	if err != nil || !changed {
		return firstError(err, e.unchanged)
	}
	c, err := row(e.where(), after, func(r *bytes.Reader, o exchange.Options) ([]session.Case, error) {
		cases, _, err := exchange.ReadCases(r, o)
		return cases, err
	})
	if err != nil {
		return err
	}
	old.Vars, old.Wanted, old.Tags, old.Split = c.Vars, c.Wanted, c.Tags, c.Split
	if err := e.d.store.UpdateCase(ctx, old); err != nil {
		return err
	}
	e.g.say("%s", old.Name)
	return nil
}

func editShot(ctx context.Context, e editing) error {
	p, err := e.d.prompt(ctx, e.prompt)
	if err != nil {
		return err
	}
	old, err := e.d.store.Shot(ctx, p.ID, e.name)
	if err != nil {
		return err
	}
	before, err := indented(struct {
		Input  text.Raw           `json:"input"`
		Output text.Raw           `json:"output"`
		Tags   []text.Raw         `json:"tags"`
		Calls  []session.ShotCall `json:"calls,omitempty"`
		Pin    session.ShotPin    `json:"pin,omitempty"`
	}{old.Input, old.Output, orEmpty(old.Tags), old.Calls, old.Pin})
	if err != nil {
		return err
	}
	after, changed, err := e.text(before)
	if err != nil || !changed {
		return firstError(err, e.unchanged)
	}
	s, err := row(e.where(), after, func(r *bytes.Reader, o exchange.Options) ([]session.Shot, error) {
		shots, _, err := exchange.ReadShots(r, o)
		return shots, err
	})
	if err != nil {
		return err
	}
	old.Input, old.Output, old.Tags, old.Calls, old.Pin = s.Input, s.Output, s.Tags, s.Calls, s.Pin
	if err := e.d.store.UpdateShot(ctx, old); err != nil {
		return err
	}
	e.g.say("%s", fmt.Sprint(old.Name))
	return nil
}

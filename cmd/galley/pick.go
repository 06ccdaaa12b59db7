package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
	"galley/store"
)

// defaultModel is asked where nobody names one: it costs nothing and needs no
// network.
const defaultModel = "embedded/nearest"

// promptFlag adds --prompt.
func promptFlag(c *cobra.Command, p *string) {
	c.Flags().StringVarP(p, "prompt", "p", "", "the `PROMPT`; needed where the workspace has several")
}

// jsonFlag adds --json.
func jsonFlag(c *cobra.Command, g *globals, what string) {
	c.Flags().BoolVar(&g.json, "json", false, what)
}

// notThere reports whether there is no file where a workspace was to be.
func notThere(err error) bool {
	var missing *store.NotFound
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &missing) && missing.Noun == "workspace"
}

// prompt is the prompt of that name, or the only one there is.
func (d *desk) prompt(ctx context.Context, name string) (session.PromptInfo, error) {
	if name != "" {
		return d.store.Prompt(ctx, name)
	}
	all, err := d.store.Prompts(ctx)
	if err != nil {
		return session.PromptInfo{}, err
	}
	switch len(all) {
	case 0:
		return session.PromptInfo{}, usage("the workspace has no prompt; make one with galley new prompt NAME")
	case 1:
		return all[0], nil
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name.String()
	}
	return session.PromptInfo{}, usage("which prompt? add --prompt with one of %s", strings.Join(names, ", "))
}

// prompts are the prompt of that name, or all.
func (d *desk) prompts(ctx context.Context, name string) ([]session.PromptInfo, error) {
	if name == "" {
		return d.store.Prompts(ctx)
	}
	p, err := d.store.Prompt(ctx, name)
	if err != nil {
		return nil, err
	}
	return []session.PromptInfo{p}, nil
}

// promptOf is the prompt that a flag or the names of variants say, or the only
// one there is.
func (d *desk) promptOf(ctx context.Context, flag string, variants ...string) (session.PromptInfo, error) {
	for _, v := range variants {
		p, _, has := strings.Cut(v, "/")
		if !has {
			continue
		}
		if flag != "" && flag != p {
			return session.PromptInfo{}, usage("%s is not of the prompt %s; one run has one prompt", text.Raw(v), text.Raw(flag))
		}
		flag = p
	}
	return d.prompt(ctx, flag)
}

// variant is the variant that a name says, the prompt's name left out where the
// workspace has one prompt only.
func (d *desk) variant(ctx context.Context, name, prompt string) (session.VariantInfo, error) {
	if !strings.Contains(name, "/") {
		p, err := d.prompt(ctx, prompt)
		if err != nil {
			return session.VariantInfo{}, err
		}
		prompt = string(p.Name)
	}
	ref, err := session.ParseVariantRef(name, prompt)
	if err != nil {
		return session.VariantInfo{}, err
	}
	return d.store.Variant(ctx, ref)
}

// refBeside is the full name of a variant that is named after another: it is of the same
// prompt unless it says another, and @2 is a revision of that one itself.
func refBeside(name string, first session.VariantRef) string {
	switch {
	case strings.Contains(name, "/"):
		return name
	case strings.HasPrefix(name, "@"):
		return first.Prompt + "/" + first.Variant + name
	}
	return first.Prompt + "/" + name
}

// variants are the revisions that a list names; "" and all are the newest of
// every variant of the prompt.
func (d *desk) variants(ctx context.Context, p session.PromptInfo, list string) ([]session.VariantRef, error) {
	items := session.SplitList(list)
	if len(items) == 0 || len(items) == 1 && items[0] == "all" {
		all, err := d.store.Variants(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 {
			return nil, usage("the prompt %s has no variant; make one with galley new variant %s/NAME", p.Name, p.Name)
		}
		refs := make([]session.VariantRef, len(all))
		for i, v := range all {
			refs[i] = v.Ref()
		}
		return refs, nil
	}
	var refs []session.VariantRef
	seen := map[session.VariantRef]bool{}
	for _, item := range items {
		ref, err := session.ParseVariantRef(item, string(p.Name))
		if err != nil {
			return nil, err
		}
		v, err := d.store.Variant(ctx, ref)
		if err != nil {
			return nil, err
		}
		if !seen[v.Ref()] {
			seen[v.Ref()] = true
			refs = append(refs, v.Ref())
		}
	}
	return refs, nil
}

// askable are the models that a list names. One that the config does not open is
// an error before anything is asked; dry leaves out whether its key is set.
func (d *desk) askable(ctx context.Context, list string, dry bool) ([]string, error) {
	items := session.SplitList(list)
	if len(items) == 1 && items[0] == "all" {
		all, err := d.models(ctx)
		if err != nil {
			return nil, &exitError{exitIncomplete, err}
		}
		items = nil
		for _, m := range all {
			if !strings.HasPrefix(m.Ref, "human/") { // a person is asked by name only
				items = append(items, m.Ref)
			}
		}
	}
	for i := range items {
		items[i] = myself(items[i])
		ref := items[i]
		find := d.set.Resolve
		if dry {
			find = d.set.Lookup
		}
		if _, _, err := find(ref); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// ofRecorded is why a model can't be asked: where the config does not open it and the
// prompt has answers of it from outside, that nobody can ask it anything new, and
// what its answers are good for.
func (d *desk) ofRecorded(ctx context.Context, p session.PromptInfo, list string, why error) error {
	var refused *backend.AccessError
	if !errors.As(why, &refused) {
		return why
	}
	recorded, err := d.recordedModels(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, ref := range session.SplitList(list) {
		if _, _, err := d.set.Lookup(ref); err != nil && slices.Contains(recorded, ref) {
			return &exitError{exitBackend, fmt.Errorf("%s can't be asked anything new: its answers here are recorded ones; galley judge, galley check and galley read work on those", text.Raw(ref))}
		}
	}
	return why
}

// maxGiven is the most bytes of a text that a flag or stdin gives.
const maxGiven = 64 << 20

// readFile reads a file that a flag names, "-" for stdin. What has no end, as some
// devices, is refused.
func (g *globals) readFile(name string) ([]byte, error) {
	r, closer, err := g.openFile(name)
	if err != nil {
		return nil, err
	}
	defer closer()
	data, err := io.ReadAll(io.LimitReader(r, maxGiven+1))
	if err != nil {
		return nil, usage("%s: %s", text.Raw(sourceName(name)), reason(err))
	}
	if len(data) > maxGiven {
		return nil, usage("%s is larger than 64 MiB; nothing was changed", text.Raw(sourceName(name)))
	}
	return data, nil
}

// given is the text that a command gets: from --file, or, where it has no other
// source, from stdin. One line end at its end is the file's and not the text's,
// unless exact. ok is false where there is none.
func (g *globals) given(file string, exact, need bool) (t text.Raw, ok bool, err error) {
	if file == "" {
		if !need || !piped(g.in) {
			return "", false, nil
		}
		file = "-"
	}
	data, err := g.readFile(file)
	if err != nil {
		return "", false, err
	}
	s := string(data)
	if !exact {
		if cut, had := strings.CutSuffix(s, "\r\n"); had {
			s = cut
		} else {
			s = strings.TrimSuffix(s, "\n")
		}
	}
	t = text.Raw(s)
	if !t.Valid() {
		return "", false, usage("%s:%d: it holds bytes that are not UTF-8; save it as UTF-8; nothing was changed", text.Raw(sourceName(file)), 1+strings.Count(s[:firstInvalid([]byte(s))], "\n"))
	}
	return t, file != "-" || t != "", nil
}

func sourceName(file string) string {
	if file == "-" {
		return "stdin"
	}
	return file
}

// piped reports whether r is something to read to its end, no terminal and not
// /dev/null.
func piped(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return r != nil
	}
	fi, err := f.Stat()
	return err == nil && (fi.Mode().IsRegular() || fi.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0)
}

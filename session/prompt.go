package session

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session/text"
)

// Prompt is a named job with its variants, cases and shots.
type Prompt struct {
	ID        int64
	UID       string
	Name      text.Raw
	Guideline text.Raw // what a judge is told; three to seven lines
	Note      text.Raw
	CreatedMS int64 // milliseconds since 1970, UTC
	UpdatedMS int64
}

// PromptInfo is a prompt with what the library shows of it.
type PromptInfo struct {
	Prompt
	Variants, Cases, Shots, Runs int
	Outputs                      int
	LastRunMS                    int64  // 0: never ran
	LastRun                      string // "r7", or ""
}

// NameError says why a name can't be used.
type NameError struct {
	Noun, Name, Why string
}

// Error is one sentence.
func (e *NameError) Error() string {
	return fmt.Sprintf("%s name %q: %s", e.Noun, e.Name, e.Why)
}

// CheckName reports whether name can name a prompt, variant, case or shot: 1 to
// 80 letters, digits and "-_.", beginning with a letter or digit, so that it can
// stand in prompt/variant@revision and in a comma-separated list without quotes.
func CheckName(noun, name string) error {
	bad := func(why string) error {
		return &NameError{Noun: noun, Name: text.Raw(name).String(), Why: why}
	}
	switch {
	case name == "":
		return bad("is empty")
	case !utf8.ValidString(name):
		return bad("is not UTF-8")
	case utf8.RuneCountInString(name) > 80:
		return bad("is longer than 80 characters")
	case strings.EqualFold(name, "all"):
		return bad(`"all" stands for every one of them`)
	}
	for i, r := range name {
		if text.Invisible(text.Raw(string(r))) > 0 { // some of them are letters to Unicode
			return bad("holds an invisible character, " + text.Raw(string(r)).String())
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) || i > 0 && strings.ContainsRune("-_.", r) {
			continue
		}
		if i == 0 {
			return bad("must begin with a letter or a digit")
		}
		return bad(fmt.Sprintf("may hold letters, digits and - _ . only; %q is none of these", text.Raw(string(r)).String()))
	}
	return nil
}

// VariantRef names a variant, or one revision of it: triage/five-shot@3.
type VariantRef struct {
	Prompt, Variant string
	Revision        int // 0: the newest
}

// ParseVariantRef reads prompt/variant, prompt/variant@3, or variant alone when
// def names the prompt.
func ParseVariantRef(s, def string) (VariantRef, error) {
	ref := VariantRef{Prompt: def}
	rest, rev, has := strings.Cut(s, "@")
	if has {
		n, err := strconv.Atoi(rev)
		if err != nil || n < 1 {
			return ref, fmt.Errorf("variant %q: after @ stands the number of a revision, as in %s@1", text.Raw(s), text.Raw(rest))
		}
		ref.Revision = n
	}
	if p, v, ok := strings.Cut(rest, "/"); ok {
		ref.Prompt, ref.Variant = p, v
	} else {
		ref.Variant = rest
	}
	if ref.Prompt == "" || ref.Variant == "" || strings.Contains(ref.Variant, "/") {
		return ref, fmt.Errorf("variant %q: write prompt/variant or prompt/variant@revision", text.Raw(s))
	}
	return ref, nil
}

// String writes the reference as ParseVariantRef reads it.
func (r VariantRef) String() string {
	s := r.Prompt + "/" + r.Variant
	if r.Revision > 0 {
		s += "@" + strconv.Itoa(r.Revision)
	}
	return s
}

// ParseModelRef reads BACKEND/MODEL; the model's part may hold slashes. Both are
// one line of what can be seen: they stand in tables, logs and annotations.
func ParseModelRef(s string) (backend, model string, err error) {
	if !utf8.ValidString(s) || text.Invisible(text.Raw(s)) > 0 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", "", fmt.Errorf("model %q: the name of a model holds no control character, no line break and nothing that can't be seen", text.Raw(s))
	}
	backend, model, ok := strings.Cut(s, "/")
	if !ok || backend == "" || model == "" {
		return "", "", fmt.Errorf("model %q: write BACKEND/MODEL, as in embedded/nearest", text.Raw(s))
	}
	return backend, model, nil
}

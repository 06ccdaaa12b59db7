package exchange

import (
	"errors"
	"io/fs"

	"galley/session"
)

var errUnwritten = errors.New("exchange: being written")

// WritePromptfoo makes a folder that promptfoo runs.
func WritePromptfoo(b Bundle) (Export, error) { return Export{}, errUnwritten }

// ReadPromptfoo reads a promptfoo config and what it names inside the folder.
func ReadPromptfoo(dir fs.FS, file string) (Bundle, []Note, error) {
	return Bundle{}, nil, errUnwritten
}

// Spell says how promptfoo spells a kind, or why it can't.
func Spell(k session.AssertKind) (how, why string) { return "", "" }

package exchange

import (
	"errors"
	"io"
	"io/fs"

	"galley/session"
)

var errUnwritten = errors.New("exchange: being written")

// WriteSuite makes the folder of a suite.
func WriteSuite(b Bundle) (Export, error) { return Export{}, errUnwritten }

// ReadSuite reads the folder of a suite. Its errors and places name files below
// the folder.
func ReadSuite(dir fs.FS) (Bundle, error) { return Bundle{}, errUnwritten }

// WriteBaseline makes the file that a check is held against.
func WriteBaseline(w io.Writer, c session.Check) error { return errUnwritten }

// ReadBaseline reads it.
func ReadBaseline(r io.Reader, file string) (session.Check, error) {
	return session.Check{}, errUnwritten
}

// WriteJUnit writes a check as JUnit XML.
func WriteJUnit(w io.Writer, c Checked) error { return errUnwritten }

// WriteGitHub writes a check as annotations of GitHub Actions.
func WriteGitHub(w io.Writer, c Checked) error { return errUnwritten }

// WriteSummary writes a check as Markdown for the file named by GITHUB_STEP_SUMMARY.
func WriteSummary(w io.Writer, c Checked) error { return errUnwritten }

// WritePromptfoo makes a folder that promptfoo runs.
func WritePromptfoo(b Bundle) (Export, error) { return Export{}, errUnwritten }

// ReadPromptfoo reads a promptfoo config and what it names inside the folder.
func ReadPromptfoo(dir fs.FS, file string) (Bundle, []Note, error) {
	return Bundle{}, nil, errUnwritten
}

// Spell says how promptfoo spells a kind, or why it can't.
func Spell(k session.AssertKind) (how, why string) { return "", "" }

// WritePairs writes preference pairs in a format: openai, trl, trl-standard, trl-unpaired.
func WritePairs(w io.Writer, format string, j Judgments) ([]Note, error) { return nil, errUnwritten }

// WriteBattles writes verdicts as battle records.
func WriteBattles(w io.Writer, j Judgments) ([]Note, error) { return nil, errUnwritten }

// ReadBattles reads battle records.
func ReadBattles(r io.Reader, o Options) ([]Battle, []Note, error) { return nil, nil, errUnwritten }

// Verdicts are the battles as verdicts, for a report.
func Verdicts(b []Battle) []session.Verdict { return nil }

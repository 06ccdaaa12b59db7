package exchange

import (
	"path"
	"slices"

	"galley/session"
	"galley/session/text"
)

// File is a file of an export. Its path is relative, with slashes; who writes it
// writes all files of an export or none.
type File struct {
	Path string
	Data []byte
}

// Export is what an export writes, and what its target can't say.
type Export struct {
	Files []File
	Notes []Note
}

// note puts down, once, something that the target can't say.
func (e *Export) note(what string) {
	if n := (Note{What: what}); !slices.Contains(e.Notes, n) {
		e.Notes = append(e.Notes, n)
	}
}

// Bytes is the size of all files.
func (e Export) Bytes() int64 {
	n := int64(0)
	for _, f := range e.Files {
		n += int64(len(f.Data))
	}
	return n
}

// BundleVariant is a variant at one revision, with everything of it that reaches
// the model.
type BundleVariant struct {
	Ref     session.VariantRef
	Content session.Content
}

// Bundle is a suite with everything that checking it needs: what goes into a
// folder for git, what other tools are given, and what comes back from both. It
// names models and holds no endpoint, no key and no command.
type Bundle struct {
	Suite     session.Suite // its prompt's name, name, note, threshold and assertions
	Guideline text.Raw
	Variants  []BundleVariant
	Models    []string // BACKEND/MODEL that are asked
	Cases     []session.Case
	Takes     int           // of each case; 0 is 1
	Order     session.Order // of the shots, where the check gives one
	// Recorded are outputs of contestants that can't be asked. Of a result the
	// folder keeps its contestant, case, take, and the output itself.
	Recorded []session.Result
	Places   Places // after ReadSuite: where things stand
}

// Place is where something stands in a file, in physical lines from 1.
type Place struct {
	File      string
	Line, End int
}

// Places says where the parts of a suite stand.
type Places struct {
	Suite      Place
	Cases      map[text.Raw]Place // by the case's name
	Assertions map[string]Place   // by the assertion's UID
}

// Case is where a case stands; the suite's own place where it has none.
func (p Places) Case(name text.Raw) Place {
	if at, ok := p.Cases[name]; ok {
		return at
	}
	return p.Suite
}

// Assertion is where an assertion stands.
func (p Places) Assertion(uid string) (Place, bool) {
	at, ok := p.Assertions[uid]
	return at, ok && uid != ""
}

// In is the places with the files below a folder.
func (p Places) In(folder string) Places {
	if folder == "" {
		return p
	}
	in := func(at Place) Place {
		if at.File != "" {
			at.File = path.Join(folder, at.File)
		}
		return at
	}
	out := Places{Suite: in(p.Suite), Cases: map[text.Raw]Place{}, Assertions: map[string]Place{}}
	for k, at := range p.Cases {
		out.Cases[k] = in(at)
	}
	for k, at := range p.Assertions {
		out.Assertions[k] = in(at)
	}
	return out
}

// Checked is a check as it is told to a CI system.
type Checked struct {
	Suite   text.Raw
	Cases   []session.CaseCheck
	Places  Places              // of the folder, with paths as CI knows them; zero: there is no folder
	Newly   []session.CaseCheck // newly failing against a baseline
	Against string              // the sentence on the baseline, "" none
	AtMS    int64
	TookMS  func(session.CaseCheck) int64 // nil: unknown
	Digests map[session.Contestant]string // of their models, where they are known
}

// Judgments are verdicts with the answers that they are about.
type Judgments struct {
	Verdicts    []session.Verdict // those in force
	Corrections []session.Correction
	Result      func(cellID int64) (session.Result, bool)
	Proof       func(cellID int64) (session.Proof, bool) // what the cell was asked
	// Compose is what a variant asks for the case of a result, without what the answer
	// is begun with.
	Compose func(v session.VariantRef, of session.Result) ([]session.Message, bool)
	// Disagreeing keeps pairs whose repeats, with the sides changed, were decided
	// otherwise.
	Disagreeing bool
	// Known keeps verdicts that were given after the names were known.
	Known bool
}

// Battle is one battle record.
type Battle struct {
	Line           int
	ID             text.Raw
	ModelA, ModelB text.Raw
	Winner         session.Choice // left is A
	Judge          text.Raw
	A, B           []session.Message // the conversations, the question included
	Tags           []text.Raw        // language, category
	Turn           int
	Named          bool // the judge had been told the names
	AtMS           int64
}

package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// suiteFile is the file of a suite's folder that names all others.
const suiteFile = "suite.yaml"

// suiteFormat is the version of the folder's shape.
const suiteFormat = "galley-suite/1"

// lineUID begins the UID that an assertion without one gets when it is read. It
// tells its line in that file and is never written.
const lineUID = "line-"

const suiteHead = `# A suite of Galley: cases, what must hold for the answers, and the prompts that are asked.
# Check it with:  galley check THIS-FOLDER
# It names models as BACKEND/MODEL; where they live stands in each one's own config, never here.
# Texts are JSON strings. Assertions under "assertions" hold for every case.`

// WriteSuite makes the folder of a suite. The same suite gives the same bytes:
// there is no time in it, and what has no order of its own is sorted.
func WriteSuite(b Bundle) (Export, error) {
	var out Export
	b, err := b.sorted(&out)
	if err != nil {
		return Export{}, err
	}
	for noun, name := range map[string]text.Raw{"prompt": b.Suite.Prompt, "suite": b.Suite.Name} {
		if err := session.CheckName(noun, string(name)); err != nil {
			return Export{}, err
		}
	}
	names := fileNames{}
	p := &page{line: 1}
	p.put("%s", suiteHead)
	p.put("format: %s", quoted(suiteFormat))
	p.put("prompt: %s", quoted(b.Suite.Prompt))
	p.put("suite: %s", quoted(b.Suite.Name))
	if b.Suite.Note != "" {
		p.put("note: %s", quoted(b.Suite.Note))
	}
	if b.Guideline != "" {
		p.put("guideline: %s", quoted(b.Guideline))
	}
	p.put("takes: %d", max(b.Takes, 1))
	if !b.Order.AsIs() {
		p.put("order: %s", quoted(b.Order.String()))
	}
	if b.Suite.Threshold != nil {
		p.put("threshold: %s # weighted share of the assertions that a case needs", decimal(*b.Suite.Threshold))
	}
	if len(b.Models) > 0 {
		p.put("models:")
		for _, m := range b.Models {
			p.put("  - %s", quoted(m))
		}
	}
	if len(b.Variants) > 0 {
		p.put("variants:")
	}
	for _, v := range b.Variants {
		f := names.take("prompts", v.Ref.Variant, ".json")
		p.put("  - { name: %s, revision: %d, file: %s }", quoted(v.Ref.Variant), v.Ref.Revision, quoted(f))
		out.Files = append(out.Files, File{f, contentJSON(v.Content)})
	}
	if err := writeRecorded(p, b.Recorded, names, &out); err != nil {
		return Export{}, err
	}
	if err := writeSuiteCases(p, b); err != nil {
		return Export{}, err
	}
	out.Files = append([]File{{suiteFile, p.b.Bytes()}}, out.Files...)
	return out, nil
}

// sorted makes the bundle fit to be written, or says why it is not.
func (b Bundle) sorted(out *Export) (Bundle, error) {
	b.Models = slices.Compact(slices.Sorted(slices.Values(b.Models)))
	for _, m := range b.Models {
		if _, _, err := session.ParseModelRef(m); err != nil {
			return b, err
		}
	}
	b.Variants = slices.Clone(b.Variants)
	slices.SortStableFunc(b.Variants, func(x, y BundleVariant) int { return compareRefs(x.Ref, y.Ref) })
	for i, v := range b.Variants {
		if bad := v.Content.Invalid(); bad != "" {
			return b, fmt.Errorf("%s of %s is not UTF-8, and a folder for git is text", bad, text.Raw(v.Ref.String()))
		}
		if i > 0 && compareRefs(v.Ref, b.Variants[i-1].Ref) == 0 {
			return b, fmt.Errorf("%s stands there twice", text.Raw(v.Ref.String()))
		}
	}
	b.Recorded = slices.DeleteFunc(lastOfEach(b.Recorded, out), func(r session.Result) bool {
		ref := r.Cell.Contestant.Variant
		if ref.Variant == "" || slices.ContainsFunc(b.Variants, func(v BundleVariant) bool { return compareRefs(v.Ref, ref) == 0 }) {
			return false
		}
		out.note(fmt.Sprintf("recorded answers of %s, which is not in the folder, were left out", text.Raw(ref.String())))
		return true
	})
	for _, r := range b.Recorded {
		if _, _, err := session.ParseModelRef(r.Cell.Contestant.Model); err != nil {
			return b, err
		}
	}
	names := map[text.Raw]bool{}
	ids := map[int64]text.Raw{}
	for _, c := range b.Cases {
		if err := session.CheckName("case", string(c.Name)); err != nil {
			return b, err
		}
		if names[c.Name] {
			return b, fmt.Errorf("case %q has no name of its own", c.Name)
		}
		names[c.Name], ids[c.ID] = true, c.Name
	}
	kept := make([]session.Assertion, 0, len(b.Suite.Assertions))
	for _, a := range b.Suite.Assertions {
		if n, ok := ids[a.CaseID]; ok && a.CaseID != 0 {
			a.CaseName = n
		}
		if (a.CaseID != 0 || a.CaseName != "") && !names[a.CaseName] {
			out.note(fmt.Sprintf("%s is about case %q, which is not in the suite, and was left out", a.Kind, a.CaseName))
			continue
		}
		for _, v := range []*float64{a.Min, a.Max, &a.Weight} {
			if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
				return b, fmt.Errorf("an assertion %s has a bound or a weight that is no number", a.Kind)
			}
		}
		if err := a.Check(); err != nil {
			return b, fmt.Errorf("the assertion %s: %w", a, err)
		}
		kept = append(kept, a)
	}
	b.Suite.Assertions = kept
	return b, b.invalid()
}

// lastOfEach keeps one output of each contestant, case and take, the last that is
// given: a check reads one. What has not ended has no place in a file.
func lastOfEach(results []session.Result, out *Export) []session.Result {
	type key struct {
		who  session.Contestant
		name text.Raw
		take int
	}
	at := map[key]int{}
	var kept []session.Result
	for _, r := range results {
		if !r.Output.Status.Finished() && !r.Output.Status.Failed() {
			out.note(fmt.Sprintf("a recorded output of case %s has not ended and was left out", r.Cell.CaseName))
			continue
		}
		who := r.Cell.Contestant
		who.RevisionID, who.Variant.Prompt = 0, ""
		k := key{who, r.Cell.CaseName, max(r.Cell.Take, 1)}
		if i, ok := at[k]; ok {
			kept[i] = r
			out.note(fmt.Sprintf("case %s was recorded more than once of %s: the last is kept", r.Cell.CaseName, text.Raw(r.Cell.Contestant.String())))
			continue
		}
		at[k] = len(kept)
		kept = append(kept, r)
	}
	return kept
}

// invalid says which text of the bundle is not UTF-8: neither YAML nor JSON can
// keep it.
func (b Bundle) invalid() error {
	check := func(where string, texts ...text.Raw) error {
		for _, t := range texts {
			if !t.Valid() {
				return fmt.Errorf("%s is not UTF-8, and a folder for git is text", where)
			}
		}
		return nil
	}
	errs := []error{check("the suite's name, note or guideline", b.Suite.Prompt, b.Suite.Name, b.Suite.Note, b.Guideline)}
	for _, c := range b.Cases {
		where := "case " + c.Name.String()
		errs = append(errs, check(where, c.Name), check(where, c.Tags...))
		for _, v := range c.Vars {
			errs = append(errs, check(where, v.Name, v.Value))
		}
		if c.Wanted != nil {
			errs = append(errs, check(where, *c.Wanted))
		}
	}
	for _, a := range b.Suite.Assertions {
		errs = append(errs, check("an assertion "+string(a.Kind), a.Value, a.Path, a.Metric, a.Origin), check("an assertion "+string(a.Kind), a.Values...))
	}
	for _, r := range b.Recorded {
		where := "a recorded output of case " + r.Cell.CaseName.String()
		errs = append(errs, check(where, r.Cell.CaseName, r.Output.Text, r.Output.Prefill, r.Output.Reason, r.Output.Model, text.Raw(r.Output.Finish)))
		if r.Output.Error != nil {
			errs = append(errs, check(where, r.Output.Error.Message))
		}
	}
	return errors.Join(errs...)
}

func compareRefs(x, y session.VariantRef) int {
	if n := strings.Compare(x.Variant, y.Variant); n != 0 {
		return n
	}
	return x.Revision - y.Revision
}

// fileNames gives each thing a file of its own, told apart where capitals are
// not.
type fileNames map[string]bool

func (f fileNames) take(folder, name, ext string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
		if b.Len() > 80 {
			break
		}
	}
	base := strings.Trim(b.String(), ".-")
	switch stem, _, _ := strings.Cut(strings.ToLower(base), "."); {
	case base == "", slices.Contains([]string{"con", "prn", "aux", "nul"}, stem), len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt"):
		base = "_" + base // no name of a file on Windows
	}
	p := folder + "/" + base + ext
	for i := 2; f[strings.ToLower(p)]; i++ {
		p = fmt.Sprintf("%s/%s-%d%s", folder, base, i, ext)
	}
	f[strings.ToLower(p)] = true
	return p
}

// contentJSON is a content as it stands in git: a key a line, and nothing that
// an editor could not show.
func contentJSON(c session.Content) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, wholeJSON(c), "", "  "); err != nil {
		panic("exchange: a content is not JSON: " + err.Error()) // it was made by an encoder
	}
	b.WriteByte('\n')
	return escapeOdd(b.Bytes())
}

// escapeOdd writes what an encoder of JSON leaves as it is, and readers, editors
// and diffs take differently, as escapes.
func escapeOdd(b []byte) []byte {
	odd := func(r rune) bool {
		return r >= 0x7f && r <= 0x9f || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff
	}
	if bytes.IndexFunc(b, odd) < 0 {
		return b
	}
	var out []byte
	for _, r := range string(b) {
		if odd(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = append(out, string(r)...)
		}
	}
	return out
}

func writeSuiteCases(p *page, b Bundle) error {
	var all []session.Assertion
	for _, a := range b.Suite.Assertions {
		if a.CaseName == "" {
			all = append(all, a)
		}
	}
	if len(all) > 0 {
		p.put("assertions:")
		writeAssertions(p, "  ", all)
	}
	if len(b.Cases) > 0 {
		p.put("cases:")
	}
	for _, c := range b.Cases {
		p.put("  - name: %s", quoted(c.Name))
		if len(c.Vars) > 0 {
			p.put("    vars:")
		}
		for i, v := range c.Vars {
			if slices.ContainsFunc(c.Vars[:i], func(x session.Var) bool { return x.Name == v.Name }) {
				return fmt.Errorf("case %s has the variable %q twice", c.Name, v.Name)
			}
			p.entry("      ", string(v.Name), quoted(v.Value))
		}
		if c.Wanted != nil {
			p.put("    wanted: %s", quoted(*c.Wanted))
		}
		if len(c.Tags) > 0 {
			p.put("    tags: %s", quotedList(c.Tags))
		}
		if c.Split == session.SplitHoldout {
			p.put("    split: holdout")
		}
		var own []session.Assertion
		for _, a := range b.Suite.Assertions {
			if a.CaseName == c.Name {
				own = append(own, a)
			}
		}
		if len(own) > 0 {
			p.put("    assertions:")
			writeAssertions(p, "      ", own)
		}
	}
	return nil
}

func writeAssertions(p *page, indent string, list []session.Assertion) {
	for _, a := range list {
		p.put("%s- kind: %s", indent, quoted(a.Kind))
		in := indent + "  "
		if a.Not {
			p.put("%snot: true", in)
		}
		if a.Path != "" {
			p.put("%spath: %s", in, quoted(a.Path))
		}
		if a.Value != "" {
			p.put("%svalue: %s", in, quoted(a.Value))
		}
		if len(a.Values) > 0 {
			p.put("%svalues: %s", in, quotedList(a.Values))
		}
		if a.Min != nil {
			p.put("%smin: %s", in, decimal(*a.Min))
		}
		if a.Max != nil {
			p.put("%smax: %s", in, decimal(*a.Max))
		}
		if a.Weight != 1 {
			p.put("%sweight: %s", in, decimal(a.Weight))
		}
		if a.Metric != "" {
			p.put("%smetric: %s", in, quoted(a.Metric))
		}
		if a.Origin != "" {
			p.put("%sorigin: %s", in, quoted(a.Origin))
		}
		if a.UID != "" && !strings.HasPrefix(a.UID, lineUID) {
			p.put("%sid: %s", in, quoted(a.UID))
		}
	}
}

// lineJSON is v as one line of JSON, without the escapes that only web pages
// need.
func lineJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return escapeOdd(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

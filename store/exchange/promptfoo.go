package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"galley/session"
	"galley/session/text"
)

// promptfoo renders every text of its config as a Nunjucks template, some of them
// twice, and takes some prefixes for files and programs. What a text would lose
// by that is written as an expression that gives the text: {{ '"…"' | load }},
// where load reads JSON and every sign that means something to Nunjucks, to
// promptfoo's look for {{ env.… }}, or to a loader, is a \u escape. A variable's
// value that needs it is JSON in itself, and the prompts read it with load. What
// comes out of an expression is never rendered again.

// pfPlain reports whether a text means the same to promptfoo as to us.
func pfPlain(s string) bool {
	return s != "" && strings.TrimSpace(s) == s && !pfScheme.MatchString(s) && !pfTags(s) && strings.IndexFunc(s, pfOdd) < 0
}

var pfScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// pfTags reports whether Nunjucks would stop at something in a text: at what begins
// a tag, and at the end of a comment that never began.
func pfTags(s string) bool {
	return strings.Contains(s, "{{") || strings.Contains(s, "{%") || strings.Contains(s, "{#") || strings.Contains(s, "#}")
}

func pfOdd(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }

// pfText is a text as a template that gives it.
func pfText(s string) string {
	if pfPlain(s) {
		return s
	}
	return pfLiteral(s)
}

// pfLiteral is the expression that gives the text whatever it holds.
func pfLiteral(s string) string {
	json := pfEscaped(s, "\"\\'`{}%#.[]|:$<>&")
	return "{{ '" + strings.ReplaceAll(json, `\`, `\\`) + "' | load }}"
}

// pfJSON is a text as JSON without any sign that begins or ends a template.
func pfJSON(s string) string { return pfEscaped(s, "\"\\{}%#") }

func pfEscaped(s, signs string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r > 0xffff || unicode.IsPrint(r) && !strings.ContainsRune(signs, r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

const pfHead = `# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json
# %s, saved from Galley. Run it with:  npx promptfoo eval
# Providers are named and no more: add apiBaseUrl and apiKeyEnvar where yours need them.
# A text that promptfoo would take for a template, a file or a program is written as
# {{ '"…"' | load }}, and a variable with such a value as JSON: both arrive as the text.
# Each test is a case of the suite; galley_json names its variables that are JSON,
# galley_absent those that stand for a {{name}} which the case has no value for.`

// WritePromptfoo makes a folder that promptfoo runs. The notes, which also stand
// in the config, say what it can't be told.
func WritePromptfoo(b Bundle) (Export, error) {
	var out Export
	b, err := b.sorted(&out)
	if err != nil {
		return Export{}, err
	}
	f := &pf{b: b, out: &out, names: map[text.Raw]string{}, json: map[text.Raw]bool{}, paths: fileNames{}}
	f.variables()
	if err := f.prompts(); err != nil {
		return Export{}, err
	}
	tests := &page{line: 1}
	f.tests(tests)
	config := &page{line: 1}
	f.head(config)
	config.b.Write(tests.b.Bytes())
	out.Files = append([]File{{"promptfooconfig.yaml", config.b.Bytes()}}, out.Files...)
	return out, nil
}

// pf is an export to promptfoo in the making.
type pf struct {
	b     Bundle
	out   *Export
	names map[text.Raw]string // of variables, as promptfoo knows them
	json  map[text.Raw]bool   // variables whose values are JSON
	paths fileNames
	files []pfPrompt
}

type pfPrompt struct {
	label, file string
	params      session.Params
	frozen      string          // the variable that holds its messages, "" none
	proofs      []session.Proof // of each case, where it is frozen
}

var (
	pfName     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	pfReserved = []string{"env", "true", "false", "none", "null", "and", "or", "not", "in", "is", "if", "else", "loop", "range", "cycler", "joiner", "load"}
)

// variables gives each variable of the cases a name that can stand in a template
// and finds those whose values can't stand as they are.
func (f *pf) variables() {
	taken := map[string]bool{}
	for _, c := range f.b.Cases {
		for _, v := range c.Vars {
			if !pfPlain(string(v.Value)) {
				f.json[v.Name] = true
			}
			if _, ok := f.names[v.Name]; ok {
				continue
			}
			n := string(v.Name)
			if !pfName.MatchString(n) || slices.Contains(pfReserved, strings.ToLower(n)) || strings.HasPrefix(n, "galley_") || taken[n] {
				n = fmt.Sprintf("galley_v%d", len(f.names)+1)
				f.out.note(fmt.Sprintf("the variable %q is called %s: promptfoo can't name it", v.Name, n))
			}
			taken[n] = true
			f.names[v.Name] = n
		}
		for name := range f.names { // a case without the variable keeps the {{name}}
			if _, ok := c.Lookup(string(name)); !ok {
				f.json[name] = true
			}
		}
	}
	for _, c := range f.b.Cases { // names that came after a case that lacks them
		for name := range f.names {
			if _, ok := c.Lookup(string(name)); !ok {
				f.json[name] = true
			}
		}
	}
}

// value is what promptfoo is told of a case's variable.
func (f *pf) value(c session.Case, name text.Raw) (string, bool) {
	v, ok := c.Lookup(string(name))
	if !ok {
		v = "{{" + name + "}}"
	}
	if f.json[name] {
		return pfJSON(string(v)), true
	}
	return string(v), false
}

// prompts writes a file for each variant: its messages as a template, proved on
// every case, or where no template gives what the cases ask, as they are, frozen
// for each case.
func (f *pf) prompts() error {
	for _, v := range f.b.Variants {
		label := v.Ref.Variant
		if v.Ref.Revision > 0 {
			label = fmt.Sprintf("%s@%d", label, v.Ref.Revision)
		}
		p := pfPrompt{label: label, params: v.Content.Params}
		pieces, prefill := f.pieces(v.Content)
		if f.proves(pieces, v.Content) {
			p.file = f.paths.take("prompts", label, ".json")
			f.out.Files = append(f.out.Files, File{p.file, f.template(pieces)})
		} else {
			p.file = f.paths.take("prompts", label, ".j2")
			p.frozen = fmt.Sprintf("galley_messages_%d", len(f.files)+1)
			for _, c := range f.b.Cases {
				p.proofs = append(p.proofs, session.Compose(v.Content, c, f.b.Order))
			}
			f.out.Files = append(f.out.Files, File{p.file, []byte("{{ " + p.frozen + " | load }}")})
			f.out.note(fmt.Sprintf("the messages of %s depend on the case: they are frozen in each test", text.Raw(label)))
		}
		if prefill {
			f.out.note(fmt.Sprintf("%s begins the answer: not every server goes on with it, and promptfoo's assertions see only what follows", text.Raw(label)))
		}
		f.files = append(f.files, p)
	}
	return nil
}

// pfPiece is a stretch of a message: a text or a variable.
type pfPiece struct {
	text string
	name text.Raw
}

type pfMessage struct {
	role   session.Role
	pieces []pfPiece
}

// pieces takes apart what a content becomes, by a case whose values are marks.
func (f *pf) pieces(c session.Content) ([]pfMessage, bool) {
	var mark session.Case
	for name := range f.names {
		mark.Vars = append(mark.Vars, session.Var{Name: name, Value: "x"})
	}
	proof := session.Compose(c, mark, f.b.Order)
	out := make([]pfMessage, len(proof.Messages))
	for i, m := range proof.Messages {
		out[i].role = m.Role
		for _, s := range proof.SpansOf(i) {
			n := len(out[i].pieces)
			switch {
			case s.Part == session.PartVar:
				out[i].pieces = append(out[i].pieces, pfPiece{name: text.Raw(s.Var)})
			case n > 0 && out[i].pieces[n-1].name == "":
				out[i].pieces[n-1].text += string(m.Content[s.Start:s.End])
			default:
				out[i].pieces = append(out[i].pieces, pfPiece{text: string(m.Content[s.Start:s.End])})
			}
		}
	}
	return out, proof.Prefill
}

// proves reports whether the pieces give each case's messages to the byte.
func (f *pf) proves(pieces []pfMessage, c session.Content) bool {
	for _, k := range f.b.Cases {
		want := session.Compose(c, k, f.b.Order).Messages
		if len(want) != len(pieces) {
			return false
		}
		for i, m := range pieces {
			var b strings.Builder
			for _, p := range m.pieces {
				v, ok := k.Lookup(string(p.name))
				switch {
				case p.name == "":
					b.WriteString(p.text)
				case ok:
					b.WriteString(string(v))
				default:
					b.WriteString("{{" + string(p.name) + "}}")
				}
			}
			if b.String() != string(want[i].Content) || m.role != want[i].Role || len(want[i].Calls) > 0 || want[i].CallID != "" {
				return false
			}
		}
	}
	return true
}

// template is the chat as JSON whose texts are templates.
func (f *pf) template(pieces []pfMessage) []byte {
	b := []byte("[")
	for i, m := range pieces {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, "\n  {\"role\": "...)
		b = appendString(b, string(m.role))
		b = append(b, ", \"content\": "...)
		b = append(appendString(b, f.content(m.pieces)), '}')
	}
	return append(b, "\n]\n"...)
}

func (f *pf) content(pieces []pfPiece) string {
	var b strings.Builder
	for i, p := range pieces {
		if p.name != "" {
			b.WriteString("{{ " + f.names[p.name])
			if f.json[p.name] {
				b.WriteString(" | load")
			}
			b.WriteString(" }}")
			continue
		}
		// A brace beside an expression would become a part of it.
		beside := i > 0 && strings.ContainsAny(p.text[:1], "{}%#-") || i+1 < len(pieces) && strings.ContainsAny(p.text[len(p.text)-1:], "{}%#-")
		if beside || pfTags(p.text) || i == 0 && pfScheme.MatchString(p.text) && strings.Contains(p.text, "://") || strings.IndexFunc(p.text, func(r rune) bool { return pfOdd(r) && r != '\t' }) >= 0 {
			b.WriteString(pfLiteral(p.text))
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// head writes what stands above the tests.
func (f *pf) head(p *page) {
	name := fmt.Sprintf("%s, %s", f.b.Suite.Prompt, f.b.Suite.Name)
	p.put(pfHead, text.Of(name).OneLine())
	if len(f.b.Recorded) > 0 {
		f.out.note("recorded answers stay behind: promptfoo asks models, and these can't be asked")
	}
	var body page
	f.providers(&body)
	for _, n := range f.out.Notes {
		p.put("# Left out or changed: %s.", text.Of(n.What).OneLine())
	}
	p.put("description: %s", quoted(name))
	p.put("prompts:")
	for _, x := range f.files {
		p.put("  - { id: %s, label: %s }", quoted("file://"+x.file), quoted(x.label))
	}
	p.b.Write(body.b.Bytes())
	p.put("evaluateOptions: { repeat: %d, cache: false }", max(f.b.Takes, 1))
}

var pfModel = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]*$`)

// providers names the models, each with the parameters of the variants that it
// is asked with.
func (f *pf) providers(p *page) {
	type group struct {
		config string
		labels []string
	}
	var groups []group
	for _, x := range f.files {
		c := pfParams(x.params)
		i := slices.IndexFunc(groups, func(g group) bool { return g.config == c })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{config: c})
		}
		groups[i].labels = append(groups[i].labels, x.label)
	}
	n := 0
	for _, m := range f.b.Models {
		_, model, err := session.ParseModelRef(m)
		if err != nil || !pfModel.MatchString(m) {
			f.out.note(fmt.Sprintf("the model %q has no name that a provider could have", text.Raw(m)))
			continue
		}
		for i, g := range groups {
			if n++; n == 1 {
				p.put("providers:")
			}
			p.put("  - id: %s", quoted("openai:chat:"+model))
			label := m
			if i > 0 {
				label = fmt.Sprintf("%s (%d)", m, i+1)
			}
			p.put("    label: %s", quoted(label))
			if g.config != "" {
				p.put("    config: { %s }", g.config)
			}
			if len(groups) > 1 {
				p.put("    prompts: %s", quotedList(g.labels))
			}
		}
	}
	if n == 0 {
		f.out.note("there is no model that could be asked: add a provider")
		p.put("providers: [] # add one, as in  - openai:chat:gpt-5-mini")
	}
}

// pfParams are sampling parameters as the config of a provider.
func pfParams(s session.Params) string {
	var out, more []string
	put := func(to *[]string, key string, v *float64) {
		if v != nil {
			*to = append(*to, key+": "+decimal(*v))
		}
	}
	put(&out, "temperature", s.Temperature)
	put(&out, "top_p", s.TopP)
	if s.MaxTokens > 0 {
		out = append(out, fmt.Sprintf("max_tokens: %d", s.MaxTokens))
	}
	if s.Seed != nil {
		out = append(out, fmt.Sprintf("seed: %d", *s.Seed))
	}
	if len(s.Stop) > 0 && !slices.ContainsFunc(s.Stop, func(t text.Raw) bool { return pfTags(string(t)) || pfScheme.MatchString(string(t)) }) {
		out = append(out, "stop: "+quotedList(s.Stop))
	}
	if s.TopK != nil {
		more = append(more, fmt.Sprintf("top_k: %d", *s.TopK))
	}
	put(&more, "min_p", s.MinP)
	put(&more, "repeat_penalty", s.RepeatPenalty)
	if more != nil {
		out = append(out, "passthrough: { "+strings.Join(more, ", ")+" }")
	}
	return strings.Join(out, ", ")
}

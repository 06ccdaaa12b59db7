package lint

import (
	"fmt"
	"slices"
	"strings"

	"galley/session"
)

// jobOf are the kinds of work that prompts ask for; verbs of one kind are one job.
var jobOf = map[string]string{
	"summarise": "summarise", "summarize": "summarise", "translate": "translate", "classify": "classify", "categorise": "classify", "categorize": "classify",
	"extract": "extract", "draft": "draft", "compose": "draft", "proofread": "proofread", "rewrite": "rewrite", "paraphrase": "rewrite",
	"rate": "rate", "score": "rate", "transcribe": "transcribe", "brainstorm": "brainstorm", "predict": "predict", "outline": "outline",
}

// jobs finds a prompt that does many things in one: three kinds of work or more,
// each asked for at the beginning of a sentence and always.
func jobs(in *Input) []Finding {
	seen := map[string]bool{}
	var names []string
	var at []Place
	for _, r := range in.rulings() {
		job := jobOf[r.verb]
		if job == "" || r.foreign || r.neg || r.about != "" || seen[job] || len(r.words) == 0 || r.all[0].at != firstCommand(r) {
			continue
		}
		seen[job] = true
		names, at = append(names, job), append(at, r.place)
	}
	if len(names) < 3 {
		return nil
	}
	spans := slices.Compact(at)
	return []Finding{{
		Severity: Note, Spans: spans[:min(len(spans), maxPlaces)],
		Message: fmt.Sprintf("This prompt has %d jobs (%s), and a model that does one at a time is easier to get right and to test: split it where you can.", len(names), and(names)),
	}}
}

// firstCommand is where a ruling's clause begins, once words that only join it to
// the one before are left out.
func firstCommand(r ruling) int {
	i := skip(r.all, 0)
	if i < len(r.all) && (plainVerb(r.all[i].s) == r.verb) {
		return r.all[0].at
	}
	return -1
}

const (
	// heavy is the number of bytes from which it is worth knowing where they are.
	heavy = 8_000
	// outweighs is by how many bytes a block of a shorter context must outweigh all the
	// rest: some 1024 tokens, from which on servers find a prompt worth caching. A share
	// alone says nothing of a short prompt, where half is little to take away from.
	outweighs = 4_096
	// policy is the same for a prompt's own instructions: these are what it is for.
	policy = 24_000
)

// budget finds a block that takes more than half of a long context, or that outweighs
// the rest of a shorter one by far. The case itself is what the context is for.
func budget(in *Input) []Finding {
	if in.Bare {
		return nil
	}
	size := make([]int, len(in.Content.Blocks))
	total, unit := 0, "bytes"
	for _, s := range in.Proof.Spans {
		size[s.Block] += s.End - s.Start
	}
	bytes := 0
	for i, b := range in.Content.Blocks {
		if !b.Off && b.Kind.Beside() {
			size[i] = len(b.Text)
		}
		bytes += size[i]
	}
	if bytes < heavy && 2*slices.Max(append(size, 0))-bytes < outweighs {
		return nil
	}
	if total = bytes; len(in.Tokens.Spans) == len(in.Proof.Spans) && in.Tokens.Total > 0 {
		unit, total = "tokens", 0
		beside := slices.Clone(size)
		size = in.Tokens.ByBlock(in.Proof, len(size))
		for i, b := range in.Content.Blocks {
			if !b.Off && b.Kind.Beside() {
				size[i] = beside[i] / 4
			}
			total += size[i]
		}
	}
	on := 0
	for _, n := range size {
		on += min(n, 1)
	}
	for i, b := range in.Content.Blocks {
		if b.Off || on < 2 || 2*size[i] <= total {
			continue
		}
		do := ""
		switch b.Kind {
		case session.KindShots:
			do = "try fewer or shorter shots, or choose those nearest to the case"
		case session.KindResources:
			do = "try fewer resources, or only the pieces nearest to the case"
		case session.KindTurns:
			do = "try it with fewer turns"
		case session.KindTools, session.KindSchema, session.KindGrammar:
			do = "try it with less of it"
		case session.KindSystem, session.KindInstructions:
			if bytes >= policy {
				do = "try which parts of it can go"
			}
		}
		if do == "" {
			continue
		}
		places := in.blockPlaces(i)
		return []Finding{{
			Severity: Note, Spans: places[:min(len(places), maxPlaces)],
			Message: fmt.Sprintf("Block %s takes %d of %d %s, more than half: %s.", shown(string(b.Name())), size[i], total, unit, do),
		}}
	}
	return nil
}

// pointing are the words by which instructions speak of the texts they come with,
// in the languages that prompts are mostly written in.
var pointing = set(`document resource source context passage excerpt article fact information material text knowledge snippet manual data file
	reference evidence record note page chapter section attachment handbook guide faq policy report below above following provided given
	dokument quelle kontext auszug unterlage material text unten folgend folgende folgenden angegebenen beiliegenden wissen handbuch abschnitt
	extrait contexte ci-dessous ci-dessus suivant suivants suivante texte fourni fournis passage référence
	documento fuente contexto fragmento abajo siguiente siguientes texto proporcionado fonte contesto brano seguente testo onderstaande bron`)

// grounding finds resources that nothing in the prompt speaks of, and a prompt that
// speaks of resources it does not have.
func grounding(in *Input) []Finding {
	var places []Place
	block := -1
	for i, b := range in.Content.Blocks {
		if b.Kind == session.KindResources && !b.Off {
			if at := in.places(func(s session.Span) bool { return s.Block == i && s.Shot >= 0 }); len(at) > 0 {
				if places, block = append(places, at...), i; len(places) > maxPlaces {
					break
				}
			}
		}
	}
	if block < 0 {
		return ungrounded(in)
	}
	if in.speaksOf() {
		return nil
	}
	return []Finding{{
		Severity: Warning, Spans: places[:1],
		Message: fmt.Sprintf("Block %s brings resources, and no instruction says what they are for: say whether to answer from them alone, or switch them off.", shown(string(in.Content.Blocks[block].Name()))),
	}}
}

// speaksOf reports whether our own words point at resources, by a word for them or
// by the name of their block.
func (in *Input) speaksOf() bool {
	titles := map[string]bool{}
	for _, b := range in.Content.Blocks {
		if b.Kind == session.KindResources && !b.Off {
			if !b.Text.Blank() {
				return true // it introduces itself
			}
			for _, w := range plainWords([]byte(string(b.Title)), 8) {
				titles[singular(w)] = len(w) > 3
			}
		}
	}
	for _, b := range in.Content.Blocks {
		if b.Off || b.Kind.Beside() || b.Kind == session.KindResources {
			continue
		}
		for _, w := range strings.FieldsFunc(strings.ToLower(string(b.Text)), func(r rune) bool { return r < 'a' && r != '-' || r > 'z' && r < 0x80 }) {
			if s := singular(w); pointing[w] || pointing[s] || titles[s] {
				return true
			}
		}
	}
	return false
}

// ungrounded finds "use only the documents" where there are none: no block, no
// variable that could be them, and no text of ours that looks like one.
func ungrounded(in *Input) []Finding {
	if in.Bare || len(in.Content.Names()) > 1 {
		return nil
	}
	read := 0
	for _, r := range in.rulings() {
		if r.foreign || !onlyGiven(r) {
			continue
		}
		if read++; read > 5 {
			break // who says it so often brings them
		}
		noun := ""
		for _, w := range r.all {
			if s := singular(w.s); given[s] && noun == "" {
				noun = s
			}
		}
		if noun == "text" || noun == "information" || noun == "knowledge" || noun == "fact" || noun == "data" || noun == "material" || in.brings(noun, r.place) {
			continue
		}
		return []Finding{{
			Severity: Warning, Spans: []Place{r.place},
			Message: fmt.Sprintf("“%s” speaks of what is not there: add a resources block, or a variable that holds them.", shown(in.textAt(r.place))),
		}}
	}
	return nil
}

// brings reports whether a noun stands elsewhere in the context as a title, an
// element, a lead or a variable.
func (in *Input) brings(noun string, besides Place) bool {
	for _, n := range in.Content.Names() {
		if n = strings.ToLower(n); strings.Contains(n, noun) || n == "input" || n == "prompt" || n == "text" {
			return true
		}
	}
	for _, b := range in.Content.Blocks {
		if !b.Off && strings.Contains(strings.ToLower(string(b.Title)), noun) || b.Kind == session.KindTurns && !b.Off {
			return true
		}
	}
	for m := range in.Proof.Messages {
		low := strings.ToLower(in.content(m))
		if m == besides.Message && len(low) == len(in.content(m)) {
			low = low[:besides.Start] + low[besides.End:]
		}
		if strings.Contains(low, "<"+noun) || strings.Contains(low, noun+":") || strings.Contains(low, noun+"s:") || strings.Contains(low, "# "+noun) || strings.Contains(low, "tool") {
			return true
		}
	}
	return in.Proof.Beside.Tools != ""
}

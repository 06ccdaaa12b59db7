package session

import "galley/session/text"

// Scaffold is a block to begin from: words that do one thing, to be edited.
type Scaffold struct {
	Name  string // "sketchpad"
	Help  string // what it does, in one line
	Block Block
}

// Scaffolds lists them. Each is plain text once it stands in a variant.
func Scaffolds() []Scaffold {
	begin := func(name, help, title, words string) Scaffold {
		return Scaffold{Name: name, Help: help, Block: Block{
			Kind: KindInstructions, Role: RoleUser, Wrap: WrapNone, Title: text.Raw(title), Text: text.Raw(words),
		}}
	}
	return []Scaffold{
		begin("sketchpad", "steps to think through before the answer, which stands apart", "Sketchpad", sketchpad),
		begin("only-resources", "answer from the resources alone, and say which", "Only these resources", onlyResources),
		begin("not-enough", "say when the resources do not hold the answer", "When they are not enough", notEnough),
		begin("no-invention", "leave open what is not known", "Invent nothing", noInvention),
	}
}

const sketchpad = `Work in a sketchpad before you answer. Inside <sketchpad> tags:
1. Restate in one sentence what is asked.
2. List the facts from the input that bear on it, each in a few words.
3. Work through the rules that apply, one at a time, and note where a fact and a rule meet.
4. Name what speaks against the answer you lean to, and weigh it.

Then close the sketchpad and write the answer alone inside <answer> tags. Whoever reads the answer does not see the sketchpad.`

const onlyResources = `Answer from the resources in this prompt alone. What you know from elsewhere does not count here, even where you are sure of it.
After each statement name the resource that it rests on, in square brackets, as [name].
Where two resources disagree, say so, and give what each of them says.`

const notEnough = `Before you answer, check whether the resources hold what is asked.
If they hold only part of it, answer that part and say in one sentence which part is missing.
If they hold none of it, reply with exactly this sentence and nothing else: "The resources do not say."`

const noInvention = `Do not invent names, numbers, dates, quotations, links or sources. Use only those that stand in this prompt, as they stand there.
Where a value is asked for and none is given, write "unknown" in its place.
If the question takes something for granted that this prompt does not support, say that instead of answering as if it held.`

package lint_test

import (
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
)

// saysOf are the rules that speak of a context of one system block.
func saysOf(t text.Raw) (out []string) {
	c := session.Content{Blocks: []session.Block{
		{Kind: session.KindSystem, Role: session.RoleSystem, Text: t},
		{Kind: session.KindInput, Role: session.RoleUser, Text: "{{x}}"},
	}}
	k := session.Case{Vars: []session.Var{{Name: "x", Value: "hello"}}}
	for _, f := range lint.Check(c, k, session.Compose(c, k, session.Order{}), lint.Options{}) {
		if !zeroShot(f) {
			out = append(out, f.Rule)
		}
	}
	return out
}

// Each text has a line that could be taken to fight another: those of the first list
// do, those of the second have a place, a reason or a part that parts them.
func TestPairsOfRules(t *testing.T) {
	for _, s := range []text.Raw{
		"Give five reasons for your choice.\nThere should be at most three reasons.",
		"Write at least 300 words about the history of the town.\nUse no more than 200 words.",
		"List ten examples of birds.\nGive at most five examples, each in one line.",
		"The summary must have at least 200 words.\nKeep the summary under 150 words.",
		"Give the reason in two lines.\nAnswer in one line.",
		"Use emojis in every reply.\nNever use emojis.",
		"Add a signature at the very end of the letter.\nDo not add a signature.",
		"Lists must not be used.\nUse lists throughout.",
		"Include two quotes.\nQuotes must not be included.",
		"Readers are in a hurry, so do not use footnotes.\nUse footnotes in all chapters.",
		"The answer must be written in German.\nRespond in French.",
		"Write casually, like a friend would.\nUse a formal tone, because our readers expect it.",
		"Write in the first person.\nThe text must be written in the third person.",
		"Use emojis in every reply. When a customer is angry, apologise.\nNever use emojis.",
		"When a customer is angry, apologise. Always end with a question.\nNever end with a question: they have had enough of them.",
		"Use tables in all reports: our readers are in a hurry.\nDo not use tables.",
		"At most 50 words, no headings.\nWrite at least 80 words.",
		"Answer only in French.\nThe answer must be in German.",
		"Wenn jemand schimpft, entschuldige dich. Schreibe die Antwort auf Englisch.\nAntworte immer auf Deutsch.",
		"Antworte nur mit gültigem JSON.\nBeginne mit einer freundlichen Begrüßung.",
		"Höchstens 100 Wörter.\nDie Antwort soll mindestens 150 Wörter lang sein.",
		"Fasse den Text in höchstens drei Sätzen zusammen.\nFasse den Text in mindestens fünf Sätzen zusammen.",
		"Répondez toujours en français.\nRépondez uniquement en anglais.",
		"Le résumé fait au plus 60 mots.\nLe résumé fait au moins 100 mots.",
		"Réponds uniquement en JSON.\nCommence par une salutation.",
		"Responde siempre en español.\nEscribe la respuesta en inglés.",
		"Responde únicamente con JSON válido.\nEmpieza con un saludo.",
		"Usa como máximo tres frases.\nEscribe al menos cinco frases.",
	} {
		if got := saysOf(s); !slices.Equal(got, []string{"contradiction"}) {
			t.Errorf("%q: %v", s, got)
		}
	}
	for _, s := range []text.Raw{
		"Users submit texts of at least 200 words.\nAnswer in at most 50 words.",
		"Give three examples for each point.\nUse at most five examples.",
		"Write 40 words for the title of each chapter.\nKeep it under 200 words.",
		"Headlines have at most 8 words.\nWrite at least 60 words.",
		"# Title\nAt most 8 words.\n# Body\nWrite at least 60 words on the product.",
		"Read at least ten reviews.\nGive at most three reasons.",
		"Ask three questions to learn the budget.\nAsk at most one question at a time.",
		"Do not use emojis in headings.\nUse emojis in every paragraph.",
		"Do not use lists.\nUse lists for steps.",
		"Do not use two emojis in a row.\nUse emojis in every reply.",
		"Do not write a summary at the end.\nWrite a summary at the beginning.",
		"The customer's name must not be given to others.\nGive the customer's name at the end of the letter.",
		"Given a letter, say who wrote it.\nDo not give letters to others.",
		"Quotes must be kept in the original language.\nAnswer in English.",
		"The article is written in German.\nAnswer in English.",
		"The review was written in the first person.\nWrite in the third person.",
		"Be brief, like a telegram.\nGive a detailed table of the costs.",
		"Names must be written in capitals.\nDo not write in capitals.",
		"Write the keywords in one line.\nUse at least three lines.",
		"At least two sources must be cited.\nDo not cite blogs.",
		"Give each reason in a sentence, three sentences at most.\nEach reason has one sentence.",
		"If a customer is angry, apologise. Then use no emojis.\nUse emojis.",
		"If nothing is found, say so. Three words at most.\nWrite at least 50 words.",
		"For letters: be kind. Use emojis.\nDo not use emojis.",
		"When the reader is a child, write more. Use emojis then, but use them with care.\nNever use exclamation marks.",
		"Antworte auf Deutsch.\nWenn jemand Englisch schreibt, antworte auf Englisch.",
		"Wenn jemand Englisch schreibt, passe dich an. Dann schreibe die Antwort auf Englisch.\nAntworte auf Deutsch.",
		"Antworte auf Deutsch, nicht auf Englisch.\nAntworte immer auf Deutsch.",
		"Antworte nicht auf Englisch.\nAntworte auf Deutsch.",
		"Der Titel hat höchstens 8 Wörter.\nDer Text hat mindestens 100 Wörter.",
		"Titel: höchstens 8 Wörter.\nText: mindestens 100 Wörter.",
		"Übersetze den Text ins Englische.\nAntworte auf Deutsch.",
		"Der Brief ist auf Englisch geschrieben.\nAntworte auf Deutsch.",
		"Bei Beschwerden höchstens 30 Wörter.\nMindestens 50 Wörter.",
		"Nenne keine Preise.\nNenne die Preise am Ende nicht.",
		"Antworte nur mit JSON.\nSchreibe keine Begrüßung.",
		"Répondez en français.\nSi la question est en anglais, répondez en anglais.",
		"Le titre fait au plus 8 mots.\nLe résumé fait entre 40 et 60 mots.",
		"Ne répondez pas en anglais.\nRépondez en français.",
		"Traduisez le texte en anglais.\nÉcrivez vos remarques en français.",
		"Responde en español.\nSi escriben en inglés, responde en inglés.",
		"El título tiene como máximo 8 palabras.\nEl texto tiene al menos 100 palabras.",
		"No uses inglés.\nResponde en español.",
		"Conserva las citas en inglés.\nResponde en español.",
	} {
		if got := saysOf(s); len(got) > 0 {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// A passage that is there twice is one finding, also where its lines are read alone.
func TestPassageIsSaidOnce(t *testing.T) {
	if got := saysOf("You review menus. If an ingredient may hold nuts, mark it with (N), even when the kitchen is not sure.\nList the dishes.\nEven when the kitchen is not sure, mark an ingredient with (N) if it may hold nuts."); !slices.Equal(got, []string{"redundancy"}) {
		t.Error("a sentence in a line:", got)
	}
	para := "When a reader wants to renew a loan, check first whether somebody else has reserved the book.\n" +
		"If so say kindly that it has to come back on the date that stands on the slip inside its cover.\n" +
		"Name the branch that is nearest to the reader, and its opening hours on that very day.\n"
	if got := saysOf(text.Raw(para + "\nKeep to what you know from the catalogue.\n\n" + para)); !slices.Equal(got, []string{"redundancy"}) {
		t.Error(got)
	}
}

// A JSON wrapper hides nothing: line ends and quotation marks are read as what they
// are, and found where they stand.
func TestWordsUnderJSONAreRead(t *testing.T) {
	say := "# Rules\r\n\r\nAnswer with \"permit\" or \"waste\".\nUse emojis in every reply.\nNever use emojis.\x01\n\n### Deep\n\nSay \\o/ at the end."
	c := session.Content{Blocks: []session.Block{{Kind: session.KindSystem, Role: session.RoleSystem, Wrap: session.WrapJSON, Text: text.Raw(say)}}}
	p := session.Compose(c, session.Case{}, session.Order{})
	var got []string
	for _, f := range lint.Check(c, session.Case{}, p, lint.Options{}) {
		if zeroShot(f) {
			continue
		}
		for _, s := range f.Spans {
			got = append(got, f.Rule+" "+string(p.Messages[s.Message].Content[s.Start:s.End]))
		}
		if strings.Contains(f.Message, `\n`) || strings.Contains(f.Message, `\"`) {
			t.Errorf("what JSON escaped is shown: %s", f.Message)
		}
		if f.Rule == "contradiction" && !strings.HasPrefix(f.Message, "2 places in line 1 may pull apart (") {
			t.Errorf("one line stands there twice: %s", f.Message)
		}
	}
	want := []string{"contradiction Use emojis in every reply.", "contradiction Never use emojis.", "formatting ### Deep"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is found in a context is found whatever stands around its blocks.
func TestWrappersHideNothing(t *testing.T) {
	for _, file := range corpus(t, "planted") {
		x := readContext(t, file)
		rules := func(w session.Wrap) (out []string) {
			_, fs := checkContext(x, w)
			for _, f := range fs {
				if f.Rule != "prefill" { // a wrapper around it is a fault of its own
					out = append(out, f.Rule)
				}
			}
			slices.Sort(out)
			return out
		}
		want := rules(session.WrapNone)
		for _, w := range session.Wraps()[1:] {
			if got := rules(w); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %v, without a wrapper %v", file, w, got, want)
			}
		}
	}
}

// A count of a part says nothing of a shot's whole output.
func TestShotsAreNotMeasuredByAPart(t *testing.T) {
	for _, rule := range []text.Raw{"Give the reason in two lines.", "Write each bullet in at most two words.", "Buttons: at most two words.", "Write a title of at most two words."} {
		c := session.Content{Blocks: []session.Block{
			{Kind: session.KindInstructions, Role: session.RoleUser, Text: rule},
			{Kind: session.KindShots, Role: session.RoleUser, Layout: session.LayoutInline},
			{Kind: session.KindInput, Role: session.RoleUser, Text: "{{x}}"},
		}}
		for _, w := range strings.Fields("red green blue white black") {
			c.Blocks[1].Shots = append(c.Blocks[1].Shots, session.Shot{Input: text.Raw("the colour of a " + w + " coat"), Output: text.Raw("it looks " + w + " to me")})
		}
		k := session.Case{Vars: []session.Var{{Name: "x", Value: "hello"}}}
		for _, f := range lint.Check(c, k, session.Compose(c, k, session.Order{}), lint.Options{}) {
			if f.Rule == "example_breaks_rule" {
				t.Errorf("%q: %s", rule, f.Message)
			}
		}
	}
}

// What public prompts are full of is not taken for a fault.
func TestWhatIsNoFault(t *testing.T) {
	for _, s := range []text.Raw{
		"# open\n- path (required): Absolute path to the file on disk\n# close\n- path (required): Absolute path to the file on disk",
		"id: equal-is-bad here always\nmessage: useless comparison found\n\nid: equal-is-bad here always",
		"Read it.\ncheck_everything(something, other, more)\nWrite it.\ncheck_everything(something, other, more)",
		"It expects one string like this:\n- a\nThe other expects it as well:\n- b\nIt expects one string like this:\n- c",
		"- Pros: [List of all advantages]\n- b\n- Pros: [List of all advantages]",
		"Release notes archive\nOne.\nRelease notes archive\nTwo.",
		"<insert path=\"x\">\nWrite the text right behind the <insert ...> tag, and not in <insert>.\n</insert>",
		"<format>\n<type>(<scope>): <subject>\n\n<body>\n</format>",
		"Fill the form.\nDear [CUSTOMER NAME], your order [ORDER ID] is on its way.",
		"Write [[TIE]] or a link such as [HERE](x) or [RFC 2119] or see [1].",
	} {
		if got := saysOf(s); len(got) > 0 {
			t.Errorf("%q: %v", s, got)
		}
	}
	for s, want := range map[text.Raw]string{
		"Du bist der Assistent von [NAME DER FIRMA].":                           "variables",
		"You are the assistant of [COMPANY NAME].":                              "variables",
		"Sort the mail.\n\n[INSERT YOUR CATEGORIES HERE]\n\nBe quick.":          "variables",
		"Ask what path they want.\nBe kind.\nAsk what path they want.":          "redundancy",
		"<rules>\nBe kind to all of them.\nUse <b>bold</b> for all the titles.": "formatting",
	} {
		if got := saysOf(s); !slices.Equal(got, []string{want}) {
			t.Errorf("%q: %v, want %s", s, got, want)
		}
	}
}

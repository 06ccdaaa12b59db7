package lint

import (
	"slices"
	"strings"
)

// A rule in German, French or Spanish is read where it is about a number, a language or
// a format, by putting its words into English one by one: such rules are short and of
// few words. What they are about ("resumen") stays as it is. Bans and manners are not
// read, since their words are many, and their negations stand anywhere.

// phrases are those that are put into English, longest first: "no más de" before "de".
type phrases map[string][]string

// tonguePhrases holds the phrases of a language, in lines of an English phrase and what is
// it there; - is nothing.
//
//nolint:misspell // they are not English
var tonguePhrases = []phrases{
	phrasesOf(`answer: antworte antworten antwort antworten_sie beantworte | write: schreibe schreib schreiben formuliere | compose: verfasse erstelle | give: gib gebe liefere
name: nenne | list: liste | use: nutze verwende benutze | keep: halte | summarize: fasse | return: gib_zurück | output: ausgabe
the: der die das den dem des | a: ein eine einen einem einer eines | your: dein deine deiner deinen deinem ihre ihren ihrer ihrem
always: immer stets | only: nur ausschließlich ausschliesslich lediglich | please: bitte | in: auf im | with: mit | as: als | and: und | or: oder
must: soll sollte muss müssen sollen sollten | may: darf dürfen kann können | is: ist | be: hat umfasst
at_most: höchstens maximal | at_least: mindestens wenigstens | up_to: bis_zu | no_more_than: nicht_mehr_als nicht_länger_als | less_than: weniger_als
more_than: mehr_als | exactly: genau | between: zwischen | to: bis | under: unter | of: von aus
two: zwei | three: drei | four: vier | five: fünf | six: sechs | seven: sieben | eight: acht | nine: neun | ten: zehn | twelve: zwölf | twenty: zwanzig | fifty: fünfzig | hundred: hundert
words: wort wörter wörtern worte worten | sentences: satz sätze sätzen | lines: zeile zeilen | paragraphs: absatz absätze absätzen | characters: zeichen | bullets: stichpunkt stichpunkte stichpunkten
english: englisch englischer | german: deutsch deutscher | french: französisch französischer | spanish: spanisch spanischer | italian: italienisch italienischer
language: sprache | table: tabelle | prose: fließtext | object: objekt | array: array | valid: gültiges gültigem valides validem gültige gültigen
nothing_else: sonst_nichts nichts_anderes nichts_weiter nichts_sonst | format: format | text: text | if: bei wenn falls sofern
begin: beginne beginn | end: beende schließe | greet: begrüße | greeting: begrüßung anrede gruß | closing: grußformel | introduction: einleitung | add: füge
short: kurze kurzen kurzer | friendly: freundliche freundlichen freundlicher | -: sie haben sein zusammen hinzu lang zurück`),
	phrasesOf(`answer: répondez réponds répondre réponse | write: écrivez écris écrire | compose: rédigez rédige | give: donnez donne | use: utilisez utilise | summarize: résumez résume
provide: fournissez fournis | return: renvoyez renvoie retournez retourne | produce: produisez produis | keep: gardez garde
the: le la les | a: un une | your: votre ta ton vos tes | of: de | always: toujours | only: uniquement seulement exclusivement | in: en | with: avec par | as: comme sous_forme_de sous_la_forme_de | and: et | or: ou
must: doit doivent devez dois | may: peut peuvent pouvez peux | be: être avoir | must_be: fait font comporte comprend | you: vous tu
at_most: au_plus au_maximum tout_au_plus maximum | at_least: au_moins au_minimum minimum | no_more_than: pas_plus_de ne_dépasse_pas ne_dépassez_pas | less_than: moins_de | more_than: plus_de
up_to: jusqu'à | exactly: exactement | between: entre | to: à
two: deux | three: trois | four: quatre | five: cinq | six: six | seven: sept | eight: huit | nine: neuf | ten: dix | twelve: douze | twenty: vingt | fifty: cinquante | hundred: cent
words: mot mots | sentences: phrase phrases | lines: ligne lignes | paragraphs: paragraphe paragraphes | characters: caractère caractères | bullets: puce puces
english: anglais | german: allemand | french: français | spanish: espagnol | italian: italien
language: langue | table: tableau | object: objet | valid: valide | nothing_else: rien_d'autre | text: texte | if: si lorsque quand
begin: commencez commence | end: terminez termine finissez | greet: saluez salue | greeting: salutation salutations | introduction: introduction | add: ajoutez ajoute
short: court courte brève bref | friendly: amicale chaleureuse | -: des du`),
	phrasesOf(`answer: responde responda responder contesta conteste respuesta | write: escribe escriba escribir redacta redacte | use: usa utiliza utilice | summarize: resume resuma | give: da dé
return: devuelve devuelva | generate: genera genere | keep: mantén mantenga
the: el la los las | a: un una | your: tu su tus sus | of: de del | always: siempre | only: solo sólo únicamente exclusivamente solamente | in: en | with: con | as: como en_forma_de | and: y | or: o
must: debe deben debes debería tiene_que | may: puede pueden puedes | be: tener contener ser | must_be: tiene tienen
at_most: como_máximo a_lo_sumo máximo un_máximo_de | at_least: al_menos como_mínimo por_lo_menos mínimo un_mínimo_de | no_more_than: no_más_de no_supere no_superes | less_than: menos_de | more_than: más_de
up_to: hasta | exactly: exactamente | between: entre | to: a
two: dos | three: tres | four: cuatro | five: cinco | six: seis | seven: siete | eight: ocho | nine: nueve | ten: diez | twelve: doce | twenty: veinte | fifty: cincuenta | hundred: cien
words: palabra palabras | sentences: frase frases oración oraciones | lines: línea líneas | paragraphs: párrafo párrafos | characters: carácter caracteres | bullets: viñeta viñetas
english: inglés | german: alemán | french: francés | spanish: español castellano | italian: italiano
language: idioma | table: tabla | object: objeto | valid: válido | nothing_else: nada_más | text: texto | if: si cuando
begin: empieza comienza empiece comience | end: termina termine | greet: saluda salude | greeting: saludo | closing: despedida | introduction: introducción | add: añade añada
short: corto corta breve | friendly: amable cordial`),
}

// denials stand anywhere in a sentence and turn it round: it is not read then.
var denials = set(`nicht kein keine keinen keinem keiner nie niemals ohne ne n pas jamais aucun aucune sans no nunca jamás sin ningún ninguna tampoco
	außer ausser sauf excepto salvo oder ou sinon sino aber mais pero`)

func phrasesOf(s string) phrases {
	p := phrases{}
	for _, entry := range strings.FieldsFunc(s, func(r rune) bool { return r == '|' || r == '\n' }) {
		to, from, _ := strings.Cut(entry, ":")
		var into []string
		if to = strings.TrimSpace(to); to != "-" {
			into = strings.Split(to, "_")
		}
		for _, f := range strings.Fields(from) {
			p[strings.ReplaceAll(f, "_", " ")] = into
		}
	}
	return p
}

// longestPhrase is the number of words of the longest of [tonguePhrases].
const longestPhrase = 4

// english puts a sentence of another language into English as far as its rules are
// read, and reports whether it is of another language at all. What can't be told for
// sure comes back without a word.
func english(ws []word) (out []word, foreign bool) {
	at := -1
	most := 0
	known := 0
	for i, p := range tonguePhrases {
		n := 0
		for _, w := range ws {
			if _, ok := p[articleless(w.s)]; ok {
				n++
			}
		}
		if n > most {
			at, most = i, n
		}
	}
	for _, w := range ws {
		if stop[w.s] || verbs[w.s] || general[w.s] && w.s != "text" && w.s != "format" {
			known++
		}
	}
	if most < 2 || 5*most < 2*len(ws) || known >= most {
		return ws, false
	}
	p := tonguePhrases[at]
	for i := 0; i < len(ws); {
		into, n := p.at(ws, i)
		switch {
		case n > 0:
		case denials[articleless(ws[i].s)] || strings.HasPrefix(ws[i].s, "n'"):
			return nil, true
		default:
			into, n = []string{articleless(ws[i].s)}, 1
		}
		for k, s := range into {
			w := ws[i]
			w.s, w.end = s, ws[i+n-1].end
			if k > 0 {
				w.gap = " "
			}
			out = append(out, w)
		}
		i += n
	}
	return out, true
}

// at is the longest phrase that begins with word i, put into English.
func (p phrases) at(ws []word, i int) (into []string, n int) {
	for n = min(longestPhrase, len(ws)-i); n > 0; n-- {
		words := make([]string, n)
		for k := range n {
			words[k] = ws[i+k].s
		}
		if into, ok := p[strings.Join(words, " ")]; ok && !slices.ContainsFunc(ws[i:i+n], func(w word) bool { return w.quoted }) {
			return into, n
		}
	}
	if s := articleless(ws[i].s); s != ws[i].s && !ws[i].quoted {
		if into, ok := p[s]; ok {
			return into, 1
		}
	}
	return nil, 0
}

// articleless is a word without a French article before it.
func articleless(w string) string {
	for _, a := range []string{"l'", "d'"} {
		if s, ok := strings.CutPrefix(w, a); ok {
			return s
		}
	}
	return w
}

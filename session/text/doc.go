// Package text is the one way from text that somebody else wrote to text that
// may stand on a screen.
//
// [Raw] is text from outside: model output, imports, names in a workspace,
// error bodies, file names. It is kept and sent byte for byte. [Shown] is what
// a view may draw: printable, with every byte of the Raw accounted for, in runs
// that say which characters are the text's own and which are marks of ours.
// [Show] is the only function that makes a Shown out of a Raw.
//
// The package knows nothing of prompts, terminals or styles.
package text

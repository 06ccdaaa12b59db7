// Package session holds the nouns of the workbench and the pure rules over
// them: no I/O, no clock, no randomness but a given seed.
//
// # Glossary
//
//   - [Prompt]: a named job ("triage"). It has variants, cases, shots, a guideline.
//   - [Variant]: one wording: an ordered list of blocks and the sampling
//     parameters. A saved [Revision] never changes; a new save is a new revision
//     with a parent and one line of intent.
//   - [Block]: a piece of a variant: a kind, a role, a title, a text with
//     {{variables}}, a wrapper, on or off.
//   - [Shot]: one example of input and output. A variant keeps copies, so that a
//     later edit of the shot bank changes no saved revision.
//   - [Order]: how the shots stand: as-is, seed:42 or williams:3/10@42.
//   - [Case]: values for the variables, and what is wanted if it is known.
//   - [Proof]: the exact final context of variant × case × order, with the block
//     that every byte came from. Its hash names that content.
//   - [Wire]: the request bytes that a proof becomes on one backend. Its hash,
//     the model's digest and the take are the key of the cache.
//   - [Contestant]: variant@revision × model: what runs, is judged and ranked.
//   - [Run], [Cell], [Output]: a matrix of contestants × cases × takes × orders;
//     one call of it; what came back.
//
// Text that somebody else may have written is [text.Raw] everywhere here.
package session

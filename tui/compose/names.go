package compose

import "galley/session/text"

// rawOf takes words of our own to where text from outside stands.
func rawOf(ours string) text.Raw { return text.Raw(ours) }

// bytesOf is what was typed into a field, for those who parse or store it. No
// view calls it.
func bytesOf(r text.Raw) string { return string(r) }

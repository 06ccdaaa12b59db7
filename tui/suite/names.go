package suite

import "galley/session/text"

// bytesOf is what was typed into a field, for those who parse or store it. No
// view calls it.
func bytesOf(r text.Raw) string { return string(r) }

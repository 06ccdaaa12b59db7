package kit

import tea "charm.land/bubbletea/v2"

// Calm is for a dialog of one's own that opens by itself: it swallows the keys that
// were meant for what the dialog covered, until the keyboard has been still.
type Calm struct{ u uninvited }

// Seen notes that the dialog was drawn; its View calls it.
func (c *Calm) Seen() { c.u.seen() }

// Swallow reports whether a message is a key to be dropped; its Update asks first.
func (c *Calm) Swallow(msg tea.Msg) bool { return c.u.swallow(msg) }

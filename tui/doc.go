// Package tui is the face: the root model, which owns the size, the stations,
// the dialogs and the routing of messages. What a station shows is its own
// package's; what they are made of is tui/kit's. The root does no I/O: deeds
// come in as functions.
package tui

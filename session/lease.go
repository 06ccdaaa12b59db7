package session

import "errors"

// ErrLease says that another process works a run now: whoever held its lease
// before must stop and write no more of it.
var ErrLease = errors.New("another process works this run now")

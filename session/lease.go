package session

import "errors"

// ErrLease says that another process works a run now: whoever held its lease
// before must stop and write no more of it.
var ErrLease = errors.New("another process works this run now")

// ErrDamaged says that what keeps a run is broken: trying again heals nothing.
var ErrDamaged = errors.New("the workspace is damaged")

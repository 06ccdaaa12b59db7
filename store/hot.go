package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// statements stay prepared on the connection that writes. To prepare one takes
// that connection, so what a transaction misses is prepared after its end.
type statements struct {
	mu     sync.Mutex
	have   map[string]*sql.Stmt
	missed []string
}

// in is the statement q for a transaction; nil: it is not prepared yet.
func (h *statements) in(ctx context.Context, t *sql.Tx, q string) (*sql.Stmt, error) {
	if h == nil {
		return nil, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if st := h.have[q]; st != nil {
		return t.StmtContext(ctx, st), nil
	}
	h.missed = append(h.missed, q)
	return nil, nil
}

// ready prepares what was missed. What can't be prepared stays missing: the next
// transaction says why.
func (h *statements) ready(db *sql.DB) {
	h.mu.Lock()
	missed := h.missed
	h.missed = nil
	h.mu.Unlock()
	for _, q := range missed {
		h.mu.Lock()
		if h.have == nil {
			h.have = map[string]*sql.Stmt{}
		}
		known := h.have[q] != nil
		h.mu.Unlock()
		if known {
			continue
		}
		st, err := db.PrepareContext(context.Background(), q) //nolint:sqlclosecheck // close does
		if err != nil {
			return
		}
		h.mu.Lock()
		h.have[q] = st
		h.mu.Unlock()
	}
}

func (h *statements) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, st := range h.have {
		errs = append(errs, st.Close())
	}
	h.have = nil
	return errors.Join(errs...)
}

package kit

import "context"

// Bank is how a screen writes rows of one kind that lie in a workspace.
type Bank[T any] struct {
	Load   func(ctx context.Context, of int64) ([]T, error)
	Create func(ctx context.Context, of int64, rows []T) ([]T, error)
	Update func(ctx context.Context, rows []T) error
	Rename func(ctx context.Context, id int64, name string) error
	ID     func(row T) int64
	Name   func(row T) string // as people see it
}

// Deed writes something into the bank of a prompt. It says what was done, and to
// which row the cursor goes, 0 for the one where it is.
type Deed func(ctx context.Context, of int64) (said string, want int64, err error)

// Done is what came of a deed.
type Done[T any] struct {
	Said string
	Bank []T
	Want int64
	Err  error
}

// Do does a deed and reads the bank anew, so that nothing of it is shown before it
// is on disk.
func (b Bank[T]) Do(ctx context.Context, of int64, deed Deed) (d Done[T]) {
	if d.Said, d.Want, d.Err = deed(ctx, of); d.Err == nil {
		d.Bank, d.Err = b.Load(ctx, of)
	}
	return d
}

// Keep is the deed of a form: a row without an id is made, another gets its new
// name, unless that is "", and is written where more of it changed.
func (b Bank[T]) Keep(row T, name string, changed bool) Deed {
	return func(ctx context.Context, of int64) (string, int64, error) {
		if b.ID(row) == 0 {
			made, err := b.Create(ctx, of, []T{row})
			if err != nil {
				return "", 0, err
			}
			return b.Name(made[0]) + " is in the bank; + puts it into the variant on the table", b.ID(made[0]), nil
		}
		if name != "" {
			if err := b.Rename(ctx, b.ID(row), name); err != nil {
				return "", 0, err
			}
		}
		if changed {
			if err := b.Update(ctx, []T{row}); err != nil {
				return "", 0, err
			}
		}
		return b.Name(row) + " is kept; u takes it back", b.ID(row), nil
	}
}

package assert

import (
	"errors"
	"fmt"

	"github.com/itchyny/gojq"
)

// pathWork is how many steps a path may take on an answer. A step is a part of a
// path tried on a value, an element looked at, or some bytes read or written: what
// is kept in memory is bounded by it, too.
const pathWork = 2_000_000

// walk is a path on its way through a document. What jq calls an error, as a name
// looked up in a number, is a [noValue].
type walk struct{ left int }

// noValue is why a path gives no value.
type noValue string

func (n noValue) Error() string { return string(n) }

// spend ends the walk when it is too long: nothing can be said then.
func (w *walk) spend(n int) {
	if w.left -= n; w.left < 0 {
		panic(unsaid("the path takes too many steps on this answer"))
	}
}

// emit takes a value that a path gives; an error ends the walk.
type emit func(any) error

// halt ends the walk below whoever made it, who knows it by its address.
type halt struct{ _ byte }

func (*halt) Error() string { return "halt" }

// later is an error of whoever took a value, on its way past those that forgive
// the errors of whoever gave it.
type later struct{ error }

// values returns the first value that a path gives and how many there are.
func (w *walk) values(q *gojq.Query, v any) (got any, n int, err error) {
	err = w.query(q, number(v), func(x any) error {
		if n == 0 {
			got = x
		}
		n++
		return nil
	})
	return got, n, err
}

func (w *walk) query(q *gojq.Query, v any, out emit) error {
	w.spend(1)
	if q.Term != nil {
		return w.term(q.Term, len(q.Term.SuffixList), v, out)
	}
	switch q.Op {
	case gojq.OpPipe:
		return w.query(q.Left, v, func(x any) error { return w.query(q.Right, x, out) })
	case gojq.OpComma:
		if err := w.query(q.Left, v, out); err != nil {
			return err
		}
		return w.query(q.Right, v, out)
	case gojq.OpAnd, gojq.OpOr:
		return w.query(q.Left, v, func(x any) error {
			if truth(x) == (q.Op == gojq.OpOr) {
				return out(truth(x))
			}
			return w.query(q.Right, v, func(y any) error { return out(truth(y)) })
		})
	case gojq.OpAlt:
		return w.either(q, v, out)
	}
	return w.query(q.Right, v, func(y any) error {
		return w.query(q.Left, v, func(x any) error {
			z, err := w.binary(q.Op, x, y)
			if err != nil {
				return err
			}
			return out(z)
		})
	})
}

// either gives what is true of the left side, and the right side if nothing is.
func (w *walk) either(q *gojq.Query, v any, out emit) error {
	found := false
	err := w.query(q.Left, v, func(x any) error {
		if !truth(x) {
			return nil
		}
		found = true
		return out(x)
	})
	if err != nil || found {
		return err
	}
	return w.query(q.Right, v, out)
}

// forgive ends what gives values at its first error, which is none.
func (w *walk) forgive(out emit, give func(emit) error) error {
	err := give(func(x any) error {
		if err := out(x); err != nil {
			return later{err}
		}
		return nil
	})
	var l later
	var none noValue
	switch {
	case errors.As(err, &l):
		return l.error
	case errors.As(err, &none):
		return nil
	}
	return err
}

// until gives the values of give until out wants no more of them.
func (w *walk) until(give func(emit) error, out func(any) (more bool, err error)) error {
	stop := &halt{}
	err := give(func(x any) error {
		more, err := out(x)
		if err == nil && !more {
			return stop
		}
		return err
	})
	if h := (*halt)(nil); errors.As(err, &h) && h == stop {
		return nil
	}
	return err
}

// term walks a term with its first n suffixes.
func (w *walk) term(t *gojq.Term, n int, v any, out emit) error {
	w.spend(1)
	if n == 0 {
		return w.bare(t, v, out)
	}
	s := t.SuffixList[n-1]
	switch {
	case s.Index != nil:
		return w.index(s.Index, v, func(out emit) error { return w.term(t, n-1, v, out) }, out)
	case s.Iter:
		return w.term(t, n-1, v, func(x any) error { return w.iter(x, out) })
	}
	// A question mark forgives its own suffix and none before.
	if n == 1 || t.SuffixList[n-2].Optional {
		return w.forgive(out, func(out emit) error { return w.term(t, n-1, v, out) })
	}
	last := &gojq.Term{Type: gojq.TermTypeIdentity, SuffixList: t.SuffixList[n-2 : n-1]}
	return w.term(t, n-2, v, func(x any) error {
		return w.forgive(out, func(out emit) error { return w.term(last, 1, x, out) })
	})
}

func (w *walk) bare(t *gojq.Term, v any, out emit) error {
	switch t.Type {
	case gojq.TermTypeIdentity:
		return out(v)
	case gojq.TermTypeRecurse:
		return w.recurse(v, out)
	case gojq.TermTypeNull:
		return out(nil)
	case gojq.TermTypeTrue:
		return out(true)
	case gojq.TermTypeFalse:
		return out(false)
	case gojq.TermTypeNumber:
		return out(numberOf(t.Number))
	case gojq.TermTypeString:
		return out(t.Str.Str)
	case gojq.TermTypeIndex:
		return w.index(t.Index, v, func(out emit) error { return out(v) }, out)
	case gojq.TermTypeQuery:
		return w.query(t.Query, v, out)
	case gojq.TermTypeArray:
		return w.array(t.Array.Query, v, out)
	case gojq.TermTypeUnary:
		return w.term(t.Unary.Term, len(t.Unary.Term.SuffixList), v, func(x any) error {
			if kindOf(x) != "number" {
				return noValue(fmt.Sprintf("a sign before %s", aKind(x)))
			}
			if t.Unary.Op == gojq.OpAdd {
				return out(x)
			}
			x, err := w.binary(gojq.OpSub, 0, x)
			if err != nil {
				return err
			}
			return out(x)
		})
	case gojq.TermTypeFunc:
		return w.call(t.Func, v, out)
	}
	return errPathOnly
}

// array makes a list of all values that a path gives.
func (w *walk) array(q *gojq.Query, v any, out emit) error {
	list := []any{}
	if q != nil {
		if err := w.query(q, v, w.into(&list)); err != nil {
			return err
		}
	}
	return out(list)
}

// into adds values to a list.
func (w *walk) into(list *[]any) emit {
	return func(x any) error {
		w.spend(4)
		*list = append(*list, x)
		return nil
	}
}

func (w *walk) recurse(v any, out emit) error {
	if err := out(v); err != nil {
		return err
	}
	switch v.(type) {
	case []any, map[string]any:
		return w.iter(v, func(x any) error { return w.recurse(x, out) })
	}
	return nil
}

func (w *walk) iter(v any, out emit) error {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			w.spend(1)
			if err := out(number(x)); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for _, k := range w.keys(v) {
			if err := out(number(v[k])); err != nil {
				return err
			}
		}
		return nil
	}
	return noValue(aKind(v) + " has no elements")
}

// index looks up in the values of base, which are walked inside of what the key
// is: so does jq.
func (w *walk) index(i *gojq.Index, v any, base func(emit) error, out emit) error {
	at := func(key any) error {
		return base(func(x any) error {
			got, err := w.at(x, key)
			if err != nil {
				return err
			}
			return out(got)
		})
	}
	each := func(q *gojq.Query, do emit) error {
		if q == nil {
			return do(nil)
		}
		return w.query(q, v, do)
	}
	switch {
	case i.Str != nil:
		return at(i.Str.Str)
	case i.Name != "":
		return at(i.Name)
	case !i.IsSlice:
		return w.query(i.Start, v, at)
	}
	return each(i.Start, func(from any) error {
		return each(i.End, func(to any) error {
			return base(func(x any) error {
				got, err := w.slice(x, from, to)
				if err != nil {
					return err
				}
				return out(got)
			})
		})
	})
}

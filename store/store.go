// Package store keeps a workspace: one SQLite file, with the SQL of each noun
// beside it. What a run paid for is on disk before anybody is told that it is
// there; what an old output is shown beside never changes; a file that is not
// ours, or whose schema is not ours to the word, is refused before it is
// written to.
//
// It knows the nouns of session and nothing of engines or screens. Nothing in a
// workspace is an endpoint, a key or a command.
//
// Every row has a uid, by which two copies of a workspace can be merged. What a
// hash names (contents, pieces, proofs, views, requests, vars) has the hash as its
// identity: the same row in every copy.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	sqlite "modernc.org/sqlite"

	"galley/session/text"
)

// Options say how to open a workspace.
type Options struct {
	Create   bool         // make the file; one that exists is an error
	ReadOnly bool         // never write
	Now      func() int64 // milliseconds since 1970, UTC; nil: the clock
	// Gone tells that the owner of a lease is surely dead, so that nobody need
	// wait for its lease to end; nil: never sure.
	Gone func(owner string) bool
	// Owner names this process where it has a draft in hand, so that others do not take
	// it or write over it; "" it has none. Lives tells that an owner surely lives; nil:
	// never sure.
	Owner string
	Lives func(owner string) bool
	// Bad is told of each row that can't be read and is left out of what is listed,
	// once; nil: nobody is.
	Bad func(*BadRow)

	migrations fs.FS         // of tests; nil: ours
	patience   time.Duration // of tests; 0: ours
}

// Info is what is known of an open workspace.
type Info struct {
	Path          string
	Version       int    // of the schema
	SQLite        string // version of the library
	ReadOnly      bool
	OthersCanRead bool   // the file's mode lets group or others read it
	Copy          string // of the file as it was before it was migrated; "" none
}

// Store is an open workspace. Its methods are safe for many goroutines.
type Store struct {
	path  string
	info  Info
	still bool // nobody can write to the file, and it has no log
	now   func() int64
	gone  func(owner string) bool
	lives func(owner string) bool
	owner string
	write *sql.DB // one connection; nil: read only
	read  *sql.DB // four

	hot     statements // of the writer goroutine
	batch   chan job
	urgent  atomic.Int64  // of batch: how many must not wait
	soon    chan struct{} // there is one more, perhaps
	stopped chan struct{} // the writer goroutine is gone
	gate    sync.RWMutex  // closed is read under it while a job is handed over
	closed  bool

	steps struct { // of drafts, as they are on disk
		sync.Mutex
		of map[int64]keptSteps
	}
	bad struct { // rows that were left out
		sync.Mutex
		seen map[string]bool
		tell func(*BadRow)
	}
	taken struct { // drafts of others that this process goes on from, as they were
		sync.Mutex
		of map[int64]int64
	}
}

// setUp prepares the library, once for the process: locks that survive another
// part of the process closing the file, and pragmas of one statement only. Where
// the system has no such locks nothing but SQLite may open the file.
var setUp = sync.OnceFunc(func() {
	_, _ = sqlite.OFDLocking(true)
	sqlite.StrictPragmas(true)
})

// Open opens the workspace at path, after it made sure that it is one, and
// brings it to this version. It returns [*NotFound], [*Exists], [*Foreign],
// [*Newer], [*Damaged] or [*Locked], or the system's own error.
func Open(ctx context.Context, path string, o Options) (s *Store, err error) {
	defer func() {
		if p := recover(); p != nil { // the driver's answer to some broken pages
			s, err = nil, &Damaged{Path: path, What: fmt.Sprint(p)}
		}
	}()
	setUp()
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = func() int64 { return time.Now().UnixMilli() }
	}
	if o.Gone == nil {
		o.Gone = func(string) bool { return false }
	}
	if o.Lives == nil {
		o.Lives = func(string) bool { return false }
	}
	s = &Store{path: abs, now: o.Now, gone: o.Gone, lives: o.Lives, owner: o.Owner}
	s.bad.tell = o.Bad
	s.info = Info{Path: abs, ReadOnly: o.ReadOnly}
	steps, err := loadMigrations(o.migrations)
	if err != nil {
		return nil, err
	}
	if o.Create {
		if err := reserve(abs); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				removeAll(abs)
			}
		}()
	} else if err := s.inspect(len(steps)); err != nil {
		return nil, err
	}
	if err := s.connect(ctx, o, steps); err != nil {
		_ = s.closePools()
		return nil, wrapAt(abs, err)
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, o Options, steps []migration) error {
	var err error
	if !s.info.ReadOnly {
		s.ownLog()
		err = s.connectWriter(ctx, o, steps)
		if !o.Create && isReadOnly(err) { // a folder that has no place for a log
			s.info.ReadOnly, err = true, nil
		}
		if err != nil {
			return err
		}
	}
	mode := "_query_only=1"
	if s.info.ReadOnly {
		mode += "&" + s.readMode()
	}
	s.read, err = openPool(ctx, s.path, 4, mode)
	if err != nil && s.info.ReadOnly && !s.still {
		// A folder that can't be written to has no place for the shared index
		// of the log; without a log the file alone is the whole workspace.
		s.still = true
		s.read, err = openPool(ctx, s.path, 4, "_query_only=1&"+s.readMode())
	}
	if err != nil {
		return err
	}
	if err = s.verify(ctx, steps); err != nil {
		return err
	}
	if err = s.read.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&s.info.SQLite); err != nil {
		return err
	}
	if s.write == nil {
		return nil
	}
	s.batch, s.soon, s.stopped = make(chan job, 1024), make(chan struct{}, 1), make(chan struct{})
	go s.writer(cmp.Or(o.patience, patience))
	return s.sweep(ctx)
}

func (s *Store) connectWriter(ctx context.Context, o Options, steps []migration) error {
	err := s.migrate(ctx, steps, o.Create)
	if err == nil {
		s.write, err = openPool(ctx, s.path, 1, "_pragma=journal_mode(WAL)&_pragma=secure_delete(1)")
	}
	return err
}

// ownLog makes the log and its index writable where only their owner can and
// the file itself is: a reader made them as the file was while nobody could
// write to it.
func (s *Store) ownLog() {
	for _, suffix := range []string{"-wal", "-shm"} {
		if st, err := os.Lstat(s.path + suffix); err == nil && st.Mode().IsRegular() && st.Mode().Perm()&0o200 == 0 {
			_ = os.Chmod(s.path+suffix, 0o600) // else SQLite says what is wrong
		}
	}
}

// readMode is how a file is opened that is only read. One that stands still
// gets no log and no index beside it.
func (s *Store) readMode() string {
	if s.still {
		return "mode=ro&immutable=1"
	}
	return "mode=ro"
}

// dsn names the file to the driver. The path is escaped, as ?, # and % mean
// something there.
func dsn(path, options string) string {
	var b strings.Builder
	b.WriteString("file:")
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") { // C:/…
		b.WriteByte('/')
	}
	for i := range len(p) {
		switch c := p[i]; {
		case c == '/' || c == '.' || c == '-' || c == '_' || c == ':' ||
			c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	b.WriteString("?_txlock=immediate&_defensive=1&_dqs=0&_error_rc=1&_pragma=busy_timeout(10000)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)" +
		"&_pragma=cell_size_check(1)&_pragma=mmap_size(0)&_pragma=fullfsync(1)")
	if options != "" {
		b.WriteString("&" + options)
	}
	return b.String()
}

func openPool(ctx context.Context, path string, conns int, options string) (*sql.DB, error) {
	if !strings.Contains(options, "mode=") {
		options += "&mode=rw"
	}
	db, err := sql.Open("sqlite", dsn(path, options))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(0)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close waits for what is being written and closes the file. A second call does
// nothing.
func (s *Store) Close() error {
	s.gate.Lock()
	if s.closed {
		s.gate.Unlock()
		return nil
	}
	s.closed = true
	if s.batch != nil {
		close(s.batch)
		s.urgent.Add(1)
		s.hurry()
	}
	s.gate.Unlock()
	if s.batch != nil {
		<-s.stopped
	}
	return s.closePools()
}

func (s *Store) closePools() error {
	errs := []error{s.hot.close()}
	// The writer last, so that it can fold the log back into the file.
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Path is the file's absolute path.
func (s *Store) Path() string { return s.path }

// Info says what is known of the workspace.
func (s *Store) Info() Info { return s.info }

// Sound reads the whole file and returns [*Damaged] where it is not sound. It
// takes about a second for 100 MB.
func (s *Store) Sound(ctx context.Context) error {
	var what string
	if err := s.read.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&what); err != nil {
		return s.wrap(err)
	}
	if what != "ok" {
		return &Damaged{Path: s.path, What: what}
	}
	var n int
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM pragma_foreign_key_check`).Scan(&n); err != nil {
		return s.wrap(err)
	}
	if n > 0 {
		return &Damaged{Path: s.path, What: fmt.Sprintf("%d rows refer to rows that are not there", n)}
	}
	return nil
}

// Backup writes a whole copy of the workspace to path, readable by its owner
// only. A file that is there is an error of kind [*Exists].
func (s *Store) Backup(ctx context.Context, path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := reserve(abs); err != nil {
		return err
	}
	if err := s.copyTo(ctx, abs); err != nil {
		removeAll(abs)
		return s.wrap(err)
	}
	return nil
}

// copyTo writes the database into the empty file at path.
func (s *Store) copyTo(ctx context.Context, path string) error {
	options := ""
	if s.info.ReadOnly {
		options = s.readMode()
	}
	db, err := openPool(ctx, s.path, 1, options)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, dsn(path, ""))
	return errors.Join(err, db.Close())
}

// reserve makes an empty file for its owner only, whatever the umask.
func reserve(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &Exists{Noun: "file", Name: path}
	}
	if err != nil {
		return fmt.Errorf("cannot make %s: %w", text.Raw(path), reason(err))
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

func removeAll(path string) {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		_ = os.Remove(path + suffix)
	}
}

// reason drops the path from an error of the system, which we print our way.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// change runs f in a transaction on the one connection that writes.
func (s *Store) change(ctx context.Context, f func(*tx) error) error {
	if s.write == nil {
		return ErrReadOnly
	}
	t, err := s.begin(ctx)
	if errors.Is(err, sql.ErrConnDone) || err != nil && err.Error() == "sql: database is closed" {
		return ErrClosed
	}
	if err != nil {
		return s.wrap(err)
	}
	defer t.Rollback() //nolint:errcheck // after Commit it does nothing
	if err := f(t); err != nil {
		return s.wrap(err)
	}
	return s.wrap(t.Commit())
}

// tx is a transaction that prepares each statement once.
type tx struct {
	*sql.Tx
	stmts map[string]*sql.Stmt
	hot   *statements // nil: what it prepares is gone at its end

	outputs []int64 // cells whose outputs are to be indexed before the commit
}

func (s *Store) begin(ctx context.Context) (*tx, error) {
	t, err := s.write.BeginTx(ctx, nil)
	return &tx{Tx: t, stmts: map[string]*sql.Stmt{}}, err
}

func (t *tx) prepared(ctx context.Context, q string) (*sql.Stmt, error) {
	if st := t.stmts[q]; st != nil {
		return st, nil
	}
	st, err := t.hot.in(ctx, t.Tx, q)
	if st == nil && err == nil {
		st, err = t.PrepareContext(ctx, q)
	}
	if err == nil {
		t.stmts[q] = st
	}
	return st, err
}

func (t *tx) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	st, err := t.prepared(ctx, q)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (t *tx) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	st, err := t.prepared(ctx, q)
	if err != nil {
		return t.Tx.QueryRowContext(ctx, q, args...) // which says so
	}
	return st.QueryRowContext(ctx, args...)
}

// query is what a pool and a transaction have in common.
type query interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row
	ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error)
}

type scanner interface{ Scan(...any) error }

// collect reads all rows of a query.
func collect[T any](ctx context.Context, q query, scan func(scanner) (T, error), stmt string, args ...any) ([]T, error) {
	return appendRows(ctx, nil, q, scan, stmt, args...)
}

// appendRows is collect into a slice that has room.
func appendRows[T any](ctx context.Context, out []T, q query, scan func(scanner) (T, error), stmt string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, stmt, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// newUID is a UUIDv7.
func newUID() string { return uuid.Must(uuid.NewV7()).String() }

package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"galley/session/text"
)

//go:embed migrations/*.sql
var ours embed.FS

//go:embed schema.sql
var newestSchema string

// appID stands in the header of every workspace: "GALY".
const appID = 0x47414c59

type migration struct {
	version int
	name    string
	sql     string
}

var migrationName = regexp.MustCompile(`^(\d{4})_[a-z0-9_]+\.sql$`)

// loadMigrations reads NNNN_name.sql files, numbered from 1 without a gap.
func loadMigrations(dir fs.FS) ([]migration, error) {
	if dir == nil {
		sub, err := fs.Sub(ours, "migrations")
		if err != nil {
			return nil, err
		}
		dir = sub
	}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	var out []migration
	for _, e := range entries {
		m := migrationName.FindStringSubmatch(e.Name())
		if m == nil {
			return nil, fmt.Errorf("migration %s: its name must be NNNN_name.sql", e.Name())
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n != len(out)+1 {
			return nil, fmt.Errorf("migration %s: number %d was due", e.Name(), len(out)+1)
		}
		b, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, migration{n, e.Name(), string(b)})
	}
	return out, nil
}

// inspect looks at the file without SQLite, so that nothing is written to one
// that is not ours and nothing blocks on one that is no file.
func (s *Store) inspect(newest int) error {
	st, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return &NotFound{Noun: "workspace", Name: s.path}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", text.Raw(s.path), reason(err))
	}
	foreign := func(what string) error { return &Foreign{Path: s.path, What: what} }
	switch m := st.Mode(); {
	case m.IsDir():
		return foreign("it is a folder")
	case !m.IsRegular():
		return foreign("it is no ordinary file")
	case st.Size() == 0:
		return foreign("it is empty; remove it and make a new one with galley init")
	}
	var log int64
	if w, err := os.Stat(s.path + "-wal"); err == nil {
		log = w.Size()
	}
	s.still = log == 0 && st.Mode().Perm()&0o222 == 0
	s.info.OthersCanRead = st.Mode().Perm()&0o044 != 0
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		s.info.ReadOnly = true
		f, err = os.Open(s.path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", text.Raw(s.path), reason(err))
	}
	defer f.Close()
	head, err := readHead(f)
	if err != nil {
		return foreign("it is no SQLite file")
	}
	if id := binary.BigEndian.Uint32(head[68:]); id != appID {
		return foreign("it is the SQLite file of another program")
	}
	if v := int(int32(binary.BigEndian.Uint32(head[60:]))); v > newest {
		return &Newer{Path: s.path, Have: v, Want: newest}
	}
	// SQLite would take a page that is cut off for one that ends in zeros.
	if page := int64(binary.BigEndian.Uint16(head[16:])); log == 0 && page > 1 && st.Size()%page != 0 {
		return &Damaged{Path: s.path, What: "its end is missing"}
	}
	return nil
}

// readHead reads the header of a SQLite file.
func readHead(f io.Reader) (head [100]byte, err error) {
	if _, err = io.ReadFull(f, head[:]); err == nil && string(head[:16]) != "SQLite format 3\x00" {
		err = errors.New("no SQLite file")
	}
	return head, err
}

// IsWorkspace reports whether the file at path says that it is a workspace, of whatever
// version. Nothing is opened but to be read.
func IsWorkspace(path string) bool {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := readHead(f)
	return err == nil && binary.BigEndian.Uint32(head[68:]) == appID
}

// migrate brings the file to the newest version, each step in a transaction of
// its own, after a copy of a file that holds something.
func (s *Store) migrate(ctx context.Context, steps []migration, fresh bool) error {
	db, err := openPool(ctx, s.path, 1, "")
	if err != nil {
		return err
	}
	defer db.Close()
	have := 0
	if !fresh {
		if have, err = s.versionOf(ctx, db, len(steps)); err != nil || have == len(steps) {
			return err
		}
		if err = compare(ctx, db, s.path, steps[:have]); err != nil {
			return err
		}
		if s.info.Copy, err = s.copyBefore(ctx, have); err != nil {
			return err
		}
	}
	for _, m := range steps[have:] {
		if err := step(ctx, db, m); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

func (s *Store) versionOf(ctx context.Context, q query, newest int) (int, error) {
	var have int
	if err := q.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil {
		return 0, err
	}
	if have > newest {
		return 0, &Newer{Path: s.path, Have: have, Want: newest}
	}
	if have < 1 {
		return 0, &Damaged{Path: s.path, What: "it has no version"}
	}
	return have, nil
}

// copyBefore writes FILE.v1.bak, or v1-2 and so on where that is taken.
func (s *Store) copyBefore(ctx context.Context, have int) (string, error) {
	for i := 1; ; i++ {
		to := fmt.Sprintf("%s.v%d.bak", s.path, have)
		if i > 1 {
			to = fmt.Sprintf("%s.v%d-%d.bak", s.path, have, i)
		}
		err := reserve(to)
		var taken *Exists
		if errors.As(err, &taken) && i < 1000 {
			continue
		}
		if err != nil {
			return "", err
		}
		if err := s.copyTo(ctx, to); err != nil {
			removeAll(to)
			return "", err
		}
		return to, nil
	}
}

func step(ctx context.Context, db *sql.DB, m migration) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback() //nolint:errcheck // after Commit it does nothing
	var have int
	if err := t.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil {
		return err
	}
	if have >= m.version { // another process was first
		return nil
	}
	if _, err := t.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id=%d`, appID)); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version=%d`, m.version)); err != nil {
		return err
	}
	return t.Commit()
}

// verify compares the schema with ours, word for word, before the first row is
// read: a trigger or a view in a file from elsewhere would act in our name.
func (s *Store) verify(ctx context.Context, steps []migration) error {
	var err error
	if s.info.Version, err = s.versionOf(ctx, s.read, len(steps)); err != nil {
		return err
	}
	if s.info.Version < len(steps) && s.info.ReadOnly {
		return fmt.Errorf("%s is of an older Galley (workspace version %d) and would have to be migrated, but it can only be read; copy it to where it can be written",
			text.Raw(s.path), s.info.Version)
	}
	return compare(ctx, s.read, s.path, steps[:s.info.Version])
}

// object is a row of sqlite_schema.
type object struct{ kind, name, table, sql string }

func (o object) String() string {
	head := fmt.Sprintf("-- %s %s of %s\n", o.kind, o.name, o.table)
	if o.sql == "" {
		return head
	}
	return head + o.sql + ";\n"
}

func objects(ctx context.Context, q query) ([]object, error) {
	return collect(ctx, q, func(r scanner) (object, error) {
		var o object
		err := r.Scan(&o.kind, &o.name, &o.table, &o.sql)
		return o, err
	}, `SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY tbl_name, type DESC, name`)
}

// schemaOf writes a schema as it stands in schema.sql.
func schemaOf(objs []object) string {
	var b strings.Builder
	for _, o := range objs {
		b.WriteString(o.String())
	}
	return b.String()
}

func compare(ctx context.Context, q query, path string, steps []migration) error {
	got, err := objects(ctx, q)
	if err != nil {
		return err
	}
	if schemaOf(got) == newestSchema {
		return nil
	}
	want, err := fresh(ctx, steps)
	if err != nil {
		return err
	}
	for _, o := range got {
		i := slices.IndexFunc(want, func(w object) bool { return w.kind == o.kind && w.name == o.name })
		if i < 0 {
			return &Damaged{Path: path, What: fmt.Sprintf("it holds %s %q, which no Galley makes", o.kind, o.name)}
		}
		if want[i] != o {
			return &Damaged{Path: path, What: fmt.Sprintf("its %s %q is not as Galley makes it", o.kind, o.name)}
		}
		want = slices.Delete(want, i, i+1)
	}
	if len(want) > 0 {
		return &Damaged{Path: path, What: fmt.Sprintf("its %s %q is missing", want[0].kind, want[0].name)}
	}
	return nil
}

// fresh is the schema that the steps make.
func fresh(ctx context.Context, steps []migration) ([]object, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, m := range steps {
		if err := step(ctx, db, m); err != nil {
			return nil, err
		}
	}
	return objects(ctx, db)
}

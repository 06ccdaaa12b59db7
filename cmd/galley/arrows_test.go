package main_test

import (
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room is a row of the table: who may import whom.
//
// A pattern is the path of a package below the module, or of a library; "x/..."
// is x and all below it, "x/*" all one step below it.
type room struct {
	at   string   // the packages that the row is about
	ours []string // our packages that they may import
	libs []string // other people's
	std  []string // of the guarded packages of the standard library
}

// The table. An arrow that is missing here is a decision about the design: add it
// in a commit of its own that says why.
//
//	cmd ──▶ tui ──▶ tui/<screen> ──▶ tui/kit ──▶ themes
//	         ├──▶ engine ──▶ engine/assert, engine/backend, engine/tokens ──▶ session
//	         └──▶ store ──▶ store/exchange ──▶ session
//
// The first row that matches a package is its row.
var arrows = []room{
	// The nouns and the pure rules: no I/O, no clock, no randomness but PCG by a given
	// seed, which makes seed:42 mean the same everywhere.
	{at: "session", ours: []string{"session/text"}, std: []string{"math/rand/v2"}},
	{at: "session/text", libs: []string{"github.com/clipperhouse/uax29/v2/...", "github.com/clipperhouse/displaywidth", "znkr.io/diff"}},
	{at: "session/lint", ours: []string{"session", "session/text", "session/stats"}},
	{at: "session/report", ours: []string{"session", "session/text", "session/stats"}},
	{at: "session/stats", libs: []string{"gonum.org/v1/gonum/..."}, std: []string{"math/rand/v2"}}, // PCG by a given seed, to permute
	{at: "session/study", ours: []string{"session", "session/text", "session/stats"}},

	// What talks to models. It never meets the store; only its backends meet the network.
	{
		at: "engine", ours: []string{"session/...", "engine/assert", "engine/backend", "engine/tokens"},
		libs: []string{"github.com/google/uuid", "golang.org/x/sync/...", "golang.org/x/time/..."}, std: []string{"os", "time", "log/slog", "math/rand/v2"},
	},
	{
		at: "engine/assert", ours: []string{"session/..."}, std: []string{"time"},
		libs: []string{"github.com/santhosh-tekuri/jsonschema/v6/...", "github.com/itchyny/gojq"},
	},
	{at: "engine/tokens", ours: []string{"session/..."}, libs: []string{"github.com/tiktoken-go/tokenizer/..."}},
	{
		at: "engine/backend", ours: []string{"session/...", "engine/backend/managed"}, libs: []string{"golang.org/x/time/..."},
		std: []string{"net/...", "time", "log/slog", "math/rand/v2", "syscall"},
	},
	{
		// A server that is started here and the readings of a GPU: they know nothing of
		// the wire, and the wire only that there is an address.
		at: "engine/backend/managed", ours: []string{"session/..."}, // unsafe: what ties a child to us on Windows takes a pointer
		std: []string{"net/...", "os", "os/exec", "os/signal", "syscall", "time", "crypto/rand", "unsafe"}, libs: []string{"golang.org/x/sys/..."},
	},
	{at: "engine/backend/backendtest/tinygguf", std: []string{"os"}},
	{at: "engine/backend/gauge", ours: []string{"session/..."}, std: []string{"os", "os/exec", "syscall", "time"}, libs: []string{"golang.org/x/sys/..."}},
	{
		at: "engine/backend/*", ours: []string{"session/...", "engine/backend"},
		std: []string{"net/...", "os", "os/exec", "os/signal", "syscall", "time", "log/slog", "math/rand/v2", "testing/..."},
	},

	// What is kept.
	{
		at: "store", ours: []string{"session/...", "store/exchange"}, libs: []string{"modernc.org/sqlite/...", "github.com/google/uuid"},
		std: []string{"database/sql/...", "os", "time", "syscall", "log/slog", "math/rand/v2"}, // PCG by a given seed, to draw what is read
	},
	{at: "store/exchange", ours: []string{"session/..."}, libs: []string{"go.yaml.in/yaml/v3"}, std: []string{"os", "time"}},

	// The face. Screens know neither each other nor where things come from.
	{at: "themes", libs: []string{"charm.land/lipgloss/v2/...", "charm.land/glamour/v2/...", "github.com/alecthomas/chroma/v2/..."}},
	{
		at: "tui/kit", ours: []string{"themes", "session/text"}, std: []string{"time"},
		libs: append(face, "charm.land/glamour/v2/...", "github.com/sahilm/fuzzy", "github.com/clipperhouse/uax29/v2/...", "github.com/charmbracelet/ultraviolet/..."),
	},
	{
		at: "tui/tuitest", ours: []string{"tui/kit", "themes", "session/..."}, std: []string{"os", "time", "testing/..."},
		libs: append(face, "github.com/charmbracelet/ultraviolet/...", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/vt"),
	},
	{
		at: "tui/serve", ours: []string{"tui/kit", "themes", "session/..."}, std: []string{"net", "os", "time", "log/slog"},
		libs: append(face, "charm.land/wish/v2/...", "charm.land/ssh", "golang.org/x/crypto/ssh/..."),
	},
	{at: "tui/*", ours: []string{"tui/kit", "themes", "session/..."}, libs: face, std: []string{"time", "crypto/rand"}},
	{
		at: "tui", ours: []string{"tui/*", "themes", "session/...", "engine", "store"}, libs: append(face, "github.com/charmbracelet/colorprofile"),
		std: []string{"time", "os", "os/exec", "os/signal", "syscall", "log/slog"},
	},

	// The binary knows every room, to wire them; the wire and the file stay behind their doors.
	{
		at: "cmd/galley", ours: []string{"..."}, std: []string{"os", "os/exec", "os/signal", "syscall", "time", "log", "log/slog", "crypto/rand"},
		libs: []string{
			"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/pelletier/go-toml/v2/...", "charm.land/bubbletea/v2", "github.com/charmbracelet/colorprofile",
			"github.com/charmbracelet/x/term", "github.com/charmbracelet/x/ansi", "github.com/clipperhouse/displaywidth", "github.com/google/uuid",
			"golang.org/x/sys/...", "golang.org/x/term",
		},
	},
}

// face is what draws.
var face = []string{
	"charm.land/bubbletea/v2", "charm.land/bubbles/v2/...", "charm.land/lipgloss/v2/...", "github.com/alecthomas/chroma/v2/...",
	"github.com/charmbracelet/x/ansi/...", "github.com/clipperhouse/displaywidth",
}

// guarded are the packages of the standard library that reach out of the program;
// a room has those that its row names. All others are free, and so is what only
// takes addresses apart.
var guarded = []string{
	"net/...", "os", "os/exec", "os/signal", "os/user", "syscall", "time", "log", "log/slog", "database/sql/...", "math/rand", "math/rand/v2",
	"crypto/rand", "unsafe", "plugin", "C", "expvar", "testing/...",
}

var harmless = []string{"net/url", "net/netip"}

// forTests is what the tests of any room may import besides.
var forTests = room{
	ours: []string{"tui/tuitest", "engine/backend/backendtest"},
	libs: []string{
		"pgregory.net/rapid", "github.com/google/go-cmp/...", "go.uber.org/goleak", "github.com/rogpeppe/go-internal/testscript/...",
		"golang.org/x/tools/go/...", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/vt",
	},
	std: guarded,
}

// imported is one package of the tree: what it imports, and what its tests do
// besides, each with a file that does.
type imported struct{ code, tests map[string]string }

const module = "galley"

func TestArrows(t *testing.T) {
	tree, err := readImports(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree) < 8 {
		t.Fatalf("only %d packages were found; does the test read the right tree?", len(tree))
	}
	for _, v := range violations(tree) {
		t.Error(v)
	}
}

// violations says which imports the table does not allow.
func violations(tree map[string]imported) (out []string) {
	for _, at := range slices.Sorted(maps.Keys(tree)) {
		i := slices.IndexFunc(arrows, func(r room) bool { return matches(r.at, at) })
		if i < 0 {
			out = append(out, fmt.Sprintf("%s stands in no row of the table: draw its arrows", at))
			continue
		}
		r := arrows[i]
		for _, imp := range slices.Sorted(maps.Keys(tree[at].code)) {
			if !r.may(imp) {
				out = append(out, fmt.Sprintf("%s imports %s (%s), which its row does not allow", at, imp, tree[at].code[imp]))
			}
		}
		for _, imp := range slices.Sorted(maps.Keys(tree[at].tests)) {
			// A test may import its own package, and cmd's tests tie everything together.
			if !r.may(imp) && !forTests.may(imp) && imp != path.Join(module, at) && at != "cmd/galley" {
				out = append(out, fmt.Sprintf("%s imports %s (%s), which not even its tests may", at, imp, tree[at].tests[imp]))
			}
		}
	}
	return out
}

func (r room) may(imp string) bool {
	if imp == module || strings.HasPrefix(imp, module+"/") {
		return matchesAny(r.ours, strings.TrimPrefix(imp, module+"/"))
	}
	if first, _, _ := strings.Cut(imp, "/"); strings.Contains(first, ".") {
		return matchesAny(r.libs, imp)
	}
	return !matchesAny(guarded, imp) || slices.Contains(harmless, imp) || matchesAny(r.std, imp)
}

func matchesAny(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, p) })
}

func matches(pattern, p string) bool {
	if pattern == "..." {
		return true
	}
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return p == root || strings.HasPrefix(p, root+"/")
	}
	if root, ok := strings.CutSuffix(pattern, "/*"); ok {
		return path.Dir(p) == root
	}
	return p == pattern
}

// readImports reads the imports of every package below root from every file that
// some platform builds.
func readImports(root string) (map[string]imported, error) {
	tree := map[string]imported{}
	err := eachGoFile(root, func(file string) error {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		at := path.Dir(filepath.ToSlash(file))
		if _, ok := tree[at]; !ok {
			tree[at] = imported{map[string]string{}, map[string]string{}}
		}
		into := tree[at].code
		if strings.HasSuffix(file, "_test.go") {
			into = tree[at].tests
		}
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			into[imp] = path.Base(file)
		}
		return nil
	})
	return tree, err
}

// eachGoFile calls do with the path below root of every Go file that is built on
// some platform of ours.
func eachGoFile(root string, do func(file string) error) error {
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && (name == "testdata" || name == "bin" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || !built(filepath.Dir(p), name) {
			return nil
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		return do(rel)
	})
}

func built(dir, name string) bool {
	for _, goos := range []string{"linux", "darwin", "windows", "freebsd"} {
		for _, tags := range [][]string{nil, {"race"}, {"e2e"}} {
			ctx := build.Default
			ctx.GOOS, ctx.GOARCH, ctx.BuildTags = goos, "amd64", tags
			if ok, err := ctx.MatchFile(dir, name); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// One import slipped in anywhere is seen; what the table draws is let through.
func TestArrowsHaveTeeth(t *testing.T) {
	clean := func() map[string]imported {
		tree := map[string]imported{}
		for at, imps := range map[string][]string{
			"session": {"galley/session/text", "strings", "math/rand/v2"}, "session/text": {"znkr.io/diff"}, "session/lint": {"galley/session"}, "session/stats": {"math"},
			"engine": {"galley/session", "galley/engine/backend", "time"}, "engine/backend": {"galley/session/text", "net/http"}, "engine/tokens": {"galley/session"},
			"engine/backend/backendtest": {"galley/engine/backend", "net/http/httptest"}, "store": {"galley/store/exchange", "modernc.org/sqlite", "database/sql"},
			"store/exchange": {"galley/session", "encoding/csv"}, "themes": {"charm.land/lipgloss/v2"}, "tui": {"galley/tui/bench", "galley/engine", "charm.land/bubbletea/v2"},
			"tui/kit": {"galley/themes", "galley/session/text"}, "tui/bench": {"galley/tui/kit", "galley/session/stats"}, "cmd/galley": {"galley/store", "galley/engine", "galley/tui", "os"},
		} {
			p := imported{map[string]string{}, map[string]string{"testing": "x_test.go", "os": "x_test.go", "galley/" + at: "x_test.go"}}
			for _, imp := range imps {
				p.code[imp] = "x.go"
			}
			tree[at] = p
		}
		return tree
	}
	if v := violations(clean()); len(v) > 0 {
		t.Fatalf("the clean tree is refused: %q", v)
	}
	for _, tt := range []struct{ at, imp string }{
		{"session", "galley/session/lint"}, {"session", "galley/store"}, {"session", "os"}, {"session", "time"}, {"session", "crypto/rand"},
		{"session/text", "galley/session"}, {"session/stats", "galley/session"}, {"session/lint", "galley/engine"}, {"session/lint", "github.com/google/uuid"},
		{"store", "galley/engine"}, {"store", "galley/tui/kit"}, {"store/exchange", "galley/store"}, {"store", "net/http"},
		{"engine", "galley/store"}, {"engine", "net/http"}, {"engine", "database/sql"}, {"engine/backend", "galley/engine"}, {"engine/tokens", "galley/store"},
		{"engine", "modernc.org/sqlite"}, {"themes", "galley/session/text"}, {"themes", "charm.land/bubbletea/v2"},
		{"tui/kit", "galley/session"}, {"tui/kit", "galley/tui/bench"}, {"tui/kit", "os"}, {"tui/bench", "galley/tui/compose"}, {"tui/bench", "galley/tui"},
		{"tui/bench", "galley/engine"}, {"tui/bench", "galley/store"}, {"tui/bench", "modernc.org/sqlite/lib"}, {"tui/bench", "os/exec"}, {"tui", "net/http"},
		{"cmd/galley", "net/http"}, {"cmd/galley", "modernc.org/sqlite"}, {"cmd/galley", "database/sql"}, {"cmd/galley", "unsafe"}, {"tui", "galley/engine/backend"},
		{"tui/bench", "github.com/nobody/knows"}, {"engine", "galley/cmd/galley"},
	} {
		tree := clean()
		tree[tt.at].code[tt.imp] = "slipped.go"
		if v := violations(tree); len(v) != 1 || !strings.Contains(v[0], "slipped.go") {
			t.Errorf("%s imports %s, and the table says %q", tt.at, tt.imp, v)
		}
	}
	for _, tt := range []struct{ at, imp string }{{"store", "galley/engine"}, {"engine", "galley/store"}, {"tui/bench", "galley/tui/compose"}, {"session", "galley/themes"}} {
		tree := clean()
		tree[tt.at].tests[tt.imp] = "slipped_test.go"
		if v := violations(tree); len(v) != 1 || !strings.Contains(v[0], "slipped_test.go") {
			t.Errorf("a test of %s imports %s, and the table says %q", tt.at, tt.imp, v)
		}
	}
	tree := clean()
	tree["util"] = imported{}
	if v := violations(tree); len(v) != 1 || !strings.Contains(v[0], "util stands in no row") {
		t.Errorf("a new room without a row is let in: %q", v)
	}
}

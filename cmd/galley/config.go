package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"galley/engine/backend"
	"galley/session/text"
	"galley/themes"
)

// config is the user's config file. It is the only place that says where models
// live; keys are named by environment variable and never written down.
type config struct {
	Theme     string                   `toml:"theme"`
	Editor    string                   `toml:"editor"`
	BudgetUSD float64                  `toml:"budget_usd"`
	Backends  map[string]configBackend `toml:"backends"`

	path  string
	lines configLines
}

type configBackend struct {
	Kind        string                 `toml:"kind"`
	BaseURL     string                 `toml:"base_url"`
	KeyEnv      string                 `toml:"key_env"`
	Concurrency int                    `toml:"concurrency"`
	Models      []string               `toml:"models"`
	Context     map[string]int         `toml:"context"`
	Prefill     *bool                  `toml:"prefill"`
	Prices      map[string]configPrice `toml:"prices"`

	Program string            `toml:"program"`
	Model   string            `toml:"model"`
	Files   map[string]string `toml:"files"`
	Args    []string          `toml:"args"`
	Device  string            `toml:"device"`
	Idle    string            `toml:"idle"`
}

type configPrice struct {
	Input  float64 `toml:"input"`
	Output float64 `toml:"output"`

	Cached *float64 `toml:"cached"`
}

// configPath is the file that --config, $GALLEY_CONFIG or the user's config
// folder names, in that order; named says that somebody asked for it.
func configPath(flag string) (path string, named bool) {
	if flag != "" {
		return flag, true
	}
	if p := os.Getenv("GALLEY_CONFIG"); p != "" {
		return p, true
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", false
	}
	return filepath.Join(dir, "galley", "config.toml"), false
}

// readConfig reads the config. A file that nobody named need not exist.
func readConfig(flag string) (config, error) {
	path, named := configPath(flag)
	c := config{path: path}
	if path == "" {
		return c, nil
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return c, nil
	case err != nil:
		return c, usage("config %s: %s", text.Raw(path), reason(err))
	}
	if c, err = parseConfig(path, data); err != nil {
		return c, err
	}
	return c, c.check()
}

// configError names the line of a broken config and what to do.
func configError(path string, err error) string {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		row, _ := e.Position()
		key := strings.Join(e.Key(), ".")
		hint := "remove it, or see galley help config"
		if last := e.Key()[len(e.Key())-1]; last == "key" || last == "api_key" || last == "token" {
			hint = "a key is never written down: name the environment variable that holds it, key_env = \"…\""
		}
		return fmt.Sprintf("%s:%d: %s is not a setting; %s", text.Raw(path), row, text.Raw(key), hint)
	}
	var dec *toml.DecodeError
	if errors.As(err, &dec) {
		row, _ := dec.Position()
		what := strings.TrimPrefix(dec.Error(), "toml: ")
		if m := misfit.FindStringSubmatch(what); m != nil && len(dec.Key()) > 0 {
			what = fmt.Sprintf("%s wants %s, and this is of the kind %s", dec.Key()[len(dec.Key())-1], kindOf(m[2]), m[1])
		}
		return fmt.Sprintf("%s:%d: %s; see galley help config", text.Raw(path), row, text.Raw(what))
	}
	return fmt.Sprintf("%s: %s", text.Raw(path), text.Raw(err.Error()))
}

// misfit is what the library says of a value of another kind: the kind in TOML, and ours
// in Go.
var misfit = regexp.MustCompile(`^cannot decode TOML (.+) into .*of type (\S+)$`)

// kindOf is a type of a setting in words.
func kindOf(goType string) string {
	switch {
	case goType == "string":
		return "a text in quotes"
	case goType == "int":
		return "a whole number"
	case goType == "float64":
		return "a number"
	case strings.HasSuffix(goType, "bool"):
		return "true or false"
	case strings.HasPrefix(goType, "[]"):
		return "a list in brackets"
	}
	return "a table"
}

// check reports what a config says that can't be meant, with its line.
func (c config) check() error {
	if c.Theme != "" && c.Theme != "galley" && themes.Pick(c.Theme, true).Name != c.Theme {
		return usage("%s: theme %q is not one of %s", c.at("theme"), text.Raw(c.Theme), strings.Join(themes.Names(), ", "))
	}
	if !amount(c.BudgetUSD) {
		return usage("%s: budget_usd can't be below 0; 0 is no limit", c.at("budget_usd"))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Backends)) {
		if err := c.checkBackend(name, c.Backends[name]); err != nil {
			return err
		}
	}
	_, err := c.open(backend.Embedded{})
	return err
}

// amount reports whether f is a number of dollars that can be.
func amount(f float64) bool { return f >= 0 && !math.IsInf(f, 0) }

func (c config) checkBackend(name string, b configBackend) error {
	wrong := func(field, what string, args ...any) error {
		return usage("%s: [backends.%s]: %s", c.at("backends", name, field), text.Raw(name), fmt.Sprintf(what, args...))
	}
	if name == "embedded" {
		return usage("%s: [backends.embedded] is built in and has no settings; remove it", c.at("backends", name))
	}
	if strings.ContainsAny(name, "/, ") {
		return wrong("", "a backend's name can't hold a slash, a comma or a space")
	}
	var kinds []string
	for _, k := range backend.All() {
		kinds = append(kinds, k.Name)
	}
	if !slices.Contains(kinds, b.Kind) {
		return wrong("kind", "kind %q is not one of %s", text.Raw(b.Kind), strings.Join(kinds, ", "))
	}
	if strings.HasPrefix(b.KeyEnv, "sk-") || strings.ContainsAny(b.KeyEnv, " =") {
		return wrong("key_env", "key_env names an environment variable; it must not hold the key itself")
	}
	if field := b.serves(); field != "" && b.Kind != "llama-server" {
		return wrong(field, "%s is for kind \"llama-server\" alone, which starts a server", field)
	}
	if _, err := idleTime(b.Idle); err != nil {
		return wrong("idle", "%v", err)
	}
	for _, m := range slices.Sorted(maps.Keys(b.Context)) {
		if b.Context[m] < 1 {
			return usage("%s: [backends.%s.context]: %q is a number of tokens, from 1", c.at("backends", name, "context", m), text.Raw(name), text.Raw(m))
		}
	}
	for _, m := range slices.Sorted(maps.Keys(b.Prices)) {
		for field, v := range map[string]float64{"input": b.Prices[m].Input, "output": b.Prices[m].Output} {
			if !amount(v) {
				return usage("%s: [backends.%s.prices.%q]: the price of %s can't be below 0", c.at("backends", name, "prices", m, field), text.Raw(name), text.Raw(m), field)
			}
		}
	}
	return nil
}

// open opens the backends of the config; no connection is made.
func (c config) open(e backend.Embedded) (*backend.Set, error) {
	set, err := backend.NewSet(c.backends(), os.Getenv, e)
	var bad *backend.ConfigError
	if errors.As(err, &bad) {
		return nil, usage("%s: %s", c.at("backends", string(bad.Backend), bad.Field), text.Raw(err.Error()))
	}
	if err != nil {
		return nil, usage("%s: %s", text.Raw(c.path), text.Raw(err.Error()))
	}
	return set, nil
}

// theme is the name for the workbench: "" follows the terminal's background.
func (c config) theme() string {
	if c.Theme == "galley" {
		return ""
	}
	return c.Theme
}

// serves is the first field that only a server that is started here has, "" none.
func (b configBackend) serves() string {
	switch {
	case b.Program != "":
		return "program"
	case b.Model != "":
		return "model"
	case len(b.Files) > 0:
		return "files"
	case len(b.Args) > 0:
		return "args"
	case b.Device != "":
		return "device"
	case b.Idle != "":
		return "idle"
	}
	return ""
}

// idleTime reads how long a server that nobody uses stays up; below 0: for ever.
func idleTime(s string) (time.Duration, error) {
	switch d, err := time.ParseDuration(s); {
	case s == "":
		return 0, nil
	case s == "never":
		return -1, nil
	case err != nil || d < time.Second:
		return 0, fmt.Errorf("idle %q is not a time from 1s; write \"10m\" or \"1h30m\", or \"never\"", text.Raw(s))
	default:
		return d, nil
	}
}

// place is a path of the config in full: "~" is the user's home, and what is not
// full is meant from the config's own folder, never from where a workspace lies. A
// program's bare name is looked for in PATH.
func (c config) place(path string, program bool) string {
	rest, home := strings.CutPrefix(path, "~/")
	switch {
	case path == "" || filepath.IsAbs(path) || program && !strings.ContainsAny(path, `/\`):
		return path
	case home:
		if dir, err := os.UserHomeDir(); err == nil {
			return filepath.Join(dir, rest)
		}
	}
	full, err := filepath.Abs(filepath.Join(filepath.Dir(c.path), path))
	if err != nil {
		return path
	}
	return full
}

// serversDir is where servers that are started here keep their logs and locks, ""
// where there is no home.
func serversDir() string {
	if p := logPath(); p != "" {
		return filepath.Join(filepath.Dir(p), "servers")
	}
	return ""
}

// backends are the config's backends as the engine wants them.
func (c config) backends() []backend.Config {
	var out []backend.Config
	for _, name := range slices.Sorted(maps.Keys(c.Backends)) {
		b := c.Backends[name]
		bc := backend.Config{
			Name: name, Kind: b.Kind, BaseURL: b.BaseURL, KeyEnv: b.KeyEnv, Concurrency: b.Concurrency,
			Models: b.Models, Context: b.Context, Prefill: b.Prefill, Prices: map[string]backend.Price{},
			Program: c.place(b.Program, true), Model: c.place(b.Model, false), Files: map[string]string{}, Args: b.Args, Device: b.Device,
			StateDir: serversDir(),
		}
		bc.Idle, _ = idleTime(b.Idle) // it was checked
		for m, file := range b.Files {
			bc.Files[m] = c.place(file, false)
		}
		for m, p := range b.Prices {
			bc.Prices[m] = backend.Price{Input: p.Input, Output: p.Output, Cached: p.Cached}
		}
		out = append(out, bc)
	}
	return out
}

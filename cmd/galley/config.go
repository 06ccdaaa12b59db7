package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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

	path string
}

type configBackend struct {
	Kind        string                 `toml:"kind"`
	BaseURL     string                 `toml:"base_url"`
	KeyEnv      string                 `toml:"key_env"`
	Concurrency int                    `toml:"concurrency"`
	Models      []string               `toml:"models"`
	Context     map[string]int         `toml:"context"`
	Prices      map[string]configPrice `toml:"prices"`
}

type configPrice struct {
	Input  float64 `toml:"input"`
	Output float64 `toml:"output"`
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
	d := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, usage("%s", configError(path, err))
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
		return fmt.Sprintf("%s:%d: %s; see galley help config", text.Raw(path), row, text.Raw(strings.TrimPrefix(dec.Error(), "toml: ")))
	}
	return fmt.Sprintf("%s: %s", text.Raw(path), text.Raw(err.Error()))
}

func (c config) check() error {
	where := text.Raw(c.path).String()
	if c.Theme != "" && c.Theme != "galley" && themes.Pick(c.Theme, true).Name != c.Theme {
		return usage("%s: theme %q is not one of %s", where, text.Raw(c.Theme), strings.Join(themes.Names(), ", "))
	}
	for name, b := range c.Backends {
		shown := text.Raw(name).String()
		if name == "embedded" {
			return usage("%s: [backends.embedded] is built in and has no settings; remove it", where)
		}
		if strings.ContainsAny(name, "/, ") {
			return usage("%s: [backends.%s]: a backend's name can't hold a slash, a comma or a space", where, shown)
		}
		known := false
		var kinds []string
		for _, k := range backend.All() {
			kinds = append(kinds, k.Name)
			known = known || k.Name == b.Kind
		}
		if !known {
			return usage("%s: [backends.%s]: kind %q is not one of %s", where, shown, text.Raw(b.Kind), strings.Join(kinds, ", "))
		}
		if strings.HasPrefix(b.KeyEnv, "sk-") || strings.ContainsAny(b.KeyEnv, " =") {
			return usage("%s: [backends.%s]: key_env names an environment variable; it must not hold the key itself", where, shown)
		}
	}
	return nil
}

// theme is the name for the workbench: "" follows the terminal's background.
func (c config) theme() string {
	if c.Theme == "galley" {
		return ""
	}
	return c.Theme
}

// backends are the config's backends as the engine wants them.
func (c config) backends() []backend.Config {
	var out []backend.Config
	for name, b := range c.Backends {
		bc := backend.Config{
			Name: name, Kind: b.Kind, BaseURL: b.BaseURL, KeyEnv: b.KeyEnv, Concurrency: b.Concurrency,
			Models: b.Models, Context: b.Context, Prices: map[string]backend.Price{},
		}
		for m, p := range b.Prices {
			bc.Prices[m] = backend.Price{Input: p.Input, Output: p.Output}
		}
		out = append(out, bc)
	}
	return out
}

// Package themes turns a palette into styles: what a role of the interface
// looks like on dark and on light paper. It knows no screen and no component,
// only roles; it draws nothing itself.
package themes

import "strings"

// Theme is a palette. Every colour is written as #rrggbb. Paper is the
// background the theme was drawn for; it is never painted, because the paper of
// a terminal is its owner's, but contrast is measured against it.
type Theme struct {
	Name string
	Dark bool

	Paper string // the assumed background
	Ink   string // running text
	Dim   string // labels, secondary text
	Faint string // line numbers, hints; still readable
	Line  string // borders of what has no focus

	Accent string // the one warm colour: focus, titles, keys
	Good   string
	Bad    string
	Warn   string
	Info   string

	Select    string // background of the selected row
	SelectDim string // the same in a pane without focus
	Shade     string // background of bars, badges and code
	MarkInk   string // ink of marks, on MarkPaper
	MarkPaper string
	AddPaper  string // background of inserted words
	DelPaper  string // background of deleted words
	Find      string // background of search matches
	FindNow   string // background of the match one stands on; Paper is its ink

	Blocks []string // ink of prompt blocks, at least eight, told apart by hue and lightness
}

// All lists the themes. A theme is added here.
func All() []Theme { return []Theme{galleyDark, galleyLight} }

// Pick returns the theme of that name. Without a name, or with one that no
// theme has, it is the first theme for such a background.
func Pick(name string, dark bool) Theme {
	for _, t := range All() {
		if strings.EqualFold(t.Name, name) {
			return t
		}
	}
	for _, t := range All() {
		if t.Dark == dark {
			return t
		}
	}
	return All()[0]
}

// Names lists the names of all themes.
func Names() []string {
	var out []string
	for _, t := range All() {
		out = append(out, t.Name)
	}
	return out
}

// galleyDark is lamp light on the proof table: warm ink on dark wood.
var galleyDark = Theme{
	Name: "galley-dark", Dark: true,
	Paper: "#191714", Ink: "#e6dfd1", Dim: "#b3a995", Faint: "#918773", Line: "#4b4539",
	Accent: "#e9a15f", Good: "#9cbf76", Bad: "#ee8673", Warn: "#e2c05c", Info: "#86b5cf",
	Select: "#413524", SelectDim: "#2b2721", Shade: "#26231e",
	MarkInk: "#191714", MarkPaper: "#d2a6c8", AddPaper: "#27391f", DelPaper: "#4a2520", Find: "#4d4522", FindNow: "#e2c05c",
	Blocks: []string{
		"#e9a15f", "#86b5cf", "#9cbf76", "#d39ac4", "#dcd36a", "#6fc2b0", "#ee8673", "#a9a3e6", "#c8b79a", "#7fd0e0",
	},
}

// galleyLight is rag paper by daylight: black ink and a vermilion initial.
var galleyLight = Theme{
	Name: "galley-light", Dark: false,
	Paper: "#fbf8f1", Ink: "#2b2620", Dim: "#5c5346", Faint: "#736958", Line: "#cfc4ad",
	Accent: "#a8451a", Good: "#416d1d", Bad: "#b3261e", Warn: "#7d5a00", Info: "#1f6286",
	Select: "#f3dfc0", SelectDim: "#f0eadc", Shade: "#f1ebdd",
	MarkInk: "#fbf8f1", MarkPaper: "#8a3f7c", AddPaper: "#dcecc8", DelPaper: "#f8d9d2", Find: "#f7e7a6", FindNow: "#7d5a00",
	Blocks: []string{
		"#a8451a", "#1f6286", "#416d1d", "#8a3f7c", "#7d5a00", "#0f6b5c", "#b3261e", "#5148b0", "#6b5b3e", "#3f5560",
	},
}

//go:build promptfoo

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
)

// promptfooModel has a price that promptfoo knows by its name; Galley's config says
// the same.
const promptfooModel = "gpt-4o-mini"

// leastCompared is how many assertions both tools must have said something about;
// below it the comparison has lost most of what it is for.
const leastCompared = 80_000

// The model as Galley names it, and the canary that no template may reach.
const (
	labModel = "lab/" + promptfooModel
	canary   = "canary-9a41c7"
)

// rig is a workspace with the real binary, the other tool and a model on loopback
// that plays answers.
type rig struct {
	t         *testing.T
	dir       string
	workspace string
	stage     *stage
	compared  int
	byKind    map[string]int
	aparts    []*apart
}

// TestPromptfoo has Galley and promptfoo ask the same server, with the same
// messages to the byte, and agree on every assertion that both can express.
func TestPromptfoo(t *testing.T) {
	if _, err := os.Stat(promptfooBin(t)); err != nil {
		t.Fatal("promptfoo is not installed; make e2e-promptfoo installs it")
	}
	r := &rig{t: t, dir: t.TempDir(), stage: newStage(t), byKind: map[string]int{}, aparts: byDesign()}
	r.workspace = filepath.Join(r.dir, "w.db")
	r.write("secret.txt", canary)
	r.write("galley.toml", fmt.Sprintf("[backends.lab]\nkind = \"openai\"\nbase_url = %q\nkey_env = \"LAB_KEY\"\nconcurrency = 4\nmodels = [%q]\n"+
		"[backends.lab.prices.%q]\ninput = 0.15\noutput = 0.60\n", r.stage.url(), promptfooModel, promptfooModel))
	r.galley(0, "demo", "--no-open", "--at", r.workspace)
	hostile := r.hostilePrompt()
	for _, x := range []struct {
		suite, variants string
		play            func(v session.VariantInfo, i int, c session.Case) outcome
	}{
		{"reply/honest", "all", r.replies()},
		{"extract/shape", "fields", extracts},
		{"hostile/each", "all", hostile},
		{"hostile/shared", "all", hostile},
		{"ended/states", "all", endings},
	} {
		t.Run(strings.ReplaceAll(x.suite, "/", "-"), func(t *testing.T) {
			outer := r.t
			r.t = t
			defer func() { r.t = outer }()
			r.compare(x.suite, x.variants, x.play)
		})
	}
	for _, a := range r.aparts {
		if a.seen == 0 {
			t.Errorf("the two tools no longer differ on %s: %s", a.name, a.why)
		}
		t.Logf("differ by design %d times: %s: %s", a.seen, a.name, a.why)
	}
	var kinds []string
	for k, n := range r.byKind {
		kinds = append(kinds, fmt.Sprintf("%s %d", k, n))
	}
	slices.Sort(kinds)
	t.Logf("%d assertions compared: %s", r.compared, strings.Join(kinds, ", "))
	if r.compared < leastCompared {
		t.Errorf("%d assertions were compared, fewer than %d", r.compared, leastCompared)
	}
	for _, k := range session.AssertKinds() {
		how, _ := exchange.Spell(k.Kind)
		if how != "" && r.byKind[string(k.Kind)] == 0 {
			t.Errorf("%s is spelled %s and never compared", k.Kind, how)
		}
	}
}

// promptfooDir is where make e2e-promptfoo installs what npm has.
func promptfooDir(t *testing.T) string {
	dir, err := filepath.Abs(filepath.Join("..", "..", "bin", "_promptfoo"))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func promptfooBin(t *testing.T) string {
	return filepath.Join(promptfooDir(t), "node_modules", ".bin", "promptfoo")
}

func (r *rig) write(name, data string) {
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(data), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// galley runs the program and returns its stdout. Another exit code is a failure.
func (r *rig) galley(code int, args ...string) []byte {
	r.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir = r.dir
	cmd.Env = append(asGalley(r.dir), "GALLEY_WORKSPACE="+r.workspace, "GALLEY_CONFIG="+filepath.Join(r.dir, "galley.toml"), "LAB_KEY=none")
	out, errs, got := output(r.t, cmd)
	if got != code {
		r.t.Fatalf("galley %s ended with %d, want %d\n%s", strings.Join(args, " "), got, code, errs)
	}
	return out
}

// output runs a program and returns what it wrote, and its exit code.
func output(t *testing.T, cmd *exec.Cmd) (stdout, stderr []byte, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", cmd.Path, err)
	}
	return out.Bytes(), errs.Bytes(), cmd.ProcessState.ExitCode()
}

// promptfoo runs an exported folder as a user would, who has set where the server
// is, and returns what it says of each test.
func (r *rig) promptfoo(folder string) []pfRow {
	home := filepath.Join(r.dir, "promptfoo-home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command(promptfooBin(r.t), "eval", "-c", "promptfooconfig.yaml", "--no-cache", "--no-progress-bar", "--no-table", "-o", "out.json")
	cmd.Dir = folder
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PROMPTFOO_CONFIG_DIR=" + home, "PROMPTFOO_DISABLE_TELEMETRY=1", "PROMPTFOO_DISABLE_UPDATE=1",
		"PROMPTFOO_DISABLE_REMOTE_GENERATION=1", "PROMPTFOO_DISABLE_SHARING=1", "OPENAI_BASE_URL=" + r.stage.url(), "OPENAI_API_KEY=none",
		"GALLEY_CANARY=" + canary, "NO_COLOR=1", "LC_ALL=C.UTF-8",
	}
	began := time.Now()
	_, errs, code := output(r.t, cmd)
	if code != 0 && code != 100 { // 100: tests failed
		r.t.Fatalf("promptfoo ended with %d\n%s", code, errs)
	}
	data, err := os.ReadFile(filepath.Join(folder, "out.json"))
	if err != nil {
		r.t.Fatalf("%v\n%s", err, errs)
	}
	var out struct {
		Results struct {
			Results []pfRow `json:"results"`
		} `json:"results"`
	}
	if err := json.Unmarshal(data, &out); err != nil {
		r.t.Fatal(err)
	}
	if bytes.Contains(data, []byte(canary)) {
		r.t.Error("promptfoo rendered a template or read a file that stood in a text")
	}
	r.t.Logf("promptfoo: %d tests in %s", len(out.Results.Results), time.Since(began).Round(100*time.Millisecond))
	return out.Results.Results
}

// pfRow is what promptfoo says of a case of a variant.
type pfRow struct {
	Prompt   struct{ Label string } `json:"prompt"`
	TestCase struct {
		Metadata struct {
			Case text.Raw `json:"galley_case"`
		} `json:"metadata"`
	} `json:"testCase"`
	Success bool               `json:"success"`
	Score   float64            `json:"score"`
	Error   string             `json:"error"`
	Metrics map[string]float64 `json:"namedScores"`
	Grading struct {
		Components []pfResult `json:"componentResults"`
	} `json:"gradingResult"`
}

type pfResult struct {
	Pass      bool   `json:"pass"`
	Reason    string `json:"reason"`
	Assertion struct {
		Type   string   `json:"type"`
		Weight *float64 `json:"weight"`
	} `json:"assertion"`
}

// key names a case of a variant.
type key struct {
	variant string
	name    text.Raw
}

// compare exports a suite, has both tools run it and holds each result of one
// against the other's.
func (r *rig) compare(suite, variants string, play func(session.VariantInfo, int, session.Case) outcome) {
	t := r.t
	s, cases, infos := r.load(suite, variants)
	r.stage.set(infos, cases, play)
	folder := filepath.Join(r.dir, strings.ReplaceAll(suite, "/", "-"))
	var made struct{ Notes []noteLine }
	if err := json.Unmarshal(r.galley(0, "export", "promptfoo", "--suite", suite, "--variants", variants, "--models", labModel, "--out", folder, "--json"), &made); err != nil {
		t.Fatal(err)
	}
	junit := folder + ".xml"
	var ours checkJSON
	began := time.Now()
	if err := json.Unmarshal(r.galley(1, "check", suite, "--variants", variants, "--models", labModel, "--no-cache", "--json", "--junit", junit), &ours); err != nil {
		t.Fatal(err)
	}
	t.Logf("galley: %d cells in %s", len(ours.Cases), time.Since(began).Round(100*time.Millisecond))
	r.stage.asked(t, "galley")
	rows := map[key]pfRow{}
	for _, row := range r.promptfoo(folder) {
		rows[key{row.Prompt.Label, row.TestCase.Metadata.Case}] = row
	}
	r.stage.asked(t, "promptfoo")
	if len(rows) != len(infos)*len(cases) || len(ours.Cases) != len(rows) {
		t.Fatalf("%d variants by %d cases: galley has %d results, promptfoo %d", len(infos), len(cases), len(ours.Cases), len(rows))
	}
	byName := map[text.Raw]session.Case{}
	for _, c := range cases {
		byName[c.Name] = c
	}
	out := leftOut(made.Notes)
	before := r.compared
	for _, k := range ours.Cases {
		_, label, _ := strings.Cut(k.Variant, "/")
		row, ok := rows[key{label, k.Case}]
		if !ok {
			t.Errorf("promptfoo says nothing of %s for %s", label, k.Case)
			continue
		}
		r.row(row, k, byName[k.Case], s, out, r.stage.outcome(label, k.Case))
	}
	t.Logf("%d assertions compared, %d kinds of notes", r.compared-before, len(made.Notes))
	r.readJUnit(junit, ours)
}

// load reads what a suite is about.
func (r *rig) load(suite, variants string) (session.Suite, []session.Case, []session.VariantInfo) {
	r.t.Helper()
	st := r.open()
	defer func() { _ = st.Close() }()
	ctx := context.Background()
	prompt, name, _ := strings.Cut(suite, "/")
	s, err := st.Suite(ctx, prompt, name)
	if err != nil {
		r.t.Fatal(err)
	}
	cases, err := st.Cases(ctx, s.PromptID)
	if err != nil {
		r.t.Fatal(err)
	}
	all, err := st.Variants(ctx, s.PromptID)
	if err != nil {
		r.t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(v session.VariantInfo) bool { return variants != "all" && v.Ref().Variant != variants })
	return s, cases, all
}

func (r *rig) open() *store.Store {
	st, err := store.Open(context.Background(), r.workspace, store.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

// leftOut knows from the notes of an export which assertions the other tool was
// not told. An assertion that is missing without a note shifts all others.
func leftOut(notes []noteLine) func(session.Assertion, text.Raw) bool {
	return func(a session.Assertion, of text.Raw) bool {
		where := "for every case"
		if of != "" {
			where = "for case " + of.String()
		}
		return slices.ContainsFunc(notes, func(n noteLine) bool { return strings.HasPrefix(n.What, a.String()+" ("+where+"): ") })
	}
}

// told is a suite's assertions of a case in the order of the export: those that are
// the same for every case, those that name variables, those of the case.
func told(s session.Suite, c session.Case, variables map[string]bool, out func(session.Assertion, text.Raw) bool) []session.Assertion {
	var parts [3][]session.Assertion
	for _, a := range s.Assertions {
		part, of := 0, text.Raw("")
		switch {
		case a.CaseName != "" && a.CaseName != c.Name:
			continue
		case a.CaseName != "":
			part, of = 2, c.Name
		case slices.ContainsFunc(a.Names(), func(n string) bool { return variables[n] }):
			part, of = 1, c.Name
		}
		if !out(a, of) {
			parts[part] = append(parts[part], a)
		}
	}
	return slices.Concat(parts[0], parts[1], parts[2])
}

// row compares the two tools on one answer.
func (r *rig) row(row pfRow, k checkCaseJSON, c session.Case, s session.Suite, out func(session.Assertion, text.Raw) bool, o outcome) {
	t := r.t
	at := row.Prompt.Label + " " + string(c.Name)
	list := told(s, c, r.stage.variables, out)
	if len(list) != len(row.Grading.Components) {
		t.Errorf("%s: promptfoo was told %d assertions and answers to %d; %s", at, len(list), len(row.Grading.Components), row.Error)
		return
	}
	ours := map[string]session.AssertResult{}
	for _, a := range k.Assertions {
		ours[a.UID] = a
	}
	same := len(ours) == len(list) // both grade by the same assertions
	metrics := map[string]bool{}
	for _, a := range list {
		metrics[string(a.Metric)] = true
	}
	delete(metrics, "")
	for name := range row.Metrics {
		if !metrics[name] {
			t.Errorf("%s: promptfoo knows a metric %q", at, name)
		}
	}
	if len(row.Metrics) != len(metrics) {
		t.Errorf("%s: promptfoo has %d metrics of %d", at, len(row.Metrics), len(metrics))
	}
	for i, a := range list {
		theirs, mine := row.Grading.Components[i], ours[a.UID]
		how, _ := exchange.Spell(a.Kind)
		if base := strings.TrimPrefix(theirs.Assertion.Type, "not-"); base != how || mine.Kind != a.Kind {
			t.Fatalf("%s, assertion %d: ours is %s, spelled %s, theirs is %s", at, i, a.Kind, how, theirs.Assertion.Type)
		}
		if w := theirs.Assertion.Weight; w == nil && a.Weight != 1 || w != nil && *w != a.Weight {
			t.Errorf("%s: %s: the weight did not arrive", at, clipped(a.String()))
		}
		info, _ := a.Kind.Info()
		if !info.About(o.status()) { // cut, withheld or empty: Galley says so and never passes it
			same = false
			if !mine.Error || mine.Pass && a.Weight > 0 {
				t.Errorf("%s: %s says something of an answer that is %s", at, a.Kind, o.status())
			}
			continue
		}
		if apart := r.apart(a.Expand(c.Vars), o); apart != nil {
			same = false
			apart.seen++
			if !mine.Error && mine.Pass == theirs.Pass {
				t.Errorf("%s: %s: the tools agree where they differ by design (%s)", at, clipped(a.String()), apart.name)
			}
			continue
		}
		r.compared++
		r.byKind[string(a.Kind)]++
		if mine.Error || mine.Pass != theirs.Pass {
			t.Errorf("%s: %s\n answer   %s\n galley   pass %v error %v, %s\n promptfoo pass %v, %s", at, clipped(a.Expand(c.Vars).Spec()), clipped(fmt.Sprintf("%q", o.text)),
				mine.Pass, mine.Error, clipped(string(mine.Message)), theirs.Pass, clipped(theirs.Reason))
		}
	}
	if same && o.status() == session.StatusDone {
		r.compared++
		r.byKind["a case"]++
		if (k.Status == session.CheckPass) != row.Success {
			t.Errorf("%s: galley says %s, promptfoo %v", at, k.Status, row.Success)
		}
		if k.Score == nil {
			t.Errorf("%s: galley has no score", at)
		} else if math.Abs(*k.Score-row.Score) > 0.0006 && !o.blank() { // ours has three places
			t.Errorf("%s: the scores differ: %v, %v", at, *k.Score, row.Score)
		}
	}
}

func clipped(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

func (r *rig) apart(a session.Assertion, o outcome) *apart {
	for _, x := range r.aparts {
		if x.is(a, o) {
			return x
		}
	}
	return nil
}

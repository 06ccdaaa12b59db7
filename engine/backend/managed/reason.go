package managed

import (
	"errors"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"galley/session"
)

// A clue is how a line of the log tells why a server ended.
type clue struct {
	re   *regexp.Regexp
	kind string
	say  string // in our words
}

// clues stand in the order in which they are looked for.
var clues = []clue{
	{regexp.MustCompile(`invalid argument:|^error: |error while handling argument`), "config", "it does not take one of the args"},
	{regexp.MustCompile(`invalid magic|failed to read magic|not a valid GGUF`), "config", "the file is no GGUF"},
	{regexp.MustCompile(`not within the file bounds|corrupted or incomplete|failed to read tensor|unexpectedly reached end of file`), "config", "the file is cut off"},
	{regexp.MustCompile(`(?i)insufficient memory|out of memory|out of device memory|ErrorOutOfDeviceMemory|cudaMalloc failed|failed to allocate|unable to allocate|bad_alloc`), "config", "there is not enough memory; a smaller context, fewer requests at once or a smaller quantisation needs less"},
	{regexp.MustCompile(`failed to open GGUF file|No such file or directory|failed to open`), "config", "a file can't be opened"},
	{regexp.MustCompile(`unknown model architecture|unknown pre-tokenizer`), "config", "the program does not know this model; a newer build may"},
	{regexp.MustCompile(`error loading model|failed to load model`), "config", "the model can't be loaded"},
	{regexp.MustCompile(`(?i)GGML_ASSERT|CUDA error|terminate called|segmentation`), "server", "it broke"},
}

var portTaken = regexp.MustCompile(`couldn't bind|could not bind|address already in use`)

func (p *proc) portTaken() bool {
	return slices.ContainsFunc(p.own(), portTaken.MatchString)
}

// own are the lines of this start.
func (p *proc) own() []string {
	var out []string
	for _, l := range p.log.ring.lines() {
		if !strings.Contains(string(l), "pinned memory") { // it does without
			out = append(out, string(l))
		}
	}
	if len(out) > 0 && strings.HasPrefix(out[0], "started: ") {
		out = out[1:]
	}
	return out
}

// reason tells why the process ended, with the line of its log that says so.
func (p *proc) reason(what string) *session.CallError {
	lines := p.own()
	how := ended(p.err)
	for _, c := range clues {
		if i := slices.IndexFunc(lines, c.re.MatchString); i >= 0 {
			return fail(c.kind, "%s: %s: %s (%s)", what, c.say, telling(lines[i]), how)
		}
	}
	if strings.Contains(how, "killed") {
		return fail("server", "%s: it was killed from outside, as the system does when memory runs out (%s)%s", what, how, lastOf(lines))
	}
	return fail("server", "%s: %s%s", what, how, lastOf(lines))
}

var stamp = regexp.MustCompile(`^(\d+\.)+\d+ [A-Z] |^[EW] `)

// telling is a line without its time.
func telling(line string) string {
	return cut(strings.Join(strings.Fields(stamp.ReplaceAllString(line, "")), " "), 400)
}

// lastOf is the last line that says something: an error if there is one.
func lastOf(lines []string) string {
	for _, re := range []*regexp.Regexp{regexp.MustCompile(`^E | E `), regexp.MustCompile(`.`)} {
		for _, l := range slices.Backward(lines) {
			if re.MatchString(l) && !strings.Contains(l, "cleaning up before exit") {
				return "; its last words: " + telling(l)
			}
		}
	}
	return "; it said nothing"
}

// ended is how a process ended, in the system's words.
func ended(err error) string {
	var ee *exec.ExitError
	switch {
	case err == nil:
		return "exit status 0"
	case errors.As(err, &ee):
		return ee.ProcessState.String()
	}
	return err.Error()
}

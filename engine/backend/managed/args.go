package managed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"galley/session/text"
)

// ArgError says what of the options can't be.
type ArgError struct{ Field, Why string }

// Error is one sentence.
func (e *ArgError) Error() string { return e.Field + " " + e.Why }

// ours are the arguments that are set here, and why nobody else may.
var ours = map[string]string{
	"-m": "model or files name the model", "--model": "model or files name the model",
	"-mu": "nothing is downloaded", "--model-url": "nothing is downloaded",
	"-hf": "nothing is downloaded", "-hfr": "nothing is downloaded", "--hf-repo": "nothing is downloaded",
	"-hff": "nothing is downloaded", "--hf-file": "nothing is downloaded", "-hft": "nothing is downloaded", "--hf-token": "nothing is downloaded",
	"-hfd": "nothing is downloaded", "-hfrd": "nothing is downloaded", "--hf-repo-draft": "nothing is downloaded",
	"--spec-draft-hf": "nothing is downloaded", "--mmproj-url": "nothing is downloaded", "-mmu": "nothing is downloaded",
	"--agent": "it runs no tools", "--tools": "it runs no tools", "--tools-runtime": "it runs no tools", "--mcp-servers-config": "it runs no tools",
	"--mcp-servers-json": "it runs no tools", "--ui-mcp-proxy": "nobody browses it", "--webui-mcp-proxy": "nobody browses it",
	"-dr": "nothing is downloaded", "--docker-repo": "nothing is downloaded",
	"--host": "the server listens on this machine alone", "--port": "the port is picked at every start", "--reuse-port": "the port is its own",
	"--api-key": "the key is made at every start", "--api-key-file": "the key is made at every start", "--api-prefix": "the address is made here",
	"--ssl-key-file": "it is spoken to on this machine alone", "--ssl-cert-file": "it is spoken to on this machine alone",
	"-a": "the model's name is its alias", "--alias": "the model's name is its alias",
	"--log-file": "the log is read and kept here", "--log-disable": "the log is read and kept here", "--log-jsonl": "the log is read and kept here",
	"--no-log-jsonl": "the log is read and kept here", "--log-prompts-dir": "prompts are not written to disk",
	"--models-dir": "one server has one model", "--models-preset": "one server has one model", "--models-max": "one server has one model",
	"--ui": "nobody browses it", "--webui": "nobody browses it", "--no-offline": "nothing is downloaded",
	"-h": "it would not serve", "--help": "it would not serve", "--usage": "it would not serve", "--version": "it would not serve",
	"--completion-bash": "it would not serve", "--list-devices": "it would not serve", "-cl": "it would not serve", "--cache-list": "it would not serve",
}

func checkArgs(o Options) error {
	for _, a := range o.Args {
		flag, _, _ := strings.Cut(a, "=")
		flag = strings.ReplaceAll(flag, "_", "-") // the program reads both
		if why, ok := ours[flag]; ok {
			return &ArgError{"args", fmt.Sprintf("can't hold %s: %s", text.Raw(flag), why)}
		}
		if strings.ContainsRune(a, 0) {
			return &ArgError{"args", "hold a zero byte"}
		}
	}
	if strings.ContainsRune(o.Program, 0) {
		return &ArgError{"program", "holds a zero byte"}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Files)) {
		switch {
		case name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == ',' || r == 0x7f || r == 0xfffd }):
			return &ArgError{"files", fmt.Sprintf("holds the name %q; a model's name has no comma and no control character", text.Raw(name))}
		case strings.ContainsRune(o.Files[name], 0) || o.Files[name] == "":
			return &ArgError{"files", fmt.Sprintf("has no path for %q", text.Raw(name))}
		}
	}
	return nil
}

// args is the command line of a model's server. Every value is an element of its
// own, and no shell reads them. Flags that the program does not know are left out.
func (s *Supervisor) args(prog Program, name, path string, port int) []string {
	out := []string{"-m", path, "-a", name, "--host", "127.0.0.1", "--port", strconv.Itoa(port)}
	for _, f := range []string{"--offline", "--metrics", "--log-jsonl"} {
		if prog.knows[f] {
			out = append(out, f)
		}
	}
	switch {
	case prog.knows["--no-ui"]:
		out = append(out, "--no-ui")
	case prog.knows["--no-webui"]:
		out = append(out, "--no-webui")
	}
	if prog.knows["--cache-ram"] && !s.given("--cache-ram", "-cram") {
		out = append(out, "--cache-ram", "0")
	}
	return append(append(out, s.room(prog, name)...), s.o.Args...)
}

// room is the part of the arguments about slots and context. Slots with a known
// context have a cache of their own each, which makes answers repeatable; with no
// context known they share one, so that each may use all of it.
func (s *Supervisor) room(prog Program, name string) (out []string) {
	slots := s.o.Slots
	if s.given("-np", "--parallel") {
		slots = 0
	}
	size := s.o.Context[name]
	if s.given("-c", "--ctx-size") {
		size = 0
	}
	switch {
	case size > 0 && s.given("-np", "--parallel"):
		n, _ := strconv.Atoi(s.value("-np", "--parallel"))
		out = append(out, "-c", strconv.Itoa(size*max(n, 1)))
	case size > 0:
		n := s.Slots()
		out = append(out, "-np", strconv.Itoa(n), "-c", strconv.Itoa(size*n))
	case slots > 0:
		out = append(out, "-np", strconv.Itoa(slots))
		if prog.knows["--kv-unified"] && !s.given("-c", "--ctx-size", "-kvu", "--kv-unified", "-no-kvu", "--no-kv-unified") {
			out = append(out, "--kv-unified")
		}
	}
	return out
}

// Mark names the arguments that the config hands on, "" none: they can make of a
// file another model.
func (s *Supervisor) Mark() string {
	if len(s.o.Args) == 0 {
		return ""
	}
	h := sha256.Sum256([]byte(strings.Join(s.o.Args, "\x00")))
	return "+args:" + hex.EncodeToString(h[:6])
}

// Slots is how many requests a server works at once, as far as that is known
// without asking it.
func (s *Supervisor) Slots() int {
	if n, err := strconv.Atoi(s.value("-np", "--parallel")); err == nil && n > 0 {
		return n
	}
	if s.o.Slots > 0 {
		return s.o.Slots
	}
	return 4 // what the program takes by itself
}

func (s *Supervisor) given(flags ...string) bool {
	return slices.ContainsFunc(s.o.Args, func(a string) bool { return slices.Contains(flags, strings.ReplaceAll(a, "_", "-")) })
}

// value is what follows the last of the flags, "" none.
func (s *Supervisor) value(flags ...string) (v string) {
	for i, a := range s.o.Args {
		if slices.Contains(flags, strings.ReplaceAll(a, "_", "-")) && i+1 < len(s.o.Args) {
			v = s.o.Args[i+1]
		}
	}
	return v
}

// passed are the variables of our environment that a child gets: what finds
// programs, folders, libraries and GPUs. No key is one of them.
var (
	passed = []string{
		"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
		"XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "DRI_PRIME", "MESA_VK_DEVICE_SELECT",
		"SYSTEMROOT", "WINDIR", "PATHEXT", "COMSPEC", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "PROGRAMDATA", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
	}
	passedPrefix = []string{"CUDA_", "NVIDIA_", "HIP_", "HSA_", "ROCR_", "ROCM_", "GPU_", "GGML_", "VK_", "ONEAPI_", "ZE_", "SYCL_", "OMP_", "GOMP_", "KMP_"}
	secretWords  = []string{"KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL", "AUTH"}
)

// environ is what of env a child may see.
func environ(env []string) []string {
	out := []string{"LC_ALL=C"}
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		up := strings.ToUpper(name)
		has := func(list []string, in func(s, w string) bool) bool {
			return slices.ContainsFunc(list, func(w string) bool { return in(up, w) })
		}
		if (slices.Contains(passed, up) || has(passedPrefix, strings.HasPrefix)) && !has(secretWords, strings.Contains) {
			out = append(out, kv)
		}
	}
	return out
}

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// harden keeps what the process holds in memory (keys, prompts) out of core
// files and out of Bubble Tea's own trace files.
func harden() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	untrace()
}

// untrace switches off Bubble Tea's traces, which hold everything on the screen
// and are readable by others.
func untrace() {
	_ = os.Unsetenv("TEA_TRACE")
	_ = os.Unsetenv("TEA_DEBUG")
}

package main

import (
	"os"
	"runtime"
)

// spareProc lets the runtime run one goroutine more at once than there are
// processors. The one that writes records waits for the disk in a system call, again
// and again for about a millisecond, and the runtime takes it for running meanwhile:
// on a machine of two processors that would halve what answers are read and requests
// sent with. From then on the runtime does not follow a limit that is changed while it
// runs. Who sets GOMAXPROCS has decided otherwise.
func spareProc() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}

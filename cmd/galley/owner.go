package main

import (
	"os"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// ownerName names this process in the leases of runs: the machine, the process,
// and a word of its own.
func ownerName() string {
	return strings.Join([]string{machine(), strconv.Itoa(os.Getpid()), uuid.NewString()[:8]}, " ")
}

// ownerGone reports whether the process of that name is surely dead: it was one
// of this machine, and its number is nobody's now. A number that was given to
// another process since is not sure; its lease runs out by itself.
func ownerGone(owner string) bool {
	at, rest, ok := strings.Cut(owner, " ")
	if !ok || at != machine() {
		return false
	}
	number, _, _ := strings.Cut(rest, " ")
	pid, err := strconv.Atoi(number)
	return err == nil && pid > 0 && processGone(pid)
}

// machine names this machine as far as process numbers go: the host, and where
// processes have name spaces (containers), theirs.
func machine() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "unknown"
	}
	ns, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		ns = "pid"
	}
	return strings.ReplaceAll(host, " ", "_") + "/" + ns
}

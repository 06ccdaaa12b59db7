package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"galley/engine/backend/managed"
)

// ownerName names this process in the leases of runs and as the writer of drafts: the
// machine, the process, a word of its own, and when it began.
func ownerName() string {
	pid := os.Getpid()
	return strings.TrimSpace(strings.Join([]string{machine(), strconv.Itoa(pid), uuid.NewString()[:8], beganAt(pid)}, " "))
}

// beganAt is a short word for when a process began, "" where that can't be told.
func beganAt(pid int) string {
	began := managed.Began(pid)
	if began == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(began))
	return hex.EncodeToString(sum[:4])
}

// owner is what the name of a process says.
type owner struct {
	pid   int
	began string // "" it does not say
}

// ownerHere reads the name of a process of this machine; false: it is of another, or
// it is none.
func ownerHere(name string) (owner, bool) {
	at, rest, ok := strings.Cut(name, " ")
	if !ok || at != machine() {
		return owner{}, false
	}
	f := strings.Fields(rest)
	if len(f) == 0 {
		return owner{}, false
	}
	pid, err := strconv.Atoi(f[0])
	o := owner{pid: pid}
	if len(f) > 2 {
		o.began = f[2]
	}
	return o, err == nil && pid > 0
}

// ownerGone reports whether the process of that name is surely dead: it was one
// of this machine, and its number is nobody's now, or another's by the time that one
// began. Where that can't be told its lease runs out by itself.
func ownerGone(name string) bool {
	o, ok := ownerHere(name)
	if !ok {
		return false
	}
	now := beganAt(o.pid)
	return processGone(o.pid) || o.began != "" && now != "" && now != o.began
}

// ownerLives reports whether the process of that name surely lives: its number is
// that of a process of this machine that began when it did.
func ownerLives(name string) bool {
	o, ok := ownerHere(name)
	return ok && o.began != "" && o.began == beganAt(o.pid)
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

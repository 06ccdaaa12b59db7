//go:build unix

package managed

import (
	"errors"
	"os"
	"syscall"
)

// signalGroup asks a process and its group to end, or ends them.
func signalGroup(pid int, hard bool) {
	sig := syscall.SIGTERM
	if hard {
		sig = syscall.SIGKILL
	}
	if pid > 1 {
		_ = syscall.Kill(-pid, sig)
	}
}

// endRest ends what a process that has ended left in its group, if it was a script.
func endRest(pid int) { signalGroup(pid, true) }

// tryLock takes the lock on a file, which ends when the file is closed; false:
// another has it.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// bond is nothing here: groups and death signals do what it does elsewhere.
type bond struct{}

func (bond) end() {}

func tie(*os.Process) bond { return bond{} }

// markOf is what the command line of the server holds.
func markOf(_, model string) string { return model }

package managed

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes make the child lead a group of its own. There is no death signal
// here: what a killed Galley left is ended at the next start.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// processOf tells when a process began and its command line; false: there is none.
func processOf(pid int) (start, what string, ok bool) {
	k, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	const zombie = 5
	if err != nil || int(k.Proc.P_pid) != pid || k.Proc.P_stat == zombie {
		return "", "", false
	}
	args, err := unix.SysctlRaw("kern.procargs2", pid)
	if err != nil {
		return "", "", false
	}
	t := k.Proc.P_starttime
	return fmt.Sprintf("%d.%06d", t.Sec, t.Usec), string(args), true
}

// readBy can't be told here.
func readBy(int) int64 { return 0 }

// membersOf can't be told here.
func membersOf(int) []int { return nil }

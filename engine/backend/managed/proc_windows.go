package managed

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// attributes make the child lead a group of its own, so that a ctrl+c here is not
// one there.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}

// signalGroup ends a process. There is no way here to ask one that has no
// console; what it started ends with its job.
func signalGroup(pid int, _ bool) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
		_ = p.Release()
	}
}

// endRest is done by the job; the number may be another's by now.
func endRest(int) {}

// tryLock takes the lock on a file, which ends when the file is closed; false:
// another has it.
func tryLock(f *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// bond is a job whose processes end when its last handle is closed, which is at
// the latest when we end, however that comes.
type bond windows.Handle

func (b bond) end() {
	if b != 0 {
		_ = windows.CloseHandle(windows.Handle(b))
	}
}

// tie puts a process into a job of its own. One that can't be is not tied.
func tie(p *os.Process) bond {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		_ = windows.CloseHandle(job)
		return 0
	}
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, h)
		_ = windows.CloseHandle(h)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return 0
	}
	return bond(job)
}

// membersOf can't be told here; what a program started ends with its job.
func membersOf(int) []int { return nil }

// markOf is what the name of the server's program holds.
func markOf(program, _ string) string { return strings.ToLower(filepath.Base(program)) }

// processOf tells when a process began and its program; false: there is none.
func processOf(pid int) (start, what string, ok bool) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return "", "", false
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var began, end, kernel, user windows.Filetime
	if windows.GetProcessTimes(h, &began, &end, &kernel, &user) != nil || end.LowDateTime != 0 || end.HighDateTime != 0 {
		return "", "", false
	}
	name := make([]uint16, 32<<10)
	n := uint32(len(name))
	if windows.QueryFullProcessImageName(h, 0, &name[0], &n) != nil {
		return "", "", false
	}
	return strconv.FormatInt(began.Nanoseconds(), 10), strings.ToLower(windows.UTF16ToString(name[:n])), true
}

// readBy can't be told here.
func readBy(int) int64 { return 0 }

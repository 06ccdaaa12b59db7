package managed

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// attributes make the child lead a group of its own, and end it when the thread
// that started it does.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// processOf tells when a process began (in ticks of this boot) and its command
// line; false: there is none.
func processOf(pid int) (start, what string, ok bool) {
	at := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(at + "/stat")
	if err != nil {
		return "", "", false
	}
	// The name in parentheses may hold anything; fields are counted after it.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 || fields[0][0] == 'Z' {
		return "", "", false
	}
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	line, _ := os.ReadFile(at + "/cmdline")
	return strings.TrimSpace(string(boot)) + " " + string(fields[19]), string(line), true
}

// membersOf are the processes of a group.
func membersOf(group int) (out []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == group {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // it has just ended
		}
		if f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]); len(f) > 2 && string(f[2]) == strconv.Itoa(group) {
			out = append(out, pid)
		}
	}
	return out
}

// readBy is how many bytes a process has read of files so far, by reading or by
// mapping them; 0: it can't be told.
func readBy(pid int) int64 {
	at := "/proc/" + strconv.Itoa(pid)
	var most int64
	if b, err := os.ReadFile(at + "/io"); err == nil {
		most = max(most, field(b, "rchar:"))
	}
	if b, err := os.ReadFile(at + "/status"); err == nil {
		most = max(most, field(b, "RssFile:")<<10)
	}
	return most
}

// field is the number after a name at the beginning of a line.
func field(b []byte, name string) int64 {
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, name); ok {
			v, _, _ = strings.Cut(strings.TrimSpace(v), " ")
			n, _ := strconv.ParseInt(v, 10, 64)
			return n
		}
	}
	return 0
}

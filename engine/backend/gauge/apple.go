package gauge

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"galley/session"
	"galley/session/text"
)

// apple asks the registry of a Mac once.
func apple(ctx context.Context) []session.Device {
	if runtime.GOOS != "darwin" {
		return nil
	}
	out, err := once(ctx, "/usr/sbin/ioreg", "-r", "-c", "IOAccelerator", "-d", "1")
	if err != nil {
		return nil
	}
	all := parseIOReg(out)
	if len(all) == 0 {
		return nil
	}
	if out, err = once(ctx, "/usr/sbin/sysctl", "-n", "hw.memsize"); err == nil {
		all[0].MemTotal = bytesOf(out)
	}
	return all
}

// once runs a program of the system for what it writes.
func once(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.WaitDelay = environ(os.Environ()), time.Second
	out, err := cmd.Output()
	return string(out), err
}

var (
	ioModel = regexp.MustCompile(`"model" = "([^"]+)"`)
	ioBusy  = regexp.MustCompile(`"Device Utilization %"=(\d+)`)
	ioInUse = regexp.MustCompile(`"In use system memory"=(\d+)`)
)

// parseIOReg reads what ioreg -r -c IOAccelerator -d 1 writes of Apple's GPU, whose
// memory is the machine's.
func parseIOReg(out string) []session.Device {
	busy := ioBusy.FindStringSubmatch(out)
	if busy == nil {
		return nil
	}
	d := session.Device{Name: "Apple GPU", Kind: "apple"}
	if m := ioModel.FindStringSubmatch(out); m != nil {
		d.Name = text.Raw(m[1])
	}
	if n, err := strconv.Atoi(busy[1]); err == nil && n <= 100 {
		share := float64(n) / 100
		d.Util = &share
	}
	if m := ioInUse.FindStringSubmatch(out); m != nil {
		d.MemUsed = bytesOf(m[1])
	}
	return []session.Device{d}
}

func bytesOf(s string) *int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

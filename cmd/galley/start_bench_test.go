//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkStart measures the real binary on a real terminal: the time from
// starting the process to the first frame of chrome and to the sample's
// content, beside the time that the same binary needs to print its version.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	bin := filepath.Join(dir, "galley-bench")
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	db := filepath.Join(dir, "sample.db")
	if out, err := exec.Command(bin, "demo", "--no-open", "--at", db).CombinedOutput(); err != nil {
		b.Fatalf("demo: %v\n%s", err, out)
	}
	var bare, chrome, content time.Duration
	for b.Loop() {
		begin := time.Now()
		if out, err := exec.Command(bin, "version").CombinedOutput(); err != nil {
			b.Fatalf("version: %v\n%s", err, out)
		}
		bare += time.Since(begin)
		c, s, err := firstFrames(dir, bin, db)
		if err != nil {
			b.Fatal(err)
		}
		chrome += c
		content += s
	}
	n := float64(b.N)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / n }
	b.ReportMetric(ms(bare), "ms/version")
	b.ReportMetric(ms(chrome), "ms/chrome")
	b.ReportMetric(ms(content), "ms/content")
	b.ReportMetric(ms(chrome)/ms(bare), "chrome/version")
}

// firstFrames starts the workbench on a terminal of its own and says when the
// station bar and when the sample's prompt were written.
func firstFrames(dir, bin, db string) (chrome, content time.Duration, err error) {
	master, slave, err := openPTY(120, 36)
	if err != nil {
		return 0, 0, err
	}
	defer master.Close()
	cmd := exec.Command(bin, db)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "TERM=xterm-256color")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	slave.Close()
	var seen bytes.Buffer
	buf := make([]byte, 64<<10)
	for content == 0 {
		n, err := master.Read(buf)
		if err != nil {
			return 0, 0, fmt.Errorf("the workbench ended early: %w\n%q", err, seen.String())
		}
		at := time.Since(begin)
		seen.Write(buf[:n])
		if chrome == 0 && bytes.Contains(seen.Bytes(), []byte("Library")) {
			chrome = at
		}
		if bytes.Contains(seen.Bytes(), []byte("twelve-shot")) {
			content = at
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return chrome, content, nil
}

// openPTY opens a terminal of w by h cells.
func openPTY(w, h uint16) (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: h, Col: w}); err != nil {
		return nil, nil, err
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	return master, slave, err
}

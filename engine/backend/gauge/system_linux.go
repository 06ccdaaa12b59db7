package gauge

import (
	"runtime"
	"syscall"
)

// attributes end a child with the thread that started it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// thread keeps the goroutine on its thread until what it returns is called.
func thread() func() {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

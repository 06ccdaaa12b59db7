//go:build !linux

package gauge

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }

func thread() func() { return func() {} }

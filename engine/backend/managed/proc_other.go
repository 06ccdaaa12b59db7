//go:build unix && !linux && !darwin

package managed

import "syscall"

// attributes make the child lead a group of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// processOf can't tell here, so that nothing is ever swept.
func processOf(int) (start, what string, ok bool) { return "", "", false }

// readBy can't be told here.
func readBy(int) int64 { return 0 }

// membersOf can't be told here.
func membersOf(int) []int { return nil }

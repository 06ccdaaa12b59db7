//go:build !linux

package main

import "os"

// harden switches off Bubble Tea's traces, which hold everything on the screen
// and are readable by others.
func harden() {
	_ = os.Unsetenv("TEA_TRACE")
	_ = os.Unsetenv("TEA_DEBUG")
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"galley/session/text"
)

// logPath is the log of the workbench, in the user's state folder.
func logPath() string {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "galley", "galley.log")
}

// logLimit is the size in bytes at which the log begins anew, the old one kept
// beside it.
const logLimit = 1 << 20

// logLine keeps a line for later, 0600, without what looks like a key. It says
// nothing when it can't: a log is no reason to fail.
func logLine(s string) {
	path := logPath()
	if path == "" || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	if fi, err := os.Stat(path); err == nil && fi.Size() > logLimit {
		_ = os.Rename(path, path+".1")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = fmt.Fprintf(f, "%s %s\n", time.Now().UTC().Format(time.RFC3339), text.Raw(redact(s)))
}

// redact takes the values of the environment that look like keys out of s.
func redact(s string) string {
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		up := strings.ToUpper(name)
		if len(value) >= 8 && (strings.Contains(up, "KEY") || strings.Contains(up, "TOKEN") || strings.Contains(up, "SECRET")) {
			s = strings.ReplaceAll(s, value, "[$"+name+"]")
		}
	}
	return s
}

package managed

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// grace is how long a server that nobody uses is left alone when another model
// waits for the device: the next request may be on its way.
const grace = 250 * time.Millisecond

// device is what only one server may be up on, in this process by cur and among
// processes by a lock on a file.
type device struct {
	name, dir string

	mu      sync.Mutex
	cur     *child // that is up, or on its way up or down
	changed chan struct{}
}

// devices are those of this process.
var devices = struct {
	sync.Mutex
	all map[[2]string]*device
}{all: map[[2]string]*device{}}

func deviceOf(dir, name string) *device {
	devices.Lock()
	defer devices.Unlock()
	k := [2]string{dir, name}
	d, ok := devices.all[k]
	if !ok {
		d = &device{name: name, dir: dir, changed: make(chan struct{})}
		devices.all[k] = d
	}
	return d
}

// tell wakes everybody who waits for a change; the mutex is held.
func (d *device) tell() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// waiting is for a change of the device, or for a time to pass.
type waiting struct {
	changed <-chan struct{}
	most    time.Duration // 0: for ever
}

func (w waiting) wait(ctx context.Context) error {
	var tick <-chan time.Time
	if w.most > 0 {
		t := time.NewTimer(w.most)
		defer t.Stop()
		tick = t.C
	}
	select {
	case <-w.changed:
	case <-tick:
	case <-ctx.Done():
		return cancelled()
	}
	return nil
}

// join counts the caller as a user of the model's server, which it begins to
// start if the device is free. A nil child: wait and ask again.
func (s *Supervisor) join(name string) (*child, waiting, error) {
	d := s.device
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.closed {
		return nil, waiting{}, fail("server", "the backend is closed")
	}
	w := waiting{changed: d.changed}
	c := d.cur
	switch {
	case c == nil:
		if f := s.falls[name]; f.n > mostRestarts {
			return nil, w, fail(f.why.Kind, "%s stays down, until it is loaded by hand: %s", name, string(f.why.Message))
		}
		c = s.begin(name)
	case c.of != s || c.name != name || c.sick != "":
		idle := time.Since(c.idle)
		switch {
		case c.users > 0 || c.ctx.Err() != nil:
		case c.state != StateReady, c.sick != "", idle >= grace:
			c.cancel()
		default:
			w.most = grace - idle
		}
		return nil, w, nil
	case c.ctx.Err() != nil || c.state == StateStopping:
		return nil, w, nil
	}
	c.users++
	return c, w, nil
}

// Files of a device in the state folder.
func (d *device) file(ext string) string {
	return filepath.Join(d.dir, plainName(d.name)+"."+ext)
}

// plainName is s as the name of a file.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, s)
}

// lock takes the device among processes: it waits while another has it, who
// gives it back when it sees that it is wanted and nobody uses its server.
func (d *device) lock(ctx context.Context, waits func(pid int)) (*os.File, error) {
	if !filepath.IsAbs(d.dir) {
		return nil, fail("config", "there is no state folder to keep logs and locks in; set HOME or XDG_STATE_HOME to a full path")
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, fail("config", "the state folder can't be made: %v", err)
	}
	f, err := os.OpenFile(d.file("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fail("config", "the lock of %s can't be opened: %v", d.name, err)
	}
	told := false
	for {
		ok, err := tryLock(f)
		if ok {
			if told {
				_ = os.Remove(d.file("wanted"))
			}
			return f, nil
		}
		if err != nil {
			_ = f.Close()
			return nil, fail("config", "%s can't be locked: %v", d.file("lock"), err)
		}
		if err := os.WriteFile(d.file("wanted"), nil, 0o600); err != nil {
			_ = f.Close()
			return nil, fail("config", "%s is taken by another Galley, which can't be asked for it: %v", d.name, err)
		}
		told = true
		r, _ := d.readRecord()
		waits(r.Parent)
		select {
		case <-time.After(grace):
		case <-ctx.Done():
			_ = f.Close()
			return nil, cancelled()
		}
	}
}

// wanted reports whether another process waits for the device.
func (d *device) wanted() bool {
	fi, err := os.Stat(d.file("wanted"))
	return err == nil && time.Since(fi.ModTime()) < 3*time.Second
}

// record names the server that is up on a device, so that one whose Galley was
// killed can be found and stopped.
type record struct {
	PID    int    `json:"pid"`
	Start  string `json:"start"`  // of the process, as the system tells it; "" it does not
	Mark   string `json:"mark"`   // what its command line or program holds
	Parent int    `json:"parent"` // the Galley that started it
}

func (d *device) readRecord() (record, error) {
	var r record
	b, err := os.ReadFile(d.file("pid"))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(b, &r)
}

func (d *device) writeRecord(r record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(d.file("pid"), b, 0o600)
}

// sweep ends the server that a killed Galley left on the device. The lock is
// held, so that nobody owns it. What only has its number is left alone.
func (d *device) sweep() error {
	r, err := d.readRecord()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil || r.PID <= 1 || r.Start == "":
	default:
		for _, left := range r.left() {
			if err := left.kill(); err != nil {
				return err
			}
		}
	}
	return os.Remove(d.file("pid"))
}

// left are the recorded process, if it is the same, and what a script in its place
// had started: the members of its group that serve the model.
func (r record) left() (out []record) {
	if r.stands() {
		out = append(out, r)
	}
	for _, pid := range membersOf(r.PID) {
		if start, what, ok := processOf(pid); ok && strings.Contains(what, r.Mark) {
			out = append(out, record{PID: pid, Start: start, Mark: r.Mark})
		}
	}
	return out
}

// kill ends a process, and its group if it leads one.
func (r record) kill() error {
	for _, hard := range []bool{false, true} {
		signalGroup(r.PID, hard)
		if p, err := os.FindProcess(r.PID); err == nil && hard {
			_ = p.Kill() // it may have ended
		}
		if gone(r, stopTime) {
			return nil
		}
	}
	return fail("server", "a server that an earlier Galley left (process %d) does not end", r.PID)
}

// stands reports whether the recorded process is still there, and the same.
func (r record) stands() bool {
	start, what, ok := processOf(r.PID)
	return ok && start == r.Start && strings.Contains(what, r.Mark)
}

func gone(r record, within time.Duration) bool {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if !r.stands() {
			return true
		}
	}
	return !r.stands()
}

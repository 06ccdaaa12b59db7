// Package gauge reads what the machine's GPUs do, or where there is none what its
// processor does. It reads only while somebody looks, and knows nothing of models:
// it is told which processes are ours.
package gauge

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"galley/session"
)

// Options say where readings come from. The zero value is this machine.
type Options struct {
	Program string       // nvidia-smi; "" looks for it in PATH
	Root    fs.FS        // the files of the system, for /proc and /sys; nil: this machine's
	Own     func() []int // processes whose memory is ours; may be nil
}

// restTime is how long nobody may read before what was started for it is ended.
const restTime = 5 * time.Second

// firstTime is how long the first reading of a program is waited for.
const firstTime = 3 * time.Second

// Reader reads devices. It is safe for many goroutines.
type Reader struct {
	o     Options
	root  fs.FS
	local bool // Root is this machine

	mu     sync.Mutex
	closed bool
	smi    *smi
	smiWhy string // why nvidia-smi gives no reading
	retry  time.Time
	cpu    cpu
	rest   *time.Timer
	note   string
}

// New makes a reader. Nothing is started and nothing read.
func New(o Options) *Reader {
	r := &Reader{o: o, root: o.Root}
	if r.root == nil {
		r.root, r.local = os.DirFS("/"), true
	}
	return r
}

// NoGPU is what Note says where no GPU can be read.
const NoGPU = "no GPU reading"

var errClosed = errors.New("the gauge is closed")

// Read tells of the GPUs, or of the machine itself as a device of kind "cpu" where
// there is no reading of one. Call it about once a second; when nobody does any
// more, what was started for it ends by itself.
func (r *Reader) Read(ctx context.Context) ([]session.Device, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	if r.rest == nil {
		r.rest = time.AfterFunc(restTime, r.Rest)
	} else {
		r.rest.Reset(restTime)
	}
	own := map[int]bool{}
	if r.o.Own != nil {
		for _, pid := range r.o.Own() {
			own[pid] = true
		}
	}
	devices := r.nvidia(ctx, own)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	devices = append(devices, amd(r.root, own)...)
	if len(devices) == 0 && r.local {
		devices = apple(ctx)
	}
	r.note = ""
	if len(devices) == 0 {
		r.note = NoGPU
		if r.smiWhy != "" {
			r.note += ": " + r.smiWhy
		}
		devices = []session.Device{r.cpu.read(r.root, own)}
	}
	return devices, nil
}

// Note says that there is no GPU reading, and why if that is known; "" there is
// one, or nothing was read yet.
func (r *Reader) Note() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.note
}

// Rest ends what was started to read; the next Read starts it again.
func (r *Reader) Rest() {
	r.mu.Lock()
	s := r.smi
	r.smi = nil
	r.mu.Unlock()
	if s != nil {
		s.stop()
	}
}

// Close ends what was started. Nothing is read afterwards.
func (r *Reader) Close() error {
	r.mu.Lock()
	r.closed = true
	if r.rest != nil {
		r.rest.Stop()
	}
	r.mu.Unlock()
	r.Rest()
	return nil
}

// nvidia reads by nvidia-smi. Where it is not there or says nothing, that is not
// tried again at once; the mutex is held.
func (r *Reader) nvidia(ctx context.Context, own map[int]bool) []session.Device {
	if r.smi != nil && r.smi.over() {
		r.smiWhy, r.retry = r.smi.why(), time.Now().Add(30*time.Second)
		r.smi.stop()
		r.smi = nil
	}
	if r.smi == nil {
		if time.Now().Before(r.retry) {
			return nil
		}
		program := r.o.Program
		if program == "" {
			program = "nvidia-smi"
		}
		path, err := exec.LookPath(program)
		if err != nil {
			r.retry = time.Now().Add(30 * time.Second)
			return nil
		}
		if r.smi, err = startSMI(path); err != nil {
			r.smi, r.smiWhy, r.retry = nil, "nvidia-smi can't be started", time.Now().Add(30*time.Second)
			return nil
		}
	}
	r.smi.first(ctx)
	out := r.smi.devices(own)
	if len(out) == 0 && r.smi.over() {
		return r.nvidia(ctx, own) // once more, to say why
	}
	if len(out) > 0 {
		r.smiWhy = ""
	}
	slices.SortFunc(out, func(a, b session.Device) int { return a.Index - b.Index })
	return out
}

package gauge

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"galley/session"
	"galley/session/text"
)

// What nvidia-smi is asked, once a second.
const (
	smiGPUs = "--query-gpu=index,uuid,name,memory.used,memory.total,utilization.gpu,power.draw,temperature.gpu"
	smiApps = "--query-compute-apps=gpu_uuid,pid,used_memory"
	smiAs   = "--format=csv,noheader,nounits"
)

// stale is how old a line may be and still be of now.
const stale = 4 * time.Second

// gpu is one line of nvidia-smi about a GPU.
type gpu struct {
	device session.Device
	uuid   string
	at     time.Time
}

// app is one line about a process.
type app struct {
	mem *int64
	at  time.Time
}

type appKey struct {
	uuid string
	pid  int
}

// smi holds two children that write a line a second: of the GPUs, and of the
// processes that use them.
type smi struct {
	cancel context.CancelFunc
	some   chan struct{} // closed when a GPU was read, or the child has ended
	done   sync.WaitGroup

	mu    sync.Mutex
	once  sync.Once
	gpus  map[string]gpu
	apps  map[appKey]app
	last  string // line that was no reading
	ended bool
}

func startSMI(path string) (*smi, error) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &smi{cancel: cancel, some: make(chan struct{}), gpus: map[string]gpu{}, apps: map[appKey]app{}}
	if err := s.child(ctx, path, smiGPUs, s.gpuLine, func() {
		s.mu.Lock()
		s.ended = true
		s.mu.Unlock()
		s.once.Do(func() { close(s.some) })
	}); err != nil {
		cancel()
		return nil, err
	}
	// Without the second there is a reading, but not whose memory it is.
	_ = s.child(ctx, path, smiApps, s.appLine, func() {})
	return s, nil
}

// child starts one of the two and reads it to its end.
func (s *smi) child(ctx context.Context, path, query string, line func(string), end func()) error {
	r, w := io.Pipe()
	cmd := exec.CommandContext(ctx, path, query, smiAs, "-l", "1")
	cmd.Env, cmd.Dir, cmd.WaitDelay = environ(os.Environ()), os.TempDir(), time.Second
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = w, w, attributes()
	started := make(chan error, 1)
	s.done.Go(func() {
		defer thread()() // the child ends with the thread that made it
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended, its lines say
		}
		_ = w.Close()
	})
	s.done.Go(func() {
		b := bufio.NewReaderSize(r, 4<<10)
		for {
			l, err := b.ReadSlice('\n')
			if len(l) > 0 {
				line(strings.TrimSpace(string(l)))
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		end()
	})
	return <-started
}

// environ is what of env a child may see: enough to find its libraries.
func environ(env []string) []string {
	out := []string{"LC_ALL=C"}
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		switch up := strings.ToUpper(name); up {
		case "PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR", "TMPDIR", "TEMP", "TMP", "PROGRAMDATA", "PROGRAMFILES":
			out = append(out, kv)
		}
	}
	return out
}

func (s *smi) gpuLine(line string) {
	g, ok := parseGPU(line)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok {
		if line != "" {
			s.last = line
		}
		return
	}
	g.at = time.Now()
	s.gpus[g.uuid] = g
	s.once.Do(func() { close(s.some) })
}

func (s *smi) appLine(line string) {
	k, mem, ok := parseApp(line)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps[k] = app{mem, time.Now()}
}

// first waits until there was a reading, but not for ever.
func (s *smi) first(ctx context.Context) {
	t := time.NewTimer(firstTime)
	defer t.Stop()
	select {
	case <-s.some:
	case <-t.C:
	case <-ctx.Done():
	}
}

// devices are the GPUs as they were read last, with the memory of our processes.
func (s *smi) devices(own map[int]bool) (out []session.Device) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for k, a := range s.apps {
		if now.Sub(a.at) > stale {
			delete(s.apps, k) // it has ended
		}
	}
	for _, g := range s.gpus {
		if now.Sub(g.at) > stale {
			continue
		}
		d := g.device
		for k, a := range s.apps {
			if k.uuid != g.uuid {
				continue
			}
			d.Processes++
			if own[k.pid] && a.mem != nil {
				sum := *a.mem
				if d.OwnMem != nil {
					sum += *d.OwnMem
				}
				d.OwnMem = &sum
			}
		}
		out = append(out, d)
	}
	return out
}

func (s *smi) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// why says what it said instead of a reading.
func (s *smi) why() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == "" {
		return "nvidia-smi gives none"
	}
	return "nvidia-smi says: " + text.Raw(s.last[:min(len(s.last), 200)]).String()
}

func (s *smi) stop() {
	s.cancel()
	s.done.Wait()
}

// fields takes a line of CSV apart. nvidia-smi writes a comma and a space between
// fields, so that a comma in a number is none.
func fields(line string, n int) ([]string, bool) {
	f := strings.Split(line, ", ")
	if len(f) < n {
		return nil, false
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return f, true
}

// parseGPU reads one line about a GPU; a name may hold ", ".
func parseGPU(line string) (gpu, bool) {
	f, ok := fields(line, 8)
	if !ok {
		return gpu{}, false
	}
	index, err := strconv.Atoi(f[0])
	if err != nil || index < 0 || f[1] == "" {
		return gpu{}, false
	}
	last := len(f) - 5 // the numbers
	d := session.Device{Name: text.Raw(strings.Join(f[2:last], ", ")), Kind: "nvidia", Index: index}
	n := f[last:]
	d.MemUsed, d.MemTotal = mebibytes(n[0]), mebibytes(n[1])
	if u := number(n[2]); u != nil && *u <= 100 {
		share := *u / 100
		d.Util = &share
	}
	d.PowerW, d.TempC = number(n[3]), number(n[4])
	return gpu{device: d, uuid: f[1]}, true
}

// parseApp reads one line about a process.
func parseApp(line string) (k appKey, mem *int64, ok bool) {
	f, ok := fields(line, 3)
	if !ok {
		return appKey{}, nil, false
	}
	pid, err := strconv.Atoi(f[1])
	if err != nil || pid < 1 {
		return appKey{}, nil, false
	}
	return appKey{f[0], pid}, mebibytes(f[2]), true
}

// number reads what may also be [N/A], [Not Supported] or the like: nil.
func number(s string) *float64 {
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > 1e12 {
		return nil
	}
	return &v
}

func mebibytes(s string) *int64 {
	v := number(s)
	if v == nil {
		return nil
	}
	n := int64(*v * (1 << 20))
	return &n
}

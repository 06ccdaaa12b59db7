package gauge

import (
	"io/fs"
	"path"
	"runtime"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

// cpu reads the machine itself. How busy it was since the last reading is known
// from the second on.
type cpu struct {
	busy, all float64 // ticks at the last reading
}

func (c *cpu) read(root fs.FS, own map[int]bool) session.Device {
	d := session.Device{Name: nameOf(root), Kind: "cpu"}
	if b, err := fs.ReadFile(root, "proc/meminfo"); err == nil {
		m := pairs(string(b))
		total, free := kibibytes(m["MemTotal"]), kibibytes(m["MemAvailable"])
		d.MemTotal = total
		if total != nil && free != nil && *free <= *total {
			used := *total - *free
			d.MemUsed = &used
		}
	}
	if busy, all, ok := ticks(root); ok {
		if span := all - c.all; c.all > 0 && span > 0 && busy >= c.busy {
			share := min((busy-c.busy)/span, 1)
			d.Util = &share
		}
		c.busy, c.all = busy, all
	}
	d.OwnMem = resident(root, own)
	return d
}

// resident is the memory of our processes, nil if there are none or it is not known.
func resident(root fs.FS, own map[int]bool) (sum *int64) {
	for pid := range own {
		b, err := fs.ReadFile(root, path.Join("proc", strconv.Itoa(pid), "status"))
		if err != nil {
			continue
		}
		if n := kibibytes(pairs(string(b))["VmRSS"]); n != nil {
			if sum == nil {
				sum = new(int64)
			}
			*sum += *n
		}
	}
	return sum
}

// ticks are how long all processors were busy and up since the start.
func ticks(root fs.FS) (busy, all float64, ok bool) {
	b, err := fs.ReadFile(root, "proc/stat")
	if err != nil {
		return 0, 0, false
	}
	line, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(line)
	if len(f) < 6 || f[0] != "cpu" {
		return 0, 0, false
	}
	for i, s := range f[1:min(len(f), 9)] { // guests are counted in user already
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0, 0, false
		}
		all += v
		if i != 3 && i != 4 { // idle, waiting for a disk
			busy += v
		}
	}
	return busy, all, true
}

// nameOf is the processor's, and how many there are.
func nameOf(root fs.FS) text.Raw {
	name := "CPU"
	if b, err := fs.ReadFile(root, "proc/cpuinfo"); err == nil {
		if n := pairs(string(b))["model name"]; n != "" {
			name = n
		}
	}
	return text.Raw(name + ", " + strconv.Itoa(runtime.NumCPU()) + " threads")
}

// kibibytes reads "123 kB".
func kibibytes(s string) *int64 {
	v, _, _ := strings.Cut(s, " ")
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 || n > 1<<50 {
		return nil
	}
	n <<= 10
	return &n
}

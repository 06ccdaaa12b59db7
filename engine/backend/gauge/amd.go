package gauge

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

var card = regexp.MustCompile(`^card(\d+)$`)

// amd reads the GPUs whose driver tells of them by files: AMD's.
func amd(root fs.FS, own map[int]bool) (out []session.Device) {
	const drm = "sys/class/drm"
	entries, err := fs.ReadDir(root, drm)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		m := card.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		dir := path.Join(drm, e.Name(), "device")
		if word(root, dir+"/vendor") != "0x1002" {
			continue
		}
		d := session.Device{Kind: "amd", Name: text.Raw(cmp.Or(word(root, dir+"/product_name"), "AMD GPU "+word(root, dir+"/device")))}
		d.Index, _ = strconv.Atoi(m[1])
		d.MemUsed, d.MemTotal = whole(root, dir+"/mem_info_vram_used"), whole(root, dir+"/mem_info_vram_total")
		if n := whole(root, dir+"/gpu_busy_percent"); n != nil && *n <= 100 {
			share := float64(*n) / 100
			d.Util = &share
		}
		if d.MemTotal == nil && d.Util == nil {
			continue // a card that tells nothing
		}
		for _, h := range names(root, dir+"/hwmon") {
			at := path.Join(dir, "hwmon", h)
			d.PowerW = scaled(cmp.Or(whole(root, at+"/power1_average"), whole(root, at+"/power1_input")), 1e6)
			d.TempC = scaled(whole(root, at+"/temp1_input"), 1e3)
		}
		d.Processes, d.OwnMem = clients(root, path.Base(pciOf(root, dir)), own)
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b session.Device) int { return a.Index - b.Index })
	return out
}

// pciOf is the address of a card on its bus.
func pciOf(root fs.FS, dir string) string {
	b, err := fs.ReadFile(root, dir+"/uevent")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "PCI_SLOT_NAME="); ok {
			return v
		}
	}
	return ""
}

// clients counts how much of a card's memory our processes hold, as their open
// files tell. Of other people's processes nothing is known.
func clients(root fs.FS, pci string, own map[int]bool) (n int, mem *int64) {
	if pci == "" || pci == "." {
		return 0, nil
	}
	for pid := range own {
		at := path.Join("proc", strconv.Itoa(pid), "fdinfo")
		seen := map[string]int64{} // one client may have many files open
		for _, f := range names(root, at) {
			b, err := fs.ReadFile(root, path.Join(at, f))
			if err != nil {
				continue
			}
			info := pairs(string(b))
			if info["drm-pdev"] != pci {
				continue
			}
			kib, _, _ := strings.Cut(cmp.Or(info["drm-memory-vram"], info["drm-resident-vram"]), " ")
			if v, err := strconv.ParseInt(kib, 10, 64); err == nil && v >= 0 {
				seen[info["drm-client-id"]] = v << 10
			}
		}
		if len(seen) == 0 {
			continue
		}
		n++
		if mem == nil {
			mem = new(int64)
		}
		for _, v := range seen {
			*mem += v
		}
	}
	return n, mem
}

// pairs are the lines "name: value" of a file.
func pairs(s string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(s) {
		if k, v, ok := strings.Cut(line, ":"); ok {
			out[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return out
}

func names(root fs.FS, dir string) (out []string) {
	entries, _ := fs.ReadDir(root, dir) // what is not there has none
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// word is a file's content without space around it, "" if there is none.
func word(root fs.FS, file string) string {
	b, err := fs.ReadFile(root, file)
	if err != nil || len(b) > 256 {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// whole is the number in a file, nil if there is none.
func whole(root fs.FS, file string) *int64 {
	n, err := strconv.ParseInt(word(root, file), 10, 64)
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

func scaled(n *int64, by float64) *float64 {
	if n == nil {
		return nil
	}
	v := float64(*n) / by
	return &v
}

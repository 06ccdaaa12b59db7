package gauge

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"galley/session"
)

// The test binary is its own nvidia-smi, under a name that begins with "smi-".
func TestMain(m *testing.M) {
	if mode, ok := strings.CutPrefix(filepath.Base(os.Args[0]), "smi-"); ok {
		os.Exit(fakeSMI(mode, filepath.Dir(os.Args[0])))
	}
	os.Exit(m.Run())
}

func fakeSMI(mode, dir string) int {
	apps := strings.HasPrefix(os.Args[1], "--query-compute-apps")
	what := map[bool]string{true: "apps", false: "gpus"}[apps]
	if err := os.WriteFile(filepath.Join(dir, what+".env"), []byte(strings.Join(os.Environ(), "\n")), 0o600); err != nil {
		return 2
	}
	if err := os.WriteFile(filepath.Join(dir, what+".pid"), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return 2
	}
	if mode == "broken" {
		fmt.Println("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")
		return 9
	}
	for {
		if apps {
			fmt.Printf("GPU-a, 4711, 2048\nGPU-a, 4712, 1024\nGPU-a, 99, 512\nGPU-b, 4711, [N/A]\n")
		} else {
			fmt.Printf("1, GPU-b, NVIDIA T4, 100, 15360, [N/A], [Not Supported], 40\n0, GPU-a, NVIDIA H200, 4096, 143771, 37, 233.51, 41\n")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func p[T any](v T) *T { return &v }

func linkSMI(t *testing.T, mode string) (program, dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the program is a symbolic link to this binary")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	program = filepath.Join(dir, "smi-"+mode)
	if err := os.Symlink(exe, program); err != nil {
		t.Fatal(err)
	}
	return program, dir
}

func TestParseGPU(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line string
		want session.Device
		uuid string
	}{
		{
			"0, GPU-5f6c1d2e-0000-1111-2222-333344445555, NVIDIA H200, 3, 143771, 0, 75.21, 27",
			session.Device{Name: "NVIDIA H200", Kind: "nvidia", MemUsed: p[int64](3 << 20), MemTotal: p[int64](143771 << 20), Util: p(0.0), PowerW: p(75.21), TempC: p(27.0)},
			"GPU-5f6c1d2e-0000-1111-2222-333344445555",
		},
		{
			"3, GPU-x, Tesla M10, [N/A], [Not Supported], [N/A], [Unknown Error], [Insufficient Permissions]",
			session.Device{Name: "Tesla M10", Kind: "nvidia", Index: 3}, "GPU-x",
		},
		{
			"0, GPU-x, Quadro, with, commas, 1, 2, 100, 75,23, 27", // a number as in Germany
			session.Device{Name: "Quadro, with, commas", Kind: "nvidia", MemUsed: p[int64](1 << 20), MemTotal: p[int64](2 << 20), Util: p(1.0), PowerW: p(75.23), TempC: p(27.0)},
			"GPU-x",
		},
		{
			"0, GPU-x, evil\x1b]0;x\x07, -1, nan, 101, +Inf, 1e99",
			session.Device{Name: "evil\x1b]0;x\x07", Kind: "nvidia"}, "GPU-x",
		},
	} {
		g, ok := parseGPU(tt.line)
		if !ok || g.uuid != tt.uuid {
			t.Errorf("%q: %v, %q", tt.line, ok, g.uuid)
		}
		if d := cmp.Diff(tt.want, g.device); d != "" {
			t.Errorf("%q: %s", tt.line, d)
		}
	}
	for _, line := range []string{"", "No devices were found", "x, GPU-x, n, 1, 2, 3, 4, 5", "-1, GPU-x, n, 1, 2, 3, 4, 5", "0, , n, 1, 2, 3, 4, 5", "0, GPU-x, n, 1, 2"} {
		if g, ok := parseGPU(line); ok {
			t.Errorf("%q is read as %+v", line, g)
		}
	}
}

// Two children write; the memory of our processes is told apart, and nothing of
// our environment is theirs. They end with the reader.
func TestNVIDIA(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-canary-of-a-key")
	program, dir := linkSMI(t, "fine")
	r := New(Options{Program: program, Root: fstest.MapFS{}, Own: func() []int { return []int{4711, 4712, 1} }})
	want := []session.Device{
		{Name: "NVIDIA H200", Kind: "nvidia", MemUsed: p[int64](4096 << 20), MemTotal: p[int64](143771 << 20), Util: p(0.37), PowerW: p(233.51), TempC: p(41.0), OwnMem: p[int64](3072 << 20), Processes: 3},
		{Name: "NVIDIA T4", Kind: "nvidia", Index: 1, MemUsed: p[int64](100 << 20), MemTotal: p[int64](15360 << 20), TempC: p(40.0), Processes: 1},
	}
	var diff string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got, err := r.Read(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if diff = cmp.Diff(want, got); diff == "" {
			break
		}
	}
	if diff != "" || r.Note() != "" {
		t.Errorf("note %q; %s", r.Note(), diff)
	}
	pids := map[string]int{}
	for _, what := range []string{"gpus", "apps"} {
		env, err := os.ReadFile(filepath.Join(dir, what+".env"))
		if err != nil || strings.Contains(string(env), "canary") || !strings.Contains(string(env), "LC_ALL=C") {
			t.Errorf("the environment of %s: %q, %v", what, env, err)
		}
		pid, _ := os.ReadFile(filepath.Join(dir, what+".pid"))
		pids[what], _ = strconv.Atoi(string(pid))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for what, pid := range pids {
		if _, err := os.Stat("/proc/" + strconv.Itoa(pid)); runtime.GOOS == "linux" && err == nil {
			t.Errorf("%s is left", what)
		}
	}
	if _, err := r.Read(context.Background()); err == nil {
		t.Error("it reads after it was closed")
	}
}

func TestRest(t *testing.T) {
	t.Parallel()
	program, dir := linkSMI(t, "fine")
	r := New(Options{Program: program, Root: fstest.MapFS{}})
	defer r.Close()
	read := func() string {
		var got []session.Device
		var err error
		for end := time.Now().Add(time.Minute); len(got) != 2; time.Sleep(20 * time.Millisecond) { // its lines come one by one
			if got, err = r.Read(context.Background()); err != nil || time.Now().After(end) {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		pid, _ := os.ReadFile(filepath.Join(dir, "gpus.pid"))
		return string(pid)
	}
	first := read()
	r.Rest()
	if again := read(); again == first {
		t.Error("the same child after a rest")
	}
}

// A driver that does not answer is said plainly, beside the machine's own numbers.
func TestBroken(t *testing.T) {
	t.Parallel()
	program, _ := linkSMI(t, "broken")
	r := New(Options{Program: program, Root: machineFS("100 0 100 700 100", 16384, 4096)})
	defer r.Close()
	got, err := r.Read(context.Background())
	if err != nil || len(got) != 1 || got[0].Kind != "cpu" {
		t.Fatalf("%+v, %v", got, err)
	}
	if !strings.HasPrefix(r.Note(), "no GPU reading: nvidia-smi says: NVIDIA-SMI has failed") {
		t.Errorf("the note is %q", r.Note())
	}
}

func machineFS(stat string, total, available int) fstest.MapFS {
	return fstest.MapFS{
		"proc/stat":        {Data: []byte("cpu  " + stat + " 0 0 0 0 0\ncpu0 1 2 3 4\n")},
		"proc/meminfo":     {Data: fmt.Appendf(nil, "MemTotal:       %d kB\nMemFree: 1 kB\nMemAvailable:   %d kB\n", total, available)},
		"proc/cpuinfo":     {Data: []byte("processor\t: 0\nmodel name\t: AMD EPYC\n")},
		"proc/4711/status": {Data: []byte("Name:\tllama-server\nVmRSS:\t  2048 kB\n")},
	}
}

func TestCPU(t *testing.T) {
	t.Parallel()
	fs := machineFS("100 0 100 700 100", 16384, 4096)
	r := New(Options{Program: filepath.Join(t.TempDir(), "none"), Root: fs, Own: func() []int { return []int{4711, 4712} }})
	defer r.Close()
	read := func() session.Device {
		got, err := r.Read(context.Background())
		if err != nil || len(got) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		return got[0]
	}
	d := read()
	if d.Kind != "cpu" || d.Util != nil || *d.MemTotal != 16384<<10 || *d.MemUsed != 12288<<10 || *d.OwnMem != 2048<<10 || !strings.HasPrefix(string(d.Name), "AMD EPYC, ") {
		t.Errorf("%+v", d)
	}
	if r.Note() != NoGPU {
		t.Errorf("the note is %q", r.Note())
	}
	for name, f := range machineFS("175 0 175 750 100", 16384, 4096) {
		fs[name] = f
	}
	if d = read(); d.Util == nil || *d.Util != 0.75 {
		t.Errorf("it was busy %v of the time", d.Util)
	}
	empty := New(Options{Program: filepath.Join(t.TempDir(), "none"), Root: fstest.MapFS{}})
	defer empty.Close()
	if got, err := empty.Read(context.Background()); err != nil || len(got) != 1 || got[0].MemTotal != nil || got[0].Util != nil {
		t.Errorf("of nothing: %+v, %v", got, err)
	}
}

func TestAMD(t *testing.T) {
	t.Parallel()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s + "\n")} }
	const card1, card0 = "sys/class/drm/card1/device/", "sys/class/drm/card0/device/"
	fs := fstest.MapFS{
		card1 + "vendor": file("0x1002"), card1 + "device": file("0x744c"), card1 + "product_name": file("Radeon RX 7900 XTX"),
		card1 + "mem_info_vram_used": file("1073741824"), card1 + "mem_info_vram_total": file("25753026560"), card1 + "gpu_busy_percent": file("42"),
		card1 + "hwmon/hwmon3/power1_average": file("87000000"), card1 + "hwmon/hwmon3/temp1_input": file("53000"),
		card1 + "uevent": file("DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0"),
		card0 + "vendor": file("0x8086"), card0 + "gpu_busy_percent": file("1"),
		"sys/class/drm/card1-DP-1/status": file("connected"),
		"proc/4711/fdinfo/7":              file("drm-driver:\tamdgpu\ndrm-client-id:\t5\ndrm-pdev:\t0000:03:00.0\ndrm-memory-vram:\t512 KiB"),
		"proc/4711/fdinfo/8":              file("drm-driver:\tamdgpu\ndrm-client-id:\t5\ndrm-pdev:\t0000:03:00.0\ndrm-memory-vram:\t512 KiB"),
		"proc/4711/fdinfo/9":              file("drm-client-id:\t6\ndrm-pdev:\t0000:04:00.0\ndrm-memory-vram:\t9 KiB"),
	}
	r := New(Options{Program: filepath.Join(t.TempDir(), "none"), Root: fs, Own: func() []int { return []int{4711} }})
	defer r.Close()
	got, err := r.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []session.Device{{
		Name: "Radeon RX 7900 XTX", Kind: "amd", Index: 1, MemUsed: p[int64](1 << 30), MemTotal: p[int64](25753026560), Util: p(0.42),
		PowerW: p(87.0), TempC: p(53.0), OwnMem: p[int64](512 << 10), Processes: 1,
	}}
	if d := cmp.Diff(want, got); d != "" || r.Note() != "" {
		t.Errorf("note %q; %s", r.Note(), d)
	}
}

func TestIOReg(t *testing.T) {
	t.Parallel()
	got := parseIOReg(`+-o AGXAcceleratorG13X  <class AGXAcceleratorG13X, id 0x1>
    {
      "model" = "Apple M1 Max"
      "PerformanceStatistics" = {"In use system memory"=734003200,"Device Utilization %"=12,"Renderer Utilization %"=11}
    }`)
	want := []session.Device{{Name: "Apple M1 Max", Kind: "apple", MemUsed: p[int64](734003200), Util: p(0.12)}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := parseIOReg("nothing"); got != nil {
		t.Errorf("%+v", got)
	}
}

// This machine, whatever it has.
func TestHere(t *testing.T) {
	t.Parallel()
	r := New(Options{Own: func() []int { return []int{os.Getpid()} }})
	defer r.Close()
	for range 2 {
		got, err := r.Read(context.Background())
		if err != nil || len(got) == 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, d := range got {
			t.Logf("%s %s, memory %v of %v, ours %v, busy %v; %s", d.Kind, d.Name, value(d.MemUsed), value(d.MemTotal), value(d.OwnMem), value(d.Util), r.Note())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func value[T any](v *T) string {
	if v == nil {
		return "?"
	}
	return fmt.Sprint(*v)
}

package backend

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"galley/engine/backend/backendtest"
	"galley/session"
)

// good are streams that are whole, with what they say.
func good() map[string][2]string {
	d, f, u, done := backendtest.Delta, backendtest.Finish, backendtest.Usage, backendtest.Done
	long := strings.Repeat("word ", 40_000)
	lf := d("Grüße, 日本") + d(" 👩‍🚀") + f("stop") + u(3, 2) + done
	all := map[string][2]string{
		"LF":              {lf, "Grüße, 日本 👩‍🚀"},
		"CRLF":            {strings.ReplaceAll(lf, "\n", "\r\n"), "Grüße, 日本 👩‍🚀"},
		"CR":              {strings.ReplaceAll(lf, "\n", "\r"), "Grüße, 日本 👩‍🚀"},
		"BOM":             {"\ufeff" + lf, "Grüße, 日本 👩‍🚀"},
		"comments":        {": hi\n\n" + d("a") + ":\n\n: more\n" + d("b") + f("stop") + done, "ab"},
		"fields":          {"id: 1\nevent: message\nretry: 10\n" + d("a") + "id\n" + f("stop"), "a"},
		"no space":        {strings.ReplaceAll(d("a")+f("stop")+done, "data: ", "data:"), "a"},
		"two lines":       {"data: {\"choices\":[{\"delta\":{\"content\":\ndata: \"a\"}}]}\n\n" + f("stop"), "a"},
		"two lines, CRLF": {"data: {\"choices\":[{\"delta\":{\"content\":\r\ndata: \"a\"}}]}\r\n\r\n" + f("stop"), "a"},
		"no end":          {d("a") + strings.TrimSpace(f("stop")), "a"},
		"finish with":     {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n", "a"},
		"other choice":    {"data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"},\"finish_reason\":\"stop\"}]}\n\n" + d("a") + f("stop"), "a"},
		"halves":          {`data: {"choices":[{"delta":{"content":"x\ud83d"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":"\ude00y"}}]}` + "\n\n" + f("stop"), "x😀y"},
		"half alone":      {`data: {"choices":[{"delta":{"content":"x\ud83d"}}]}` + "\n\n" + d("y") + f("stop"), "x\uFFFDy"},
		"half at end":     {`data: {"choices":[{"delta":{"content":"x\ud83d"}}]}` + "\n\n" + f("stop"), "x\uFFFD"},
		"escapes":         {`data: {"choices":[{"delta":{"content":"\u00e9\n\t\"\\\/\u0000\b\f\r"}}]}` + "\n\n" + f("stop"), "é\n\t\"\\/\x00\b\f\r"},
		"not UTF-8":       {"data: {\"choices\":[{\"delta\":{\"content\":\"a\xff\xc3\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\xa9\"}}]}\n\n" + f("stop"), "a\xffé"},
		"parts":           {`data: {"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}` + "\n\n" + f("stop"), "ab"},
		"long line":       {d(long) + f("stop"), long},
		"nulls":           {`data: {"error":null,"choices":[{"index":0,"delta":{"role":"assistant","content":null,"refusal":null,"tool_calls":null},"finish_reason":null}],"usage":null}` + "\n\n" + d("a") + f("stop"), "a"},
	}
	return all
}

// transcripts are streams of real engines, where the files are at hand.
func transcripts(t *testing.T) map[string]string {
	out := map[string]string{}
	for _, pattern := range []string{"llama-server/1[89]-chat-stream*.txt", "llama-server/2[02]-chat-stream*.txt", "ollama/24-*.txt"} {
		files, err := filepath.Glob("../../../shared/transcripts/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if _, body, ok := strings.Cut(string(b), "\n\ndata: "); ok {
				body, _, _ = strings.Cut("data: "+body, "\n#")
				out[filepath.Base(f)] = body
			}
		}
	}
	return out
}

func play(t *testing.T, r io.Reader) heard {
	t.Helper()
	o := reading(t, "text/event-stream", r)
	return listen(context.Background(), o, session.NewWire("POST", "/x", []byte("{}")))
}

func TestGoodStreams(t *testing.T) {
	for name, s := range good() {
		for how, r := range map[string]io.Reader{
			"whole": strings.NewReader(s[0]), "halves": iotest.HalfReader(strings.NewReader(s[0])), "bytes": iotest.OneByteReader(strings.NewReader(s[0])),
			"data and EOF": iotest.DataErrReader(strings.NewReader(s[0])),
		} {
			h := play(t, r)
			if h.err != nil || h.last.Status != session.StatusDone || h.text != s[1] {
				t.Errorf("%s, %s: %q %+v %v", name, how, cut(h.text, 60), h.last, h.err)
			}
		}
	}
	for name, s := range transcripts(t) {
		h := play(t, iotest.OneByteReader(strings.NewReader(s)))
		if h.err != nil || h.text == "" || h.last.Status == "" {
			t.Errorf("%s: %+v", name, h)
		}
		if strings.Contains(s, `"usage"`) && (h.last.Usage == nil || h.last.Usage.Input < 40) {
			t.Errorf("%s: usage %+v", name, h.last.Usage)
		}
	}
}

// A stream that is cut anywhere is a whole answer only if its finish_reason was
// read, and what it said until then is a beginning of what the whole one says.
func TestCutAnywhere(t *testing.T) {
	all := good()
	delete(all, "long line")
	for name, s := range transcripts(t) {
		all[name] = [2]string{s, play(t, strings.NewReader(s)).text}
	}
	for name, s := range all {
		finish := strings.LastIndex(s[0], `"finish_reason":"`)
		for n := 0; n <= len(s[0]); n++ {
			if thinned(n) {
				continue
			}
			for _, broken := range []bool{false, true} {
				var r io.Reader = strings.NewReader(s[0][:n])
				if broken {
					r = io.MultiReader(r, iotest.ErrReader(io.ErrUnexpectedEOF))
				}
				h := play(t, r)
				if !strings.HasPrefix(s[1], h.text) && !strings.HasPrefix(s[1], strings.TrimSuffix(h.text, "\uFFFD")) {
					t.Fatalf("%s cut at %d: %q", name, n, h.text)
				}
				if n < finish && h.err == nil || h.err == nil && h.last.Status != session.StatusDone && h.last.Status != session.StatusTruncated {
					t.Fatalf("%s cut at %d of %d: %+v", name, n, len(s[0]), h)
				}
				if broken && h.err != nil && h.err.Kind != "network" {
					t.Fatalf("%s broken at %d: %+v", name, n, h.err)
				}
				if h.err == nil && h.text != s[1] {
					t.Fatalf("%s cut at %d: done with %q", name, n, h.text)
				}
			}
		}
	}
}

func TestReasoning(t *testing.T) {
	h := play(t, strings.NewReader(`data: {"choices":[{"delta":{"reasoning_content":"hm \ud83d"}}]}`+"\n\n"+
		`data: {"choices":[{"delta":{"reasoning_content":"\ude00"}}]}`+"\n\n"+backendtest.Delta("yes")+
		`data: {"choices":[{"delta":{"reasoning":"!"}}]}`+"\n\n"+backendtest.Finish("stop")))
	if h.text != "yes" || h.reason != "hm 😀!" || h.err != nil {
		t.Errorf("%+v", h)
	}
}

// An endless line ends at the limit, not at the end of memory.
func TestEndlessLine(t *testing.T) {
	h := play(t, io.MultiReader(strings.NewReader("data: "), endless{}))
	if h.err == nil || h.err.Kind != "limit" {
		t.Errorf("%+v", h.err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// Twenty thousand small deltas take time in proportion.
func TestManyDeltas(t *testing.T) {
	s := strings.Repeat(backendtest.Delta("x"), 20_000) + backendtest.Finish("stop")
	if h := play(t, strings.NewReader(s)); len(h.text) != 20_000 {
		t.Errorf("%d bytes", len(h.text))
	}
}

func FuzzStream(f *testing.F) {
	for _, s := range good() {
		f.Add([]byte(s[0]))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a := play(t, strings.NewReader(string(b)))
		c := play(t, iotest.OneByteReader(strings.NewReader(string(b))))
		if a.text != c.text || fmt.Sprint(a.err) != fmt.Sprint(c.err) || a.last.Status != c.last.Status {
			t.Fatalf("%q:\n%+v\n%+v", b, a, c)
		}
		if a.err == nil && !a.last.Done {
			t.Fatalf("%q ends neither done nor in error", b)
		}
	})
}

func BenchmarkSSE(b *testing.B) {
	s := strings.Repeat(backendtest.Delta(" token"), 2_000) + backendtest.Finish("stop") + backendtest.Done
	o := lab(b, "http://127.0.0.1:1", "")
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		st := &stream{answer: &answer{}, c: o.client, ctx: context.Background(), body: io.NopCloser(strings.NewReader("")), yield: func(Chunk, error) bool { return true }}
		st.events(strings.NewReader(s))
		if st.closer != nil {
			st.closer.Stop()
		}
	}
}

// thinned tells which cuts of an answer the race detector need not see: it runs
// with -short, and a test without it cuts at every byte.
func thinned(n int) bool { return testing.Short() && n%17 != 0 }

package backendtest

import (
	"fmt"
	"strings"
)

// Tongue is how a protocol says the parts of a streamed answer, so that one list
// of faults is played in each. Only what all of them can say is in it.
type Tongue struct {
	Name  string
	Type  string // content type
	Start string // before the first piece
	Ping  string // a sign of life without text
	Text  func(s string) string
	// End says that the answer is finished, with counts of tokens as they are
	// written; "" leaves them out.
	End   func(in, out string) string
	Cut   string                   // the end of an answer that reached its limit
	Odd   string                   // the end of an answer for a reason that nobody has heard of
	Error func(msg string) string  // an error where the next piece should be
	Model func(name string) string // the beginning again, with another model's name
}

// Says is a whole answer.
func (t Tongue) Says(pieces ...string) Answer { return t.Stream(t.body(pieces) + t.End("7", "2")) }

// Stream is an answer with the body.
func (t Tongue) Stream(body ...string) Answer {
	return Answer{Header: map[string]string{"Content-Type": t.Type}, Body: body}
}

func (t Tongue) body(pieces []string) string {
	b := t.Start
	for _, p := range pieces {
		b += t.Text(p)
	}
	return b
}

// Tongues are the protocols.
func Tongues() []Tongue { return []Tongue{Chat(), Claude(), Gemini(), Ollama()} }

func data(format string, args ...any) string { return "data: " + fmt.Sprintf(format, args...) + "\n\n" }

// Chat is the protocol of chat completions, which llama-server and vLLM speak too.
func Chat() Tongue {
	end := func(reason string) string { return Finish(reason) + Done }
	return Tongue{
		Name: "chat", Type: "text/event-stream", Ping: ": ping\n\n", Text: Delta,
		End: func(in, out string) string {
			if in == "" {
				return end("stop")
			}
			return Finish("stop") + data(`{"choices":[],"usage":{"prompt_tokens":%s,"completion_tokens":%s}}`, in, out) + Done
		},
		Cut: end("length"), Odd: end("because"),
		Error: func(msg string) string { return data(`{"error":{"message":%s,"type":"server_error"}}`, quote(msg)) },
		Model: func(name string) string {
			return data(`{"model":%s,"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`, quote(name))
		},
	}
}

func named(name, format string, args ...any) string {
	return "event: " + name + "\n" + data(format, args...)
}

// Claude is Anthropic's protocol.
func Claude() Tongue {
	start := func(model string) string {
		return named("message_start", `{"type":"message_start","message":{"type":"message","role":"assistant","content":[],"model":%s,"stop_reason":null,"usage":{"input_tokens":7,"output_tokens":1}}}`, quote(model)) +
			named("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
	}
	end := func(reason, usage string) string {
		return named("content_block_stop", `{"type":"content_block_stop","index":0}`) +
			named("message_delta", `{"type":"message_delta","delta":{"stop_reason":%s,"stop_sequence":null}%s}`, quote(reason), usage) +
			named("message_stop", `{"type":"message_stop"}`)
	}
	return Tongue{
		Name: "claude", Type: "text/event-stream; charset=utf-8", Start: start("script"), Ping: named("ping", `{"type":"ping"}`),
		Text: func(s string) string {
			return named("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%s}}`, quote(s))
		},
		End: func(in, out string) string {
			if in == "" {
				return end("end_turn", `,"usage":{"input_tokens":0,"output_tokens":0}`)
			}
			return end("end_turn", `,"usage":{"input_tokens":`+in+`,"output_tokens":`+out+`}`)
		},
		Cut: end("max_tokens", ""), Odd: end("because", ""),
		Error: func(msg string) string {
			return named("error", `{"type":"error","error":{"type":"api_error","message":%s}}`, quote(msg))
		},
		Model: start,
	}
}

// Gemini is Google's protocol.
func Gemini() Tongue {
	end := func(reason, usage string) string {
		return data(`{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":%s,"index":0}]%s}`, quote(reason), usage)
	}
	return Tongue{
		Name: "gemini", Type: "text/event-stream", Ping: ": ping\n\n",
		Text: func(s string) string {
			return data(`{"candidates":[{"content":{"parts":[{"text":%s}],"role":"model"},"index":0}],"modelVersion":"script"}`, quote(s))
		},
		End: func(in, out string) string {
			if in == "" {
				return end("STOP", "")
			}
			return end("STOP", `,"usageMetadata":{"promptTokenCount":`+in+`,"candidatesTokenCount":`+out+`}`)
		},
		Cut: end("MAX_TOKENS", ""), Odd: end("BECAUSE", ""),
		Error: func(msg string) string {
			return data(`{"error":{"code":500,"message":%s,"status":"INTERNAL"}}`, quote(msg))
		},
		Model: func(name string) string {
			return data(`{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}],"modelVersion":%s}`, quote(name))
		},
	}
}

// Ollama is the protocol of Ollama's own API: one JSON object to a line.
func Ollama() Tongue {
	line := func(model, content, more string) string {
		return fmt.Sprintf(`{"model":%s,"created_at":"2026-11-22T12:00:00Z","message":{"role":"assistant","content":%s}%s}`+"\n", quote(model), quote(content), more)
	}
	end := func(reason, more string) string {
		return line("script", "", `,"done":true,"done_reason":`+quote(reason)+more)
	}
	return Tongue{
		Name: "ollama", Type: "application/x-ndjson", Ping: line("script", "", `,"done":false`),
		Text: func(s string) string { return line("script", s, `,"done":false`) },
		End: func(in, out string) string {
			if in == "" {
				return end("stop", "")
			}
			return end("stop", `,"prompt_eval_count":`+in+`,"eval_count":`+out)
		},
		Cut: end("length", ""), Odd: end("because", ""),
		Error: func(msg string) string { return `{"error":` + quote(msg) + "}\n" },
		Model: func(name string) string { return line(name, "", `,"done":false`) },
	}
}

// replaced is a stream whose model is another.
func (t Tongue) replaced(name string) string {
	return strings.ReplaceAll(t.body([]string{"a"})+t.End("7", "2"), `"script"`, quote(name))
}

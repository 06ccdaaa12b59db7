package backend

import (
	"encoding/json"
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
)

// chatMessage writes one message in the shape of chat completions. One that calls
// tools and says nothing has null for its content, as the answers of such servers
// have.
func (o *object) chatMessage(m session.Message) {
	o.str("role", string(m.Role))
	if m.Content == "" && len(m.Calls) > 0 {
		o.raw("content", []byte("null"))
	} else {
		o.content("content", m)
	}
	if len(m.Calls) > 0 {
		o.list("tool_calls", len(m.Calls), func(i int, o *object) {
			c := m.Calls[i]
			o.str("id", string(c.ID))
			o.str("type", "function")
			o.object("function", func(o *object) {
				o.str("name", string(c.Name))
				o.str("arguments", string(c.Arguments))
			})
		})
	}
	if m.Role == session.RoleTool {
		o.str("tool_call_id", string(m.CallID))
	}
}

// arguments puts a call's arguments as the object that they are.
func (o *object) arguments(k string, c session.ToolCall) {
	var in map[string]json.RawMessage
	if !c.Arguments.Valid() || json.Unmarshal([]byte(c.Arguments), &in) != nil || in == nil {
		o.fail(fmt.Errorf(`the arguments of the call of %s are no JSON object, and the protocol takes no other; write {"id": 7}, or {} for none`, text.Raw(c.Name)))
		return
	}
	o.raw(k, []byte(strings.TrimSpace(string(c.Arguments))))
}

// ollamaMessages writes messages in Ollama's own shape: arguments are objects, and a
// result names its tool.
func (o *object) ollamaMessages(msgs []session.Message) {
	names := map[text.Raw]text.Raw{}
	o.list("messages", len(msgs), func(i int, o *object) {
		m := msgs[i]
		o.str("role", string(m.Role))
		o.content("content", m)
		if len(m.Calls) > 0 {
			o.list("tool_calls", len(m.Calls), func(i int, o *object) {
				c := m.Calls[i]
				names[c.ID] = c.Name
				o.str("id", string(c.ID))
				o.object("function", func(o *object) {
					o.str("name", string(c.Name))
					o.arguments("arguments", c)
				})
			})
		}
		if m.Role == session.RoleTool {
			o.str("tool_name", string(names[m.CallID]))
			o.str("tool_call_id", string(m.CallID))
		}
	})
}

// group is messages that are one in a protocol whose results of tools stand together
// in one message of the user.
type group struct {
	role session.Role
	msgs []session.Message // more than one: results of tools
}

func grouped(msgs []session.Message) (out []group) {
	for i, m := range msgs {
		if n := len(out); m.Role == session.RoleTool && i > 0 && msgs[i-1].Role == session.RoleTool {
			out[n-1].msgs = append(out[n-1].msgs, m)
			continue
		}
		g := group{role: m.Role, msgs: []session.Message{m}}
		if m.Role == session.RoleTool {
			g.role = session.RoleUser
		}
		out = append(out, g)
	}
	return out
}

// plain reports whether the group is one message of nothing but text.
func (g group) plain() bool { return g.msgs[0].Role != session.RoleTool && len(g.msgs[0].Calls) == 0 }

// claudeMessages writes messages in Anthropic's shape: calls and results are blocks
// of a message's content.
func (o *object) claudeMessages(msgs []session.Message) {
	all := grouped(msgs)
	o.list("messages", len(all), func(i int, o *object) {
		g := all[i]
		o.str("role", string(g.role))
		if g.plain() {
			o.content("content", g.msgs[0])
			return
		}
		if g.role == session.RoleUser {
			o.list("content", len(g.msgs), func(i int, o *object) {
				o.str("type", "tool_result")
				o.str("tool_use_id", string(g.msgs[i].CallID))
				o.content("content", g.msgs[i])
			})
			return
		}
		m, said := g.msgs[0], 0
		if m.Content != "" {
			said = 1
		}
		o.list("content", said+len(m.Calls), func(i int, o *object) {
			if i < said {
				o.str("type", "text")
				o.content("text", m)
				return
			}
			c := m.Calls[i-said]
			o.str("type", "tool_use")
			o.str("id", string(c.ID))
			o.str("name", string(c.Name))
			o.arguments("input", c)
		})
	})
}

// geminiContents writes messages in Gemini's shape. What a tool gave back is an
// object there: a result that is none stands in one as its output.
func (o *object) geminiContents(msgs []session.Message) {
	names := map[text.Raw]text.Raw{}
	all := grouped(msgs)
	o.list("contents", len(all), func(i int, o *object) {
		g := all[i]
		role := string(g.role)
		if g.role == session.RoleAssistant {
			role = "model"
		}
		o.str("role", role)
		if g.plain() {
			geminiParts(o, g.msgs)
			return
		}
		if g.role == session.RoleUser {
			o.list("parts", len(g.msgs), func(i int, o *object) {
				o.object("functionResponse", func(o *object) { geminiResult(o, names[g.msgs[i].CallID], g.msgs[i]) })
			})
			return
		}
		m, said := g.msgs[0], 0
		if m.Content != "" {
			said = 1
		}
		o.list("parts", said+len(m.Calls), func(i int, o *object) {
			if i < said {
				o.content("text", m)
				return
			}
			c := m.Calls[i-said]
			names[c.ID] = c.Name
			o.object("functionCall", func(o *object) {
				o.str("name", string(c.Name))
				o.arguments("args", c)
			})
		})
	})
}

func geminiResult(o *object, name text.Raw, m session.Message) {
	o.str("name", string(name))
	var in map[string]json.RawMessage
	if m.Content.Valid() && json.Unmarshal([]byte(m.Content), &in) == nil && in != nil {
		o.raw("response", []byte(strings.TrimSpace(string(m.Content))))
		return
	}
	o.object("response", func(o *object) { o.content("output", m) })
}

// refuseUnanswered refuses calls of tools without a result behind them, for services
// that do.
func refuseUnanswered(msgs []session.Message, who string) error {
	for i, m := range msgs {
		n := 0
		for n < len(m.Calls) && i+1+n < len(msgs) && msgs[i+1+n].Role == session.RoleTool {
			n++
		}
		if n < len(m.Calls) {
			return fmt.Errorf("message %d calls %s and no result follows, which %s refuses; give the calls of the shot their results, or let it stand inline", i+1, text.Raw(m.Calls[n].Name), who)
		}
	}
	return nil
}

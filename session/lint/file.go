package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// FromFile makes a context of a file's bytes: of a JSON list of messages a chat,
// of anything else one text.
func FromFile(data []byte) (session.Content, session.Proof, error) {
	var list []struct {
		Role *string `json:"role"`
	}
	if t := bytes.TrimSpace(data); len(t) > 0 && t[0] == '[' && json.Unmarshal(data, &list) == nil && len(list) > 0 && list[0].Role != nil {
		return FromMessages(data)
	}
	c, p := FromText(text.Raw(data))
	return c, p, nil
}

// FromText makes a context of one text, which stays as it is: a {{name}} in it
// has no value. To be checked with [Options.Bare].
func FromText(t text.Raw) (session.Content, session.Proof) {
	if t == "" {
		return bare(nil)
	}
	return bare([]session.Message{{Role: session.RoleUser, Content: t}})
}

// FromMessages makes a context of a JSON list of messages as chat servers take
// them: a role, and a content that is a string, null or a list of text parts. To
// be checked with [Options.Bare].
func FromMessages(data []byte) (session.Content, session.Proof, error) {
	msgs, err := parseMessages(data)
	if err != nil {
		return session.Content{}, session.Proof{}, err
	}
	c, p := bare(msgs)
	return c, p, nil
}

func parseMessages(data []byte) ([]session.Message, error) {
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("the file is not UTF-8: save it as UTF-8")
	}
	var list []struct {
		Role    session.Role    `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("the file is no JSON list of messages: %w", err)
	}
	msgs := make([]session.Message, 0, len(list))
	for i, m := range list {
		switch m.Role {
		case session.RoleSystem, session.RoleUser, session.RoleAssistant:
		case "developer": // the newer name of the same thing
			m.Role = session.RoleSystem
		default:
			return nil, fmt.Errorf("message %d has the role %q: write system, user or assistant", i+1, text.Raw(m.Role))
		}
		t, err := parseContent(m.Content)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i+1, err)
		}
		msgs = append(msgs, session.Message{Role: m.Role, Content: text.Raw(t)})
	}
	return msgs, nil
}

func parseContent(raw json.RawMessage) (string, error) {
	var s string
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return "", fmt.Errorf("its content is neither a string nor a list of parts")
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Type != "text" {
			return "", fmt.Errorf("its content has a part of type %q: only text can be checked", text.Raw(p.Type))
		}
		b.WriteString(p.Text)
	}
	return b.String(), nil
}

// bare is the proof of messages that nobody composed: one block each, every byte
// its text, and every {{name}} unknown.
func bare(msgs []session.Message) (session.Content, session.Proof) {
	var c session.Content
	p := session.Proof{Messages: msgs}
	for m, msg := range msgs {
		kind := session.KindInstructions
		if msg.Role == session.RoleSystem {
			kind = session.KindSystem
		}
		c.Blocks = append(c.Blocks, session.Block{Kind: kind, Role: msg.Role, Text: msg.Content, Wrap: session.WrapNone})
		for _, h := range session.Placeholders(string(msg.Content)) {
			s := session.Span{Message: m, Start: h.Start, End: h.End, Block: m, Part: session.PartText, Shot: -1, From: h.Start}
			if !h.Literal {
				s.Part, s.Var = session.PartUnknown, h.Name
			}
			p.Spans = append(p.Spans, s)
		}
	}
	p.Prefill = len(msgs) > 1 && msgs[len(msgs)-1].Role == session.RoleAssistant
	p.Hash = session.HashMessages(msgs, p.Prefill)
	return c, p
}

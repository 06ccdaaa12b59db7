package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"galley/session"
	"galley/session/text"
)

// A message of a proof is kept as ["role", "content"]; one that calls tools, or
// answers a call, as ["role", "content", "id of the call answered", [["id", "name",
// "arguments"], …]].

// formatMessages writes the messages of a proof, all of which must be UTF-8.
func formatMessages(p session.Proof) (string, error) {
	out := make([][]any, len(p.Messages))
	for i, m := range p.Messages {
		good := m.Content.Valid() && m.CallID.Valid()
		calls := make([][3]text.Raw, len(m.Calls))
		for k, c := range m.Calls {
			good = good && c.ID.Valid() && c.Name.Valid() && c.Arguments.Valid()
			calls[k] = [3]text.Raw{c.ID, c.Name, c.Arguments}
		}
		if !good {
			return "", &Invalid{Noun: "proof", Name: p.Hash, Where: fmt.Sprint("message ", i+1)}
		}
		out[i] = []any{text.Raw(m.Role), m.Content}
		if len(calls) > 0 || m.CallID != "" {
			out[i] = append(out[i], m.CallID, calls)
		}
	}
	return marshal(out), nil
}

func parseMessages(kept string) ([]session.Message, error) {
	var list [][]json.RawMessage
	if err := json.Unmarshal([]byte(kept), &list); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]session.Message, len(list))
	for i, parts := range list {
		if len(parts) != 2 && len(parts) != 4 {
			return nil, errors.New("a message of it is none")
		}
		m := &out[i]
		if err := errors.Join(json.Unmarshal(parts[0], &m.Role), json.Unmarshal(parts[1], &m.Content)); err != nil {
			return nil, err
		}
		if len(parts) == 2 {
			continue
		}
		var calls [][3]text.Raw
		if err := errors.Join(json.Unmarshal(parts[2], &m.CallID), json.Unmarshal(parts[3], &calls)); err != nil {
			return nil, err
		}
		for _, c := range calls {
			m.Calls = append(m.Calls, session.ToolCall{ID: c[0], Name: c[1], Arguments: c[2]})
		}
	}
	return out, nil
}

// formatCalls writes the calls of a shot, "" none.
func formatCalls(calls []session.ShotCall) string {
	if len(calls) == 0 {
		return ""
	}
	return marshal(calls)
}

func parseCalls(kept string) ([]session.ShotCall, error) {
	if kept == "" {
		return nil, nil
	}
	var out []session.ShotCall
	err := json.Unmarshal([]byte(kept), &out)
	return out, err
}

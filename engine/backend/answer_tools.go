package backend

import (
	"encoding/json"
	"errors"
	"fmt"

	"galley/session"
	"galley/session/text"
)

// Bounds of the calls in one answer.
const (
	maxCalls     = 256
	maxArguments = 16 << 20 // bytes of all of them
)

var errTooMany = errors.New("tool calls beyond all bounds: 256 of them, or 16 MiB")

// calls puts tool calls together from their pieces: each says to which call it
// belongs, by an index.
type calls struct {
	all  []*call
	size int
}

type call struct {
	index         int
	id            string
	name, args    []byte
	nameCut, half surrogate
}

type wireCall struct {
	Index    *int            `json:"index"`
	ID       string          `json:"id"`
	Function json.RawMessage `json:"function"`
}

type wireFunction struct {
	Name      json.RawMessage `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// take reads the pieces of one delta: a list of calls, and what OpenAI's older
// models wrote in its place, one function.
func (c *calls) take(list, function json.RawMessage) error {
	if present(list) {
		var pieces []wireCall
		if err := json.Unmarshal(list, &pieces); err != nil {
			return fmt.Errorf("%w: %w", errNotJSON, err)
		}
		for _, p := range pieces {
			if err := c.piece(c.find(p.Index, p.ID), p.ID, p.Function); err != nil {
				return err
			}
		}
	}
	if present(function) {
		zero := 0
		return c.piece(c.find(&zero, ""), "", function)
	}
	return nil
}

// find is the call that a piece belongs to. One without an index belongs to the
// call before it, unless it brings an id of its own.
func (c *calls) find(index *int, id string) *call {
	last := len(c.all) - 1
	if index == nil {
		if last >= 0 && (id == "" || c.all[last].id == id) {
			return c.all[last]
		}
		next := 0
		for _, k := range c.all {
			next = max(next, k.index+1)
		}
		index = &next
	}
	for _, k := range c.all {
		if k.index == *index {
			return k
		}
	}
	k := &call{index: *index}
	c.all = append(c.all, k)
	return k
}

func (c *calls) piece(k *call, id string, function json.RawMessage) error {
	if len(c.all) > maxCalls {
		return errTooMany
	}
	if id != "" {
		k.id = id
	}
	if !present(function) {
		return nil
	}
	var f wireFunction
	if err := json.Unmarshal(function, &f); err != nil {
		return fmt.Errorf("%w: %w", errNotJSON, err)
	}
	before := len(k.name) + len(k.args)
	if present(f.Name) && f.Name[0] == '"' {
		s, err := k.nameCut.unquote(f.Name)
		if err != nil {
			return err
		}
		k.name = append(k.name, s...)
	}
	switch {
	case !present(f.Arguments):
	case f.Arguments[0] == '"':
		s, err := k.half.unquote(f.Arguments)
		if err != nil {
			return err
		}
		k.args = append(k.args, s...)
	default: // JSON itself, in place of a text of JSON
		k.args = append(k.args, f.Arguments...)
	}
	return c.grow(len(k.name) + len(k.args) + len(id) - before)
}

func (c *calls) grow(n int) error {
	if c.size += n; c.size > maxArguments {
		return errTooMany
	}
	return nil
}

// add puts a whole call.
func (c *calls) add(id, name, args string) error {
	if len(c.all) >= maxCalls {
		return errTooMany
	}
	c.all = append(c.all, &call{index: len(c.all), id: id, name: []byte(name), args: []byte(args)})
	return c.grow(len(id) + len(name) + len(args))
}

// whole are the calls, in the order of their first pieces.
func (c *calls) whole() []session.ToolCall {
	var out []session.ToolCall
	for _, k := range c.all {
		name, args := string(k.name)+k.nameCut.flush(), string(k.args)+k.half.flush()
		if k.id == "" && name == "" && args == "" {
			continue // announced, and never named
		}
		out = append(out, session.ToolCall{ID: text.Raw(k.id), Name: text.Raw(name), Arguments: text.Raw(args)})
	}
	return out
}

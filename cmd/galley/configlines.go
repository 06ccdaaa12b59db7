package main

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"galley/session/text"
)

// configLines are the lines of a config's keys and tables, from 1, by their path.
type configLines map[string]int

func keyPath(names []string) string { return strings.Join(names, "\x00") }

// linesOf finds where each key of a config stands. The config has been read
// already: what can't be parsed has no lines.
func linesOf(data []byte) configLines {
	lines := configLines{}
	var p unstable.Parser
	p.Reset(data)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = lines.mark(&p, nil, e)
		case unstable.KeyValue:
			lines.value(&p, table, e)
		}
	}
	return lines
}

// value marks a key, and the keys inside of a value in braces.
func (l configLines) value(p *unstable.Parser, table []string, e *unstable.Node) {
	path := l.mark(p, table, e)
	if v := e.Value(); v.Kind == unstable.InlineTable {
		for it := v.Children(); it.Next(); {
			l.value(p, path, it.Node())
		}
	}
}

// mark keeps the line of a key and of the tables that it stands in.
func (l configLines) mark(p *unstable.Parser, table []string, e *unstable.Node) []string {
	path := append([]string(nil), table...)
	for it := e.Key(); it.Next(); {
		path = append(path, string(it.Node().Data))
		if k := keyPath(path); l[k] == 0 {
			l[k] = p.Shape(it.Node().Raw).Start.Line
		}
	}
	return path
}

// at is the file, with the line of a key or else of the table it is missing in.
func (c config) at(names ...string) string {
	file := text.Raw(c.path).String()
	for ; len(names) > 0; names = names[:len(names)-1] {
		if line := c.lines[keyPath(names)]; line > 0 {
			return fmt.Sprintf("%s:%d", file, line)
		}
	}
	return file
}

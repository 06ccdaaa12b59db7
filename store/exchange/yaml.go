package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"galley/session/text"
)

const (
	maxYAML  = 64 << 20
	maxNodes = 300_000
)

// doc is a YAML document that is being read: what is not clear in it is refused
// with its line, and a scalar without quotes keeps its spelling.
type doc struct{ file string }

func (d doc) bad(line int, do, what string, args ...any) error {
	return &Problem{File: d.file, Line: max(line, 1), What: fmt.Sprintf(what, args...), Do: do}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parse reads one document and refuses what could stand for more than it shows:
// anchors and aliases, tags, merge keys, a second document.
func (d doc) parse(data []byte) (*yaml.Node, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := d.sane(data); err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var root yaml.Node
	switch err := dec.Decode(&root); {
	case errors.Is(err, io.EOF):
		return nil, d.bad(1, "", "it is empty")
	case err != nil:
		return nil, d.yamlError(err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, d.yamlError(err)
		}
		return nil, d.bad(second.Line, "a file holds one document", "a second document begins")
	}
	if len(root.Content) != 1 {
		return nil, d.bad(1, "", "it is empty")
	}
	return root.Content[0], d.plain(root.Content[0], 0)
}

func (d doc) yamlError(err error) error {
	s := err.Error()
	line := 0
	if m := yamlLine.FindStringSubmatch(s); m != nil {
		s = s[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	if strings.HasPrefix(s, "did not find expected") { // the parser counts lines from 0, the scanner from 1
		line++
	}
	return d.bad(line, "", "it is no YAML: %s", s)
}

// sane refuses, before anything is built of it, what is not text, what would not
// have the same lines for everybody, and what has more parts than a suite has.
func (d doc) sane(data []byte) error {
	if len(data) > maxYAML {
		return d.bad(1, "", "it is larger than 64 MiB")
	}
	parts, i := 0, -1
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		i++
		line = bytes.TrimSuffix(line, []byte("\r"))
		switch {
		case !utf8.Valid(line):
			return d.bad(i+1, "save it as UTF-8", "it holds bytes that are not UTF-8")
		case bytes.ContainsAny(line, "\r\u0085\u2028\u2029"):
			return d.bad(i+1, `write \r, \u0085, \u2028 or \u2029 in double quotes`, "it holds a line end that not every program takes for one")
		}
		if at := bytes.IndexFunc(line, unprinted); at >= 0 {
			c, _ := utf8.DecodeRune(line[at:])
			return d.bad(i+1, fmt.Sprintf(`write \u%04x in double quotes`, c), "it is no YAML: it holds a control character")
		}
		if parts += countParts(line); parts > maxNodes {
			return d.bad(i+1, "", "it has more than %d parts", maxNodes)
		}
	}
	return nil
}

// unprinted are the characters that YAML takes only as escapes.
func unprinted(c rune) bool {
	return c < 0x20 && c != '\t' || c >= 0x7f && c <= 0x9f || c == 0xfffe || c == 0xffff
}

// countParts is at least the number of nodes that a line can begin. Texts in
// double quotes count as one.
func countParts(line []byte) int {
	n, before := 1, byte(':')
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == '"' && strings.IndexByte(":[{,-?", before) >= 0 {
			if end := closing(line[i+1:]); end >= 0 {
				i += end + 1
				before = '"'
				continue
			}
		}
		if strings.IndexByte(",:[{-?", c) >= 0 {
			n++
		}
		if c != ' ' && c != '\t' {
			before = c
		}
	}
	return n
}

func closing(s []byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func (d doc) plain(n *yaml.Node, depth int) error {
	switch {
	case depth > maxDepth:
		return d.bad(n.Line, "", "it is nested deeper than %d", maxDepth)
	case n.Kind == yaml.AliasNode, n.Anchor != "":
		return d.bad(n.Line, "write it out", "it holds an anchor or an alias")
	case n.Style&yaml.TaggedStyle != 0:
		return d.bad(n.Line, "put texts in double quotes", "it holds a tag, %s", clip(n.Tag))
	case n.Kind == yaml.ScalarNode && len(n.Value) > MaxCell:
		return d.bad(n.Line, "", "a text is larger than 16 MiB")
	}
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			switch {
			case k.Kind != yaml.ScalarNode:
				return d.bad(k.Line, "", "a key is no text")
			case k.Tag == "!!merge":
				return d.bad(k.Line, "write it out", "it holds a merge key")
			case seen[k.Value]:
				return d.bad(k.Line, "remove one of them", "the key %q stands there twice", clip(k.Value))
			}
			seen[k.Value] = true
		}
	}
	for _, c := range n.Content {
		if err := d.plain(c, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// What a file that came from elsewhere must not decide.
var forbidden = []string{
	"base_url", "baseurl", "apibaseurl", "endpoint", "url", "host", "api_key", "apikey", "key", "key_env", "apikeyenvar", "token", "secret",
	"command", "cmd", "exec", "program", "args", "env", "headers", "proxy", "script", "python", "javascript", "providers",
}

// fields takes a mapping apart.
func (d doc) fields(n *yaml.Node, what string, known ...string) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, d.bad(n.Line, "", "%s: keys and values were due", what)
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case slices.Contains(known, k.Value):
			out[k.Value] = n.Content[i+1]
		case slices.Contains(forbidden, strings.ToLower(k.Value)):
			return nil, d.bad(k.Line, "a suite names models; where they live and what may run stands in your own config", "%s has the key %q", what, clip(k.Value))
		default:
			return nil, d.bad(k.Line, "write one of "+strings.Join(known, ", "), "%s has the key %q", what, clip(k.Value))
		}
	}
	return out, nil
}

// list takes a sequence apart; no node is an empty one.
func (d doc) list(n *yaml.Node, what string) ([]*yaml.Node, error) {
	switch {
	case n == nil:
		return nil, nil
	case n.Kind != yaml.SequenceNode:
		return nil, d.bad(n.Line, "", "%s: a list was due", what)
	}
	return n.Content, nil
}

// text reads a scalar as it is spelled; no node is "".
func (d doc) text(n *yaml.Node, what string) (text.Raw, error) {
	switch {
	case n == nil:
		return "", nil
	case n.Kind != yaml.ScalarNode:
		return "", d.bad(n.Line, "put it in double quotes", "%s is no text", what)
	case n.Value == "" && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0:
		return "", d.bad(n.Line, `write "" for an empty text`, "%s has no value", what)
	}
	return text.Raw(n.Value), nil
}

func (d doc) texts(n *yaml.Node, what string) ([]text.Raw, error) {
	items, err := d.list(n, what)
	if err != nil {
		return nil, err
	}
	var out []text.Raw
	for _, i := range items {
		t, err := d.text(i, what)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func (d doc) number(n *yaml.Node, what string) (*float64, error) {
	if n == nil {
		return nil, nil
	}
	if n.Kind == yaml.ScalarNode && number(n.Value) && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 {
		if v, err := strconv.ParseFloat(n.Value, 64); err == nil && !math.IsInf(v, 0) {
			return &v, nil
		}
	}
	return nil, d.bad(n.Line, "", "%s is no number", what)
}

// share reads a number from 0 to 1.
func (d doc) share(n *yaml.Node, what string) (*float64, error) {
	v, err := d.number(n, what)
	if err == nil && v != nil && (*v < 0 || *v > 1) {
		return nil, d.bad(n.Line, "", "%s is %s; a share from 0 to 1 was due", what, clip(n.Value))
	}
	return v, err
}

func (d doc) whole(n *yaml.Node, what string, least, most int) (int, error) {
	if n == nil {
		return 0, nil
	}
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 || err != nil || v < least || v > most {
		return 0, d.bad(n.Line, "", "%s: a whole number from %d to %d was due", what, least, most)
	}
	return v, nil
}

func (d doc) truth(n *yaml.Node, what string) (bool, error) {
	switch {
	case n == nil:
		return false, nil
	case n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false"):
		return n.Value == "true", nil
	}
	return false, d.bad(n.Line, "", "%s: true or false was due", what)
}

// end is the last line that a node reaches.
func end(n *yaml.Node) int {
	last := n.Line
	if n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		last += strings.Count(strings.TrimSuffix(n.Value, "\n"), "\n") + 1
	}
	for _, c := range n.Content {
		last = max(last, end(c))
	}
	return last
}

// page writes YAML line by line. Every text is a JSON literal, which all readers
// of YAML take for the same.
type page struct {
	b    bytes.Buffer
	line int // that is written next, from 1
}

func (p *page) put(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	p.b.WriteString(s)
	p.b.WriteByte('\n')
	p.line += 1 + strings.Count(s, "\n")
}

// entry writes a key that is text and its value.
func (p *page) entry(indent, key string, value string) {
	k := quoted(key)
	if len(k) > 1000 { // longer keys need a mark of their own
		p.put("%s? %s\n%s: %s", indent, k, indent, value)
		return
	}
	p.put("%s%s: %s", indent, k, value)
}

func quoted[T ~string](s T) string { return string(appendString(nil, string(s))) }

func quotedList[T ~string](items []T) string {
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = quoted(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

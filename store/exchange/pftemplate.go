package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"galley/session"
	"galley/session/text"
)

func chatOf(n *yaml.Node) (out []session.Message, bad bool) {
	for _, e := range n.Content {
		var m session.Message
		_ = each(e, func(k, v *yaml.Node) error {
			switch {
			case k.Value == "role" && v.Kind == yaml.ScalarNode:
				m.Role = session.Role(v.Value)
			case k.Value == "content" && v.Kind == yaml.ScalarNode:
				m.Content = text.Raw(v.Value)
			default:
				bad = true
			}
			return nil
		})
		if m.Role != session.RoleSystem && m.Role != session.RoleUser && m.Role != session.RoleAssistant {
			bad = true
		}
		out = append(out, m)
	}
	return out, bad || len(out) == 0
}

// unescaped are messages as they are sent where no case has a value.
func unescaped(m []session.Message) []session.Message {
	out := slices.Clone(m)
	for i := range out {
		s := string(out[i].Content)
		var b strings.Builder
		for _, h := range session.Placeholders(s) {
			b.WriteString(s[h.Start+h.Skip : h.End])
		}
		out[i].Content = text.Raw(b.String())
	}
	return out
}

// fromMessages makes blocks of messages: a system block, an input block, and a
// conversation for what stands between or does not fit.
func fromMessages(m []session.Message) session.Content {
	c := session.Content{Params: session.DefaultParams()}
	add := func(k session.Kind, t text.Raw) {
		b := session.NewBlock(fmt.Sprintf("b%d", len(c.Blocks)+1), k)
		b.Text = t
		c.Blocks = append(c.Blocks, b)
	}
	if len(m) > 0 && m[0].Role == session.RoleSystem {
		add(session.KindSystem, m[0].Content)
		m = m[1:]
	}
	var tail *session.Message
	if n := len(m); n > 0 && m[n-1].Role == session.RoleUser {
		tail, m = &m[n-1], m[:n-1]
	}
	if len(m) > 0 {
		var b strings.Builder
		for _, x := range m {
			b.WriteString("--- " + string(x.Role) + "\n" + string(x.Content) + "\n")
		}
		add(session.KindTurns, text.Raw(b.String()))
	}
	if tail != nil {
		add(session.KindInput, tail.Content)
	}
	return c
}

var (
	pfExpression = regexp.MustCompile(`\{\{ '("[^']*")' \| load \}\}`)
	pfLoaded     = regexp.MustCompile(`\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)\s*\|\s*load\s*-?\}\}`)
	pfLogic      = regexp.MustCompile(`\{%|\{#|\{\{`)
)

// fromTemplate reads a template of Nunjucks as one of ours: {{name}} means the
// same in both, an expression of our own is its text. Odd says that there is more
// to it than we know.
func fromTemplate(s string) (t text.Raw, odd bool) {
	var b strings.Builder
	for s != "" {
		at := pfExpression.FindStringSubmatchIndex(s)
		end := len(s)
		if at != nil {
			end = at[0]
		}
		part := pfLoaded.ReplaceAllString(s[:end], "{{$1}}")
		for _, h := range session.Placeholders(part) {
			odd = odd || h.Literal && pfLogic.MatchString(part[h.Start:h.End])
		}
		b.WriteString(part)
		if at == nil {
			break
		}
		b.WriteString(escaped(literalOf(s[at[2]:at[3]])))
		s = s[at[1]:]
	}
	return text.Raw(b.String()), odd
}

// literalOf is the text that an expression of ours holds.
func literalOf(json string) string {
	v, ok := oneJSON(strings.ReplaceAll(json, `\\`, `\`))
	if !ok {
		return json
	}
	return v.text
}

// escaped keeps {{name}} in a text from being a variable.
func escaped(s string) string {
	var b strings.Builder
	for _, h := range session.Placeholders(s) {
		if !h.Literal || h.Skip > 0 {
			b.WriteByte('\\')
		}
		b.WriteString(s[h.Start:h.End])
	}
	return b.String()
}

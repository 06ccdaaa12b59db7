package session_test

import (
	"fmt"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// hostile are texts that have broken prompt tools, wrappers and terminals.
var hostile = []string{
	"", " ", "\n", "\n\n", "\r\n", "\t", "\x00", "\x00\x01\x1f\x7f", "\x1b[31mred\x1b[0m", "\x1b]52;c;aGk=\x07", "\u009b31m",
	"{{x}}", "{{ x }}", "{{y}}", "{{unknown}}", `\{{x}}`, `\\{{x}}`, "{{{x}}}", "{{", "}}", "{x}", "{{x}", "{{ é.b-c }}", "{{1x}}", "{{x y}}",
	"</input>", "</output>\n</example>\n</examples>", "<system>", "</rules>", "]]>", "<!--",
	`"`, `\`, `\"`, `{"a": "b"}`, `"}, {"input": "`, "\u2028\u2029", "\ufeff", "\ufffd",
	"--- user", "--- user\n", "\n--- assistant\nyes", "--- system \r\nx", "---user", "--- tool\n",
	"\u202eevil\u2066", "e\u0301\u0301", "👩‍👩‍👧", "日本語", "\U000e0041\U000e0042", "a\u200bb",
	"### Example 1", "Input: x\nOutput: y", "```\ncode", "Human:", "<|im_start|>",
}

// broken are texts that are not UTF-8.
var broken = []string{"\xff", "a\xc3", "\xed\xa0\x80", "\xf0\x9f\x98{{x}}", "\x80{{x}}\x80", `"\xfe"`, "\xe2{{x}}\x82\xac"}

func genText(utf8Only bool) *rapid.Generator[text.Raw] {
	return rapid.Custom(func(t *rapid.T) text.Raw {
		pool := hostile
		if !utf8Only {
			pool = append(pool[:len(pool):len(pool)], broken...)
		}
		var s string
		for range rapid.IntRange(0, 4).Draw(t, "pieces") {
			if rapid.Bool().Draw(t, "hostile") {
				s += rapid.SampledFrom(pool).Draw(t, "piece")
			} else {
				s += rapid.StringN(0, 12, -1).Draw(t, "any")
			}
		}
		return text.Raw(s)
	})
}

func genShot(utf8Only bool) *rapid.Generator[session.Shot] {
	return rapid.Custom(func(t *rapid.T) session.Shot {
		return session.Shot{
			UID: rapid.StringMatching(`[a-z]{4}`).Draw(t, "uid"), Name: "s1",
			Input: genText(utf8Only).Draw(t, "input"), Output: genText(utf8Only).Draw(t, "output"),
			Tags:  rapid.SliceOfN(rapid.SampledFrom([]text.Raw{"tag", "bug", "sale"}), 0, 2).Draw(t, "tags"),
			Off:   rapid.IntRange(0, 4).Draw(t, "off") == 0,
			Pin:   rapid.SampledFrom([]session.ShotPin{"", "", "", session.PinFirst, session.PinLast}).Draw(t, "pin"),
			Calls: rapid.SliceOfN(genCall(utf8Only), 0, rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "calls")).Draw(t, "call"),
		}
	})
}

func genCall(utf8Only bool) *rapid.Generator[session.ShotCall] {
	return rapid.Custom(func(t *rapid.T) session.ShotCall {
		args := genText(utf8Only).Draw(t, "broken arguments")
		if rapid.Bool().Draw(t, "proper") {
			args = `{"a": "{{x}}", "b": [1, 2]}`
		}
		return session.ShotCall{Name: genText(utf8Only).Draw(t, "name"), Arguments: args, Result: genText(utf8Only).Draw(t, "result")}
	})
}

func genResource(utf8Only bool) *rapid.Generator[session.Resource] {
	return rapid.Custom(func(t *rapid.T) session.Resource {
		body := genText(utf8Only).Draw(t, "text")
		return session.Resource{
			UID: rapid.StringMatching(`[a-z]{4}`).Draw(t, "uid"), Name: genText(utf8Only).Draw(t, "name"), Source: genText(utf8Only).Draw(t, "source"),
			Tags: rapid.SliceOfN(rapid.SampledFrom([]text.Raw{"tag", "bug"}), 0, 2).Draw(t, "tags"),
			Off:  rapid.IntRange(0, 4).Draw(t, "off") == 0,
			Text: body, Hash: session.Hash([]byte(body)),
		}
	})
}

// genPick is nil half of the time.
func genPick(kind session.Kind) *rapid.Generator[*session.Pick] {
	return rapid.Custom(func(t *rapid.T) *session.Pick {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		p := &session.Pick{
			How:  rapid.SampledFrom(session.PickHows(kind)).Draw(t, "how"),
			N:    rapid.IntRange(0, 6).Draw(t, "n"),
			By:   rapid.SampledFrom([]string{"", "tag", "label"}).Draw(t, "by"),
			Seed: rapid.Uint64Range(0, 3).Draw(t, "seed"),
		}
		p.Bank = p.How != session.PickColumn && rapid.Bool().Draw(t, "bank")
		if kind == session.KindResources {
			p.By, p.Column = "", "y"
			p.Sort = rapid.SampledFrom([]string{"", "rank", "last", "bank"}).Draw(t, "sort")
			p.Limit = rapid.SampledFrom([]int{0, 0, 5, 40}).Draw(t, "limit")
			p.Cut = rapid.Bool().Draw(t, "cut")
		}
		return p
	})
}

func genOrder() *rapid.Generator[session.Order] {
	return rapid.Custom(func(t *rapid.T) session.Order {
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return session.Seeded(rapid.Uint64().Draw(t, "seed"))
		case 1:
			rows := rapid.IntRange(1, 60).Draw(t, "rows")
			return session.Williams(rapid.IntRange(1, rows).Draw(t, "row"), rows, rapid.Uint64().Draw(t, "seed"))
		}
		return session.Order{}
	})
}

func genBlock(utf8Only bool) *rapid.Generator[session.Block] {
	return rapid.Custom(func(t *rapid.T) session.Block {
		b := session.Block{
			UID:   rapid.StringMatching(`[a-z]{4}`).Draw(t, "uid"),
			Kind:  rapid.SampledFrom(session.Kinds()).Draw(t, "kind"),
			Role:  rapid.SampledFrom([]session.Role{session.RoleSystem, session.RoleUser, session.RoleAssistant}).Draw(t, "role"),
			Title: genText(utf8Only).Draw(t, "title"),
			Text:  genText(utf8Only).Draw(t, "text"),
			Wrap:  rapid.SampledFrom(append(session.Wraps(), "")).Draw(t, "wrap"),
			Off:   rapid.IntRange(0, 5).Draw(t, "off") == 0,
		}
		if b.Kind == session.KindShots {
			b.Layout = rapid.SampledFrom([]session.Layout{session.LayoutInline, session.LayoutTurns}).Draw(t, "layout")
			b.Shots = rapid.SliceOfN(genShot(utf8Only), 0, 5).Draw(t, "shots")
		}
		if b.Kind == session.KindResources {
			b.Resources = rapid.SliceOfN(genResource(utf8Only), 0, 5).Draw(t, "resources")
		}
		if b.Kind == session.KindShots || b.Kind == session.KindResources {
			b.Order = rapid.SampledFrom([]string{"", "as-is", "seed:7", "williams:2/6@1", "nonsense"}).Draw(t, "order")
			b.Pick = genPick(b.Kind).Draw(t, "pick")
			b.Item = rapid.SampledFrom(items[b.Kind]).Draw(t, "item")
			if between := text.Raw("\n--\n"); rapid.IntRange(0, 3).Draw(t, "between") == 0 {
				b.Between = &between
			}
		}
		return b
	})
}

// items are templates of one item.
var items = map[session.Kind][]text.Raw{
	session.KindShots: {
		"", "", "", "Q{{n}}: {{input}}\r\nCalls {{calls}}\r\nA: {{output}}", "{{input}}\n{{calls}}\n=> {{output}}\n", "{{x}} {{name}} {{input}}{{output}}", `\{{input}} is {{ input }}`, "{{calls}}\n",
	},
	session.KindResources: {"", "", "", "{{n}}. {{name}} ({{source}})\n{{text}}", "{{source}}\n{{text}}", "{{text}}{{output}}{{x}}", "<d>{{ text }}</d>\n{{name}}"},
}

func genContent(utf8Only bool) *rapid.Generator[session.Content] {
	return rapid.Custom(func(t *rapid.T) session.Content {
		return session.Content{
			Blocks: rapid.SliceOfN(genBlock(utf8Only), 0, 6).Draw(t, "blocks"),
			Params: session.DefaultParams(),
		}
	})
}

func genCase(utf8Only bool) *rapid.Generator[session.Case] {
	return rapid.Custom(func(t *rapid.T) session.Case {
		var k session.Case
		for _, name := range []text.Raw{"x", "y", "é.b-c"} {
			if rapid.IntRange(0, 3).Draw(t, fmt.Sprint("has ", name)) > 0 {
				k.Vars = append(k.Vars, session.Var{Name: name, Value: genText(utf8Only).Draw(t, "value")})
			}
		}
		return k
	})
}

package session

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"galley/session/text"
)

// orderOf is the order in which a block's shots or resources stand: the run's where
// it is meant for them, else the block's own. A run's order is meant for shots; in a
// content without a shots block that is on it is meant for resources.
func orderOf(b Block, shots bool, run Order) Order {
	if !run.AsIs() && (b.Kind == KindShots || !shots) {
		return run
	}
	own, err := ParseOrder(b.Order)
	if err != nil {
		return Order{}
	}
	return own
}

// hasShots reports whether a shots block is on.
func hasShots(c Content) bool {
	for _, b := range c.Blocks {
		if b.Kind == KindShots && !b.Off {
			return true
		}
	}
	return false
}

// ordered applies an order to those that are not pinned.
func ordered(items []item, o Order) []item {
	var free []int
	for i, it := range items {
		if it.pin == PinNone {
			free = append(free, i)
		}
	}
	out := append([]item(nil), items...)
	for place, k := range o.Apply(len(free)) {
		out[free[place]] = items[free[k]]
	}
	return out
}

// addItems writes a block of shots or resources. In chat turns a shot without an
// input, which no user can have said, stands inline in the block's own message.
func (m *composer) addItems(b Block, o Order) {
	ch := choiceOf(b, m.c)
	for _, w := range ch.why {
		w.Block = m.block
		m.why = append(m.why, w)
	}
	for _, n := range ch.notes {
		m.notes = append(m.notes, ProofNote{Block: m.block, What: text.Raw(n)})
	}
	items := ordered(ch.items, o)
	if len(items) == 0 && b.Text == "" {
		return
	}
	m.last = b.Kind
	var turns []item
	if b.Kind == KindShots && b.Layout == LayoutTurns {
		inline := items[:0:0]
		for _, it := range items {
			if it.shot.Input == "" {
				inline = append(inline, it)
			} else {
				turns = append(turns, it)
			}
		}
		items = inline
	}
	if b.Text != "" || len(items) > 0 {
		m.inline(b, items)
	}
	for _, it := range turns {
		m.turn(it)
	}
}

// inline writes a block's text and its items below it in one message.
func (m *composer) inline(b Block, items []item) {
	m.begin(b.Role, false)
	m.template(string(b.Text), 0, len(b.Text))
	if len(items) == 0 {
		return
	}
	f := frameOf(b)
	if b.Text != "" {
		f.open = "\n\n" + f.open
	}
	m.put(PartWrap, f.open)
	for place, it := range items {
		if place > 0 {
			m.span(Span{Part: PartWrap, Shot: it.at, From: -1}, f.between)
		}
		var segs []seg
		switch {
		case b.Item != "":
			segs = itemSegs(b, it, place+1)
		case b.Kind == KindResources:
			segs = resourceSegs(b.Wrap, it.res, place+1)
		default:
			segs = shotSegs(b.Wrap, it.shot, place+1)
		}
		m.json = b.Wrap == WrapJSON
		for _, s := range merge(segs) {
			m.span(Span{Part: s.part, Shot: it.at, From: -1, Var: s.name}, s.text)
		}
		m.json = false
	}
	m.put(PartWrap, f.close)
}

// turn writes a shot as messages: what the user says, and what is answered. A shot
// that calls tools goes on with their results, all of them where one is known or
// something is said after them, and with what is said then.
func (m *composer) turn(it item) {
	s := it.shot
	say := func(role Role, part Part, t text.Raw) {
		m.begin(role, true)
		m.span(Span{Part: part, Shot: it.at, From: -1}, string(t))
	}
	say(RoleUser, PartInput, s.Input)
	if len(s.Calls) == 0 {
		say(RoleAssistant, PartOutput, s.Output)
		return
	}
	m.begin(RoleAssistant, true)
	results := s.Output != ""
	for _, c := range s.Calls {
		m.called++
		m.calls = append(m.calls, ToolCall{ID: text.Raw(fmt.Sprintf("call_%d", m.called)), Name: c.Name, Arguments: c.Arguments})
		results = results || c.Result != ""
	}
	calls := m.calls
	m.mark(PartCalls, it.at)
	if !results {
		return
	}
	for i, c := range s.Calls {
		say(RoleTool, PartCalls, c.Result)
		m.callID = calls[i].ID
		if c.Result == "" {
			m.mark(PartCalls, it.at)
		}
	}
	if s.Output != "" {
		say(RoleAssistant, PartOutput, s.Output)
	}
}

// frame is what stands around the items of a block and between them.
type frame struct{ open, between, close string }

func frameOf(b Block) frame {
	f := frame{between: "\n\n"}
	switch b.Wrap {
	case WrapXML:
		tag := "examples"
		if b.Kind == KindResources {
			tag = "documents"
		}
		f = frame{open: "<" + tag + ">\n", between: "\n", close: "\n</" + tag + ">"}
	case WrapJSON:
		f = frame{open: "[\n", between: ",\n", close: "\n]"}
	}
	if b.Between != nil {
		f.between = string(*b.Between)
	}
	return f
}

// seg is a piece of an item as it is written.
type seg struct {
	part Part
	text string
	name string // of PartUnknown
}

// merge joins pieces of the wrapper that follow each other, so that each is one span.
func merge(segs []seg) (out []seg) {
	for _, s := range segs {
		if n := len(out); n > 0 && s.part == PartWrap && out[n-1].part == PartWrap {
			out[n-1].text += s.text
			continue
		}
		out = append(out, s)
	}
	return out
}

// shotSegs is a shot as the wrapper writes it; what it has not is left out.
func shotSegs(w Wrap, s Shot, n int) (segs []seg) {
	type field struct {
		key  string
		part Part
		text string
	}
	var fields []field
	if s.Input != "" {
		fields = append(fields, field{"input", PartInput, string(s.Input)})
	}
	if len(s.Calls) > 0 {
		fields = append(fields, field{"calls", PartCalls, callsJSON(s.Calls)})
	}
	if s.Output != "" || len(s.Calls) == 0 {
		fields = append(fields, field{"output", PartOutput, string(s.Output)})
	}
	wrap := func(t string) { segs = append(segs, seg{part: PartWrap, text: t}) }
	switch w {
	case WrapXML:
		wrap("<example>\n")
	case WrapMarkdown:
		wrap(fmt.Sprintf("### Example %d\n\n", n))
	case WrapJSON:
		wrap("  {")
	}
	for i, f := range fields {
		title := strings.ToUpper(f.key[:1]) + f.key[1:]
		after := ""
		switch w {
		case WrapXML:
			wrap("<" + f.key + ">\n")
			after = "\n</" + f.key + ">\n"
		case WrapMarkdown:
			wrap([]string{"", "\n\n"}[min(i, 1)] + "**" + title + "**\n\n")
		case WrapJSON:
			wrap([]string{"", ", "}[min(i, 1)] + `"` + f.key + `": `)
			if f.part != PartCalls {
				wrap(`"`)
				after = `"`
			}
		default:
			wrap([]string{"", "\n"}[min(i, 1)] + title + ": ")
		}
		segs = append(segs, seg{part: f.part, text: f.text})
		if after != "" {
			wrap(after)
		}
	}
	switch w {
	case WrapXML:
		wrap("</example>")
	case WrapJSON:
		wrap("}")
	}
	return segs
}

// callsJSON is a shot's calls as a JSON list. Arguments stand as they are written
// where they are JSON, else as a text.
func callsJSON(calls []ShotCall) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, c := range calls {
		if i > 0 {
			b.WriteString(", ")
		}
		args := strings.TrimSpace(string(c.Arguments))
		if !json.Valid([]byte(args)) {
			args = `"` + jsonEscape(string(c.Arguments)) + `"`
		}
		b.WriteString(`{"name": "` + jsonEscape(string(c.Name)) + `", "arguments": ` + args)
		if c.Result != "" {
			b.WriteString(`, "result": "` + jsonEscape(string(c.Result)) + `"`)
		}
		b.WriteByte('}')
	}
	b.WriteByte(']')
	return b.String()
}

// resourceSegs is a resource as the wrapper writes it.
func resourceSegs(w Wrap, r Resource, n int) []seg {
	name, source := oneLine(string(r.Name)), ""
	if !named(r) {
		source = oneLine(string(r.Source))
	}
	head, tail := "", ""
	switch w {
	case WrapXML:
		head = "<document"
		if name != "" {
			head += ` name="` + attribute(name) + `"`
		}
		if source != "" {
			head += ` source="` + attribute(source) + `"`
		}
		head, tail = head+">\n", "\n</document>"
	case WrapJSON:
		head, tail = "  {", `"}`
		if name != "" {
			head += `"name": "` + jsonEscape(name) + `", `
		}
		if source != "" {
			head += `"source": "` + jsonEscape(source) + `", `
		}
		head += `"text": "`
	default:
		title := name
		switch {
		case title == "" && source != "":
			title = source
		case source != "":
			title += " (" + source + ")"
		}
		switch {
		case w == WrapMarkdown && title == "":
			head = fmt.Sprintf("### Document %d\n\n", n)
		case w == WrapMarkdown:
			head = "### " + title + "\n\n"
		case title == "":
			head = fmt.Sprintf("[%d]\n", n)
		default:
			head = "[" + title + "]\n"
		}
	}
	return []seg{{part: PartWrap, text: head}, {part: PartItem, text: string(r.Text)}, {part: PartWrap, text: tail}}
}

// named reports whether a resource's name tells its source already, as that of a
// file or of a piece of one does: where a file lies on somebody's disk is nothing for
// a model.
func named(r Resource) bool {
	if strings.Contains(string(r.Source), "://") {
		return false
	}
	file := path.Base(strings.ReplaceAll(string(r.Source), `\`, "/"))
	return string(r.Name) == file || strings.HasPrefix(string(r.Name), file+"#")
}

// attribute is s as the value of an XML attribute.
func attribute(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// ItemNames are the placeholders that the item template of a block of this kind
// knows.
func (k Kind) ItemNames() []string {
	switch k {
	case KindShots:
		return []string{"input", "output", "calls", "n"}
	case KindResources:
		return []string{"text", "name", "source", "n"}
	}
	return nil
}

// itemSegs is an item by the block's template. It is read once: a value that holds
// a placeholder stays text, and the case's variables play no part. A line that asks
// only for what the item has not is left out.
func itemSegs(b Block, it item, n int) (segs []seg) {
	values := map[string]seg{"n": {part: PartWrap, text: fmt.Sprint(n)}}
	if b.Kind == KindResources {
		values["text"] = seg{part: PartItem, text: string(it.res.Text)}
		for k, v := range map[string]string{"name": string(it.res.Name), "source": string(it.res.Source)} {
			if b.Wrap == WrapJSON {
				v = jsonEscape(v)
			}
			values[k] = seg{part: PartWrap, text: v}
		}
	} else {
		values["input"] = seg{part: PartInput, text: string(it.shot.Input)}
		values["output"] = seg{part: PartOutput, text: string(it.shot.Output)}
		values["calls"] = seg{part: PartCalls}
		if len(it.shot.Calls) > 0 {
			values["calls"] = seg{part: PartCalls, text: callsJSON(it.shot.Calls)}
		}
	}
	dropped := false
	for line := range strings.Lines(string(b.Item)) {
		one, has, asks := lineSegs(line, values)
		if dropped = asks && !has; !dropped {
			segs = append(segs, one...)
		}
	}
	if n := len(segs); dropped && n > 0 && segs[n-1].part == PartWrap { // the last line is gone, and with it the line end before
		segs[n-1].text = strings.TrimSuffix(strings.TrimSuffix(segs[n-1].text, "\n"), "\r")
	}
	return segs
}

// lineSegs is one line of an item's template; asks says that it asks for something
// of the item that may be missing, and has that one of these is there.
func lineSegs(line string, values map[string]seg) (segs []seg, has, asks bool) {
	for _, h := range Placeholders(line) {
		v, ok := values[h.Name]
		switch {
		case h.Literal:
			segs = append(segs, seg{part: PartWrap, text: line[h.Start+h.Skip : h.End]})
		case !ok:
			segs = append(segs, seg{part: PartUnknown, text: line[h.Start:h.End], name: h.Name})
			has = true
		case v.text == "":
			asks = true
		default:
			segs = append(segs, v)
			has = has || h.Name != "n"
		}
	}
	return segs, has, asks
}

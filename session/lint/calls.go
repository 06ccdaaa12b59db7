package lint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// tool is a definition of the tools block.
type tool struct {
	name   string
	schema text.Raw // of its arguments, "" none
}

// tools reads the definitions as chat servers take them, with a function inside or
// bare. It is false where they can't be read.
func (in *Input) tools() ([]tool, bool) {
	raw := in.Proof.Beside.Tools
	if raw == "" || session.BesideFault(session.KindTools, raw) != "" {
		return nil, false
	}
	type function struct {
		Name       string          `json:"name"`
		Parameters json.RawMessage `json:"parameters"`
		Input      json.RawMessage `json:"input_schema"`
	}
	var list []struct {
		function
		Function *function `json:"function"`
	}
	if json.Unmarshal([]byte(string(raw)), &list) != nil {
		return nil, false
	}
	var out []tool
	for _, t := range list {
		f := t.function
		if t.Function != nil {
			f = *t.Function
		}
		if f.Name == "" {
			return nil, false // a tool of the server's own kind
		}
		schema := f.Parameters
		if schema == nil {
			schema = f.Input
		}
		out = append(out, tool{f.Name, text.Raw(schema)})
	}
	return out, true
}

// toolCalls holds the calls of the shots against the tools.
func toolCalls(in *Input, stand []shownShot) (out []Finding) {
	tools, known := in.tools()
	for _, s := range stand {
		for _, c := range s.Calls {
			if why := callFault(in, c, tools, known); why != "" {
				out = append(out, Finding{
					Severity: Warning, Spans: in.callPlace(s),
					Message: fmt.Sprintf("Shot %s calls %s, %s.", s.name, shown(string(c.Name)), why),
				})
			}
		}
	}
	return out
}

func callFault(in *Input, c session.ShotCall, tools []tool, known bool) string {
	args := strings.TrimSpace(string(c.Arguments))
	if args == "" {
		args = "{}"
	}
	if !json.Valid([]byte(args)) || args[0] != '{' {
		return "and its arguments are no JSON object: correct them, or switch the shot off"
	}
	if in.Proof.Beside.Tools == "" {
		return "but no tools are sent: switch a tools block on, or the shot off"
	}
	if !known {
		return ""
	}
	var names []string
	for _, t := range tools {
		if t.name == string(c.Name) {
			if in.Fits != nil && t.schema != "" {
				if why := in.Fits(t.schema, text.Raw(args)); why != "" {
					return "and its arguments do not fit that tool (" + shown(why) + "): correct them, or the tool"
				}
			}
			return ""
		}
		names = append(names, shown(t.name))
	}
	return fmt.Sprintf("which is none of the tools (%s): correct the name, or add the tool", and(names[:min(len(names), 5)]))
}

// callPlace is where the calls of a shot stand: their bytes, or the message that
// carries them.
func (in *Input) callPlace(s shownShot) (out []Place) {
	for _, sp := range in.spansOfItem(s.block, s.index) {
		if sp.Part == session.PartCalls && (len(out) == 0 || sp.Start < sp.End) {
			out = append(out[:0:0], in.place(sp.Message, sp.Start, sp.End))
			if sp.Start < sp.End {
				break
			}
		}
	}
	if len(out) == 0 {
		out = in.shotPlaces(s.block, s.index)
	}
	return out
}

// itemTemplates finds placeholders that an item's template does not know, and
// templates that leave out what the item is for.
func itemTemplates(in *Input) (out []Finding) {
	for i, b := range in.Content.Blocks {
		known := b.Kind.ItemNames()
		if b.Off || b.Item == "" || known == nil {
			continue
		}
		block := shown(string(b.Name()))
		has, wrong := map[string]bool{}, []string{}
		for _, h := range session.Placeholders(string(b.Item)) {
			if h.Literal || has[h.Name] {
				continue
			}
			has[h.Name] = true
			if !slices.Contains(known, h.Name) {
				wrong = append(wrong, braced(h.Name))
			}
		}
		names := make([]string, len(known))
		for k, n := range known {
			names[k] = braced(n)
		}
		if len(wrong) > 0 {
			out = append(out, Finding{
				Severity: Error, Spans: in.itemUnknown(i),
				Message: fmt.Sprintf("The template of one item in block %s asks for %s, which it does not know: write %s.", block, and(wrong), and(names)),
			})
		}
		lost := "text"
		if b.Kind == session.KindShots {
			lost = "output"
		}
		if !has[lost] && !(lost == "output" && has["calls"]) {
			out = append(out, Finding{
				Severity: Warning, Spans: in.blockPlaces(i),
				Message: fmt.Sprintf("The template of one item in block %s has no %s, so it leaves out what the item is for: write it where it belongs.", block, braced(lost)),
			})
		}
	}
	return out
}

// itemUnknown are the places of unknown placeholders in the items of a block.
func (in *Input) itemUnknown(b int) []Place {
	out := in.places(func(s session.Span) bool { return s.Block == b && s.Shot >= 0 && s.Part == session.PartUnknown })
	return out[:min(len(out), maxPlaces)]
}

// choices passes on what could not be chosen as it is written: a variable that is
// missing or that holds no list.
func choices(in *Input) (out []Finding) {
	for _, n := range in.Proof.Notes {
		name := shown(string(in.Content.Blocks[n.Block].Name()))
		what := text.Of(string(n.What)).OneLine().String()
		f := Finding{Severity: Warning, Spans: in.blockPlaces(n.Block), Message: fmt.Sprintf("Block %s: %s", name, what)}
		p := in.Content.Blocks[n.Block].Pick
		switch {
		case p != nil && p.How == session.PickColumn && in.hasCase() && len(f.Spans) == 0:
			f.Severity = Error
		case p != nil && p.How == session.PickColumn && !in.hasCase():
			continue
		}
		if !strings.HasSuffix(f.Message, ".") {
			f.Message += "."
		}
		out = append(out, f)
	}
	return out
}

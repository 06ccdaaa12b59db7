package backend

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
)

// toolDef is one tool of a list of function definitions, in whatever of the usual
// shapes it was written.
type toolDef struct {
	Name        string
	Description string
	Parameters  json.RawMessage // a JSON Schema; nil: none
	Strict      *bool
}

// toolsOf reads the list of tools that stands beside the messages: each as OpenAI
// writes it ({"type":"function","function":{…}}), or its inside alone, with its
// schema under parameters, input_schema or inputSchema. An error says where it is
// wrong, before anything is sent.
func toolsOf(b session.Beside) ([]toolDef, error) {
	if strings.TrimSpace(string(b.Tools)) == "" {
		return nil, nil
	}
	raw, err := rawJSON("tools", b.Tools)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, errors.New("the tools block is no JSON list; write [ and ] around its function definitions")
	}
	var out []toolDef
	seen := map[string]bool{}
	for i, one := range list {
		t, err := toolOf(one)
		if err != nil {
			return nil, fmt.Errorf("tool %d of the tools block %w", i+1, err)
		}
		if seen[t.Name] {
			return nil, fmt.Errorf("tool %d of the tools block has the name of another, %q", i+1, text.Raw(t.Name))
		}
		seen[t.Name] = true
		out = append(out, t)
	}
	return out, nil
}

func toolOf(one json.RawMessage) (toolDef, error) {
	type shape struct {
		Function    json.RawMessage `json:"function"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
		Input       json.RawMessage `json:"input_schema"`
		InputMCP    json.RawMessage `json:"inputSchema"`
		Strict      *bool           `json:"strict"`
	}
	var s shape
	if err := json.Unmarshal(one, &s); err != nil {
		return toolDef{}, errors.New("is no function definition; write an object with name, description and parameters")
	}
	if present(s.Function) {
		inner := shape{}
		if err := json.Unmarshal(s.Function, &inner); err != nil {
			return toolDef{}, errors.New("has a function that is no definition; write an object with name, description and parameters")
		}
		if inner.Strict == nil {
			inner.Strict = s.Strict
		}
		s = inner
	}
	if s.Name == "" {
		return toolDef{}, errors.New("has no name")
	}
	t := toolDef{Name: s.Name, Description: s.Description, Strict: s.Strict}
	for _, p := range []json.RawMessage{s.Parameters, s.Input, s.InputMCP} {
		if !present(p) {
			continue
		}
		if p[0] != '{' {
			return toolDef{}, fmt.Errorf("(%s) has parameters that are no JSON Schema: write an object", text.Raw(s.Name))
		}
		t.Parameters = p
		break
	}
	return t, nil
}

// schemaOf is the JSON Schema that the answer is to be held to, as it was written
// but for white space at its ends; nil: none.
func schemaOf(b session.Beside) (json.RawMessage, error) {
	if strings.TrimSpace(string(b.Schema)) == "" {
		return nil, nil
	}
	raw, err := rawJSON("schema", b.Schema)
	if err != nil {
		return nil, err
	}
	if raw[0] != '{' {
		return nil, errors.New("the schema block is no JSON Schema; write an object")
	}
	return raw, nil
}

// rawJSON is the text of a block that must be JSON, without white space at its
// ends. An error names the line.
func rawJSON(block string, t text.Raw) (json.RawMessage, error) {
	if !t.Valid() {
		return nil, fmt.Errorf("the %s block is not UTF-8, and JSON can't carry it", block)
	}
	raw := bytes.TrimSpace([]byte(t))
	var whole json.RawMessage
	err := json.Unmarshal(raw, &whole)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		before := len(t) - len(strings.TrimLeft(string(t), " \t\r\n")) + int(syntax.Offset)
		return nil, fmt.Errorf("the %s block is not JSON: %w, in its line %d", block, syntax, 1+strings.Count(string(t[:min(before, len(t))]), "\n"))
	case err != nil:
		return nil, fmt.Errorf("the %s block is not JSON: %w", block, err)
	}
	return raw, nil
}

// strictSchema reports whether a schema keeps to what OpenAI's strict mode wants:
// every object closed and all of its properties required, and no keyword that the
// mode does not know. One that does not is sent all the same, without strict.
func strictSchema(raw json.RawMessage) bool {
	var s any
	if json.Unmarshal(raw, &s) != nil {
		return false
	}
	root, ok := s.(map[string]any)
	return ok && root["type"] == "object" && root["anyOf"] == nil && strictNode(s, 0)
}

const strictDepth = 10 // levels of nesting that the mode takes

func strictNode(s any, depth int) bool {
	m, ok := s.(map[string]any)
	if !ok || depth > strictDepth {
		return false
	}
	for _, k := range []string{
		"allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties",
		"propertyNames", "unevaluatedProperties", "unevaluatedItems", "minProperties", "maxProperties", "contains", "prefixItems", "default",
	} {
		if _, has := m[k]; has {
			return false
		}
	}
	props, _ := m["properties"].(map[string]any)
	if m["type"] == "object" || props != nil {
		if m["additionalProperties"] != false || !allRequired(m["required"], props) {
			return false
		}
	}
	for _, p := range props {
		if !strictNode(p, depth+1) {
			return false
		}
	}
	if items, has := m["items"]; has && !strictNode(items, depth+1) {
		return false
	}
	for _, k := range []string{"$defs", "definitions"} {
		defs, _ := m[k].(map[string]any)
		for _, d := range defs {
			if !strictNode(d, depth+1) {
				return false
			}
		}
	}
	either, _ := m["anyOf"].([]any)
	for _, e := range either {
		if !strictNode(e, depth+1) {
			return false
		}
	}
	return true
}

func allRequired(list any, props map[string]any) bool {
	names, _ := list.([]any)
	for p := range props {
		found := false
		for _, n := range names {
			found = found || n == p
		}
		if !found {
			return false
		}
	}
	return true
}

// grammarless refuses a grammar where there is none, and says what to do.
func grammarless(b session.Beside, who string) error {
	if strings.TrimSpace(string(b.Grammar)) == "" {
		return nil
	}
	return fmt.Errorf(`%s knows no grammars; switch the grammar block off, and hold the answer by a schema block or ask a backend of kind "llamacpp"`, who)
}

// fixedContext refuses a context size where the model's can't be set.
func fixedContext(p session.Params, who string) error {
	if p.Context == 0 {
		return nil
	}
	return fmt.Errorf("%s has a context of its own that no request can set; set context to none in the variant", who)
}

// foreignSampler names what of the parameters a hosted API has no word for: a
// value that is neutral asks for nothing, and passes.
func foreignSampler(p session.Params, who string, names ...string) error {
	for _, n := range names {
		var is bool
		switch n {
		case "top_k":
			is = p.TopK != nil && *p.TopK != neutral.TopK
		case "min_p":
			is = p.MinP != nil && *p.MinP != neutral.MinP
		case "repeat_penalty":
			is = p.RepeatPenalty != nil && *p.RepeatPenalty != neutral.RepeatPenalty
		case "presence_penalty":
			is = p.Presence != nil && *p.Presence != neutral.Presence
		case "frequency_penalty":
			is = p.Frequency != nil && *p.Frequency != neutral.Frequency
		case "temperature":
			is = p.Temperature != nil && *p.Temperature != neutral.Temperature
		case "top_p":
			is = p.TopP != nil && *p.TopP != neutral.TopP
		case "stop":
			is = len(p.Stop) > 0
		}
		if is {
			return fmt.Errorf("%s takes no %s; set %s to none in the variant", who, n, n)
		}
	}
	return nil
}

package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"galley/session/text"
)

// deepest is how far into a schema it is looked.
const deepest = 40

// schemaTypes are the types that JSON Schema knows.
var schemaTypes = []string{"string", "number", "integer", "boolean", "object", "array", "null"}

// keywordTakes says what the keywords of JSON Schema take, in words. Others are
// passed over: servers have some of their own, and any may be an annotation.
var keywordTakes = map[string]string{
	"properties": "schemas by name", "patternProperties": "schemas by name", "$defs": "schemas by name", "definitions": "schemas by name", "dependentSchemas": "schemas by name",
	"items": "a schema or a list of them", "additionalProperties": "a schema", "propertyNames": "a schema", "contains": "a schema", "not": "a schema",
	"if": "a schema", "then": "a schema", "else": "a schema", "unevaluatedProperties": "a schema", "unevaluatedItems": "a schema",
	"anyOf": "a list of schemas", "oneOf": "a list of schemas", "allOf": "a list of schemas", "prefixItems": "a list of schemas",
	"enum": "a list", "required": "a list of names", "type": "a type",
	"minimum": "a number", "maximum": "a number", "multipleOf": "a number",
	"minLength": "a whole number", "maxLength": "a whole number", "minItems": "a whole number", "maxItems": "a whole number",
	"minProperties": "a whole number", "maxProperties": "a whole number",
	"uniqueItems": "true or false", "pattern": "a string", "format": "a string", "description": "a string", "title": "a string", "$ref": "a string",
}

// schemaFault says in a clause what of a JSON Schema none can have, "" where nothing
// is wrong: a type that is none, a keyword with the wrong kind of value, a name that is
// required and that nothing allows.
func schemaFault(t text.Raw) string {
	return faultIn(json.RawMessage(t), "", 0)
}

func faultIn(raw json.RawMessage, at string, deep int) string {
	raw = bytes.TrimSpace(raw)
	if string(raw) == "true" || string(raw) == "false" || deep > deepest {
		return ""
	}
	var s map[string]json.RawMessage
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return where(at) + "a schema is an object"
	}
	keys := make([]string, 0, len(s))
	for k := range s {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if why := keywordFault(k, s[k], at, deep); why != "" {
			return why
		}
	}
	return requiredFault(s, at)
}

// keywordFault says what is wrong with one keyword and the schemas in it.
func keywordFault(k string, v json.RawMessage, at string, deep int) string {
	takes := keywordTakes[k]
	wrong := fmt.Sprintf("%s%q takes %s", where(at), k, takes)
	within := at + "/" + k
	switch takes {
	case "schemas by name":
		var by map[string]json.RawMessage
		if json.Unmarshal(v, &by) != nil || by == nil {
			return wrong
		}
		names := make([]string, 0, len(by))
		for n := range by {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			if why := faultIn(by[n], within+"/"+n, deep+1); why != "" {
				return why
			}
		}
	case "a list of schemas", "a schema or a list of them":
		var list []json.RawMessage
		if json.Unmarshal(v, &list) != nil || list == nil {
			if takes == "a list of schemas" {
				return wrong
			}
			return faultIn(v, within, deep+1)
		}
		for i, x := range list {
			if why := faultIn(x, fmt.Sprintf("%s/%d", within, i), deep+1); why != "" {
				return why
			}
		}
	case "a schema":
		return faultIn(v, within, deep+1)
	case "a type":
		return typeFault(v, at)
	case "":
	default:
		if !holdsKind(v, takes) {
			return wrong
		}
	}
	return ""
}

// holdsKind reports whether a value is of a kind as [keywordTakes] names it.
func holdsKind(v json.RawMessage, kind string) bool {
	var err error
	switch kind {
	case "a list":
		var x []json.RawMessage
		err = json.Unmarshal(v, &x)
		return err == nil && x != nil
	case "a list of names":
		var x []string
		err = json.Unmarshal(v, &x)
		return err == nil && x != nil
	case "a number":
		return numeric(v)
	case "a whole number":
		var x float64
		return numeric(v) && json.Unmarshal(v, &x) == nil && x >= 0 && x == float64(int64(x))
	case "true or false":
		return string(v) == "true" || string(v) == "false"
	}
	return v[0] == '"'
}

func numeric(v json.RawMessage) bool { return v[0] == '-' || v[0] >= '0' && v[0] <= '9' }

func typeFault(v json.RawMessage, at string) string {
	var one string
	var many []string
	switch {
	case v[0] == '"' && json.Unmarshal(v, &one) == nil:
		many = []string{one}
	case v[0] == '[' && json.Unmarshal(v, &many) == nil && len(many) > 0:
	default:
		return where(at) + "\"type\" takes a type, or a list of them"
	}
	for _, t := range many {
		if slices.Contains(schemaTypes, t) {
			continue
		}
		return fmt.Sprintf("%sthe type %s is none of %s", where(at), shown(t), and(schemaTypes))
	}
	return ""
}

// requiredFault finds a name that is required where no property may have it: then
// nothing at all fits.
func requiredFault(s map[string]json.RawMessage, at string) string {
	if string(bytes.TrimSpace(s["additionalProperties"])) != "false" || s["patternProperties"] != nil || s["allOf"] != nil || s["$ref"] != nil {
		return ""
	}
	var props map[string]json.RawMessage
	var required []string
	if json.Unmarshal(s["required"], &required) != nil || s["properties"] == nil || json.Unmarshal(s["properties"], &props) != nil {
		return ""
	}
	for _, n := range required {
		if _, ok := props[n]; !ok {
			return fmt.Sprintf("%s%s is required, but none of the properties, and others are not allowed", where(at), shown(n))
		}
	}
	return ""
}

// where begins a clause with a place in a schema.
func where(at string) string {
	if at == "" {
		return ""
	}
	return "at " + text.Of(at).OneLine().String() + ": "
}

// toolsFault says in a clause why a list of JSON objects is no list of tools, "" where
// it is one. A tool of a server's own kind, with another type than function, is that
// server's to read.
func toolsFault(t text.Raw) string {
	var list []map[string]json.RawMessage
	if json.Unmarshal([]byte(t), &list) != nil {
		return ""
	}
	if len(list) == 0 {
		return "the list is empty"
	}
	seen := map[string]bool{}
	for i, tool := range list {
		name, why := toolFault(tool)
		if why != "" {
			return fmt.Sprintf("tool %d%s: %s", i+1, named(name), why)
		}
		if name != "" && seen[name] {
			return fmt.Sprintf("tool %d has the name %s, as one before it has", i+1, shown(name))
		}
		seen[name] = true
	}
	return ""
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return ", " + shown(name)
}

// toolFault is the name of a tool, and what is wrong with it.
func toolFault(t map[string]json.RawMessage) (name, why string) {
	kind := ""
	if v, ok := t["type"]; ok && json.Unmarshal(v, &kind) != nil {
		return "", "its type is no string"
	}
	f := t
	if v, ok := t["function"]; ok {
		f = nil
		if json.Unmarshal(v, &f) != nil || f == nil {
			return "", "its function is no object"
		}
	} else if kind != "" && kind != "function" && kind != "custom" || kind == "" && len(t) == 1 && t["name"] == nil {
		return "", "" // the server's own kind: {"type": "web_search"}, {"googleSearch": {}}
	}
	if json.Unmarshal(f["name"], &name) != nil || strings.TrimSpace(name) == "" {
		return "", "it has no name: a function is {\"type\": \"function\", \"function\": {\"name\": …}}"
	}
	for _, k := range []string{"parameters", "input_schema", "inputSchema"} {
		v, ok := f[k]
		if !ok || string(bytes.TrimSpace(v)) == "null" {
			continue
		}
		if v[0] != '{' {
			return name, fmt.Sprintf("its %s are no schema, which is an object", k)
		}
		if why := faultIn(v, "", 0); why != "" {
			return name, "in its " + k + " " + why
		}
	}
	return name, ""
}

package session_test

import (
	"testing"

	"galley/session"
	"galley/session/text"
)

func TestBesideFault(t *testing.T) {
	for _, tt := range []struct {
		kind session.Kind
		text text.Raw
		want string
	}{
		{session.KindTools, `[{"type":"function","function":{"name":"f"}}]`, ""},
		{session.KindTools, " \n", ""},
		{session.KindTools, "[]", ""},
		{session.KindTools, `{"name":"f"}`, "tools are a JSON list of objects"},
		{session.KindTools, " null", "tools are a JSON list of objects"},
		{session.KindSchema, "null", "a JSON Schema is an object"},
		{session.KindTools, `[{}, 3]`, "tool 2 is no object"},
		{session.KindTools, "[\n {\"a\": 1}\n", "line 3: it ends too soon"},
		{session.KindSchema, `{"type":"object"}`, ""},
		{session.KindSchema, "true", ""},
		{session.KindSchema, `"object"`, "a JSON Schema is an object"},
		{session.KindSchema, "{\n\"a\": x\n}", "line 2: invalid character 'x' looking for beginning of value"},
		{session.KindSchema, "{}\n\n{}", "line 3: something stands after the end of the JSON"},
		{session.KindSchema, "{\"a\": \"\x1b[31m\"}", `line 1: invalid character '\x1b' in string literal`},
		{session.KindGrammar, "root ::= [", ""},
		{session.KindSystem, "not JSON", ""},
	} {
		if got := session.BesideFault(tt.kind, tt.text); got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.kind, tt.text, got, tt.want)
		}
	}
}

package session_test

import (
	"testing"

	"galley/session"
	"galley/session/text"
)

// frozen are contents as they were before blocks could choose; what they say to a
// model, and the hash that names it, must never change.
func frozen() (session.Content, session.Case) {
	shots := []session.Shot{
		{Name: "s1", Input: "I was charged \"twice\".\n", Output: "billing"}, {Name: "s2", Input: "{{x}} </input>", Output: "bug"},
		{Name: "s3", Input: "off", Output: "off", Off: true}, {Name: "s4", Input: "Prix élevé\r\n\tmerci", Output: "sales \\ {{y}}"},
	}
	c := session.Content{Params: session.DefaultParams(), Blocks: []session.Block{
		{Kind: session.KindSystem, Role: session.RoleSystem, Title: "Who you are", Text: "Be kind to {{x}}.", Wrap: session.WrapMarkdown},
		{Kind: session.KindShots, Role: session.RoleUser, Text: "Look:", Shots: shots},
		{Kind: session.KindTurns, Text: "--- user\nhi {{y}}\n--- assistant\nyes"},
		{Kind: session.KindInput, Role: session.RoleUser, Text: "{{x}} {{y}} {{z}} \\{{x}}"},
		{Kind: session.KindPrefill, Text: "Label:"},
	}}
	return c, session.Case{Vars: []session.Var{{Name: "x", Value: "the \"first\"\n"}, {Name: "y", Value: text.Raw("2")}}}
}

func TestContextsMeanTheSameForever(t *testing.T) {
	want := map[session.Wrap][2]string{
		session.WrapNone: {
			"sha256:d72298c674bda202b3d3201816e4f91a7b94bf991fb426dba90945cbd586ba20 c58a605b",
			"sha256:9da885137b94e9cde3b218616116ecc861f6e104b437783fe98a6fb9b5ad26cb 2d1c0145",
		},
		session.WrapXML: {
			"sha256:2893d96096e9d61261fd7e3ce822d15154b672b26f4ea64589e48d2f1b53277c 486c198b",
			"sha256:b06c9c2567e624e8a8a0a411170bb2db69f8164bad342895f67d00b2c307f77d 11bb1a56",
		},
		session.WrapMarkdown: {
			"sha256:309d03999aba32538af3afebf1641c063a40cc0b46b61f01e2c35e814934524d a5b9d34f",
			"sha256:894145838f219805cf932c3e2655813248924fee72d6a4f6ab8091fb42e618da da4bb93e",
		},
		session.WrapJSON: {
			"sha256:adc61e460283aca1d69ae78e741b83553ba4dfaeaf0d286ae5686ae380f2ed11 d2fd2204",
			"sha256:66f2d0c75e67b1226ef9810fc0575ffcc65ef303f52dc88d090ac0afcf80bbc4 67c266a4",
		},
	}
	for _, wrap := range session.Wraps() {
		for i, layout := range []session.Layout{session.LayoutInline, session.LayoutTurns} {
			c, k := frozen()
			b := &c.Blocks[1]
			b.Wrap, b.Layout, b.Order = wrap, layout, "seed:3"
			c.Blocks[3].Wrap = wrap
			p := session.Compose(c, k, session.Order{})
			got := p.Hash + " " + p.Key()[7:15]
			if got != want[wrap][i] {
				t.Errorf("wrap %s, %s: %q was %q", wrap, layout, got, want[wrap][i])
			}
		}
	}
}

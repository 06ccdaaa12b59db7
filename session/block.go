package session

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"galley/session/text"
)

// Kind says what a block is for.
type Kind string

// The kinds of blocks.
const (
	KindSystem       Kind = "system"       // who the model is
	KindInstructions Kind = "instructions" // what to do
	KindShots        Kind = "shots"        // worked examples
	KindInput        Kind = "input"        // the case
	KindPrefill      Kind = "prefill"      // how the answer begins
	KindTurns        Kind = "turns"        // a fixed conversation
	KindTools        Kind = "tools"        // tool definitions, JSON
	KindSchema       Kind = "schema"       // the JSON Schema that the answer is held to
	KindGrammar      Kind = "grammar"      // the grammar (GBNF) that the answer is held to
	KindResources    Kind = "resources"    // texts to answer from, or pieces of them
)

// Kinds lists the kinds in the order in which they usually stand in a prompt.
func Kinds() []Kind {
	return []Kind{KindSystem, KindInstructions, KindResources, KindShots, KindTurns, KindInput, KindPrefill, KindTools, KindSchema, KindGrammar}
}

// Help is one line on what the kind is for.
func (k Kind) Help() string {
	switch k {
	case KindSystem:
		return "who the model is and what always holds"
	case KindInstructions:
		return "what to do with the input"
	case KindShots:
		return "worked examples, inline or as chat turns"
	case KindInput:
		return "the case: its variables as {{name}}"
	case KindPrefill:
		return "the first words of the answer, written for the model"
	case KindTools:
		return "tools that the model may ask to call: a JSON list of function definitions"
	case KindSchema:
		return "the JSON Schema that the server holds the answer to"
	case KindGrammar:
		return "the grammar (GBNF) that a llama.cpp server holds the answer to"
	case KindResources:
		return "texts to answer from: files, or the pieces of them that fit the case"
	case KindTurns:
		return "a fixed conversation; a line --- user or --- assistant begins a turn"
	}
	return "unknown"
}

// Beside reports whether a block of the kind stands beside the messages and not
// in them: its text is sent as it is, without variables and wrappers.
func (k Kind) Beside() bool { return k == KindTools || k == KindSchema || k == KindGrammar }

// DefaultRole is the role a new block of the kind speaks in.
func (k Kind) DefaultRole() Role {
	switch k {
	case KindSystem:
		return RoleSystem
	case KindPrefill:
		return RoleAssistant
	}
	return RoleUser
}

// Role is who speaks a message.
type Role string

// The roles.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleTool      Role = "tool" // what a tool gave back; only of shots that call tools
)

// Wrap is what stands around a block or around each shot.
type Wrap string

// The wrappers.
const (
	WrapNone     Wrap = "none"
	WrapXML      Wrap = "xml"
	WrapMarkdown Wrap = "markdown"
	WrapJSON     Wrap = "json"
)

// Wraps lists the wrappers in the order in which a key goes through them.
func Wraps() []Wrap { return []Wrap{WrapNone, WrapXML, WrapMarkdown, WrapJSON} }

// Layout is how shots stand in the context.
type Layout string

// The layouts of shots.
const (
	LayoutInline Layout = "inline" // inside a message, as text
	LayoutTurns  Layout = "turns"  // each a user and an assistant message
)

// Block is a piece of a variant.
type Block struct {
	UID    string   `json:"uid"`
	Kind   Kind     `json:"kind"`
	Role   Role     `json:"role"`
	Title  text.Raw `json:"title,omitempty"`
	Text   text.Raw `json:"text,omitempty"` // with {{variables}}; of a shots block: what stands before the shots
	Wrap   Wrap     `json:"wrap"`
	Off    bool     `json:"off,omitempty"`
	Layout Layout   `json:"layout,omitempty"` // of a shots block
	Shots  []Shot   `json:"shots,omitempty"`  // of a shots block: copies, in bank order
	Order  string   `json:"order,omitempty"`  // of a shots or resources block: "" is as-is

	// Resources of a resources block: copies, in the order of the bank.
	Resources []Resource `json:"resources,omitempty"`
	// Pick says which of the block's shots or resources stand in the context of a
	// case; nil: all that are on.
	Pick *Pick `json:"pick,omitempty"`
	// Item is how one shot or resource is written inline: a template with {{input}},
	// {{output}}, {{calls}} and {{n}} of a shot, {{text}}, {{name}}, {{source}} and
	// {{n}} of a resource. "" is the wrapper's own way. Between stands between two;
	// nil is the wrapper's own.
	Item    text.Raw  `json:"item,omitempty"`
	Between *text.Raw `json:"between,omitempty"`
}

// Name is the block's title, or its kind where it has none.
func (b Block) Name() text.Raw {
	if b.Title != "" {
		return b.Title
	}
	return text.Raw(b.Kind)
}

// Params are the sampling parameters of a variant. A nil pointer leaves the
// value to the server, which the proof says.
type Params struct {
	Temperature   *float64   `json:"temperature,omitempty"`
	TopP          *float64   `json:"top_p,omitempty"`
	TopK          *int       `json:"top_k,omitempty"`
	MinP          *float64   `json:"min_p,omitempty"`
	RepeatPenalty *float64   `json:"repeat_penalty,omitempty"`
	Presence      *float64   `json:"presence_penalty,omitempty"`
	Frequency     *float64   `json:"frequency_penalty,omitempty"`
	MaxTokens     int        `json:"max_tokens,omitempty"` // 0: the server's limit
	Seed          *int64     `json:"seed,omitempty"`       // of take 1; take n adds n−1
	Stop          []text.Raw `json:"stop,omitempty"`
	Context       int        `json:"context,omitempty"` // tokens that the model is loaded with (Ollama's num_ctx); 0: the config's, else the server's
	// Think asks a model that can reason to do so or not: on, off, low, medium,
	// high; "" leaves it to the model.
	Think string `json:"think,omitempty"`
}

// DefaultParams are what a new variant starts with: repeatable as far as a seed
// goes, and long enough for a paragraph.
func DefaultParams() Params {
	temp, topP, seed := 0.7, 1.0, int64(1)
	return Params{Temperature: &temp, TopP: &topP, MaxTokens: 1024, Seed: &seed}
}

// Content is what a revision keeps: everything of a variant that reaches the
// model, self-contained.
type Content struct {
	Blocks []Block `json:"blocks"`
	Params Params  `json:"params"`
}

// Clone returns a copy that shares no memory with c.
func (c Content) Clone() Content {
	out := c
	out.Blocks = slices.Clone(c.Blocks)
	for i := range out.Blocks {
		b := &out.Blocks[i]
		b.Shots = CloneShots(b.Shots)
		b.Resources = CloneResources(b.Resources)
		b.Pick, b.Between = clone(b.Pick), clone(b.Between)
	}
	out.Params = c.Params.Clone()
	return out
}

// Clone returns a copy that shares no memory with p.
func (p Params) Clone() Params {
	out := p
	out.Temperature = clone(p.Temperature)
	out.TopP = clone(p.TopP)
	out.TopK = clone(p.TopK)
	out.MinP = clone(p.MinP)
	out.RepeatPenalty = clone(p.RepeatPenalty)
	out.Presence = clone(p.Presence)
	out.Frequency = clone(p.Frequency)
	out.Seed = clone(p.Seed)
	out.Stop = slices.Clone(p.Stop)
	return out
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// JSON is the content as it is stored. The same content gives the same bytes.
func (c Content) JSON() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		panic("session: content is not JSON: " + err.Error()) // strings, numbers and slices only
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// ParseContent reads what JSON wrote.
func ParseContent(data []byte) (Content, error) {
	var c Content
	err := json.Unmarshal(data, &c)
	return c, err
}

// Hash names the content: "sha256:" and 64 hexadecimal digits.
func (c Content) Hash() string { return Hash(c.JSON()) }

// Hash names bytes by their SHA-256.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Invalid returns the first text of the content that is not UTF-8, described
// for people, or "". JSON can't keep such text to the byte.
func (c Content) Invalid() string {
	for _, b := range c.Blocks {
		if !b.Text.Valid() || !b.Title.Valid() {
			return "block " + b.Name().String()
		}
		for _, s := range b.Shots {
			if !s.valid() {
				return "shot " + s.Name.String()
			}
		}
		for _, r := range b.Resources {
			if !r.Name.Valid() || !r.Source.Valid() || !r.Text.Valid() || slices.ContainsFunc(r.Tags, invalid) {
				return "resource " + r.Name.String()
			}
		}
		if !b.Item.Valid() || b.Between != nil && !b.Between.Valid() {
			return "the layout of block " + b.Name().String()
		}
	}
	if slices.ContainsFunc(c.Params.Stop, invalid) {
		return "stop sequence"
	}
	return ""
}

func invalid(t text.Raw) bool { return !t.Valid() }

// Command tinygguf writes a small, self-made GGUF model (llama architecture)
// that real engines load: byte-level BPE vocabulary, chat template and special
// tokens in the metadata, and weights built here from a page of text.
//
// The model is a word-salad generator with useful properties for tests:
//   - one-hot embeddings and an output matrix that holds log P(next|current)
//     counted from the corpus, so it writes pseudo-English and ends its turns;
//   - small random attention and feed-forward blocks (-mix), so that every
//     earlier token changes the distribution: two different contexts give two
//     different answers, and the same context and seed give the same one;
//   - -layers and -ff make it as slow as a throughput test needs.
//
// Nothing is downloaded; the same flags give the same bytes.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
)

//go:embed corpus.txt
var corpus string

const (
	tBOS = iota // <|begin_of_text|>
	tEOS        // <|end_of_text|>
	tIMStart
	tIMEnd
	tHdrStart
	tHdrEnd
	tEOT
	nSpecial
)

var specials = [nSpecial]string{
	"<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>",
	"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
}

type template struct {
	jinja  string
	eos    int
	addBOS bool
}

var templates = map[string]template{
	"chatml": {
		jinja: "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
		eos:   tIMEnd,
	},
	// Writes bos_token itself AND asks for add_bos_token: the double-BOS trap.
	"llama3": {
		jinja:  "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}",
		eos:    tEOT,
		addBOS: true,
	},
	// A template that edits what it is given: default system text, trimmed
	// content, and old <think> blocks dropped from history.
	"opinionated": {
		jinja: "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}{% for message in messages %}{% set content = message['content'] | trim %}{% if message['role'] == 'assistant' and '</think>' in content %}{% set content = content.split('</think>')[-1].lstrip('\\n') %}{% endif %}{{ '<|im_start|>' + message['role'] + '\\n' + content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}",
		eos:   tIMEnd,
	},
	"none": {eos: tEOS},
}

// options are the size of the model.
type options struct {
	vocab, layers, ff, ctx int
	mix                    float64
	seed                   uint64
}

func main() {
	var o options
	out := flag.String("o", "tiny.gguf", "output `FILE`")
	name := flag.String("name", "galley-tiny", "general.name")
	tmpl := flag.String("template", "chatml", "chatml, llama3, opinionated or none")
	flag.IntVar(&o.vocab, "vocab", 512, "size of the vocabulary and width of the embedding, a multiple of 64")
	flag.IntVar(&o.layers, "layers", 2, "number of blocks")
	flag.IntVar(&o.ff, "ff", 512, "width of the feed-forward part, a multiple of 32")
	flag.IntVar(&o.ctx, "ctx", 8192, "trained context to declare, in tokens")
	flag.Float64Var(&o.mix, "mix", 0.06, "how much earlier tokens disturb the next one; 0 is a pure bigram")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the weights")
	flag.Parse()
	t, ok := templates[*tmpl]
	if !ok || o.vocab%64 != 0 || o.ff%32 != 0 || o.vocab < 320 {
		fmt.Fprintln(os.Stderr, "tinygguf: -template, -vocab (a multiple of 64, at least 320) or -ff (a multiple of 32) is wrong")
		os.Exit(2)
	}
	if err := write(*out, *name, t, o); err != nil {
		fmt.Fprintln(os.Stderr, "tinygguf:", err)
		os.Exit(1)
	}
}

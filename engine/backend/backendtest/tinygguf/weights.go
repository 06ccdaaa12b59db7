package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
)

// metadata is what the engines read before the weights.
func metadata(name string, t template, v *bpe, o options) []kv {
	d, heads, kvHeads := o.vocab, o.vocab/64, max(1, o.vocab/128)
	types := make([]int32, o.vocab)
	for i := range types {
		types[i] = 1 // normal
		if i < nSpecial {
			types[i] = 3 // control
		}
	}
	kvs := []kv{
		{"general.architecture", "llama"},
		{"general.name", name},
		{"general.file_type", uint32(1)},
		{"llama.vocab_size", uint32(o.vocab)},
		{"llama.context_length", uint32(o.ctx)},
		{"llama.embedding_length", uint32(d)},
		{"llama.block_count", uint32(o.layers)},
		{"llama.feed_forward_length", uint32(o.ff)},
		{"llama.attention.head_count", uint32(heads)},
		{"llama.attention.head_count_kv", uint32(kvHeads)},
		{"llama.attention.layer_norm_rms_epsilon", float32(1e-5)},
		{"llama.rope.dimension_count", uint32(64)},
		{"llama.rope.freq_base", float32(10000)},
		{"tokenizer.ggml.model", "gpt2"},
		{"tokenizer.ggml.pre", "llama-bpe"},
		{"tokenizer.ggml.tokens", v.tokens},
		{"tokenizer.ggml.token_type", types},
		{"tokenizer.ggml.merges", v.merges},
		{"tokenizer.ggml.bos_token_id", uint32(tBOS)},
		{"tokenizer.ggml.eos_token_id", uint32(t.eos)},
		{"tokenizer.ggml.add_bos_token", t.addBOS},
	}
	if t.jinja != "" {
		kvs = append(kvs, kv{"tokenizer.chat_template", t.jinja})
	}
	return kvs
}

// weights are the tensors: one-hot embeddings, log P(next|current) as the output,
// and small random blocks between them.
func weights(lp [][]float64, o options) []tensor {
	d, kvHeads, layers, ff := o.vocab, max(1, o.vocab/128), o.layers, o.ff
	r := &rng{o.seed}
	random := func(name string, in, out int, std float64) tensor {
		m := make([]float32, in*out)
		for i := range m {
			m[i] = float32(r.gauss() * std)
		}
		return tensor{name: name, dims: []int{in, out}, at: func(row, col int) float64 { return float64(m[row*in+col]) }}
	}
	ones := func(name string) tensor {
		return tensor{name: name, dims: []int{d}, f32: true, at: func(int, int) float64 { return 1 }}
	}
	root := math.Sqrt(float64(d)) // what RMSNorm makes of a one-hot row
	share := o.mix / math.Sqrt(float64(2*layers))
	ts := []tensor{
		{name: "token_embd.weight", dims: []int{d, d}, at: func(row, col int) float64 {
			if row == col {
				return 1
			}
			return 0
		}},
		ones("output_norm.weight"),
		{name: "output.weight", dims: []int{d, d}, at: func(row, col int) float64 { return lp[col][row] / root }},
	}
	for l := range layers {
		p := fmt.Sprintf("blk.%d.", l)
		kvd := kvHeads * 64
		ts = append(ts,
			ones(p+"attn_norm.weight"), ones(p+"ffn_norm.weight"),
			random(p+"attn_q.weight", d, d, 1.5/root),
			random(p+"attn_k.weight", d, kvd, 1.5/root),
			random(p+"attn_v.weight", d, kvd, 1/root),
			random(p+"attn_output.weight", d, d, share/root),
			random(p+"ffn_gate.weight", d, ff, 1/root),
			random(p+"ffn_up.weight", d, ff, 1/root),
			random(p+"ffn_down.weight", ff, d, share/math.Sqrt(float64(ff))),
		)
	}
	return ts
}

func write(path, name string, t template, o options) error {
	v, err := train(o.vocab)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := encode(w, metadata(name, t, v, o), weights(logProbs(v, t.eos), o)); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

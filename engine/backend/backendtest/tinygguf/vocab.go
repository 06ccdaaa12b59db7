package main

import (
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"
)

// byteRunes is the GPT-2 byte-to-letter table that byte-level BPE files use.
func byteRunes() (m [256]rune) {
	n := 0
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE {
			m[b] = rune(b)
		} else {
			m[b] = rune(256 + n)
			n++
		}
	}
	return m
}

// pieces splits text about as the engines' pre-tokenisers do.
func pieces(s string) (out []string) {
	rs := []rune(s)
	class := func(r rune) int {
		switch {
		case unicode.IsLetter(r):
			return 1
		case unicode.IsDigit(r):
			return 2
		case r == '\n':
			return 3
		case unicode.IsSpace(r):
			return 4
		}
		return 5
	}
	for i := 0; i < len(rs); {
		j := i
		if rs[i] == ' ' && i+1 < len(rs) && class(rs[i+1]) != 4 && class(rs[i+1]) != 3 && class(rs[i+1]) != 2 {
			j++
		}
		c := class(rs[j])
		k := j + 1
		for k < len(rs) && class(rs[k]) == c && !(c == 2 && k-j == 3) {
			k++
		}
		out = append(out, string(rs[i:k]))
		i = k
	}
	return out
}

type bpe struct {
	tokens []string
	merges []string
	lines  [][]int // the corpus as token ids, one line per answer
}

// train learns merges from the corpus until there are size tokens.
func train(size int) (*bpe, error) {
	v := &bpe{tokens: slices.Clone(specials[:])}
	first := len(v.tokens)
	for _, r := range byteRunes() {
		v.tokens = append(v.tokens, string(r))
	}
	var words [][]int
	var ends []int
	for _, line := range strings.Split(strings.TrimSpace(corpus), "\n") {
		for _, p := range pieces(line) {
			w := make([]int, len(p))
			for i := range len(p) {
				w[i] = first + int(p[i])
			}
			words = append(words, w)
		}
		ends = append(ends, len(words))
	}
	for len(v.tokens) < size {
		p, ok := commonest(words)
		if !ok {
			return nil, errors.New("the corpus is too small for that vocabulary")
		}
		id := len(v.tokens)
		v.tokens = append(v.tokens, v.tokens[p[0]]+v.tokens[p[1]])
		v.merges = append(v.merges, v.tokens[p[0]]+" "+v.tokens[p[1]])
		for i, w := range words {
			words[i] = merge(w, p, id)
		}
	}
	from := 0
	for _, e := range ends {
		v.lines = append(v.lines, slices.Concat(words[from:e]...))
		from = e
	}
	return v, nil
}

// commonest is the pair of tokens that stands together most often, of equals the
// first by number; false: no two tokens stand together.
func commonest(words [][]int) (best [2]int, ok bool) {
	count := map[[2]int]int{}
	for _, w := range words {
		for i := 0; i+1 < len(w); i++ {
			count[[2]int{w[i], w[i+1]}]++
		}
	}
	most := 0
	for p, n := range count {
		if n > most || n == most && slices.Compare(p[:], best[:]) < 0 {
			best, most = p, n
		}
	}
	return best, most > 0
}

// merge puts id for each pair p in w.
func merge(w []int, p [2]int, id int) []int {
	var out []int
	for k := 0; k < len(w); k++ {
		if k+1 < len(w) && w[k] == p[0] && w[k+1] == p[1] {
			out = append(out, id)
			k++
		} else {
			out = append(out, w[k])
		}
	}
	return out
}

// logProbs counts log P(next|current), smoothed towards the single-token counts.
func logProbs(v *bpe, eos int) [][]float64 {
	n := len(v.tokens)
	newline := nSpecial + int('\n')
	uni := make([]float64, n)
	big := make([][]float64, n)
	for i := range big {
		big[i] = make([]float64, n)
	}
	add := func(a, b int, w float64) { big[a][b] += w; uni[b] += w }
	for _, l := range v.lines {
		add(newline, l[0], 4)
		for i := 0; i+1 < len(l); i++ {
			add(l[i], l[i+1], 1)
		}
		add(l[len(l)-1], eos, 2)
	}
	var sum float64
	for i := range uni {
		if i >= nSpecial {
			uni[i] += 1e-3
		}
		sum += uni[i]
	}
	lp := make([][]float64, n)
	for a := range lp {
		lp[a] = make([]float64, n)
		var tot float64
		for _, c := range big[a] {
			tot += c
		}
		const back = 0.3
		for b := range lp[a] {
			p := (big[a][b] + back*uni[b]/sum) / (tot + back)
			lp[a][b] = math.Max(math.Log(p+1e-12), -16)
			if b < nSpecial && b != eos {
				lp[a][b] = -24
			}
		}
	}
	return lp
}

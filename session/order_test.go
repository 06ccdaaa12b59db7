package session_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
)

func TestOrderNotation(t *testing.T) {
	for _, s := range []string{"as-is", "seed:0", "seed:42", "seed:18446744073709551615", "williams:3/10@42", "williams:1/1@0", "williams:1000/1000@7"} {
		o, err := session.ParseOrder(s)
		if err != nil || o.String() != s {
			t.Errorf("%q reads as %q, %v", s, o, err)
		}
	}
	if o, err := session.ParseOrder(""); err != nil || !o.AsIs() {
		t.Errorf("nothing reads as %q, %v", o, err)
	}
	for _, s := range []string{
		"asis", "as-is ", "seed:", "seed:-1", "seed:1.5", "seed: 1", "seed:18446744073709551616", "williams:", "williams:1/2", "williams:0/4@1",
		"williams:5/4@1", "williams:1@1", "williams:1/1001@1", "williams:-1/4@1", "williams:1/4@", "seed:1,seed:2", "seed:\x1b[31m",
		"seed:+1", "williams:+1/4@1", "williams:01/4@1", "seed:01",
	} {
		if o, err := session.ParseOrder(s); err == nil {
			t.Errorf("%q reads as %q; want an error", s, o)
		}
	}
}

func TestOrderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := genOrder().Draw(t, "order")
		got, err := session.ParseOrder(o.String())
		if err != nil || got != o {
			t.Fatalf("%q came back as %q, %v", o, got, err)
		}
		n := rapid.IntRange(0, 40).Draw(t, "n")
		p := got.Apply(n)
		if !slices.Equal(p, o.Apply(n)) {
			t.Fatal("one order, two permutations")
		}
		slices.Sort(p)
		for i, v := range p {
			if i != v {
				t.Fatalf("%q of %d shots is no permutation", o, n)
			}
		}
	})
}

func FuzzParseOrder(f *testing.F) {
	for _, s := range []string{"as-is", "seed:42", "williams:3/10@42", "williams:1/0@-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := session.ParseOrder(s)
		if err == nil && s != "" && o.String() != s {
			t.Errorf("%q is written as %q: one order, two spellings", s, o)
		}
	})
}

// Saved runs name their orders by seed, so what a seed means must never change.
func TestSeedsMeanTheSameForever(t *testing.T) {
	for _, tt := range []struct {
		order string
		want  []int
	}{
		{"seed:0", []int{7, 0, 4, 2, 3, 1, 5, 6}},
		{"seed:1", []int{4, 0, 7, 3, 6, 2, 1, 5}},
		{"seed:42", []int{1, 4, 5, 7, 0, 6, 3, 2}},
		{"williams:1/8@42", []int{1, 4, 2, 5, 3, 7, 6, 0}},
		{"williams:8/8@42", []int{2, 1, 3, 4, 6, 5, 0, 7}},
	} {
		o, err := session.ParseOrder(tt.order)
		if err != nil {
			t.Error(err)
		} else if got := o.Apply(8); !slices.Equal(got, tt.want) {
			t.Errorf("%s means %v, meant %v", tt.order, got, tt.want)
		}
	}
}

func TestSeedsAreFair(t *testing.T) {
	const n, rounds = 5, 20_000
	var at [n][n]int
	for seed := range uint64(rounds) {
		for place, shot := range session.Seeded(seed).Apply(n) {
			at[shot][place]++
		}
	}
	// 4,000 expected, standard deviation 57: five of them on either side.
	for shot := range at {
		for place, c := range at[shot] {
			if c < 3_715 || c > 4_285 {
				t.Errorf("shot %d stands in place %d in %d of %d orders, want about %d", shot, place, c, rounds, rounds/n)
			}
		}
	}
}

func TestWilliamsIsBalanced(t *testing.T) {
	for n := 2; n <= 24; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			rows := session.WilliamsRows(n)
			if want := n * (1 + n%2); rows != want {
				t.Fatalf("%d rows, want %d", rows, want)
			}
			for _, seed := range []uint64{0, 42} {
				places := map[[2]int]int{}
				pairs := map[[2]int]int{}
				for r := 1; r <= rows; r++ {
					row := session.Williams(r, rows, seed).Apply(n)
					for i, shot := range row {
						places[[2]int{shot, i}]++
						if i > 0 {
							pairs[[2]int{row[i-1], shot}]++
						}
					}
				}
				if len(places) != n*n || len(pairs) != n*(n-1) {
					t.Fatalf("%d shot-places and %d neighbour pairs occur, want %d and %d", len(places), len(pairs), n*n, n*(n-1))
				}
				for p, c := range places {
					if c != rows/n {
						t.Errorf("shot %d stands %d times in place %d, want %d", p[0], c, p[1], rows/n)
					}
				}
				for p, c := range pairs {
					if c != rows/n {
						t.Errorf("%d stands %d times before %d, want %d", p[0], c, p[1], rows/n)
					}
				}
			}
		})
	}
}

func TestWilliamsRowGoesRound(t *testing.T) {
	for n := range 8 {
		rows := session.WilliamsRows(n)
		for r := -2 * rows; r < 2*rows; r++ {
			row := session.WilliamsRow(n, r)
			if !slices.Equal(row, session.WilliamsRow(n, r+rows)) {
				t.Errorf("row %d of %d differs from the one a whole design later", r, n)
			}
		}
	}
	if got := session.WilliamsRow(6, 0); !slices.Equal(got, []int{0, 1, 5, 2, 4, 3}) {
		t.Errorf("the first row of 6 is %v; Williams 1949 has 0 1 5 2 4 3", got)
	}
}

func TestStudyRows(t *testing.T) {
	for n, want := range []int{0, 0, 2, 6, 4, 10, 12, 14, 8, 14, 10, 14, 12, 12, 12, 12} {
		if got := session.StudyRows(n); got != want {
			t.Errorf("a study of %d shots asks for %d orders, want %d", n, got, want)
		}
	}
}

// Two squares of six: each balanced, and not the same square twice.
func TestTwelveRowsOfSixAreTwoSquares(t *testing.T) {
	for _, seed := range []uint64{0, 1, 42} {
		same := 0
		for square := range 2 {
			places, pairs := map[[2]int]int{}, map[[2]int]int{}
			for r := range 6 {
				row := session.Williams(6*square+r+1, 12, seed).Apply(6)
				for i, shot := range row {
					places[[2]int{shot, i}]++
					if i > 0 {
						pairs[[2]int{row[i-1], shot}]++
					}
				}
				if slices.Equal(row, session.Williams(r+1, 12, seed).Apply(6)) && square == 1 {
					same++
				}
				if old := session.Williams(r+1, 6, seed).Apply(6); square == 0 && !slices.Equal(row, old) {
					t.Errorf("seed %d: row %d of 12 is %v, of 6 it is %v", seed, r+1, row, old)
				}
			}
			if len(places) != 36 || len(pairs) != 30 {
				t.Errorf("seed %d: square %d has %d shot-places and %d neighbour pairs, want 36 and 30", seed, square+1, len(places), len(pairs))
			}
		}
		if same == 6 {
			t.Errorf("seed %d: the second square is the first again", seed)
		}
	}
}

func TestTwelveRowsOfManyMeetEachThirdEquallyOften(t *testing.T) {
	for n := 13; n <= 60; n++ {
		size := [3]int{}
		for place := range n {
			size[3*place/n]++
		}
		for _, seed := range []uint64{0, 1, 42, 1 << 60} {
			met := make([][3]int, n)
			rows := map[string]bool{}
			for r := 1; r <= 12; r++ {
				row := session.Williams(r, 12, seed).Apply(n)
				rows[fmt.Sprint(row)] = true
				sorted := slices.Clone(row)
				slices.Sort(sorted)
				for place, shot := range row {
					if sorted[place] != place {
						t.Fatalf("row %d of %d shots is no permutation: %v", r, n, row)
					}
					met[shot][3*place/n]++
				}
			}
			if len(rows) != 12 {
				t.Errorf("%d shots, seed %d: %d different rows, want 12", n, seed, len(rows))
			}
			for shot, m := range met {
				for third, times := range m {
					least := 12 * size[third] / n
					if most := (12*size[third] + n - 1) / n; times < least || times > most {
						t.Errorf("%d shots, seed %d: shot %d stands %d times in third %d of %d places, want %d to %d", n, seed, shot, times, third+1, size[third], least, most)
					}
					if n%3 == 0 && times != 4 {
						t.Errorf("%d shots, seed %d: shot %d stands %d times in third %d, want 4", n, seed, shot, times, third+1)
					}
				}
			}
		}
	}
}

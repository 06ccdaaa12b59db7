package session

import (
	"fmt"
	"slices"

	"galley/session/text"
)

// Resource is a text to answer from, or one piece of a file.
type Resource struct {
	ID       int64      `json:"-"`
	UID      string     `json:"uid"`
	PromptID int64      `json:"-"`
	Name     text.Raw   `json:"name"`             // "manual.md#3"
	Source   text.Raw   `json:"source,omitempty"` // the file it came from, as it was named then; "" none
	Place    int        `json:"place,omitempty"`  // among the pieces of its source, from 1; 0: it is whole
	Tags     []text.Raw `json:"tags,omitempty"`
	Off      bool       `json:"off,omitempty"`
	// Hash names Text, which is kept once by it and not in a variant's content: a
	// store fills it in when it reads one.
	Hash string   `json:"hash"`
	Text text.Raw `json:"-"`
}

// CloneResources returns a copy that shares no memory with r.
func CloneResources(r []Resource) []Resource {
	out := slices.Clone(r)
	for i := range out {
		out[i].Tags = slices.Clone(out[i].Tags)
	}
	return out
}

// PickResources returns copies of the resources that a comma-separated list names, in
// the order of the list: by name, by uid, or all pieces of a source by its name; all
// is the whole bank in its order.
func PickResources(bank []Resource, list string) ([]Resource, error) {
	var out []Resource
	for _, item := range SplitList(list) {
		if item == "all" && len(SplitList(list)) == 1 {
			return CloneResources(bank), nil
		}
		n := len(out)
		for _, r := range bank {
			named := string(r.Name) == item || r.UID == item || r.Source != "" && string(r.Source) == item
			if named && !slices.ContainsFunc(out, func(o Resource) bool { return o.UID == r.UID }) {
				out = append(out, r)
			}
		}
		if len(out) == n {
			return nil, fmt.Errorf("there is no resource or file of resources %q", text.Raw(item))
		}
	}
	return CloneResources(out), nil
}

// Relevance is what a person said of a resource for a case: 0 of no use, 1 of some,
// 2 it holds the answer, 3 it is the answer.
type Relevance struct {
	ID        int64
	UID       string
	PromptID  int64
	CaseID    int64
	Hash      string // of the resource's text, so that a copy counts as marked
	Grade     int    // 0 to 3
	By        text.Raw
	CreatedMS int64
}

// Retrieved is a resource or shot that stands in a context because it was chosen
// for the case, and why.
type Retrieved struct {
	Block int        // index into Content.Blocks
	Item  int        // index into the block's Shots or Resources; of a column's own list, its place there
	Rank  int        // from 1, the best; 0: it was not ranked (pinned, or all stand)
	Score float64    // BM25, 0 where it was not ranked by it
	Words []text.Raw // that it shares with the case, those that count most first
	Name  text.Raw   // of the shot or resource
	Cut   bool       // not all of it stands in the context
	Left  bool       // it was ranked and is left out, for want of room or rank
}

package session

// CacheLine says what of one model can be answered again without asking.
type CacheLine struct {
	Model   string // BACKEND/MODEL
	Answers int    // distinct requests that have an answer to reuse
	// InputTokens, OutputTokens and CostUSD are what asking for them anew would
	// take; a nil cost: a price was unknown.
	InputTokens, OutputTokens int
	CostUSD                   *float64
	Reused                    int   // cells that were answered so, up to now
	OldestMS, NewestMS        int64 // when the answers came; 0: there are none
	Received, Evaluated       int64 // bytes on disk beside this model's answers
}

// CachePick says which answers of a workspace are meant.
type CachePick struct {
	Model    string // "": of all
	BeforeMS int64  // that ended before; 0: whenever
}

// Kept is how much of something a workspace keeps.
type Kept struct {
	Rows  int
	Disk  int64 // bytes, packed
	Whole int64 // bytes, unpacked; 0: not known without reading them
}

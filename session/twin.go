package session

// Twin returns the same content with every block that may be wrapped in the given
// wrapper, so that the two can run side by side: model families differ in which they
// follow best. Titles, texts and uids stay; prefills and fixed conversations, which
// are no documents, and what stands beside the messages stay as they are. A layout of
// one's own, which was written for the wrapper before, gives way to the wrapper's.
func (c Content) Twin(w Wrap) Content {
	out := c.Clone()
	for i := range out.Blocks {
		b := &out.Blocks[i]
		if b.Kind.Beside() || b.Kind == KindPrefill || b.Kind == KindTurns || b.Wrap == w {
			continue
		}
		b.Wrap, b.Item, b.Between = w, "", nil
	}
	return out
}

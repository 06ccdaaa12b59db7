package backend

// All lists the kinds of backends. A kind is a file, and a line here.
func All() []Kind {
	return []Kind{
		openAI(),
		anthropicKind(),
		geminiKind(),
		llamaCpp(),
		llamaServer(),
		ollamaKind(),
		vllmKind(),
		embedded(Embedded{}),
		human(),
	}
}

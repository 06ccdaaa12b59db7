package session

// InternTest is the intern test: its questions, in order.
func InternTest() [InternQuestions]string {
	return [InternQuestions]string{
		"Could a student of the field do the task from this alone?",
		"What knowledge is missing?",
		"What would make it quicker for them?",
		"What does the model get wrong although they could do it?",
	}
}

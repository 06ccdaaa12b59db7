package kit

// Armed says of a panel where enter was pressed before its cost was known what comes
// of that.
const Armed = "It starts as soon as its cost is known. Any other key takes it back."

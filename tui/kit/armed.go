package kit

// Armed says of a panel where enter was pressed before its cost was known what comes
// of that.
const Armed = "It starts as soon as its cost is known. Any other key takes it back."

// Disarming is a screen where something is to start by itself: any key that the
// workbench takes for itself takes that back, as the screen's own keys do.
type Disarming interface{ Disarm() }

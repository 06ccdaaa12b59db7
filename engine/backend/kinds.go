package backend

// All lists the kinds of backends.
func All() []Kind {
	return nil
}

// PlaceWeight is how much more a shot counts in embedded/nearest when it stands
// last than when it stands first.
const PlaceWeight = 0.1

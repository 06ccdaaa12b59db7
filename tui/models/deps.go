// Package models is the station of the models themselves: what can be asked, what
// of it is loaded, what each engine can show, what the machine is doing meanwhile,
// and which engines run here that the config does not know yet. It knows engines
// only by the functions it is given.
package models

import (
	"context"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/themes"
)

// Deps is what the screen wants of the others. Those with a context do I/O and are
// called in commands only; any of them may be nil.
type Deps struct {
	Styles *themes.Styles

	// Backends lists the backends that there are, in their order. It asks nobody.
	Backends func() []Backend
	// List asks one backend for its models. What is known is there also with an
	// error.
	List func(ctx context.Context, backend string) Listing
	// Load and Unload take BACKEND/MODEL.
	Load   func(ctx context.Context, model string) error
	Unload func(ctx context.Context, model string) error

	// Find looks for engines on this machine; Where says in a few words where it
	// looks, and Config which file Add writes to.
	Find   func(ctx context.Context) ([]Found, error)
	Where  string
	Config string
	// Add writes the lines of a found engine into the config and opens it.
	Add func(ctx context.Context, f Found) error

	// Status tells of the servers that Galley starts itself. It asks nobody.
	Status func() []Status
	// Devices reads what the machine does; Gauge how busy the engine of BACKEND/MODEL
	// is. Both are asked once a second while the screen is in front, and Rest is
	// called when it no longer is.
	Devices func(ctx context.Context) ([]session.Device, error)
	Gauge   func(ctx context.Context, model string) (session.Load, error)
	Rest    func()
	// Note says why there is no reading of a GPU, "" there is one.
	Note func() string

	// Now is the clock, nil for the machine's.
	Now func() time.Time
}

// Backend is a way to reach models.
type Backend struct {
	Name    string
	About   string
	BuiltIn bool          // it comes with the program
	Loads   bool          // its models can be loaded and unloaded
	Gauges  bool          // it tells how busy it is
	Ours    bool          // a server that Galley starts and stops itself
	Idle    time.Duration // it stops such a server when nobody uses it for so long; not above 0: it does not
	// May are abilities that it has where its server has them, which is found out
	// when they are first used.
	May []string
}

// Listing is what a backend answered.
type Listing struct {
	Models []session.ModelInfo
	Err    error
	Off    string // why it may not be asked, such as a key that is not set; "" it may
	Fix    string // what to do about Off
}

// Found is an engine on this machine.
type Found struct {
	Engine  string
	Name    string // that it would get
	Address string
	Version text.Raw
	Models  []session.ModelInfo
	State   string // ready, loading, wants a key
	As      string // the backend that it is already, "" none
	Lines   string // for the config
	KeyEnv  string // in them, where it wants a key
}

// Status is a server that Galley started, or would.
type Status struct {
	Model string // BACKEND/MODEL
	State string // unloaded, waiting, starting, loading, ready, stopping, failed
	Share float64
	Since time.Time
	Why   text.Raw
	Tail  []text.Raw // the last lines of its log
	Ends  time.Time  // when it is unloaded unless it is asked; zero: it is in use, or stays
	// Rested tells that it was unloaded because nobody asked it.
	Rested bool
}

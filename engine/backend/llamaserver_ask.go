package backend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"galley/engine/backend/managed"
	"galley/session"
	"galley/session/text"
)

// noteEvery is the time between two words about a server that starts.
const noteEvery = time.Second

// endTime is how long the end of a process is waited for after its connection broke.
const endTime = 2 * time.Second

// await is use that tells once a second how far the start is; on is false when
// nobody listens any more.
func (s *started) await(ctx context.Context, model string, yield func(Chunk, error) bool) (u up, on bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		u   up
		err error
	}
	got := make(chan result, 1)
	go func() {
		u, err := s.use(ctx, model)
		got <- result{u, err}
	}()
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	for {
		select {
		case r := <-got:
			return r.u, true, r.err
		case <-tick.C:
			if yield(Chunk{Note: s.note(model)}, nil) {
				continue
			}
			cancel()
			if r := <-got; r.err == nil {
				r.u.release()
			}
			return up{}, false, nil
		}
	}
}

// note says what a model's server does before it can answer.
func (s *started) note(model string) string {
	for _, c := range s.sup.Status() {
		if c.Name != model {
			continue
		}
		switch {
		case c.State == managed.StateWaiting:
			return "waits: " + c.Why.String()
		case c.State == managed.StateLoading && c.Share > 0:
			return fmt.Sprintf("loading the model, %.0f %%", 100*c.Share)
		case c.State == managed.StateLoading:
			return "loading the model"
		case c.State == managed.StateDown:
			return "waits for another model on the device"
		}
		return "starting the server"
	}
	return ""
}

// broke is the error of a request, told by what became of the server.
func (u up) broke(ctx context.Context, err error) error {
	var e, late *session.CallError
	switch {
	case errors.As(context.Cause(ctx), &late) && late.Kind == "timeout": // it was waited for too long
		if why := u.Hung(runOf(ctx)); why != nil {
			err = alike(why)
		}
		return err
	case !errors.As(err, &e) || ctx.Err() != nil:
		return err
	}
	if e.Status == 500 {
		u.Answered(string(e.Message))
		return err
	}
	if e.Kind != "network" {
		return err
	}
	end := time.NewTimer(endTime)
	defer end.Stop()
	select {
	case <-u.Done:
	case <-u.Stopping:
	case <-ctx.Done(): // nobody waits any more
		return err
	case <-end.C:
		if why := u.Hung(runOf(ctx)); why != nil {
			err = alike(why)
		}
		return err
	}
	if why := u.Why(); why != nil {
		return alike(why)
	}
	return &session.CallError{Kind: "server", Message: text.Raw(u.Name + " was stopped")}
}

// alike is an error of the server as one of a request: each has its own.
func alike(why *session.CallError) *session.CallError {
	again := *why
	return &again
}

// asking does something with a model's server, which is started for it.
func asking[T any](ctx context.Context, s *started, model string, do func(ctx context.Context, u up) (T, error)) (T, error) {
	u, err := s.use(ctx, model)
	if err != nil {
		var none T
		return none, err
	}
	defer u.release()
	held, cancel := u.held(ctx)
	defer cancel()
	out, err := do(held, u)
	if err != nil {
		err = u.broke(ctx, err)
	}
	return out, err
}

// Render shows the context that a request would become. The server is started for
// it.
func (s *started) Render(ctx context.Context, r Request) (session.Rendered, error) {
	if _, err := s.Wire(r); err != nil {
		return session.Rendered{}, err
	}
	r.Proof.Params.Context = 0
	return asking(ctx, s, r.Model, func(ctx context.Context, u up) (session.Rendered, error) { return u.Render(ctx, r) })
}

// Tokenize cuts text into the model's own tokens. The server is started for it.
func (s *started) Tokenize(ctx context.Context, model string, t text.Raw, special bool) ([]session.Token, error) {
	return asking(ctx, s, model, func(ctx context.Context, u up) ([]session.Token, error) { return u.Tokenize(ctx, model, t, special) })
}

// Evidence completes what is known of the context that was evaluated, while the
// server that evaluated it is up: none is started, and none is stopped, for it.
func (s *started) Evidence(ctx context.Context, r Request, w session.Wire, got session.Evaluated) (session.Evaluated, error) {
	u, ok := s.peek(r.Model)
	if !ok {
		return got, &session.CallError{Kind: "server", Message: text.Raw(r.Model + " is not up any more")}
	}
	defer u.release()
	held, cancel := u.held(ctx)
	defer cancel()
	r.Proof.Params.Context = 0
	return u.Evidence(held, r, w, got)
}

// Load starts a model's server, whatever became of it before.
func (s *started) Load(ctx context.Context, model string) error { return s.sup.Load(ctx, model) }

// Unload stops a model's server, if nobody uses it.
func (s *started) Unload(ctx context.Context, model string) error { return s.sup.Unload(ctx, model) }

// Gauge tells how busy the server is. None is started for it: of one that is not
// up everything is unknown.
func (s *started) Gauge(ctx context.Context, model string) (session.Load, error) {
	u, ok := s.peek(model)
	if !ok {
		return session.Load{}, nil
	}
	defer u.release()
	return u.Gauge(ctx, model)
}

// Pin tells what stands behind a model's name: its file and the program, without
// starting anything; slots and context as the server says once it is up.
func (s *started) Pin(ctx context.Context, model string) (session.Pin, error) {
	f, err := s.sup.File(model)
	if err != nil {
		return session.Pin{}, err
	}
	pin := session.Pin{Digest: f.Digest + s.sup.Mark(), Slots: s.sup.Slots(), Context: s.config.Context[model]}
	p, err := managed.Probe(ctx, cmp.Or(s.config.Program, serverName))
	if err != nil {
		return pin, err
	}
	pin.Server = p.Version
	if u, ok := s.peek(model); ok {
		pin.Slots, pin.Context = cmp.Or(u.Slots, pin.Slots), cmp.Or(u.Context, pin.Context)
		u.release()
	}
	return pin, nil
}

// Models lists the files with what they say of themselves, and what their servers
// do. None is started for it.
func (s *started) Models(ctx context.Context) ([]session.ModelInfo, error) {
	var out []session.ModelInfo
	for _, c := range s.sup.Status() {
		info := session.ModelInfo{Ref: c.Name, State: stateOf(c.State), Context: s.config.Context[c.Name], Why: string(c.Why), Abilities: []string{"load", "gauge"}}
		if f, err := s.sup.File(c.Name); err == nil {
			info.Bytes, info.Trained, info.Quant, info.Params, info.Digest = f.Bytes, f.Trained, f.Quant, f.Params, f.Digest+s.sup.Mark()
		} else {
			info.State = "failed"
			var e *session.CallError
			if errors.As(err, &e) {
				info.Why = string(e.Message)
			}
		}
		s.fill(ctx, c, &info)
		out = append(out, info)
	}
	return out, nil
}

func stateOf(s managed.State) string {
	switch s {
	case managed.StateReady:
		return "loaded"
	case managed.StateDown, managed.StateStopping:
		return "unloaded"
	case managed.StateFailed:
		return "failed"
	}
	return "loading"
}

// fill adds what a server that is up says of itself, and keeps what it can do for
// when it is not.
func (s *started) fill(ctx context.Context, c managed.ChildStatus, info *session.ModelInfo) {
	if u, ok := s.peek(c.Name); ok {
		all, err := u.Models(ctx)
		u.release()
		if err == nil && len(all) == 1 {
			all[0].Abilities = append(all[0].Abilities, "load")
			s.mu.Lock()
			s.known[c.Name] = all[0]
			s.mu.Unlock()
		}
	}
	s.mu.Lock()
	had, ok := s.known[c.Name]
	s.mu.Unlock()
	if !ok {
		return
	}
	info.Abilities = had.Abilities
	info.Quant, info.Params, info.Trained = cmp.Or(info.Quant, had.Quant), cmp.Or(info.Params, had.Params), cmp.Or(info.Trained, had.Trained)
	if c.State == managed.StateReady {
		info.Context, info.Slots = cmp.Or(had.Context, info.Context), had.Slots
	}
}

// Close stops the servers.
func (s *started) Close() error { return s.sup.Close() }

// Started is what became of a server that is started here.
type Started struct {
	Backend string
	managed.ChildStatus
}

// Started tells of all servers that are started here, up or not. It asks nobody.
func (s *Set) Started() []Started {
	var out []Started
	for _, name := range s.Names() {
		b, _ := s.Backend(name)
		if st, ok := b.(*started); ok {
			for _, c := range st.sup.Status() {
				out = append(out, Started{name, c})
			}
		}
	}
	return out
}

// StartedPIDs are the processes of servers that are up and were started here.
func (s *Set) StartedPIDs() []int {
	var out []int
	for _, c := range s.Started() {
		if c.PID > 0 {
			out = append(out, c.PID)
		}
	}
	return out
}

package main

import (
	"context"
	"sync"

	"galley/engine/backend/gauge"
	"galley/session"
)

// meter reads what the machine does. Nothing is started before the first reading.
type meter struct {
	once sync.Once
	r    *gauge.Reader
}

// reader is the one reader of a desk, however many screens look.
func (d *desk) reader() *gauge.Reader {
	d.meter.once.Do(func() { d.meter.r = gauge.New(gauge.Options{Own: d.set.StartedPIDs}) })
	return d.meter.r
}

// devices reads the GPUs, or the machine where there is none.
func (d *desk) devices(ctx context.Context) ([]session.Device, error) { return d.reader().Read(ctx) }

// close ends what was started to read.
func (m *meter) close() {
	m.once.Do(func() {})
	if m.r != nil {
		_ = m.r.Close() // it fails in nothing
	}
}

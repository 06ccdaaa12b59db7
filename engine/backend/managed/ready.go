package managed

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// props is what a server says of itself.
type props struct {
	server         string
	slots, context int
}

// pollTime is the time between two looks at a server that is on its way up.
const pollTime = 50 * time.Millisecond

// local speaks to servers on this machine: without a proxy, following nothing.
var local = &http.Client{
	Timeout:       10 * time.Second,
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// becomeReady waits until the server says that it is ready, and proves that it is
// the one that was started. It ends at once when the process does, and when
// neither its log nor its reading has moved for too long.
func (c *child) becomeReady(p *proc, path string) (props, error) {
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	var (
		size  = sizeOf(path)
		share = -1.0
		moved = time.Now()
	)
	for n := 0; ; n++ {
		select {
		case <-p.done:
			if p.portTaken() {
				return props{}, errPort
			}
			return props{}, p.reason(c.name + " did not start")
		case <-c.ctx.Done():
			return props{}, cancelled()
		case <-tick.C:
		}
		switch code := health(c.ctx, p.base()); {
		case code == http.StatusOK:
			pr, err := c.prove(p)
			switch {
			case errors.Is(err, errStranger):
				return pr, err
			case err == nil && !isClosed(p.done):
				return pr, nil
			}
			// It did not answer in time, or has just ended.
		case code != 0 && code != http.StatusServiceUnavailable:
			return props{}, errStranger
		}
		last, dots := p.log.moved()
		if n%5 == 0 {
			if s := shareOf(p.pid, size, dots); s > share+0.005 {
				share, moved = s, time.Now()
			}
			c.set(StateLoading, share, "")
		}
		if last.After(moved) {
			moved = last
		}
		if time.Since(moved) > c.of.o.Silence {
			return props{}, fail("timeout", "%s is not ready, and has been silent for %v while it loaded", c.name, c.of.o.Silence)
		}
	}
}

// shareOf is how much of the model was read: by the dots that the program writes,
// one for a hundredth, or by what the system counts; below 0: it can't be told.
func shareOf(pid int, size int64, dots int) float64 {
	share := -1.0
	if dots > 0 {
		share = float64(dots) / 100
	}
	if n := readBy(pid); n > 0 && size > 0 {
		share = max(share, float64(n)/float64(size))
	}
	return min(share, 0.99)
}

// health is the status of GET /health; 0: nobody answers.
func health(ctx context.Context, base string) int {
	code, _, err := get(ctx, base+"/health", "")
	if err != nil {
		return 0
	}
	return code
}

// prove makes sure that the server at the port is the one that was started: it
// refuses a wrong key, takes ours, and bears the name that it was given. It is
// another if the error is errStranger; any other error says that it can't be told.
func (c *child) prove(p *proc) (props, error) {
	for _, key := range []string{newKey(), ""} {
		switch code, _, err := get(c.ctx, p.base()+"/props", key); {
		case err != nil:
			return props{}, err
		case code != http.StatusUnauthorized:
			return props{}, errStranger
		}
	}
	code, body, err := get(c.ctx, p.base()+"/props", p.key)
	switch {
	case err != nil:
		return props{}, err
	case code != http.StatusOK:
		return props{}, errStranger
	}
	var v struct {
		Alias   *string `json:"model_alias"`
		Slots   int     `json:"total_slots"`
		Default struct {
			Context int `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	if json.Unmarshal(body, &v) != nil {
		return props{}, errStranger
	}
	alias := ""
	if v.Alias != nil {
		alias = *v.Alias
	} else if alias, err = firstModel(c.ctx, p); err != nil {
		return props{}, err
	}
	if alias != c.name {
		return props{}, errStranger
	}
	return props{slots: v.Slots, context: v.Default.Context}, nil
}

// firstModel is the name that a server lists, for builds whose /props has none.
func firstModel(ctx context.Context, p *proc) (string, error) {
	_, body, err := get(ctx, p.base()+"/v1/models", p.key)
	if err != nil {
		return "", err
	}
	var v struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &v) != nil {
		return "", errStranger
	}
	if len(v.Data) == 0 {
		return "", errStranger
	}
	return v.Data[0].ID, nil
}

func get(ctx context.Context, url, key string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := local.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return resp.StatusCode, b, err
}

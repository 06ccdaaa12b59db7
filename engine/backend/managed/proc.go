package managed

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Began tells when a process began, in the system's words; "" where there is none, or
// it can't be told.
func Began(pid int) string {
	start, _, ok := processOf(pid)
	if !ok {
		return ""
	}
	return start
}

// stopTime is how long a server has to end after it was asked to.
const stopTime = 3 * time.Second

// leaveTime likewise, when the program that started it ends.
const leaveTime = 300 * time.Millisecond

// proc is one process.
type proc struct {
	pid, port int
	key       string
	log       *tee
	ended     chan struct{} // closed when the process has ended
	done      chan struct{} // closed when its log is read, too
	err       error         // of Wait, once it has ended
	tied      bond
}

func (p *proc) base() string { return "http://127.0.0.1:" + strconv.Itoa(p.port) }

// launch starts the program for a model.
func (s *Supervisor) launch(name string, prog Program, port int) (*proc, error) {
	path := s.o.Files[name]
	p := &proc{port: port, key: newKey(), ended: make(chan struct{}), done: make(chan struct{})}
	cmd := &exec.Cmd{
		Path: prog.path, Args: append([]string{prog.path}, s.args(prog, name, path, port)...),
		Env: append(environ(os.Environ()), "LLAMA_API_KEY="+p.key),
		Dir: s.o.StateDir, // never where a workspace lies: libraries are looked for there
	}
	cmd.SysProcAttr = attributes()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = w, w
	p.log = newTee(s.logs[name], filepath.Join(s.o.StateDir, plainName(s.o.Name)+"-"+plainName(name)+".log"), p.key)
	p.log.ring.clear()
	p.log.line("started: " + strings.Join(cmd.Args, " "))
	if err := p.start(cmd); err != nil {
		_, _ = r.Close(), w.Close()
		p.log.close()
		return nil, err
	}
	_ = w.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.log.readFrom(r)
	}()
	go func() {
		<-p.ended
		select {
		case <-read:
		case <-time.After(time.Second): // a child of it still holds the pipe
		}
		_ = r.Close()
		<-read
		p.log.close()
		close(p.done)
	}()
	return p, nil
}

// start starts the command on a thread that lives as long as the process: where
// the system ends a child with its parent, that is with the thread that made it.
func (p *proc) start(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
			p.tied = tie(cmd.Process)
		}
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return <-started
}

// stop ends the process and its group, and returns when it has ended. It is ended
// hard where it takes longer than patience.
func (p *proc) stop(patience time.Duration) {
	if !isClosed(p.ended) {
		signalGroup(p.pid, false)
		select {
		case <-p.ended:
		case <-time.After(patience):
		}
	}
	if isClosed(p.ended) {
		endRest(p.pid)
	} else {
		signalGroup(p.pid, true)
	}
	p.tied.end()
	<-p.done
}

// Package sidecar runs one `loopkey serve`, which keeps the session of a program. See docs/sidecar.md.
package sidecar

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

type Object = map[string]any

// Sidecar takes one call at a time; the states that are told meanwhile go to onState.
type Sidecar struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	lastID  int
	onState func(Object)
	err     error
}

type message struct {
	ID     int
	Method string
	Params struct{ State Object }
	Result Object
	Error  *struct {
		Message string
		Data    struct{ Code string }
	}
}

// Start runs the command with `serve` behind it.
func Start(command []string, onState func(Object)) *Sidecar {
	child := exec.Command(command[0], append(command[1:], "serve")...)
	child.Stderr = os.Stderr
	in, _ := child.StdinPipe()
	out, _ := child.StdoutPipe()
	return &Sidecar{child, in, json.NewDecoder(out), 0, onState, child.Start()}
}

// Call waits for the answer. After the first error, which End returns, there are none: a journey looks for it once, at its end.
func (s *Sidecar) Call(method string, params Object) Object {
	s.lastID++
	if s.err == nil {
		s.err = json.NewEncoder(s.in).Encode(Object{"jsonrpc": "2.0", "id": s.lastID, "method": method, "params": params})
	}
	for s.err == nil {
		var told message
		s.err = s.out.Decode(&told)
		if told.Method == "stateChanged" {
			s.onState(told.Params.State)
		} else if told.Error != nil {
			s.err = fmt.Errorf("%s: %s [%s]", method, told.Error.Message, told.Error.Data.Code)
		} else if told.ID == s.lastID {
			return told.Result
		}
	}
	return nil
}

// End closes its stdin, which is all that it takes, and waits for it.
func (s *Sidecar) End() error {
	s.in.Close()
	if ended := s.command.Wait(); s.err == nil {
		s.err = ended
	}
	return s.err
}

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
}

// Start runs the command with `serve` behind it.
func Start(command []string, onState func(Object)) (*Sidecar, error) {
	child := exec.Command(command[0], append(command[1:], "serve")...)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &Sidecar{child, in, json.NewDecoder(out), 0, onState}, child.Start()
}

// Call waits for the answer. An error names the code that the protocol has for it.
func (s *Sidecar) Call(method string, params Object) (Object, error) {
	s.lastID++
	request := Object{"jsonrpc": "2.0", "id": s.lastID, "method": method, "params": params}
	if err := json.NewEncoder(s.in).Encode(request); err != nil {
		return nil, err
	}
	for {
		var message struct {
			ID     *int
			Method string
			Params struct{ State Object }
			Result Object
			Error  *struct {
				Message string
				Data    struct{ Code string }
			}
		}
		if err := s.out.Decode(&message); err != nil {
			return nil, fmt.Errorf("the sidecar has ended: %w", err)
		}
		if message.Method == "stateChanged" {
			s.onState(message.Params.State)
		} else if message.ID != nil && *message.ID == s.lastID {
			if message.Error != nil {
				return nil, fmt.Errorf("%s [%s]", message.Error.Message, message.Error.Data.Code)
			}
			return message.Result, nil
		}
	}
}

// End closes its stdin, which is all that it takes, and waits for it.
func (s *Sidecar) End() error {
	s.in.Close()
	return s.command.Wait()
}

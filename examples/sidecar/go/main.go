// A command line in Go whose session is kept by `loopkey serve`: notes ISSUER CLIENT_ID API_URL LOOPKEY...
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

type object = map[string]any

// Sidecar takes one call at a time; the states that are told meanwhile go to onState.
type Sidecar struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	lastID  int
	onState func(object)
}

func start(command []string, onState func(object)) (*Sidecar, error) {
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

func (s *Sidecar) call(method string, params object) (object, error) {
	s.lastID++
	request := object{"jsonrpc": "2.0", "id": s.lastID, "method": method, "params": params}
	if err := json.NewEncoder(s.in).Encode(request); err != nil {
		return nil, err
	}
	for {
		var message struct {
			ID     *int
			Method string
			Params struct{ State object }
			Result object
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

// The end of its stdin is its end.
func (s *Sidecar) end() error {
	s.in.Close()
	return s.command.Wait()
}

func journey(s *Sidecar, issuer, clientID, apiURL string) error {
	origin, _, _ := strings.Cut(apiURL, "/api")
	config := object{"issuer": issuer, "clientId": clientID, "apiOrigins": []string{origin}}
	hello, err := s.call("initialize", object{"protocolVersion": 1, "appName": "Example Notes (Go)", "config": config})
	if err != nil {
		return err
	}
	session, isSignedIn := hello["state"].(object)["session"].(object)
	if !isSignedIn {
		if session, err = s.call("signIn", object{}); err != nil {
			return err
		}
	}
	fmt.Println("signed in as", session["subject"])
	before, err := s.call("getAccessToken", object{})
	if err != nil {
		return err
	}
	after, err := s.call("getAccessToken", object{"forceRefresh": true})
	if err != nil {
		return err
	}
	fmt.Println("a new token:", before["accessToken"] != after["accessToken"])
	notes, err := s.call("fetch", object{"url": apiURL})
	if err != nil {
		return err
	}
	fmt.Println("notes:", notes["status"])
	done, err := s.call("signOut", object{"browser": false})
	if err != nil {
		return err
	}
	fmt.Println("signed out:", done["local"])
	return nil
}

func main() {
	sidecar, err := start(os.Args[4:], func(state object) {
		if state["browser"] == "failed" {
			fmt.Fprintln(os.Stderr, "Open", state["url"])
		}
	})
	if err == nil {
		err = journey(sidecar, os.Args[1], os.Args[2], os.Args[3])
		if ended := sidecar.end(); err == nil {
			err = ended
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

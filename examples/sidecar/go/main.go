// A command line in Go whose session is kept by `loopkey serve`: notes ISSUER CLIENT_ID API_URL LOOPKEY...
package main

import (
	"fmt"
	"os"
	"strings"

	"example.com/notes/sidecar"
)

type object = sidecar.Object

func journey(s *sidecar.Sidecar, issuer, clientID, apiURL string) error {
	origin, _, _ := strings.Cut(apiURL, "/api")
	config := object{"issuer": issuer, "clientId": clientID, "apiOrigins": []string{origin}}
	hello, err := s.Call("initialize", object{"protocolVersion": 1, "appName": "Example Notes (Go)", "config": config})
	if err != nil {
		return err
	}
	session, isSignedIn := hello["state"].(object)["session"].(object)
	if !isSignedIn {
		if session, err = s.Call("signIn", object{}); err != nil {
			return err
		}
	}
	fmt.Println("signed in as", session["subject"])
	before, err := s.Call("getAccessToken", object{})
	if err != nil {
		return err
	}
	after, err := s.Call("getAccessToken", object{"forceRefresh": true})
	if err != nil {
		return err
	}
	fmt.Println("a new token:", before["accessToken"] != after["accessToken"])
	notes, err := s.Call("fetch", object{"url": apiURL})
	if err != nil {
		return err
	}
	fmt.Println("notes:", notes["status"])
	done, err := s.Call("signOut", object{"browser": false})
	if err != nil {
		return err
	}
	fmt.Println("signed out:", done["local"])
	return nil
}

func main() {
	s, err := sidecar.Start(os.Args[4:], func(state object) {
		if state["browser"] == "failed" {
			fmt.Fprintln(os.Stderr, "Open", state["url"])
		}
	})
	if err == nil {
		err = journey(s, os.Args[1], os.Args[2], os.Args[3])
		if ended := s.End(); err == nil {
			err = ended
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

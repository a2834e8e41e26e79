// A command line in Go whose session is kept by `loopkey serve`: notes ISSUER CLIENT_ID API_URL LOOPKEY...
package main

import (
	"fmt"
	"os"
	"strings"

	"example.com/notes/sidecar"
)

type object = sidecar.Object

func show(state object) {
	if state["browser"] == "failed" {
		fmt.Fprintln(os.Stderr, "Open", state["url"])
	}
}

func main() {
	issuer, clientID, apiURL := os.Args[1], os.Args[2], os.Args[3]
	origin, _, _ := strings.Cut(apiURL, "/api")
	config := object{"issuer": issuer, "clientId": clientID, "apiOrigins": []string{origin}}
	s := sidecar.Start(os.Args[4:], show)
	hello := s.Call("initialize", object{"protocolVersion": 1, "appName": "Example Notes (Go)", "config": config})
	state, _ := hello["state"].(object)
	session, isSignedIn := state["session"].(object)
	if !isSignedIn {
		session = s.Call("signIn", object{})
	}
	before, after := s.Call("getAccessToken", object{}), s.Call("getAccessToken", object{"forceRefresh": true})
	notes := s.Call("fetch", object{"url": apiURL})
	done := s.Call("signOut", object{"browser": false})
	if err := s.End(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("signed in as", session["subject"])
	fmt.Println("a new token:", before["accessToken"] != after["accessToken"])
	fmt.Println("notes:", notes["status"])
	fmt.Println("signed out:", done["local"])
}

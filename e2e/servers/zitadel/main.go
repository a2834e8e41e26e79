// A provider on ZITADEL's OpenID library: its example storage in memory, with a native client that may return after signing out.
// Arguments: the port, the client id, the user name, the password, and a folder for the file of accounts.
package main

import (
	"context"
	"encoding/json"
	"log"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

type store struct{ *storage.Storage }

type client struct{ op.Client }

func (s store) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	found, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return client{found}, nil
}

// The example forgets which client a device's tokens are of, and would not renew them.
func (s store) CreateAccessAndRefreshTokens(ctx context.Context, request op.TokenRequest, current string) (string, string, time.Time, error) {
	if device, ok := request.(*op.DeviceAuthorizationState); ok {
		request = &storage.AuthRequest{ApplicationID: device.ClientID, UserID: device.Subject, Scopes: device.Scopes}
	}
	return s.Storage.CreateAccessAndRefreshTokens(ctx, request, current)
}

// The example's native client has none for devices.
func (c client) GrantTypes() []oidc.GrantType {
	return append(c.Client.GrantTypes(), oidc.GrantTypeDeviceCode)
}

// The example registers none. Compared as whole strings, unlike redirect URIs of native clients.
func (c client) PostLogoutRedirectURIs() []string {
	return []string{os.Args[6]}
}

func main() {
	port, clientID, username, password, folder := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	accounts := filepath.Join(folder, "accounts.json")
	users, err := json.Marshal(map[string]storage.User{
		"ada": {ID: "ada", Username: username, Password: password, FirstName: "Ada", LastName: "Lovelace"},
	})
	if err == nil {
		err = os.WriteFile(accounts, users, 0o600)
	}
	if err != nil {
		log.Fatal(err)
	}
	found, err := storage.StoreFromFile(accounts)
	if err != nil {
		log.Fatal(err)
	}
	storage.RegisterClients(storage.NativeClient(clientID, "http://127.0.0.1/callback"))
	origin := "127.0.0.1:" + port
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	router := exampleop.SetupServer("http://"+origin, store{storage.NewStorage(found)}, quiet, false)
	log.Fatal(http.ListenAndServe(origin, router))
}

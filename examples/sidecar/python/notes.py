"""A command line in Python whose session is kept by `loopkey serve`: notes.py ISSUER CLIENT_ID API_URL LOOPKEY..."""

import json
import subprocess
import sys


class SidecarError(Exception):
    """What a call came to; `data["code"]` is what to go by."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.data = error["data"]


class Sidecar:
    """One call at a time; the states that are told meanwhile go to `on_state`."""

    def __init__(self, command, on_state=lambda state: None):
        self.process = subprocess.Popen(
            [*command, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.on_state = on_state
        self.last_id = 0

    def call(self, method, **params):
        self.last_id += 1
        request = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("method") == "stateChanged":
                self.on_state(message["params"]["state"])
            elif message.get("id") == self.last_id:
                if "error" in message:
                    raise SidecarError(message["error"])
                return message["result"]
        raise EOFError("The sidecar has ended.")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # the end of its stdin is its end
        self.process.wait()


def show(state):
    if state.get("browser") == "failed":
        print(f"Open {state['url']}", file=sys.stderr)


if __name__ == "__main__":
    issuer, client_id, api_url, *command = sys.argv[1:]
    config = {"issuer": issuer, "clientId": client_id, "apiOrigins": [api_url.rsplit("/api", 1)[0]]}
    with Sidecar(command, show) as sidecar:
        state = sidecar.call("initialize", protocolVersion=1, appName="Example Notes (Python)", config=config)["state"]
        session = state.get("session") or sidecar.call("signIn")
        print("signed in as", session["subject"])
        before = sidecar.call("getAccessToken")["accessToken"]
        print("a new token:", sidecar.call("getAccessToken", forceRefresh=True)["accessToken"] != before)
        print("notes:", sidecar.call("fetch", url=api_url)["status"])
        print("signed out:", sidecar.call("signOut", browser=False)["local"])

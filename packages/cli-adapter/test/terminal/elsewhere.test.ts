import { expect, it } from "vitest";
import { elsewhereLines } from "../../src/terminal/elsewhere.js";
import { createCommandLine } from "../support.js";

const ADDRESS = "https://id.example/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A8400%2Fcallback";
const SSH = { SSH_CONNECTION: "192.0.2.7 50000 192.0.2.9 22", USER: "ada" };

it("over ssh: the line that makes the port reachable from there", () => {
  expect(elsewhereLines(ADDRESS, SSH, true)[1]).toBe("  ssh -N -L 8400:127.0.0.1:8400 ada@192.0.2.9");
  expect(elsewhereLines(ADDRESS, { SSH_CONNECTION: "::1 1 2001:db8::9 2222" }, false)[1]).toBe(
    "  ssh -N -L 8400:127.0.0.1:8400 -p 2222 2001:db8::9",
  );
  expect(elsewhereLines(ADDRESS.replace("127.0.0.1", "%5B%3A%3A1%5D"), SSH, true)[1]).toContain(
    "-L 8400:[::1]:8400 ",
  );
});

it.each([
  ["CODESPACES", "true", "GitHub Codespaces"],
  ["GOOGLE_CLOUD_WORKSTATIONS", "true", "Cloud Workstations"],
  ["GITPOD_WORKSPACE_URL", "https://x.gitpod.io", "Gitpod"],
  ["VSCODE_PROXY_URI", "https://code.example/proxy/{{port}}/", "code-server"],
])(
  "%s: says that the browser may not come back, and what does; never an address that is not registered",
  (name, value, place) => {
    const lines = elsewhereLines(ADDRESS, { ...SSH, [name]: value }, true).join("\n");
    expect(lines).toContain(place);
    expect(lines).toMatch(/paste the address of that page here, or interrupt and sign in with --device/);
    expect(lines).not.toMatch(/https:|ssh /);
    expect(elsewhereLines(ADDRESS, { [name]: value }, false).join()).not.toContain("paste");
  },
);

it.each([
  ["here", ADDRESS, {}],
  ["of a pushed request", "https://id.example/authorize?request_uri=urn:x", SSH],
  ["that is no address", "nonsense", SSH],
  ["with a damaged SSH_CONNECTION", ADDRESS, { SSH_CONNECTION: "a b; rm -rf" }],
  ["with a hostile SSH_CONNECTION", ADDRESS, { SSH_CONNECTION: "a 1 $(reboot) 22" }],
])("says nothing for a browser %s", (_, address, env) => {
  expect(elsewhereLines(address, env, true)).toEqual([]);
});

it("login says it once, below the address", async () => {
  const line = await createCommandLine();
  const { io } = await line.run(
    `login --issuer ${line.server.issuer} --client-id app --redirect-uri http://127.0.0.1:8400/callback`,
    { env: SSH },
  );
  expect(io.err.match(/ssh -N -L 8400:127\.0\.0\.1:8400 ada@192\.0\.2\.9/g)).toHaveLength(1);
});

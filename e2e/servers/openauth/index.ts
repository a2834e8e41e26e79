// OpenAuth: a library that becomes a server in a few lines (program.ts). OAuth only: no ID token, no userinfo.
import { fileURLToPath } from "node:url";
import { fillIn } from "../html-form.js";
import type { KnownServer } from "../server.js";
import { createServerFolder, freePorts, startServerProcess } from "../server-process.js";

const PROGRAM = fileURLToPath(new URL("../../dist/servers/openauth/program.js", import.meta.url));
const ACCOUNT = { username: "ada@example.com", password: "a password for OpenAuth" };
/** It has an account too, but the server does not let it in to the app. */
export const REFUSED_BY_OPENAUTH = "mallory@example.com";

export const openAuth: KnownServer = {
  name: "OpenAuth",
  async start() {
    const [port] = await freePorts(1);
    const origin = `http://127.0.0.1:${port}`;
    const { stop } = await startServerProcess({
      folder: await createServerFolder("openauth"),
      program: process.execPath,
      args: [PROGRAM, `${port}`, ACCOUNT.password, ACCOUNT.username, REFUSED_BY_OPENAUTH],
      readyUrl: `${origin}/.well-known/oauth-authorization-server`,
    });
    return {
      origin,
      // It has no notion of scopes; without openid in the scope no ID token is expected.
      config: { issuer: origin, clientId: "loopkey", scope: "notes" },
      account: ACCOUNT,
      answerPage(page, { username, password }) {
        if (page.url.pathname !== "/password/authorize") return undefined;
        return fillIn(page, { email: username, password: password() });
      },
      stop,
    };
  },
};

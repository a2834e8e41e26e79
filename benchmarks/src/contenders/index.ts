// Who takes part, in which rows, and with which program. The order is that of the tables.
import { fileURLToPath } from "node:url";

export interface Contender {
  readonly name: string;
  /** A command that prints a token, after the build. */
  readonly token?: string;
  /** More arguments for it where the access token is kept; none: it keeps none. */
  readonly kept?: readonly string[];
  /** For processes that share one session, where that is another program. */
  readonly shared?: string;
  /** Of `warm.js` or its like: which function makes the contender of a warm process. */
  readonly warm?: { readonly module: string; readonly create: string };
  /** Whether it answers those who ask at the same time with one refresh. */
  readonly sharesRefresh?: boolean;
}

const fileOf = (path: string): string =>
  fileURLToPath(new URL(`../../dist/contenders/${path}`, import.meta.url));
const warm = (folder: string, create = "createWarm") => ({ module: fileOf(`${folder}/warm.js`), create });

export const LOOPKEY = "Loopkey";
export const LOOPKEY_BINARY = "`loopkey token`";
export const FLOOR = "hand-written, node:http";
export const FLOOR_FETCH = "hand-written, fetch";

export const CONTENDERS: readonly Contender[] = [
  {
    name: LOOPKEY,
    token: fileOf("loopkey/token.js"),
    kept: ["kept"],
    warm: warm("loopkey"),
    sharesRefresh: true,
  },
  {
    name: LOOPKEY_BINARY,
    token: fileURLToPath(new URL("../bin/loopkey.js", import.meta.resolve("@loopkey/cli-adapter"))),
    kept: [],
  },
  {
    name: FLOOR,
    token: fileOf("hand-written/token.js"),
    kept: [],
    shared: fileOf("hand-written/locked-token.js"),
    warm: warm("hand-written", "createWarmOverHttp"),
    sharesRefresh: true,
  },
  { name: FLOOR_FETCH, warm: warm("hand-written", "createWarmOverFetch"), sharesRefresh: true },
  {
    name: "openid-client",
    token: fileOf("openid-client/token.js"),
    kept: [],
    warm: warm("openid-client"),
  },
  {
    name: "oauth4webapi by hand",
    token: fileOf("oauth4webapi/token.js"),
    kept: [],
    warm: warm("oauth4webapi"),
  },
  {
    name: "google-auth-library",
    token: fileOf("google-auth/token.js"),
    kept: [],
    warm: warm("google-auth"),
    sharesRefresh: true,
  },
  { name: "MSAL Node", token: fileOf("msal/token.js"), kept: [], warm: warm("msal"), sharesRefresh: true },
  { name: "MCP SDK, client", token: fileOf("mcp/token.js"), warm: warm("mcp") },
];

// Programs whose event loop stood still for longer than `requestTimeoutMs` while the answer to a refresh lay there: the server
// has spent the refresh token, and ends the session of whoever sends it again.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { KEY } from "./support/encrypted-file.js";
import { CERTIFICATE, startHoldingServer, type HoldAt } from "./support/holding-server.js";

const REQUEST_TIMEOUT_MS = 2_000;
const REFUSED = { "www-authenticate": 'Bearer error="invalid_token"' };
/** More than the limit, by less and by more than the second that makes a timer one that was held up for long. */
const SHORTER_MS = 2_600;
const LONGER_MS = 3_500;

const PLACES: readonly (readonly [string, HoldAt, { readonly dpop: boolean }])[] = [
  ["before the headers", "headers", { dpop: false }],
  ["in the middle of a body of 500 KB", "body", { dpop: false }],
  ["in the second try, with a DPoP nonce", "headers", { dpop: true }],
];

/** Each stops the child, resolves when it has, and lets it go on after a while. */
const STOPS = {
  "in a setImmediate": (child: ChildProcess, ms: number) => blockedIn(child, "immediate", ms),
  "in a callback of fs": (child: ChildProcess, ms: number) => blockedIn(child, "fs", ms),
  "by SIGSTOP": async (child: ChildProcess, ms: number) => {
    child.kill("SIGSTOP");
    setTimeout(() => child.kill("SIGCONT"), ms);
  },
};

/** The longer time everywhere, the shorter one where nothing else is new. */
const TIMES = Object.entries(STOPS).flatMap(([how, stop]) =>
  [SHORTER_MS, LONGER_MS].map((ms) => ({ how, stop, ms })),
);

async function blockedIn(child: ChildProcess, block: string, ms: number): Promise<void> {
  const blocked = next(child);
  child.send({ block, ms });
  expect(await blocked).toEqual({ blocked: true });
}

async function next(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code]) => ({ ended: code as number }));
  const said = once(child, "message").then(([message]) => message as unknown);
  return Promise.race([said, ended]);
}

type OnEnd = (clean: () => unknown) => void;

/** Signed in, in a home of its own. */
async function start(issuer: string, dpop: boolean, onEnd: OnEnd): Promise<ChildProcess> {
  const options = { issuer, dpop, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const home = await mkdtemp(join(tmpdir(), "loopkey-blocked-"));
  onEnd(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, "key"), KEY, { mode: 0o600 });
  const env = {
    ...process.env,
    HOME: home,
    XDG_STATE_HOME: home,
    LOOPKEY_KEY_FILE: join(home, "key"),
    NODE_EXTRA_CA_CERTS: CERTIFICATE,
  };
  const program = fileURLToPath(new URL("fixtures/refreshing.mjs", import.meta.url));
  const child = fork(program, [JSON.stringify(options)], { env, execArgv: [] });
  onEnd(() => child.kill("SIGKILL"));
  expect(await next(child)).toEqual({ signedIn: true });
  return child;
}

describe.skipIf(process.platform === "win32")("no session is lost by a loop that stood still", () => {
  for (const scheme of ["http", "https"])
    for (const [where, at, { dpop }] of PLACES)
      for (const { how, stop, ms } of TIMES.filter(
        ({ ms }) => ms === LONGER_MS || (scheme === "http" && !dpop),
      ))
        test.concurrent(
          `over ${scheme}, ${where}, ${how}, for ${ms} ms`,
          { timeout: 60_000 },
          async ({ onTestFinished }) => {
            const onEnd: OnEnd = (clean) => onTestFinished(async () => void (await clean()));
            const server = await startHoldingServer(scheme === "https", dpop ? ["dpop"] : []);
            onEnd(server.close);
            const { fake, hold } = server;
            const child = await start(fake.issuer, dpop, onEnd);
            if (dpop) {
              fake.demandsNonce = ["token"];
              fake.rotateNonce();
            }
            const refresh = (): void => {
              let refused = 0;
              fake.intercept = ({ path }) =>
                path === "/api" && refused++ === 0
                  ? new Response(null, { status: 401, headers: REFUSED })
                  : undefined;
              child.send({ refresh: true });
            };
            const { reached, release } = hold(at);
            refresh();
            await reached;
            await stop(child, ms);
            const outcome = next(child);
            release();
            expect(await outcome).toEqual({ status: 200 });
            // And the session lives on.
            refresh();
            expect(await next(child)).toEqual({ status: 200 });
            const refreshes = fake.requests.filter(({ body }) => body.get("grant_type") === "refresh_token");
            // With a nonce that is asked for, the first comes twice.
            expect(refreshes).toHaveLength(dpop ? 3 : 2);
            expect(fake.reuses).toBe(0);
          },
        );
});

// One account, and everything that may use it at the same time: command lines, a desktop app, and programs in other languages through
// sidecar and broker. `pnpm torture:mixed` is the long form; its figures: docs/torture.md.
import { expect, it } from "vitest";
import type { MixedOrder } from "../mixed/calls.js";
import { createCli } from "./support/cli.js";
import { startServer } from "./support/app.js";
import { loginArgs } from "./support/cli-world.js";
import {
  byTokenCommand,
  inElectron,
  inNode,
  madeElectron,
  madePrograms,
  underBroker,
} from "./support/mixed-programs.js";
import { programPath } from "./support/program.js";
import { hasProgram } from "./support/programs.js";
import { startRecordingServer } from "./support/recording-server.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";

const TOKEN_SECONDS = 2;
const isLong = process.env["LOOPKEY_MIXED"] === "long";
const [SECONDS, CALLS] = isLong ? [60, 100] : [12, 20];
const ROTATIONS = 20;

const MISSING = [
  missingForSecretService === undefined ? undefined : `gnome-keyring is ${missingForSecretService}`,
  hasProgram("python3") ? undefined : "python3 is missing: sudo apt-get install python3",
  hasProgram("go") ? undefined : "Go is missing: https://go.dev/dl",
  hasProgram("cargo") ? undefined : "cargo is missing: https://rustup.rs",
].find((each) => each !== undefined);

it(
  "two command lines, a desktop app, and programs in Python, Go and Rust share one account with tokens of two seconds: no refresh token comes twice, and no call fails",
  async (ctx) => {
    if (MISSING !== undefined) ctx.skip(MISSING);
    const [programs, electron] = [await madePrograms(), await madeElectron()];
    const server = await startServer({ accessTokenSeconds: TOKEN_SECONDS });
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    const { username, password } = server.account;
    const reports = await startRecordingServer();
    const port = new URL(reports.origin).port;
    const BROWSER = `"${process.execPath}" "${programPath("browser")}" ${username} ${password} ${port} %s`;
    const cli = await createCli({ ...bus.env, BROWSER });
    expect(await cli.run(loginArgs(server))).toMatchObject({ code: 0 });
    const before = server.events.length;

    const { issuer, clientId } = server;
    const order: MixedOrder = { issuer, clientId, seconds: SECONDS, calls: CALLS };
    const results = (
      await Promise.all([
        byTokenCommand(cli, order),
        inNode(cli, "node", order),
        electron ? inElectron(cli, electron, order) : inNode(cli, "electron-double", order),
        ...Object.entries(programs).map(([language, command]) => underBroker(cli, language, command, order)),
      ])
    ).flat();

    const events = server.events.slice(before);
    const rotations = events.filter((event) => event.type === "tokens-issued");
    const late = events.filter((event) => event.type === "api-refused");
    if (isLong) {
      const width = Math.max(...results.map(({ through }) => through.length));
      for (const { through, calls, failures } of results)
        process.stdout.write(`  ${through.padEnd(width)}  ${calls} calls, ${failures.length} failed\n`);
      process.stdout.write(`  rotations: ${rotations.length}, tokens renewed after a 401: ${late.length}\n`);
    }
    expect(results).toHaveLength(9);
    for (const { calls, ...rest } of results) {
      expect(rest).toEqual({ through: rest.through, failures: [] });
      expect(calls).toBeGreaterThanOrEqual(CALLS);
    }
    expect(rotations.every((event) => event.grantType === "refresh_token")).toBe(true);
    expect(rotations.length).toBeGreaterThanOrEqual(ROTATIONS);
    expect(
      events.filter((event) => event.type === "grant-revoked" || event.type === "request-refused"),
    ).toEqual([]);
    expect(await cli.run(["status", "--json"])).toMatchObject({ code: 0 });
    await expect.poll(() => cli.leftovers(), { timeout: 5_000 }).toEqual([]);
  },
  // The first run compiles.
  480_000,
);

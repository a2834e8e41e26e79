// The main screens of the binary `loopkey`, as real runs show them: the pictures in docs/ are theirs, and are up to date.
import { beforeEach, expect, it } from "vitest";
import { createPerson } from "@loopkey/example-identity-provider";
import { startServer } from "./support/app.js";
import { loginArgs, NO_BUS } from "./support/cli-world.js";
import { programPath } from "./support/program.js";
import { startRecordingServer } from "./support/recording-server.js";
import { expectPicture } from "./support/screen-picture.js";
import { missingWindow, openWindow } from "./support/window.js";

const WIDE = { columns: 120 };
const ENV = { ...NO_BUS, LOOPKEY_PASSPHRASE: "six words that nobody would guess", NODE_EXTRA_CA_CERTS: "" };
const withoutEnd = (lines: readonly string[]) => lines.filter((line) => !line.startsWith("ended: "));

beforeEach((ctx) => ctx.skip(missingWindow !== undefined, missingWindow));

it("a sign-in that waits for the browser", { timeout: 300_000 }, async () => {
  const server = await startServer();
  const login = loginArgs(server);
  const window = await openWindow([...login, "--no-browser", "--store", "memory"], { ...WIDE, env: ENV });
  const lines = await window.shows(/^. Waiting for you in the browser, 4:\d\d left$/);
  expectPicture("waiting", "loopkey login, which waits for the person in the browser", [
    "$ loopkey login --issuer http://127.0.0.1:4711 --client-id loopkey-demo --no-browser",
    ...lines,
  ]);
});

it("a sign-in by a device's code", { timeout: 300_000 }, async () => {
  const server = await startServer({ deviceCode: { intervalSeconds: 1 } });
  const login = loginArgs(server);
  const window = await openWindow([...login, "--device", "--store", "memory"], { ...WIDE, env: ENV });
  const lines = await window.shows(/^. Waiting for you to enter the code, \d:\d\d left$/);
  expectPicture("device", "loopkey login --device, with an address and a code for another device", [
    "$ loopkey login --issuer http://127.0.0.1:4711 --client-id loopkey-demo --device",
    ...lines,
  ]);
  await createPerson(server.account).follow(lines[1]!.trim(), { userCode: lines[3]!.trim() });
  await window.shows(/^ended: 0$/);
});

it("who is signed in, and what doctor says", { timeout: 300_000 }, async () => {
  const server = await startServer();
  const reports = await startRecordingServer();
  const { username, password } = server.account;
  const port = new URL(reports.origin).port;
  const browser = `"${process.execPath}" "${programPath("browser")}" ${username} ${password} ${port} %s`;
  const login = [
    ...loginArgs(server),
    "--scope",
    "openid profile offline_access",
    "--store",
    "encrypted-file",
  ];
  const window = await openWindow(login, { ...WIDE, env: { ...ENV, BROWSER: browser } });
  await window.shows(/^ended: 0$/);
  const screens: string[] = [];
  for (const command of ["status", "list", "doctor"]) {
    // oxlint-disable-next-line no-await-in-loop
    const lines = withoutEnd(await window.runs([command]));
    screens.push(`$ loopkey ${command}`, ...lines, "");
  }
  expect(screens.join("\n")).toContain("Ada Lovelace");
  expectPicture("signed-in", "loopkey status, list and doctor, after a sign-in", screens.slice(0, -1));
});

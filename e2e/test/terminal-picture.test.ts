// The program of docs/start/cli.md, as a person uses it at a terminal; and the picture of that at the top of the README.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPerson } from "@loopkey/example-identity-provider";
import { expect, it, onTestFinished } from "vitest";
import { startServer } from "./support/app.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";
import { createScreen } from "./support/terminal-screen.js";
import { terminalSvg, type Frame } from "./support/terminal-svg.js";
import { missingForTerminal, openShell } from "./support/terminal.js";

const COLUMNS = 92;
const guide = fileURLToPath(new URL("../../docs/start/cli.md", import.meta.url));
const picture = fileURLToPath(new URL("../../docs/pictures/terminal.svg", import.meta.url));
/** Where the packages are found. */
const place = fileURLToPath(new URL("../dist", import.meta.url));

const missing = missingForSecretService ?? missingForTerminal;

it("a person signs in, calls the API and signs out, as the picture in the README shows it", async (ctx) => {
  ctx.skip(missing !== undefined, missing);
  const server = await startServer();
  const person = createPerson(server.account);
  const bus = await startBus();
  await bus.startKeyring("unlocked");
  const program = await programOfTheGuide(server.issuer, server.clientId, server.apiUrl);
  const shell = await openShell(
    { ...bus.env, BROWSER: "true" },
    `bash --rcfile ${await shellsFile(program)} -i`,
  );
  const pieces = record(shell);
  await shell.shows(/\$ $/);

  await type("notes login");
  const [, toSignIn] = await shell.showsNext(/go to:\s+(http\S+)[^]*Waiting for you/);
  await visit(toSignIn!);
  await shell.showsNext(/Signed in as account-ada[^]*\$ $/);
  await type("notes list");
  await shell.showsNext(/Analytical Engine[^]*\$ $/);
  await type("notes logout");
  const [, toSignOut] = await shell.showsNext(/go to:\s+(http\S+)/);
  await visit(toSignOut!);
  await shell.showsNext(/session in the browser: +ended[^]*\$ $/);

  const frames = framesOf(pieces);
  const label =
    "A terminal: notes login waits for the browser and signs in, notes list calls the API, notes logout signs out";
  if (process.env["LOOPKEY_PICTURES"] === "1") await writeFile(picture, terminalSvg(frames, COLUMNS, label));
  const shown = lastRowsOf(await readFile(picture, "utf8"));
  expect(shown).toEqual(
    frames
      .at(-1)!
      .rows.filter((row) => row !== "")
      .map(withoutChance),
  );

  /** A key at a time, each when the one before is on the screen: a person types so, and so does the picture. */
  async function type(line: string): Promise<void> {
    for (const key of line) {
      shell.type(key);
      // oxlint-disable-next-line no-await-in-loop
      await shell.showsNext(key === " " ? / / : new RegExp(key));
    }
    shell.type("\r");
  }

  async function visit(url: string): Promise<void> {
    const back = await person.follow(url);
    await (await fetch(back)).text();
  }
});

interface Piece {
  readonly text: string;
  readonly at: number;
}

function record(shell: Awaited<ReturnType<typeof openShell>>): Piece[] {
  const pieces: Piece[] = [];
  shell.onShown((text) => pieces.push({ text, at: performance.now() }));
  return pieces;
}

/** At the pace of a person: keys come evenly, what is to be read stays, and no wait is longer than it takes to see that it is one. */
function framesOf(pieces: readonly Piece[]): readonly Frame[] {
  const screen = createScreen(COLUMNS);
  const frames: Frame[] = [];
  for (const [index, { text, at }] of pieces.entries()) {
    screen.write(text);
    const took = (pieces[index + 1]?.at ?? at) - at;
    const rows = screen.rows();
    const isPrompt = rows.at(-1) === "$";
    const least = /Waiting for you/.test(rows.at(-1)!) ? 250 : 80;
    const ms = text.length === 1 ? 70 : isPrompt ? 1_500 : Math.min(Math.max(Math.round(took), least), 1_000);
    const before = frames.at(-1);
    if (before && before.rows.join("\n") === rows.join("\n"))
      frames[frames.length - 1] = { rows, ms: Math.max(before.ms, ms) };
    else frames.push({ rows, ms });
  }
  return frames;
}

async function shellsFile(program: string): Promise<string> {
  const file = join(dirname(program), "bashrc");
  const notes = `notes() { "${process.execPath}" "${program}" "$@"; }`;
  await writeFile(file, `stty cols ${COLUMNS}\nbind 'set enable-bracketed-paste off'\nPS1='$ '\n${notes}\n`);
  return file;
}

async function programOfTheGuide(issuer: string, clientId: string, apiUrl: string): Promise<string> {
  const text = await readFile(guide, "utf8");
  const code = [...text.matchAll(/^```js\n([^]*?)^```/gm)].at(-1)![1]!;
  const folder = await mkdtemp(join(place, "terminal-picture-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "notes.mjs");
  const real = code
    .replaceAll("https://id.example.com", issuer)
    .replaceAll("my-cli", clientId)
    .replaceAll("https://api.example.com/notes", apiUrl)
    .replaceAll("https://api.example.com", new URL(apiUrl).origin);
  await writeFile(file, real);
  return file;
}

/** Those that a picture without motion has. */
function lastRowsOf(svg: string): readonly string[] {
  return [...svg.matchAll(/<text class="m\d+"[^>]*>([^<]*)/g)].map(([, text]) =>
    withoutChance(text!.replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll("&amp;", "&")),
  );
}

/** Without addresses: ports, and what is new in each request. They go on from row to row. */
function withoutChance(row: string): string {
  return row.replace(/^( *http\S*|\S{40,})$/, "an address");
}

// The programs of docs/other-parsers.md as they stand there, against a server.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startFakeServer } from "@loopkey/node-adapter/testing";
import { expect, it, onTestFinished } from "vitest";
import { NO_BUS } from "./support/cli-world.js";
import { programPath } from "./support/program.js";

const guide = fileURLToPath(new URL("../../docs/other-parsers.md", import.meta.url));
/** Where the packages are found. */
const place = fileURLToPath(new URL("../dist", import.meta.url));

async function programOf(parser: string, issuer: string): Promise<{ file: string; folder: string }> {
  const text = await readFile(guide, "utf8");
  const code = new RegExp(`^## ${parser}\\n\\n\`\`\`ts\\n([^]*?)\`\`\``, "m").exec(text)![1]!;
  await mkdir(place, { recursive: true });
  const folder = await mkdtemp(join(place, "other-parsers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "notes.mjs");
  const real = code
    .replaceAll("https://id.example.com", issuer)
    .replaceAll("https://api.example.com/notes", `${issuer}/userinfo`);
  await writeFile(file, real);
  await writeFile(join(folder, "key"), Buffer.alloc(32, 7), { mode: 0o600 });
  return { file, folder };
}

it.each(["yargs", "citty"])(
  "with %s: signs in and out, hints name the whole command, and the app's own command has the same errors and exit codes",
  async (parser) => {
    await using server = await startFakeServer();
    const { file, folder } = await programOf(parser, server.issuer);
    const env = {
      PATH: process.env["PATH"],
      ...NO_BUS,
      XDG_STATE_HOME: folder,
      XDG_CONFIG_HOME: folder,
      LOOPKEY_KEY_FILE: join(folder, "key"),
      BROWSER: `"${process.execPath}" "${programPath("visit")}" %s`,
    };
    const notes = (...args: readonly string[]) =>
      new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
        const child = execFile(process.execPath, [file, ...args], { env }, (error, stdout, stderr) =>
          resolve({ code: error ? error.code : 0, stdout, stderr }),
        );
        child.stdin?.end();
      });

    expect(await notes("auth", "status")).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('Run "notes auth login".'),
    });
    expect(await notes("list")).toEqual({
      code: 4,
      stdout: "",
      stderr: expect.stringMatching(/^notes auth: .* Run "notes auth login"\. \[\w+\]\n$/) as string,
    });
    expect(await notes("auth", "login")).toMatchObject({ code: 0 });
    expect(await notes("auth", "status", "--json")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"status":"authenticated"'),
    });
    expect(await notes("list")).toMatchObject({ code: 0, stdout: expect.stringContaining('"sub"') });
    expect(await notes("auth", "logout")).toMatchObject({ code: 0 });
    expect((await notes("list")).code).toBe(4);
  },
  60_000,
);

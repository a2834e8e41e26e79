// `loopkey credential --sign-in`: several tools ask at once, and nobody is signed in.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startServer } from "./support/app.js";
import { createCli } from "./support/cli.js";
import { loginArgs, NO_BUS } from "./support/cli-world.js";
import { programPath } from "./support/program.js";
import { startRecordingServer } from "./support/recording-server.js";

it("one browser opens, on nobody's stdout anything but the token, and everybody is served", async () => {
  const server = await startServer();
  const reports = await startRecordingServer();
  const folder = await mkdtemp(join(tmpdir(), "loopkey-sign-in-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [key, opened, browser] = ["key", "opened", "browser.sh"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(key, Buffer.alloc(32, 7), { mode: 0o600 });
  await writeFile(opened, "");
  const { username, password } = server.account;
  const person = `"${process.execPath}" "${programPath("browser")}" ${username} ${password} ${new URL(reports.origin).port}`;
  // It takes its time, as people do.
  await writeFile(browser, `echo opened >> "${opened}"\nsleep 1\nexec ${person} "$1"\n`);
  const cli = await createCli({ ...NO_BUS, LOOPKEY_KEY_FILE: key, BROWSER: `sh "${browser}" %s` });
  expect(await cli.run([...loginArgs(server), "--store", "encrypted-file"])).toMatchObject({ code: 0 });
  expect(await cli.run(["logout", "--no-browser"])).toMatchObject({ code: 0 });
  await writeFile(opened, "");

  const ask = ["credential", "pnpm", "--sign-in", "--host", server.issuer];
  const ends = await Promise.all([cli.run(ask), cli.run(ask), cli.run(ask), cli.run(ask)]);
  for (const { code, stdout, stderr } of ends)
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: expect.stringMatching(/^[\w.~-]+\n$/) });
  expect(await readFile(opened, "utf8")).toBe("opened\n");
  expect(await cli.leftovers()).toEqual([]);
});

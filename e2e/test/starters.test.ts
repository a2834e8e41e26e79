// `npm create loopkey`, as a newcomer does it: the packed package makes a folder, npm installs what it names, and a person signs in with it.
import { execFile } from "node:child_process";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { copyNative } from "@loopkey/example-electron-app";
import { _electron, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "./support/app.js";
import { launchChromium } from "./support/chromium.js";
import { createWorld } from "./support/cli-world.js";
import { startDisplay } from "./support/display.js";
import { missingForElectron } from "./support/electron-program.js";
import { installApp } from "./support/electron-runtime.js";
import { ELECTRON_FLAGS } from "./support/fieldbook.js";
import { makeFolderOfItsOwn, npmInstall, packPackages } from "./support/packed-packages.js";
import { appPage, logIn, press } from "./support/person-in-browser.js";
import { createPersonsBrowser } from "./support/persons-browser.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";

const run = promisify(execFile);

let folder: string;
let remove: () => Promise<void>;
let tarballs: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ folder, remove } = await makeFolderOfItsOwn());
  tarballs = await packPackages(folder);
}, 120_000);

afterAll(() => remove());

interface Made {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `npm create loopkey <args>` runs. */
function create(...args: readonly string[]): Promise<Made> {
  const exec = [
    "exec",
    "--yes",
    "--offline",
    `--package=${tarballs["create-loopkey"]}`,
    "--",
    "create-loopkey",
  ];
  return run("npm", [...exec, ...args], { cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Made) => ({ code, stdout, stderr }),
  );
}

/** As `npm install` there, once the packages are on the registry; until then the packed ones stand for them. */
async function install(app: string): Promise<void> {
  const text = await readFile(join(app, "package.json"), "utf8");
  const manifest = JSON.parse(text) as { readonly dependencies: Record<string, string> };
  const { version } = JSON.parse(
    await readFile(new URL("../../packages/create-loopkey/package.json", import.meta.url), "utf8"),
  ) as { version: string };
  for (const [name, range] of Object.entries(manifest.dependencies)) {
    if (!(name in tarballs)) continue;
    expect(range, name).toBe(`^${version}`);
    manifest.dependencies[name] = `file:${tarballs[name]}`;
  }
  // Of ours, what only another of ours wants.
  const overrides = Object.fromEntries(
    Object.entries(tarballs).flatMap(([name, path]) =>
      name in manifest.dependencies || name === "create-loopkey" ? [] : [[name, `file:${path}`]],
    ),
  );
  await npmInstall(app, { ...manifest, overrides });
}

describe("says what is wrong, with the exit code 2, and makes nothing:", () => {
  it.each([
    [[], /One folder is needed\.[^]*--template cli\|electron/],
    [["My Notes"], /"My Notes" cannot name a package/],
    [["notes", "--template", "tauri"], /no template "tauri": cli or electron/],
    [["notes", "--issuer", "http://id.example.com"], /--issuer is the https address/],
    [["notes", "--tempalte", "cli"], /tempalte/],
  ])("%j", async (args, message) => {
    expect(await create(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  it("a folder with something in it", async () => {
    await create("taken");
    await writeFile(join(folder, "taken/src/main.ts"), "mine");
    expect(await create("taken")).toMatchObject({ code: 2, stderr: expect.stringMatching(/is not empty/) });
    expect(await readFile(join(folder, "taken/src/main.ts"), "utf8")).toBe("mine");
  });
});

it.each(["cli", "electron"])("what a template leaves open is filled in: %s", async (template) => {
  expect(await create(`named-${template}`, "--template", template)).toMatchObject({ code: 0 });
  const app = join(folder, `named-${template}`);
  const files = await readdir(app, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async ({ parentPath, name }) => `${name}: ${await readFile(join(parentPath, name), "utf8")}`),
  );
  // A formatter makes `**NAME**` of a `__NAME__` in Markdown.
  expect(
    texts.filter((text) => /(?:__|\*\*)(?:NAME|ISSUER|CLIENT_ID|VERSION)(?:__|\*\*)/.test(text)),
  ).toEqual([]);
  expect(await readFile(join(app, "README.md"), "utf8")).toMatch(`# \`named-${template}\`\n`);
});

it(
  "the command line compiles, signs a person in, calls the API and signs out",
  { timeout: 300_000 },
  async (ctx) => {
    ctx.skip(missingForSecretService !== undefined, missingForSecretService);
    const { server, cli } = await createWorld("by-http");
    const made = await create("my-notes", "--issuer", server.issuer, "--client-id", server.clientId);
    expect(made).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /cd my-notes\n {2}npm install\n {2}npm run build\n {2}npm start -- login\n/,
      ),
    });
    const app = join(folder, "my-notes");
    await install(app);
    await run("npm", ["run", "build"], { cwd: app });

    const npmStart = (...args: readonly string[]): Promise<{ stdout: string }> =>
      run("npm", ["--silent", "start", "--", ...args], { cwd: app, env: cli.env });
    expect((await npmStart("login")).stdout).toMatch(/^Signed in as/);
    const pathname = "/oauth/userinfo";
    expect(JSON.parse((await npmStart("get", pathname)).stdout)).toHaveProperty("sub");
    expect((await npmStart("status")).stdout).toMatch(/^Signed in as/);
    await npmStart("logout");
    await expect(npmStart("get", pathname)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/sign in/i),
    });
    expect(await cli.leftovers()).toEqual([]);
  },
);

it("the Electron app compiles, signs a person in, and shows who it is", { timeout: 300_000 }, async (ctx) => {
  ctx.skip(missingForElectron !== undefined, missingForElectron);
  const chromium = await launchChromium();
  onTestFinished(() => chromium.close());
  const server = await startServer();
  const args = ["--template", "electron", "--issuer", server.issuer, "--client-id", server.clientId];
  expect(await create("my-desk", ...args)).toMatchObject({ code: 0 });
  const app = join(folder, "my-desk");
  await install(app);
  await run("npm", ["run", "build"], { cwd: app });

  // What a packager takes: what was built, and of what was installed the native parts.
  const taken = join(folder, "taken-by-a-packager");
  await cp(join(app, "dist"), join(taken, "dist"), { recursive: true });
  await cp(join(app, "package.json"), join(taken, "package.json"));
  await copyNative(taken);
  const [bus, person] = [await startBus(), await createPersonsBrowser(chromium)];
  await bus.startKeyring("unlocked");
  const env = { ...process.env, ...bus.env, ...person.env, DISPLAY: await startDisplay() };
  const running = await _electron.launch({
    executablePath: await installApp({ app: taken }),
    args: [...ELECTRON_FLAGS],
    env,
  });
  const started = running.process();
  onTestFinished(() => void started.kill("SIGKILL"));
  const window = await running.firstWindow();
  await window.getByRole("button", { name: "Sign in with your browser" }).click();
  await signIn(await person.nextTab(), server.account);
  await window.getByText(/^Signed in as \S/).waitFor();
  await window.getByRole("button", { name: "Sign out" }).waitFor();
  await running.close();
});

async function signIn(tab: Page, account: { username: string; password: string }): Promise<void> {
  await logIn(tab, account);
  await press(tab, "Allow");
  expect(await appPage(tab)).toBe("You are signed in");
}

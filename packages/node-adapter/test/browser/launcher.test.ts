import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createBrowserLauncher } from "../../src/index.js";
import { isWindows, lacking, posixTest } from "../support/platform.js";
import { rejection } from "../support/raw-client.js";

const { signal } = new AbortController();
const URL = "https://id.example/authorize?a=1&b=$HOME;touch%20x&c=`id`&d=$&";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loopkey-browser-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  // Again if a browser that a test did not wait for is just writing its arguments.
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** What a browser does once it has written its arguments. */
type Then = number | "is killed" | "goes on";

/** A browser that writes its arguments, one a line, to a file, and then does as told. Returns how `BROWSER` names it. */
async function fakeBrowser(name: string, then: Then): Promise<string> {
  const path = join(folder, name);
  if (isWindows) {
    await writeFile(`${path}.mjs`, scriptOf(path, then));
    return `"${process.execPath}" "${path}.mjs"`;
  }
  const last = { "is killed": "kill -9 $$", "goes on": `echo $$ > "${path}.pid"; exec sleep 10` };
  await writeFile(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" > "${path}.tmp"\nmv "${path}.tmp" "${path}.args"\n` +
      `${typeof then === "number" ? `exit ${then}` : last[then]}\n`,
  );
  await chmod(path, 0o755);
  return path;
}

function scriptOf(path: string, then: Then): string {
  const text = JSON.stringify(path);
  return `
    import { renameSync, writeFileSync } from "node:fs";
    writeFileSync(${text} + ".tmp", process.argv.slice(2).map((arg) => arg + "\\n").join(""));
    writeFileSync(${text} + ".pid", String(process.pid));
    renameSync(${text} + ".tmp", ${text} + ".args");
    ${typeof then === "number" ? `process.exitCode = ${then};` : "setTimeout(() => {}, 10_000);"}
  `;
}

const pathOf = (browser: string) => (isWindows ? browser.slice(0, -5).split('" "')[1]! : browser);
const argsOf = (browser: string) =>
  readFile(`${pathOf(browser)}.args`, "utf8").then((text) => text.split("\n").slice(0, -1));
const SYSTEM = { PATH: process.env["PATH"], SystemRoot: process.env["SystemRoot"] };
const launcher = (BROWSER: string | undefined, more = {}) =>
  createBrowserLauncher({ env: { ...SYSTEM, BROWSER, ...more }, watchMs: 5_000 });

describe("with BROWSER", () => {
  test("starts that program with the URL as exactly one argument, and no shell", async () => {
    const browser = await fakeBrowser("browser", 0);
    await launcher(browser)(URL, { signal });
    expect(await argsOf(browser)).toEqual([URL]);
  });

  test("gives its arguments to the program, with the URL in the place of %s", async () => {
    const browser = await fakeBrowser("browser", 0);
    await launcher(`${browser} --url=%s --new`)(URL, { signal });
    expect(await argsOf(browser)).toEqual([`--url=${URL}`, "--new"]);
  });

  test("rejects when the program fails, and says how", async () => {
    const browser = await fakeBrowser("browser", 3);
    const error = await rejection(launcher(browser)(URL, { signal }));
    const program = isWindows ? process.execPath : browser;
    expect(error.message).toBe(`${JSON.stringify(program)} (from BROWSER) failed with exit code 3.`);
  });

  posixTest("signals")("rejects when the program is killed", async () => {
    const browser = await fakeBrowser("browser", "is killed");
    await expect(launcher(browser)(URL, { signal })).rejects.toThrow("was ended by SIGKILL");
  });

  test("rejects when there is no such program", async () => {
    const error = await rejection(launcher(join(folder, "nothing"))(URL, { signal }));
    expect(error.message).toContain("could not be started: there is no such program");
    expect(error.cause).toMatchObject({ code: "ENOENT" });
  });

  posixTest("modes")("rejects when the program may not be run", async () => {
    const browser = await fakeBrowser("browser", 0);
    await chmod(browser, 0o644);
    await expect(launcher(browser)(URL, { signal })).rejects.toThrow("is not marked as a program");
    await expect(launcher(folder)(URL, { signal })).rejects.toThrow("could not be started: it is a folder");
  });

  test("takes a program that goes on running for opened", async () => {
    const browser = await fakeBrowser("browser", "goes on");
    const open = createBrowserLauncher({
      env: { ...SYSTEM, BROWSER: browser },
      watchMs: 200,
    });
    await open(URL, { signal });
    const pidOf = () => readFile(`${pathOf(browser)}.pid`, "utf8");
    // It may be slower than the watch.
    const pid = Number(await vi.waitFor(pidOf, { timeout: 10_000 }));
    process.kill(pid, "SIGKILL");
  });

  posixTest("lists in BROWSER")("tries several in order until one opens", async () => {
    const failing = await fakeBrowser("failing", 1);
    const working = await fakeBrowser("working", 0);
    const never = await fakeBrowser("never", 0);
    await launcher(`${join(folder, "nothing")}:${failing}:${working}:${never}`)(URL, { signal });
    expect(await argsOf(failing)).toEqual([URL]);
    expect(await argsOf(working)).toEqual([URL]);
    await expect(argsOf(never)).rejects.toThrow("ENOENT");
  });

  posixTest("lists in BROWSER")("rejects with every failure when none of several opens", async () => {
    const failing = await fakeBrowser("failing", 1);
    const error = await rejection(launcher(`${join(folder, "nothing")}:${failing}`)(URL, { signal }));
    expect(error.message).toMatch(/there is no such program.*failed with exit code 1/);
    expect((error.cause as AggregateError).errors).toHaveLength(2);
  });

  posixTest("shell scripts")("may be a path with spaces, without quotes", async () => {
    const browser = await fakeBrowser("my own browser", 0);
    await launcher(browser)(URL, { signal });
    expect(await argsOf(browser)).toEqual([URL]);
  });

  for (const name of ["w3m", "www-browser"])
    posixTest("lists in BROWSER")(
      `takes the text browser ${name} for failed, and starts the next`,
      async () => {
        const text = await fakeBrowser(name, 0);
        const error = await rejection(launcher(text)(URL, { signal }));
        expect(error.message).toContain("is a text browser, and needs a terminal of its own.");
        const next = await fakeBrowser("next", 0);
        await launcher(`${text}:${next}`)(URL, { signal });
        expect(await argsOf(next)).toEqual([URL]);
        await expect(argsOf(text)).rejects.toThrow("ENOENT");
      },
    );

  test("needs no display", async () => {
    const browser = await fakeBrowser("browser", 0);
    await expect(launcher(browser, { DISPLAY: undefined })(URL, { signal })).resolves.toBeUndefined();
  });

  test("aborting ends the watching at once with the signal's reason, and leaves no timer", async () => {
    const browser = await fakeBrowser("browser", "goes on");
    const controller = new AbortController();
    const timers = watchTimers();
    const opening = launcher(browser)(URL, { signal: controller.signal });
    expect(timers.left()).toBe(1);
    const reason = new Error("cancelled by the test");
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    expect(timers.left()).toBe(0);
  });

  posixTest("lists in BROWSER")("aborting starts no further program of several", async () => {
    const first = await fakeBrowser("first", "goes on");
    const second = await fakeBrowser("second", 0);
    const controller = new AbortController();
    const opening = launcher(`${first}:${second}`)(URL, { signal: controller.signal });
    const reason = new Error("cancelled by the test");
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await expect(argsOf(second)).rejects.toThrow("ENOENT");
  });

  test("leaves no timer when it is done", async () => {
    const browser = await fakeBrowser("browser", 0);
    const timers = watchTimers();
    await launcher(browser)(URL, { signal });
    expect(timers.left()).toBe(0);
  });
});

describe("the system's launcher", () => {
  // The xdg-open that `open` brings asks process.env; a fake browser there shows what it is given.
  const onLinux = (name: string, run: () => Promise<void>) =>
    test.skipIf(process.platform !== "linux")(lacking("xdg-open", name), run);

  onLinux("of the person's own, in PATH, is asked first, also without a display", async () => {
    const own = await fakeBrowser("xdg-open", 0);
    const env = { PATH: `${folder}:${process.env["PATH"]}` };
    await createBrowserLauncher({ env, watchMs: 5_000 })(URL, { signal });
    expect(await argsOf(own)).toEqual([URL]);
  });

  onLinux("of the person's own that fails is told of where there is no display", async () => {
    await fakeBrowser("xdg-open", 4);
    const open = createBrowserLauncher({ env: { PATH: `${folder}:/usr/bin:/bin` }, watchMs: 5_000 });
    await expect(open(URL, { signal })).rejects.toThrow(/xdg-open" failed with exit code 4/);
  });

  onLinux("of xdg-utils is not asked without a display: it would start a text browser", async () => {
    const copy = fileURLToPath(new globalThis.URL("./xdg-open", import.meta.resolve("open")));
    await copyFile(copy, join(folder, "xdg-open"));
    const text = await fakeBrowser("w3m", 0);
    const open = createBrowserLauncher({ env: { PATH: `${folder}:/usr/bin:/bin` }, watchMs: 5_000 });
    await expect(open(URL, { signal })).rejects.toThrow("There is no display");
    await expect(argsOf(text)).rejects.toThrow("ENOENT");
  });

  onLinux("gets the URL as one argument", async () => {
    const browser = await fakeBrowser("browser", 0);
    vi.stubEnv("DISPLAY", undefined).stubEnv("WAYLAND_DISPLAY", undefined).stubEnv("BROWSER", browser);
    const open = createBrowserLauncher({ env: { DISPLAY: ":99" }, watchMs: 5_000 });
    await open("https://id.example/authorize?a=1&b=2", { signal });
    expect(await argsOf(browser)).toEqual(["https://id.example/authorize?a=1&b=2"]);
  });

  onLinux("that finds no browser is a rejection, though `open` resolves", async () => {
    vi.stubEnv("DISPLAY", undefined).stubEnv("WAYLAND_DISPLAY", undefined);
    vi.stubEnv("BROWSER", join(folder, "nothing"));
    const open = createBrowserLauncher({ env: { DISPLAY: ":99" }, watchMs: 5_000 });
    await expect(open(URL, { signal })).rejects.toThrow(
      "The system's browser launcher failed with exit code 3.",
    );
  });

  onLinux("is not asked where there is no display", async () => {
    const started = vi.fn();
    vi.doMock("open", () => ({ default: started }));
    await expect(createBrowserLauncher({ env: {} })(URL, { signal })).rejects.toThrow("There is no display");
    expect(started).not.toHaveBeenCalled();
    vi.doUnmock("open");
  });
});

describe("a URL that no browser should get from us is refused before anything is started:", () => {
  const hostile = [
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://id.example/",
    "vscode://x",
    "http://id.example/authorize",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.1@evil.example/",
    "http://localhost.evil.example/",
    "http://0.0.0.0/",
    "http://[::]/",
    "--help",
    "-a https://id.example/",
    "id.example",
    'https://id.example"&calc&"/',
    "https://",
    "",
  ];
  for (const url of hostile) {
    test(JSON.stringify(url), async () => {
      const browser = await fakeBrowser("browser", 0);
      const error = await rejection(launcher(browser)(url, { signal }));
      expect(error.message).toMatch(/^Refused to open .* it must be https, or http on a loopback host\.$/);
      await expect(argsOf(browser)).rejects.toThrow("ENOENT");
    });
  }
});

describe("a URL is taken", () => {
  for (const url of [
    "https://id.example/",
    "http://127.0.0.1:8080/x",
    "http://[::1]:8080/x",
    "http://localhost/",
  ]) {
    test(url, async () => {
      const browser = await fakeBrowser("browser", 0);
      await launcher(browser)(url, { signal });
      expect(await argsOf(browser)).toEqual([url]);
    });
  }

  test("in its plain form, which begins with the scheme", async () => {
    const browser = await fakeBrowser("browser", 0);
    await launcher(browser)(` \n HTTPS://id.example/a b"c`, { signal });
    expect(await argsOf(browser)).toEqual(["https://id.example/a%20b%22c"]);
  });
});

test("a signal that is aborted already starts nothing", async () => {
  const reason = new Error("cancelled by the test");
  await expect(launcher("anything")(URL, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

/** Counts the timers that are set from now on and not cleared. */
function watchTimers(): { left(): number } {
  const set = vi.spyOn(globalThis, "setTimeout");
  const cleared = vi.spyOn(globalThis, "clearTimeout");
  const gone = () => cleared.mock.calls.map(([timer]) => timer);
  return {
    left: () => set.mock.results.filter(({ value }) => !gone().includes(value as NodeJS.Timeout)).length,
  };
}

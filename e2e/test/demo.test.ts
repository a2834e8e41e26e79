// The demo as a person starts it: what it shows, and how it ends, whichever way it goes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { signInByHttp } from "@loopkey/example-identity-provider";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { cliPath } from "./support/cli.js";
import { freePort, takePort } from "./support/redirect.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";
import {
  markProcesses,
  startNode,
  type MarkedProcess,
  type NodeOptions,
  type WatchedProcess,
} from "./support/watched-process.js";

const demoPath = fileURLToPath(new URL("../../examples/demo/dist/main.js", import.meta.url));
const TIME_LIMIT_MS = 20_000;
/** Nobody at this machine but the demo itself, and no keyring. */
const ALONE = {
  CI: "",
  SSH_CONNECTION: "",
  DISPLAY: "",
  WAYLAND_DISPLAY: "",
  XDG_RUNTIME_DIR: "/nonexistent",
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent",
};
const WAITING = /● awaiting-callback \(waiting\)/;

const SIGNED_IN = [
  "restoring",
  "idle",
  "awaiting-callback (preparing)",
  "awaiting-callback (waiting)",
  "exchanging",
  "authenticated",
];
const RESTORED = ["restoring", "refreshing", "authenticated"];
const SIGNED_OUT = ["refreshing", "authenticated", "logging-out", "logged-out"];

const trailOf = (stdout: string): string[] =>
  [...stdout.matchAll(/● (\S+(?: \(\w+\))?)/g)].map(([, name]) => name!);

interface Demo extends WatchedProcess {
  /** Its processes that run now. */
  running(program: "app" | "server"): readonly MarkedProcess[];
  /** How many processes of the app there have been. */
  apps(): number;
}

function startDemo(args: readonly string[], env: NodeJS.ProcessEnv): Demo {
  const marked = markProcesses();
  const apps = new Set<number>();
  const running: Demo["running"] = (program) => {
    const path = { app: "/demo/dist/app.js", server: "/identity-provider/dist/bin.js" }[program];
    return marked().filter(({ argv }) => argv.includes(path));
  };
  const options: NodeOptions = {
    env: { ...ALONE, ...env },
    onSign: () => running("app").forEach(({ id }) => apps.add(id)),
  };
  return { ...startNode([demoPath, ...args], options), running, apps: () => apps.size };
}

/** Does what the demo says, in the environment it says it for. */
async function tryKept(env: NodeJS.ProcessEnv): Promise<void> {
  const port = await freePort();
  const demo = startDemo(["--keep", "--port", String(port)], env);
  const [menu] = await demo.wrote("stdout", /A server stays[^]*Ctrl-C ends the server\.\n/);
  const lines = [...menu.matchAll(/^ {3}(\S.*?)(?= {2,}|$)/gm)].map(([, line]) => line!);
  const home = await mkdtemp(join(tmpdir(), "loopkey-kept-"));
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));
  let said = "";
  const terminal = { ...ALONE, ...env, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, BROWSER: "true" };
  const set = /^export (LOOPKEY_PASSPHRASE)=(\S+)$/.exec(lines[0]!);
  if (set) Object.assign(terminal, { [set[1]!]: set[2]! });

  async function loopkey(command: string): Promise<void> {
    const running = startNode([cliPath, ...command.split(" ")], { env: terminal });
    if (command.startsWith("login")) {
      const [url] = await running.wrote("stderr", /http:\S+authorize\S+/);
      await fetch(await signInByHttp(url, { username: "ada", password: "loopkey" }));
    }
    const { code, stdout } = await running.ended;
    expect({ command, code, stdout }).toEqual({ command, code: 0, stdout: expect.stringMatching(/\S/) });
    said = stdout.trim();
  }

  const names: string[] = [];
  for (const line of lines) {
    names.push(/^npx loopkey (\w+)/.exec(line)?.[1] ?? line.split(" ", 1)[0]!);
    if (line.startsWith("npx loopkey ")) await loopkey(line.slice("npx loopkey ".length));
    if (line.startsWith("curl ")) {
      expect(line).toContain('-H "Authorization: Bearer $(npx loopkey token)"');
      const [apiUrl] = /http:\S+$/.exec(line)!;
      const notes = await fetch(apiUrl, { headers: { authorization: `Bearer ${said}` } });
      expect(await notes.json()).toMatchObject({ owner: "Ada Lovelace" });
    }
  }
  expect(names).toEqual([
    ...(set ? ["export"] : []),
    "doctor",
    "login",
    "status",
    "whoami",
    "token",
    "curl",
    "logout",
  ]);
  const metadata = await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`);
  expect(await metadata.json()).toHaveProperty("device_authorization_endpoint");

  expect(demo.running("server")).toHaveLength(1);
  demo.killGroup("SIGINT");
  expect(await demo.ended).toMatchObject({ code: 0, stderr: "" });
  expect(demo.running("server")).toEqual([]);
}

describe("with a keyring", () => {
  beforeEach((context) => context.skip(missingForSecretService !== undefined, missingForSecretService));

  it("two apps, one after the other, share a session, and the demo says what happened", async () => {
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    const begin = performance.now();
    const demo = startDemo([], bus.env);
    const { code, stdout, stderr } = await demo.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(performance.now() - begin).toBeLessThan(TIME_LIMIT_MS);
    expect(stdout).toContain("In the keyring of this machine.");
    expect(trailOf(stdout)).toEqual([...SIGNED_IN, ...RESTORED, ...SIGNED_OUT]);
    expect(demo.apps()).toBe(2);
    expect(stdout).toMatch(/\nWhat happened\n {3}A person signed in [^]*found it there\.\n[^]*README\.md/);
    expect([...demo.running("app"), ...demo.running("server")]).toEqual([]);
    expect(await bus.ask("secret-tool", "search", "--all", "service", "+loopkey demo")).not.toContain(
      "attribute.username",
    );
  });

  it("--keep names the commands of loopkey, which work, until Ctrl-C ends it all", async () => {
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    await tryKept(bus.env);
  });
});

describe("without a keyring", () => {
  it("the session is in an encrypted file, survives the restart, and the demo says what to install", async () => {
    const begin = performance.now();
    const demo = startDemo([], {});
    const { code, stdout, stderr } = await demo.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(performance.now() - begin).toBeLessThan(TIME_LIMIT_MS);
    expect(stdout).toMatch(/In an encrypted file, .*\n.*sudo apt-get install gnome-keyring dbus-x11/);
    expect(trailOf(stdout)).toEqual([...SIGNED_IN, ...RESTORED, ...SIGNED_OUT]);
    expect(demo.apps()).toBe(2);
    expect(stdout).toContain("The refresh token was kept in the encrypted file");
    expect([...demo.running("app"), ...demo.running("server")]).toEqual([]);
  });

  it("--keep names the passphrase to set as well", async () => {
    await tryKept({});
  });
});

describe("when it fails, it says why, ends with another code than 0 and leaves nothing running:", () => {
  it("the server is killed while the app waits for the person", async () => {
    const demo = startDemo([], {});
    await demo.wrote("stdout", WAITING);
    process.kill(demo.running("server")[0]!.id, "SIGKILL");
    const { code, stdout, stderr } = await demo.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\nThe app failed.*: \S.*\n\nThe demo failed: the app ended with an error/);
    expect(stdout).not.toContain("What happened");
    expect([...demo.running("app"), ...demo.running("server")]).toEqual([]);
  });

  it("the app is killed", async () => {
    const demo = startDemo([], {});
    await demo.wrote("stdout", WAITING);
    process.kill(demo.running("app")[0]!.id, "SIGKILL");
    const { code, stderr } = await demo.ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "\nThe demo failed: the app was ended by SIGKILL.\n",
    });
    expect(demo.running("server")).toEqual([]);
  });

  it("the server cannot start", async () => {
    const hook = `data:text/javascript,if (process.argv[1].endsWith("/bin.js")) throw new Error("no server today")`;
    const demo = startDemo([], { NODE_OPTIONS: `--import=${encodeURI(hook)}` });
    const { code, stderr } = await demo.ended;
    expect(code).toBe(1);
    expect(stderr).toContain("no server today");
    expect(stderr).toContain(
      "\nThe demo failed: The OpenID provider ended before it was ready (exit code 1).\n",
    );
  });

  it("the port of --keep is taken, which it says before it begins", async () => {
    const port = await takePort();
    const demo = startDemo(["--keep", "--port", String(port)], {});
    expect(await demo.ended).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^\nThe demo failed: port \d+ is taken, .* npm run demo -- --keep --port \d+\n$/,
      ),
    });
  });

  it("an unknown option", async () => {
    const demo = startDemo(["--kep"], {});
    const { code, stdout, stderr } = await demo.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^\nThe demo failed: Unknown option '--kep'.*\n$/);
  });
});

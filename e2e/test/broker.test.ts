// `loopkey broker -- COMMAND`: real programs that call an API and never hold the token.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createBrokerWorld, needs } from "./support/broker-world.js";

const sh = (script: string): readonly string[] => ["sh", "-c", script];
const node = (script: string): readonly string[] => [process.execPath, "--input-type=module", "-e", script];

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loopkey-broker-e2e-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("a program that is run by the broker", () => {
  it("calls the API as the person, and has nothing that leads to the token", async () => {
    const { cli, server, name, broker, api } = await createBrokerWorld();
    const script = `
      const answer = await fetch(process.env.${name} + "/notes?q=1", { method: "POST", body: "x" });
      console.log(JSON.stringify({ said: await answer.text(), env: process.env, headers: [...answer.headers] }));`;
    const end = await cli.run(broker([], node(script)));
    expect(end).toMatchObject({ code: 0, signal: null });
    const { said, env, headers } = JSON.parse(end.stdout) as Record<string, unknown>;
    expect(said).toBe("You asked for /notes?q=1");
    expect(
      Object.keys(env as object).filter((each) => each.startsWith("LOOPKEY_") && !each.includes("E2E")),
    ).toEqual([name]);
    const token = api.seen[0]!.headers.authorization!.split(" ")[1]!;
    expect(token.length).toBeGreaterThan(10);
    expect(JSON.stringify([env, headers, end.stderr])).not.toContain(token);
    expect(end.stderr).toMatch(new RegExp(String.raw`^broker: POST ${api.origin}/notes 200 \d+ms\n$`));
    expect(server.violations).toEqual([]);
    expect(await cli.leftovers()).toEqual([]);
  });

  it("is not run when nobody is signed in, when the API is not the profile's, or when a rule says nothing", async () => {
    const { cli, broker, server } = await createBrokerWorld();
    const run = (options: readonly string[]) => cli.run(broker(options, ["echo", "ran"]));
    expect(await run(["--allow", "https://elsewhere.example"])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("[origin_not_allowed]"),
    });
    expect(await run(["--allow", "everything"])).toMatchObject({ code: 2, stdout: "" });
    expect(await run(["--port", "0"])).toMatchObject({ code: 2, stdout: "" });
    expect(await run(["--profile", "nobody"])).toMatchObject({ code: 4, stdout: "" });
    await cli.run(["logout", "--no-browser"]);
    expect(await run([])).toMatchObject({
      code: 4,
      stdout: "",
      stderr: expect.stringContaining("loopkey login"),
    });
    expect(server.violations).toEqual([]);
  });

  it("can be anything that takes a base URL: curl, Python and git", async (context) => {
    for (const program of ["curl", "python3", "git"]) needs(context, program);
    const repository = ownFolder();
    const git = (...args: readonly string[]) =>
      execFileSync("git", args, { cwd: repository, encoding: "utf8" });
    git("init", "-q", "-b", "main");
    git(
      "-c",
      "user.name=Ada",
      "-c",
      "user.email=ada@example.com",
      "commit",
      "-q",
      "--allow-empty",
      "-m",
      "first",
    );
    git("update-server-info");
    const { cli, name, broker } = await createBrokerWorld(({ url }, response) => {
      const { pathname } = new URL(url!, "http://x");
      try {
        if (!pathname.startsWith("/git/")) response.end(`You asked for ${url}`);
        else response.end(readFileSync(join(repository, ".git", pathname.slice("/git/".length))));
      } catch {
        response.writeHead(404).end();
      }
    });
    const copy = ownFolder();
    const python = `import os, urllib.request; print(urllib.request.urlopen(os.environ["${name}"] + "/py").read().decode())`;
    const script = `curl -sS "$${name}/curl" && echo && python3 -c '${python}' && git clone -q "$${name}/git" ${copy}/it && git -C ${copy}/it log --format=%s`;
    expect(await cli.run(broker(["--audit", "/dev/null"], sh(script)))).toMatchObject({
      code: 0,
      stdout: "You asked for /curl\nYou asked for /py\nfirst\n",
      stderr: "",
    });
  });

  it("reaches an API whose tokens are bound to a key, nonces included", async () => {
    const { cli, server, broker } = await createBrokerWorld(undefined, { login: ["--dpop"] });
    server.demandsNonce = ["api"];
    const name = `LOOPKEY_BROKER_${new URL(server.issuer).host.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}`;
    const script = `
      for (const method of ["GET", "POST"]) {
        const answer = await fetch(process.env.${name} + "/api", { method, ...(method === "POST" && { body: "a note" }) });
        console.log(answer.status, answer.headers.get("dpop-nonce"));
      }`;
    const end = await cli.run(broker(["--allow", `${server.issuer}/api`], node(script)));
    expect(end).toMatchObject({ code: 0, stdout: "200 null\n200 null\n" });
    expect(server.violations).toEqual([]);
  });

  it("has its token renewed under way", async () => {
    const { cli, server, name, broker, api } = await createBrokerWorld();
    const script = `
      const ask = async () => (await fetch(process.env.${name} + "/notes")).status;
      console.log(await ask());
      console.log(await ask());`;
    // What the server forgets between the two.
    let asked = 0;
    server.intercept = ({ path }) =>
      path === "/api" && ++asked === 2 ? new Response(null, { status: 401 }) : undefined;
    const end = await cli.run(broker([], node(script)));
    expect(end).toMatchObject({ code: 0, stdout: "200\n200\n" });
    const tokens = new Set(api.seen.map(({ headers }) => headers.authorization));
    expect(tokens.size).toBe(2);
    expect(server.reuses).toBe(0);
  });
});

describe("the end", () => {
  it.each([
    ["exit 7", { code: 7, signal: null }],
    ["kill -TERM $$", { code: null, signal: "SIGTERM" }],
    ["kill -KILL $$", { code: null, signal: "SIGKILL" }],
    ["kill -INT $$", { code: null, signal: "SIGINT" }],
    ["kill -HUP $$", { code: null, signal: "SIGHUP" }],
    // By this one it would leave its memory on the disk.
    ["kill -ABRT $$", { code: 134, signal: null }],
  ])("is the program's own: %s", async (script, wanted) => {
    const { cli, broker } = await createBrokerWorld();
    expect(await cli.run(broker([], sh(script)))).toMatchObject(wanted);
    expect(await cli.leftovers()).toEqual([]);
  });

  it("of a program that cannot be run is 127 or 126, as a shell has it", async () => {
    const { cli, broker } = await createBrokerWorld();
    expect(await cli.run(broker([], ["/nowhere/at-all"]))).toMatchObject({
      code: 127,
      stderr: expect.stringContaining("could not be run"),
    });
    const file = join(ownFolder(), "plain");
    writeFileSync(file, "");
    expect(await cli.run(broker([], [file]))).toMatchObject({ code: 126 });
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "is decided by the program that is told of %s",
    async (signal) => {
      const { cli, broker } = await createBrokerWorld();
      const script = `
      process.on("${signal}", () => { console.log("told"); setTimeout(() => process.exit(3), 50); });
      setInterval(() => {}, 1000);
      process.stderr.write("ready");`;
      const running = cli.start(broker([], node(script)));
      await running.told(/ready/);
      running.kill(signal);
      expect(await running.ended).toMatchObject({ code: 3, signal: null, stdout: "told\n" });
    },
  );

  it("does not wait for what the program has left running, which has no broker any more", async () => {
    const { cli, name, broker } = await createBrokerWorld();
    const file = join(ownFolder(), "base");
    const end = await cli.run(broker([], sh(`echo "$${name}" > ${file}; sleep 3 >/dev/null 2>&1 & exit 0`)));
    expect(end).toMatchObject({ code: 0 });
    const socket = connect(Number(new URL(readFileSync(file, "utf8")).port), "127.0.0.1");
    expect(((await once(socket, "error")) as [NodeJS.ErrnoException])[0].code).toBe("ECONNREFUSED");
  });

  it("comes while the API does not answer", async () => {
    const { cli, name, broker, api } = await createBrokerWorld(() => {});
    const script = `fetch(process.env.${name} + "/stuck").catch(() => {}); setTimeout(() => process.exit(5), 300);`;
    expect(await cli.run(broker([], node(script)))).toMatchObject({ code: 5 });
    expect(api.seen).toHaveLength(1);
  });
});

describe("a socket", () => {
  it("is the person's alone, serves curl, and is gone at the end", async (context) => {
    needs(context, "curl");
    const { cli, name, broker } = await createBrokerWorld();
    const path = join(ownFolder(), "broker.sock");
    const script = `stat -c %a "$LOOPKEY_BROKER_SOCKET"; curl -sS --unix-socket "$LOOPKEY_BROKER_SOCKET" "$${name}/notes"`;
    const end = await cli.run(broker(["--socket", path], sh(script)));
    expect(end).toMatchObject({ code: 0, stdout: "600\nYou asked for /notes" });
    expect(() => statSync(path)).toThrow("ENOENT");
    const own = await cli.run(
      broker(
        ["--socket"],
        sh(`stat -c %a "$(dirname "$LOOPKEY_BROKER_SOCKET")"; echo "$LOOPKEY_BROKER_SOCKET"`),
      ),
    );
    const [mode, socket] = own.stdout.split("\n");
    expect(mode).toBe("700");
    expect(() => readdirSync(join(socket!, ".."))).toThrow("ENOENT");
  });

  it("where something is already is refused, and left alone", async () => {
    const { cli, broker } = await createBrokerWorld();
    const path = join(ownFolder(), "taken");
    writeFileSync(path, "mine");
    expect(await cli.run(broker(["--socket", path], ["true"]))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("[port_unavailable]"),
    });
    expect(readFileSync(path, "utf8")).toBe("mine");
  });
});

it("a program that knows proxies alone says http, and the API is asked by https", async (context) => {
  needs(context, "curl");
  const { cli, broker, api } = await createBrokerWorld(undefined, { isSecure: true });
  const plain = api.origin.replace("https", "http");
  const script = `curl -sS ${plain}/notes && echo && curl -sS -o /dev/null -w '%{http_code}\n' http://elsewhere.example/`;
  const end = await cli.run(broker(["--proxy"], sh(script)), { no_proxy: "", NO_PROXY: "" });
  expect(end).toMatchObject({ code: 0, stdout: "You asked for /notes\n403\n" });
  expect(end.stderr).toContain(`broker: GET ${api.origin}/notes 200`);
});

it("the audit is a line a request, in a file of the person's own", async () => {
  const { cli, name, broker, api } = await createBrokerWorld();
  const file = join(ownFolder(), "audit.log");
  const script = `
    await fetch(process.env.${name} + "/notes?key=secret", { method: "POST", body: "secret" });
    await fetch(process.env.${name} + "/admin");`;
  const end = await cli.run(broker(["--audit", file, "--allow", `POST ${api.origin}/notes`], node(script)));
  expect(end).toMatchObject({ code: 0, stderr: "" });
  const text = readFileSync(file, "utf8");
  expect(text.replaceAll(/\d+ms/g, "Nms")).toBe(
    `broker: POST ${api.origin}/notes 200 Nms\nbroker: GET ${api.origin}/admin 403 Nms (GET /admin is not allowed here.)\n`,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

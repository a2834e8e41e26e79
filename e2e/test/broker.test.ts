// `loopkey broker -- COMMAND`: real programs that call an API and never hold the token.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { CERTIFICATE, createBrokerWorld, needs } from "./support/broker-world.js";
import { startRecordingServer } from "./support/recording-server.js";
import { missingForTerminal, openShell } from "./support/terminal.js";

/** What programs trust in place of the system's authorities: the machine of the tests may have them set. */
const INSTEAD = [
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "PIP_CERT",
  "CARGO_HTTP_CAINFO",
  "AWS_CA_BUNDLE",
  "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
];

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
      Object.keys(env as object).filter(
        (each) => each.startsWith("LOOPKEY_") && !each.includes("E2E") && !(each in process.env),
      ),
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
    const file = join(ownFolder(), "left");
    const script = `sleep 600 >/dev/null 2>&1 & echo "$! $${name}" > ${file}`;
    expect(await cli.run(broker([], sh(script)))).toMatchObject({ code: 0 });
    const [pid, base] = readFileSync(file, "utf8").split(" ") as [string, string];
    // Ends what still runs; it throws where nothing does.
    expect(process.kill(Number(pid))).toBe(true);
    const socket = connect(Number(new URL(base).port), "127.0.0.1");
    expect(((await once(socket, "error")) as [NodeJS.ErrnoException])[0].code).toBe("ECONNREFUSED");
  });

  it("comes while the API does not answer", async () => {
    const file = join(ownFolder(), "asked");
    const { cli, name, broker, api } = await createBrokerWorld(() => writeFileSync(file, ""));
    const script = `
      import { existsSync } from "node:fs";
      fetch(process.env.${name} + "/stuck").catch(() => {});
      setInterval(() => existsSync("${file}") && process.exit(5), 10);`;
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

describe("a program that knows https alone, intercepted", () => {
  it.each([
    ["curl", (url: string) => sh(`curl -sS ${url}/notes`)],
    [
      "python3",
      (url: string) => [
        "python3",
        "-c",
        `import urllib.request; print(urllib.request.urlopen("${url}/notes").read().decode(), end="")`,
      ],
    ],
    ["git", (url: string) => sh(`git ls-remote ${url}/git 2>/dev/null; printf 'You asked for /notes'`)],
  ] as const)(
    "%s asks the API with the token, and trusts the authority of this run",
    async (program, command) => {
      const { cli, broker, api } = await createBrokerWorld(undefined, { isSecure: true });
      const end = await cli.run(broker(["--intercept"], command(api.origin)));
      expect(end).toMatchObject({ code: 0, stdout: "You asked for /notes" });
      expect(end.stderr).toMatch(program === "git" ? /GET \S+\/git\/info\/refs 200/ : /GET \S+\/notes 200/);
      expect(api.seen[0]?.headers).not.toHaveProperty("proxy-authorization");
    },
  );

  it("Node does too, by its own client through the tunnel, with a WebSocket", async () => {
    const { cli, broker, api } = await createBrokerWorld(undefined, { isSecure: true });
    api.server.on("upgrade", (request, socket) => {
      const isOurs = request.headers.authorization?.startsWith("Bearer ") ?? false;
      socket.end(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${isOurs}`,
      );
    });
    const { host, port } = new URL(api.origin);
    const script = `
      import http from "node:http";
      import https from "node:https";
      import tls from "node:tls";
      const proxy = new URL(process.env.https_proxy);
      const connect = () => new Promise((resolve, reject) => http.request({
        host: proxy.hostname, port: proxy.port, method: "CONNECT", path: "${host}",
        headers: { "proxy-authorization": "Basic " + Buffer.from(proxy.username + ":" + proxy.password).toString("base64") },
      }).on("connect", (_, socket) => resolve(socket)).on("error", reject).end());
      const ask = async (headers) => {
        const socket = tls.connect({ socket: await connect(), host: "127.0.0.1" });
        return https.request({ host: "127.0.0.1", port: ${port}, path: "/notes", headers, createConnection: () => socket });
      };
      (await ask({})).on("response", async (response) => {
        console.log(response.statusCode);
        response.resume();
        (await ask({ connection: "Upgrade", upgrade: "websocket" })).on("upgrade", (_, socket, head) => {
          process.stdout.write(head);
          socket.on("data", (data) => process.stdout.write(data)).on("end", () => process.exit(0));
        }).end();
      }).end();`;
    expect(await cli.run(broker(["--intercept", "--audit", "/dev/null"], node(script)))).toMatchObject({
      code: 0,
      stdout: "200\ntrue",
      stderr: "",
    });
  });

  it("gets 403 for every other host, 407 without the secret, and never a tunnel to the API itself", async (context) => {
    needs(context, "curl");
    const { cli, broker, api } = await createBrokerWorld(undefined, { isSecure: true });
    const strays = await startRecordingServer();
    const code = (more: string, url: string) =>
      `curl -s -o /dev/null -w '%{http_connect} ' ${more} ${url}; true`;
    const script = [
      code("", strays.origin.replace("http:", "https:")),
      code("", "https://elsewhere.example"),
      code('--proxy "$(echo $https_proxy | sed s/loopkey:.*@//)"', api.origin),
      // The certificate of the API itself is not what is seen through the tunnel.
      code(`--cacert ${CERTIFICATE}`, api.origin),
    ].join("\n");
    const end = await cli.run(broker(["--intercept"], sh(script)));
    expect(end.stdout).toBe("403 403 407 200 ");
    expect(end.stderr).toMatch(/CONNECT - 403 .*opens no tunnel/);
    expect(api.seen).toEqual([]);
  });

  it("trusts public authorities as before, and finds no key on the disk, then or later", async () => {
    const { cli, broker } = await createBrokerWorld(undefined, { isSecure: true });
    const script = `
      import { readdirSync, readFileSync } from "node:fs";
      import { dirname } from "node:path";
      const folder = dirname(process.env.SSL_CERT_FILE);
      const texts = readdirSync(folder).map((name) => readFileSync(folder + "/" + name, "utf8"));
      console.log(JSON.stringify({ folder, names: ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"].filter((name) => process.env[name]?.startsWith(folder)),
        roots: readFileSync(process.env.SSL_CERT_FILE, "utf8").split("BEGIN CERTIFICATE").length - 1, keys: texts.filter((text) => text.includes("PRIVATE")).length }));`;
    const file = join(ownFolder(), "public.pem");
    writeFileSync(file, rootCertificates.slice(0, 20).join("\n"));
    const none = Object.fromEntries(INSTEAD.map((name) => [name, ""]));
    const more = { ...none, SSL_CERT_FILE: file, NODE_EXTRA_CA_CERTS: "" };
    const end = await cli.run(broker(["--intercept"], node(script)), more);
    const { folder, ...rest } = JSON.parse(end.stdout) as { folder: string };
    expect(rest).toEqual({
      names: [
        "SSL_CERT_FILE",
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
      ],
      roots: 21,
      keys: 0,
    });
    expect(() => readdirSync(folder)).toThrow("ENOENT");
  });
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

describe("at a terminal", () => {
  beforeEach((context) => context.skip(missingForTerminal !== undefined, missingForTerminal));

  it("Ctrl-C reaches the program once, by its terminal, and the exit is the program's", async () => {
    const { cli, broker, name } = await createBrokerWorld();
    const file = join(ownFolder(), "program.mjs");
    // It asks before it ends, as an editor does. An answer of the broker's later it would have heard of it twice.
    writeFileSync(
      file,
      `let told = 0;
      process.on("SIGINT", async () => {
        told++;
        await fetch(process.env.${name} + "/notes");
        console.log("told " + told);
      });
      process.stdin.once("data", () => process.exit(7));
      console.log("ready " + process.stdin.isTTY);`,
    );
    const shell = await openShell(cli.env);
    const command = broker(["--audit", "/dev/null"], [process.execPath, file]);
    shell.type(`$loopkey ${command.join(" ")}; echo exit=$?\r`);
    await shell.shows(/^ready true/m);
    shell.type("\u0003");
    await shell.showsNext(/told 1/);
    shell.type("\r");
    await shell.showsNext(/exit=7/);
    expect(shell.shown).not.toContain("told 2");
  });

  it("a program that ends by Ctrl-C ends the broker by it, so that a shell's loop ends too", async () => {
    const { cli, broker } = await createBrokerWorld();
    const shell = await openShell(cli.env);
    const file = join(ownFolder(), "program.mjs");
    // Not a shell: dash forgets a Ctrl-C that comes just as it starts its next program.
    writeFileSync(file, 'console.log("ready"); setInterval(() => {}, 1_000);');
    const command = broker([], [process.execPath, file]).join(" ");
    shell.type(`for n in 1 2 3; do echo round $n; $loopkey ${command}; done\r`);
    await shell.shows(/^ready/m);
    shell.type("\u0003");
    await shell.showsNext(/[#$] $/);
    shell.type("echo exit=$?\r");
    await shell.showsNext(/exit=130/);
    expect(shell.shown).not.toMatch(/^round 2/m);
    shell.type("exit\r");
    await shell.ended;
    expect(await cli.leftovers()).toEqual([]);
  });

  it("Ctrl-Z stops both, and fg brings both back", async () => {
    const { cli, broker, name } = await createBrokerWorld();
    const shell = await openShell(cli.env);
    const file = join(ownFolder(), "program.mjs");
    writeFileSync(
      file,
      `process.on("SIGCONT", () => console.log("back"));
      process.stdin.once("data", async (line) => {
        const answer = await fetch(process.env.${name} + "/notes");
        console.log(await answer.text(), "after", String(line));
        process.exit();
      });
      console.log("ready");`,
    );
    shell.type(`$loopkey ${broker(["--audit", "/dev/null"], [process.execPath, file]).join(" ")}\r`);
    await shell.shows(/^ready/m);
    shell.type("\u001a");
    await shell.showsNext(/Stopped/);
    await shell.showsNext(/[#$] $/);
    shell.type("fg\r");
    await shell.showsNext(/^back/m);
    shell.type("all\r");
    await shell.showsNext(/You asked for \/notes after all/);
  });
});

// A person who is signed in, a server that lets nobody in without the token, and the real tools that ask `loopkey` for it.
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { startFakeServer, type RunningFakeServer } from "@loopkey/node-adapter/testing";
import { expect, onTestFinished } from "vitest";
import { cliPath, createCli, type Cli } from "./cli.js";

export type Serve = (request: IncomingMessage, response: ServerResponse) => void;

interface Guarded {
  readonly origin: string;
  readonly host: string;
  /** What `Authorization` said, of the requests in order; undefined where it was missing. */
  readonly seen: readonly (string | undefined)[];
  /** The certificate, of https. */
  readonly certificate: string;
}

export interface ToolWorld {
  readonly cli: Cli;
  /** A folder of the test's own, with `loopkey` and its other names in `bin`. */
  readonly folder: string;
  readonly guarded: Guarded;
  /** Where the person has signed in. */
  readonly server: RunningFakeServer;
  /** The token that the tools should show. */
  token(): Promise<string>;
  /** `loopkey setup TOOL --write` for the guarded server. */
  readonly setup: (tool: string) => Promise<void>;
  /** Runs a tool with a home of its own. */
  readonly run: (tool: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<ToolEnd>;
}

interface ToolEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolWorldOptions {
  /** Answers whoever shows the token. */
  readonly serve: Serve;
  /** How it is asked for. @default Bearer */
  readonly challenge?: "Bearer" | "Basic";
  readonly isTls?: boolean;
  /** Names the guarded server in the profile. @default true */
  readonly named?: boolean;
}

/** Undefined when it is there. With CI=true a tool that CI installs is never missing: the test fails then. */
export function missingTool(tool: string, how: string, inCI = true): string | undefined {
  const found = spawnSync("sh", ["-c", `command -v "$0"`, tool]).status === 0;
  return found || (inCI && process.env["CI"] === "true") ? undefined : `${tool} is missing: ${how}`;
}

export async function createToolWorld(options: ToolWorldOptions): Promise<ToolWorld> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-tools-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const guarded = await startGuarded(options, folder);
  const server = await startFakeServer();
  onTestFinished(() => server.close());
  const [keyFile, browser] = [join(folder, "key"), join(folder, "browser.mjs")];
  await writeFile(keyFile, Buffer.alloc(32, 7), { mode: 0o600 });
  await writeFile(browser, "await (await fetch(process.argv[2])).text();\n");
  await installNames(folder);
  const cli = await createCli({
    LOOPKEY_KEY_FILE: keyFile,
    BROWSER: `"${process.execPath}" "${browser}"`,
    HOME: folder,
    // Whoever runs the tests by npm has one of theirs here: none of it is the test's to write.
    npm_config_userconfig: join(folder, ".npmrc"),
    GIT_CONFIG_GLOBAL: join(folder, ".gitconfig"),
    PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
  });
  const login = ["login", "--issuer", server.issuer, "--client-id", "app", "--store", "encrypted-file"];
  const origins = options.named === false ? [] : ["--api-origin", guarded.origin];
  expect(await cli.run([...login, "--keep-access-token", ...origins])).toMatchObject({ code: 0 });
  return {
    cli,
    folder,
    guarded,
    server,
    token: async () => (await cli.run(["token"])).stdout.trim(),
    async setup(tool) {
      const args = ["setup", tool, "--host", guarded.origin, "--write"];
      expect(await cli.run(args)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("Changed: "),
      });
    },
    run: (tool, args, env) => runTool(tool, args, folder, { ...cli.env, ...env }),
  };
}

async function runTool(
  tool: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<ToolEnd> {
  const child = promisify(execFile)(tool, [...args], { cwd, env, timeout: 50_000 });
  child.child.stdin?.end();
  return child.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Error & { readonly code?: number; readonly stdout?: string; readonly stderr?: string }) => ({
      code: typeof error.code === "number" ? error.code : -1,
      stdout: error.stdout ?? "",
      stderr: error.stderr ?? error.message,
    }),
  );
}

/** As a package manager links them. */
async function installNames(folder: string): Promise<void> {
  const bin = join(folder, "bin");
  const from = join(dirname(dirname(cliPath)), "bin");
  await promisify(execFile)("mkdir", ["-p", bin]);
  const names = ["loopkey", "git-credential-loopkey", "docker-credential-loopkey"];
  await Promise.all(
    [...names, "terraform-credentials-loopkey", "cargo-credential-loopkey"].map(async (name) => {
      await chmod(join(from, `${name}.js`), 0o755);
      await symlink(join(from, `${name}.js`), join(bin, name));
    }),
  );
}

async function startGuarded(
  { serve, challenge = "Bearer", isTls = false }: ToolWorldOptions,
  folder: string,
): Promise<Guarded> {
  const seen: (string | undefined)[] = [];
  const answer: Serve = (request, response) => {
    const { authorization } = request.headers;
    seen.push(authorization);
    if (authorization !== undefined) serve(request, response);
    else response.writeHead(401, { "WWW-Authenticate": `${challenge} realm="notes"` }).end();
  };
  const certificate = join(folder, "certificate.pem");
  const server = isTls
    ? createHttpsServer(await makeCertificate(folder, certificate), answer)
    : createHttpServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin: `${isTls ? "https" : "http"}://${host}`, host, seen, certificate };
}

async function makeCertificate(folder: string, file: string): Promise<{ key: Buffer; cert: Buffer }> {
  const key = join(folder, "certificate.key");
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  await promisify(execFile)("openssl", ["req", ...kind, ...subject, "-keyout", key, "-out", file]);
  return { key: await readFile(key), cert: await readFile(file) };
}

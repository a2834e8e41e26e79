// Over a real ssh: a program on a far machine reaches the broker of this one, and a browser of this one the sign-in of that one.
import { execFile, spawn } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { signInByHttp } from "@loopkey/example-identity-provider";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "./support/app.js";
import { createBrokerWorld, needs } from "./support/broker-world.js";
import { cliPath, createCli } from "./support/cli.js";
import { loginArgs } from "./support/cli-world.js";
import { hasIPv6Loopback, IPV6_IS_MISSING } from "./support/programs.js";
import { freePort, missingForSsh, startFarMachine } from "./support/ssh-server.js";

const run = promisify(execFile);

beforeEach((ctx) => {
  ctx.skip(missingForSsh !== undefined, missingForSsh);
  needs(ctx, "curl");
});

describe("the broker, forwarded by ssh -R", () => {
  it("serves a program on the far machine, which has no token, and is gone with the program here", async () => {
    const [far, { cli, name, broker, api }] = [await startFarMachine(), await createBrokerWorld()];
    const [here, there] = [await freePort(), await freePort()];
    // What stands behind the port, the secret, is the same there.
    const script = `
      base="http://127.0.0.1:${there}/\${${name}#http://*/}"
      ssh -F ${far.config} -R ${there}:127.0.0.1:${here} far "env | grep -c LOOPKEY_; curl -sS '$base/notes'; curl -s -o /dev/null -w ' %{http_code}' 'http://127.0.0.1:${there}/notes'"`;
    const end = await cli.run(broker(["--port", String(here)], ["sh", "-c", script]));
    expect(end).toMatchObject({ code: 0, stdout: "0\nYou asked for /notes 404" });
    expect(api.seen).toHaveLength(1);
    expect(api.seen[0]!.headers.authorization).toMatch(/^Bearer /);
    expect(end.stderr).toContain(`broker: GET ${api.origin}/notes 200`);
    await expect(run("curl", ["-sS", `http://127.0.0.1:${there}/notes`])).rejects.toThrow(
      "Failed to connect",
    );
  });

  it("and so does its socket", async () => {
    const [far, { cli, name, broker, api }] = [await startFarMachine(), await createBrokerWorld()];
    const socket = join(far.folder, "broker.sock");
    const script = `ssh -F ${far.config} -R ${socket}:"$LOOPKEY_BROKER_SOCKET" far "curl -sS --unix-socket ${socket} '$${name}/notes'"`;
    const end = await cli.run(broker(["--socket"], ["sh", "-c", script]));
    expect(end).toMatchObject({ code: 0, stdout: "You asked for /notes" });
    expect(api.seen[0]!.headers.authorization).toMatch(/^Bearer /);
  });
});

it("a login on the far machine is reached by a browser here through the line that it prints", async (ctx) => {
  ctx.skip(!hasIPv6Loopback, IPV6_IS_MISSING);
  const [far, server, { folder, env }] = [await startFarMachine(), await startServer(), await createCli()];
  const port = await freePort();
  const args = [...loginArgs(server), "--redirect-uri", `http://127.0.0.1:${port}/callback`];
  const program = [
    process.execPath,
    cliPath,
    ...args,
    "--no-browser",
    "--store",
    "memory",
    "--timeout",
    "60",
  ];
  const command = [`XDG_CONFIG_HOME=${folder}`, `XDG_STATE_HOME=${env["XDG_STATE_HOME"]}`, ...program];
  const login = spawn("ssh", ["-F", far.config, "far", command.join(" ")]);
  onTestFinished(() => void login.kill("SIGKILL"));
  let shown = "";
  for (const stream of [login.stdout, login.stderr])
    stream.on("data", (chunk: Buffer) => (shown += chunk.toString("utf8")));
  const ended = new Promise((resolve) => login.once("close", resolve));
  await expect.poll(() => shown, { timeout: 20_000 }).toMatch(/Waiting for you/);

  const [, line] = /^ {2}(ssh -N -L .*)$/m.exec(shown)!;
  const [ssh, ...words] = line!.split(" ");
  expect(words).toContain(`${port}:127.0.0.1:${port}`);
  const tunnel = spawn(ssh!, ["-F", far.config, ...words], { stdio: "ignore" });
  onTestFinished(() => void tunnel.kill("SIGKILL"));
  // The two machines are one: on its IPv4 loopback the port is the login's own, so that the tunnel has the other one alone.
  // oxlint-disable-next-line no-await-in-loop
  while (!(await isListening(port))) await sleep(50);

  const [url] = /http\S+\/oauth\/authorize\S+/.exec(shown)!;
  const redirect = await signInByHttp(url, server.account);
  const through = ["--connect-to", `127.0.0.1:${port}:[::1]:${port}`];
  const { stdout } = await run("curl", ["-sS", "--noproxy", "*", ...through, redirect]);
  expect(stdout).toContain("You are signed in");
  expect(await ended).toBe(0);
  expect(shown).toContain("Signed in as account-ada.");
});

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "::1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

// The binary `loopkey` in a shell that gives the terminal to one job at a time: stopped, continued, in the background, in loops.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { signInByHttp } from "@loopkey/example-identity-provider";
import { beforeEach, describe, expect, it } from "vitest";
import { startServer, type Server } from "./support/app.js";
import { cliPath, createCli } from "./support/cli.js";
import { loginArgs, NO_BUS } from "./support/cli-world.js";
import { missingForTerminal, openShell, type Terminal } from "./support/terminal.js";

const OFFER = /paste the address of that page here/;
const HOW_IT_READS = "echo mode-$(stty -a | grep -o -- '-*icanon')-";
const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const CTRL_Z = "\u001a";
const CTRL_BACKSLASH = "\u001c";

beforeEach((ctx) => ctx.skip(missingForTerminal !== undefined, missingForTerminal));

function loginOf(server: Server, more = "--no-browser"): string {
  return `$loopkey ${loginArgs(server).join(" ")} --store memory ${more}`;
}

/** The shell's own answer, which is not what was typed. */
async function says(shell: Terminal, command: string, answer: RegExp): Promise<RegExpExecArray> {
  shell.type(`${command}\r`);
  return shell.showsNext(answer);
}

async function waiting(shell: Terminal, command: string): Promise<string> {
  shell.type(`${command}\r`);
  const [url] = await shell.showsNext(/http\S+\/oauth\/authorize\S+/);
  await shell.showsNext(OFFER);
  return url;
}

describe("Ctrl-Z while it waits", () => {
  it("stops it with the cursor shown; after fg pasting is offered again, works, and Ctrl-C is heard", async () => {
    const server = await startServer();
    const shell = await openShell();
    const url = await waiting(shell, loginOf(server));
    await shell.showsNext(/Waiting for you/);
    shell.type(CTRL_Z);
    await shell.showsNext(/Stopped/);
    expect(shell.shown.lastIndexOf("\u001b[?25h")).toBeGreaterThan(shell.shown.lastIndexOf("\u001b[?25l"));
    await says(shell, HOW_IT_READS, /mode-icanon-/);
    await says(shell, "fg", OFFER);
    shell.type("nonsense\r");
    await shell.showsNext(/This is not an address/);
    shell.type(CTRL_Z);
    await shell.showsNext(/Stopped/);
    await says(shell, "fg", OFFER);
    shell.type(`${await signInByHttp(url, server.account)}\r`);
    await shell.showsNext(/Signed in as account-ada/);

    await waiting(shell, loginOf(server));
    shell.type(CTRL_Z);
    await shell.showsNext(/Stopped/);
    await says(shell, "fg", OFFER);
    shell.type(CTRL_C);
    await shell.showsNext(/Interrupted\. \[cancelled\]/);
    await says(shell, "echo code-$?", /code-130/);
  });

  it("and bg: it goes on waiting beside the shell, and takes nothing that is typed there", async () => {
    const server = await startServer();
    const shell = await openShell();
    const url = await waiting(shell, loginOf(server));
    shell.type(CTRL_Z);
    await shell.showsNext(/Stopped/);
    await says(shell, "bg; echo in-the-$((1))-background", /in-the-1-background/);
    await says(shell, "jobs; echo listed-$((1))", /Running[\s\S]*listed-1/);
    await fetch(await signInByHttp(url, server.account));
    await shell.showsNext(/Signed in as account-ada/);
  });

  it("by SIGSTOP, which nobody can hear: after fg the keyboard is read, and the terminal is as before in the end", async () => {
    const server = await startServer();
    const shell = await openShell();
    const [, pid] = await says(shell, "echo pid-$$-", /pid-(\d+)-/);
    await waiting(shell, loginOf(server));
    const [login] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    process.kill(Number(login), "SIGSTOP");
    await shell.showsNext(/Stopped/);
    await says(shell, "fg", OFFER);
    shell.type(CTRL_C);
    await shell.showsNext(/Interrupted\. \[cancelled\]/);
    await says(shell, HOW_IT_READS, /mode-icanon-/);
  });
});

describe("in the background", () => {
  it("a login with & is answered by the browser, and not stopped by the terminal; after fg it takes the keyboard", async () => {
    const server = await startServer();
    const shell = await openShell();
    shell.type(`${loginOf(server)} &\r`);
    const [url] = await shell.showsNext(/http\S+\/oauth\/authorize\S+/);
    await shell.showsNext(/Waiting for you in the browser, \S+ left\.\.\./);
    await says(shell, "jobs; echo listed-$((1))", /Running[\s\S]*listed-1/);
    expect(shell.shown).not.toMatch(OFFER);
    expect(shell.shown).not.toContain("\u001b[?25l");
    await says(shell, "fg", OFFER);
    shell.type(`${await signInByHttp(url, server.account)}\r`);
    await shell.showsNext(/Signed in as account-ada/);
  });

  it("a login in a script's `timeout` is answered by the browser", async () => {
    const server = await startServer();
    const shell = await openShell();
    shell.type(`timeout 60 ${loginOf(server)}; echo code-$?\r`);
    const [url] = await shell.showsNext(/http\S+\/oauth\/authorize\S+/);
    await shell.showsNext(/Waiting for you/);
    await fetch(await signInByHttp(url, server.account));
    await shell.showsNext(/Signed in as account-ada/);
    await shell.showsNext(/code-0/);
  });

  it("logout with & is not stopped either", async () => {
    const shell = await openShell();
    shell.type("$loopkey logout &\r");
    await shell.showsNext(/Nobody was signed in/);
  });
});

describe("a key of the terminal", () => {
  it("Ctrl-D ends nothing: what is pasted after it still signs in", async () => {
    const server = await startServer();
    const shell = await openShell();
    const url = await waiting(shell, loginOf(server));
    shell.type(CTRL_D);
    shell.type("nonsense\r");
    await shell.showsNext(/This is not an address/);
    shell.type(`${CTRL_D}${await signInByHttp(url, server.account)}\r`);
    await shell.showsNext(/Signed in as account-ada/);
  });

  it.each([
    ["typed at bash", "bash --norc --noprofile -i"],
    ["of a script of sh", "bash --norc --noprofile -i", "sh"],
    ["of a script of bash", "bash --norc --noprofile -i", "bash"],
  ])("Ctrl-C ends the loop around it too, %s", async (_, shellCommand, script?: string) => {
    const server = await startServer();
    const shell = await openShell({}, shellCommand);
    const loop = `while :; do ${loginOf(server)}; done`;
    await waiting(shell, script === undefined ? loop : `${script} -c '${loop}'`);
    await shell.showsNext(/Waiting for you/);
    shell.type(CTRL_C);
    await shell.showsNext(/Interrupted\. \[cancelled\]/);
    await says(shell, "echo code-$?", /code-130/);
    expect(shell.shown.match(/oauth\/authorize/g)).toHaveLength(1);
  });

  it("Ctrl-\\ ends it, and gives the terminal back", async () => {
    const server = await startServer();
    const shell = await openShell();
    shell.type("ulimit -c 0\r");
    await waiting(shell, loginOf(server));
    shell.type(CTRL_BACKSLASH);
    await shell.showsNext(/Quit/);
    await says(shell, HOW_IT_READS, /mode-icanon-/);
  });
});

it("says why a token could not be written, with exit code 1", () => {
  const { status, stderr } = spawnSync(
    "sh",
    ["-c", `"$0" "$1" --version > /dev/full`, process.execPath, cliPath],
    {
      encoding: "utf8",
    },
  );
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: "The result could not be written to stdout: ENOSPC: no space left on device, write.\n",
  });
});

it("keeps its exit code where the message could not be written", async () => {
  const cli = await createCli(NO_BUS);
  const { status } = spawnSync("sh", ["-c", '"$0" "$1" token 2> /dev/full', process.execPath, cliPath], {
    env: cli.env,
  });
  expect(status).toBe(4);
});

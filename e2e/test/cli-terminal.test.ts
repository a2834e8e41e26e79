// The binary `loopkey` at a terminal: what it shows, what it reads, and that the terminal is as before when it has ended.
import { signInByHttp } from "@loopkey/example-identity-provider";
import { beforeEach, describe, expect, it } from "vitest";
import { startServer } from "./support/app.js";
import { loginArgs } from "./support/cli-world.js";
import { missingForTerminal, startAtTerminal } from "./support/terminal.js";

const MEMORY = ["--store", "memory", "--no-browser"];
/** Says how the terminal takes keys. */
const HOW_IT_READS = "stty -a | grep -oE -- '-?(icanon|echo|isig)\\b' | tr '\\n' ' '";

beforeEach((ctx) => ctx.skip(missingForTerminal !== undefined, missingForTerminal));

it("shows what it waits for, and Ctrl-C gives the terminal back", async () => {
  const server = await startServer();
  const terminal = await startAtTerminal([...loginArgs(server), ...MEMORY], HOW_IT_READS);
  await terminal.shows(/Waiting for you in the browser, 4:5/);
  terminal.type("\u0003");
  expect(await terminal.ended).toBe(130);
  const { shown } = terminal;
  expect(shown).toContain(`${server.issuer}/oauth/authorize?`);
  expect(shown).toContain("loopkey: Interrupted. [cancelled]");
  expect(shown.lastIndexOf("\u001b[?25h")).toBeGreaterThan(shown.lastIndexOf("\u001b[?25l"));
  expect(shown).toMatch(/\sisig icanon echo $/);
});

describe("a pasted redirect", () => {
  async function waiting() {
    const server = await startServer();
    const terminal = await startAtTerminal([...loginArgs(server), ...MEMORY], HOW_IT_READS);
    const [url] = await terminal.shows(/http\S+\/oauth\/authorize\S+/);
    await terminal.shows(/paste the address of that page here/);
    return { server, terminal, redirect: new URL(await signInByHttp(url, server.account)) };
  }

  it("signs in after a wrong one, is not shown, and the process ends by itself", async () => {
    const { server, terminal, redirect } = await waiting();
    const other = new URL(redirect);
    other.searchParams.set("state", "forged");
    terminal.type(`${other.href}\r`);
    await terminal.shows(/This address is cut off, or belongs to another sign-in\. /);
    expect(server.paths()).not.toContain("/oauth/token");
    terminal.type(`${redirect.href}\r`);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown).toContain("Signed in as account-ada.");
    expect(terminal.shown).not.toContain(redirect.searchParams.get("code"));
    expect(terminal.shown).toMatch(/\sisig icanon echo $/);
  });

  it("may be longer than a terminal's own lines", async () => {
    const { terminal, redirect } = await waiting();
    redirect.searchParams.set("more", "x".repeat(5_000));
    terminal.type(`${redirect.href}\r`);
    expect(await terminal.ended).toBe(0);
  });
});

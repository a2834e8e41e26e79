// The commands that other programs run, ended while their refresh is under way: the server has rotated the token, and the answer is
// still to come.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBrokerWorld, type BrokerWorld } from "./support/broker-world.js";
import { holdRefresh } from "./support/held-refresh.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const FINISHING = /Finishing what must not be cut off/;

async function isStillSignedIn({ cli, server }: BrokerWorld): Promise<void> {
  expect(await cli.run(["token"])).toMatchObject({ code: 0, signal: null, stderr: "" });
  expect(server.reuses).toBe(0);
}

const COMMANDS: Readonly<Record<string, (world: BrokerWorld) => readonly string[]>> = {
  whoami: () => ["whoami"],
  credential: ({ api }) => ["credential", "pnpm", "--host", api.origin],
  "broker, before its program runs,": ({ broker }) => broker([], ["sleep", "60"]),
};

describe.each(Object.keys(COMMANDS))("%s", (name) => {
  it.each(SIGNALS)("lets a refresh that was sent be answered and saved: %s", async (signal) => {
    const world = await createBrokerWorld();
    const { committed, answer } = holdRefresh(world.server);
    const command = world.cli.start(COMMANDS[name]!(world));
    await committed;
    command.kill(signal);
    await command.told(FINISHING);
    answer();
    const { code, signal: by, stdout } = await command.ended;
    expect({ isOver: code !== 0 || by !== null, stdout }).toEqual({ isOver: true, stdout: "" });
    await isStillSignedIn(world);
  });
});

it("a credential whose reader has gone (EPIPE) is saved all the same", async () => {
  const world = await createBrokerWorld();
  const { committed, answer } = holdRefresh(world.server);
  const command = world.cli.start(COMMANDS["credential"]!(world));
  await committed;
  command.closeStdout();
  answer();
  expect(await command.ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  await isStillSignedIn(world);
});

describe("broker, while its program runs,", () => {
  /** Refused once, so that the broker renews the token. */
  async function refreshing() {
    let asked = 0;
    const world = await createBrokerWorld((_, response) => {
      const isFirst = asked++ === 0;
      response.writeHead(isFirst ? 401 : 200, { "www-authenticate": 'Bearer error="invalid_token"' }).end();
    });
    const program = `fetch(process.env.${world.name} + "/notes").then(() => {}, () => {}); setTimeout(() => {}, 60_000)`;
    const audit = join(world.cli.folder, "audit");
    const command = world.cli.start(world.broker(["--audit", audit], [process.execPath, "-e", program]));
    // The first brings the token that is refused.
    await new Promise<void>((resolve) => {
      world.server.intercept = ({ body }) => {
        if (body.get("grant_type") === "refresh_token") setImmediate(resolve);
        return undefined;
      };
    });
    const held = holdRefresh(world.server);
    await held.committed;
    return { world, command, audit, answer: held.answer };
  }

  it.each(SIGNALS)(
    "ends with it, and lets a refresh that was sent be answered and saved: %s",
    async (signal) => {
      const { world, command, audit, answer } = await refreshing();
      command.kill(signal);
      await command.told(FINISHING);
      answer();
      expect(await command.ended).toMatchObject({ code: null, signal });
      expect(await world.cli.leftovers()).toEqual([]);
      // The request that waited for the token is in it, too.
      expect(await readFile(audit, "utf8")).toMatch(/^broker: GET \S+\/notes .*\n$/);
      await isStillSignedIn(world);
    },
  );

  it("goes on where its audit cannot be written (a full disk), and says so once", async (context) => {
    context.skip(process.platform !== "linux", "/dev/full is Linux's");
    const world = await createBrokerWorld();
    const url = `process.env.${world.name} + "/notes"`;
    const program = `for (const n of [1, 2]) console.log((await fetch(${url})).status, n)`;
    const node = [process.execPath, "--input-type=module", "-e", program];
    const { code, stdout, stderr } = await world.cli.run(world.broker(["--audit", "/dev/full"], node));
    expect({ code, stdout }).toEqual({ code: 0, stdout: "200 1\n200 2\n" });
    expect(stderr.match(/The audit is not complete: ENOSPC/g)).toHaveLength(1);
  });
});

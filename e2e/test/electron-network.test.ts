// Requests with the person's token in a real Electron: where the token goes, and what a reader that is slow costs.
import type { ServerResponse } from "node:http";
import { once } from "node:events";
import { beforeEach, describe, expect, it } from "vitest";
import type { Attacked } from "../electron/attacked-main.js";
import { OWN, startAttackedElectron } from "./support/electron-attacks.js";
import { missingForElectron } from "./support/electron-program.js";
import { startRecordingServer } from "./support/recording-server.js";

beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

const MB = 1024 * 1024;
const SIZE = 200 * MB;
const CHUNK = Buffer.alloc(64 * 1024, "a");

describe("a redirect to another origin", () => {
  it.each([302, 307])(
    "of status %i does not take the token along, and takes no window where it may not ask",
    async (status) => {
      const other = await startRecordingServer();
      const app = await startAttackedElectron("loopkey", {
        answer: (_, response) => void response.writeHead(status, { Location: `${other.origin}/taken` }).end(),
      });
      const url = `${app.api.origin}/moved`;
      const page = await app.openWindow(`${OWN}/`);
      await app.connect(page);
      expect(await app.app.evaluate(async (_, url) => (await attacked.client.fetch(url)).status, url)).toBe(
        204,
      );
      expect(await page.evaluate(`auth.fetch(${JSON.stringify(url)}).catch(({ code }) => code)`)).toBe(
        "origin_not_allowed",
      );
      expect(app.api.requests.map(({ headers }) => headers.authorization)).toEqual([
        expect.stringMatching(/^Bearer /),
        expect.stringMatching(/^Bearer /),
      ]);
      expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    },
  );
});

describe("a body of 200 MB", () => {
  it.each(["main", "a window"])(
    "that %s reads, and stops reading for a while, costs less than 30 MB",
    async (reader) => {
      const sender = createSender();
      const app = await startAttackedElectron("loopkey", { answer: (_, response) => sender.send(response) });
      const url = `${app.api.origin}/large`;
      const page = await app.openWindow(`${OWN}/`);
      await app.connect(page);
      const rss = () => app.app.evaluate(() => process.memoryUsage().rss);
      const before = await rss();
      const run = <T>(script: string): Promise<T> =>
        reader === "main" ? app.app.evaluate<T>(script) : page.evaluate<T>(script);
      const client = reader === "main" ? "attacked.client" : "auth";
      await run(`${client}.fetch(${JSON.stringify(url)}).then(async ({ body }) => {
      globalThis.reader = body.getReader();
      globalThis.got = (await reader.read()).value.byteLength;
    })`);
      await sender.stalled();
      expect(sender.sent()).toBeLessThan(SIZE);
      expect((await rss()) - before).toBeLessThan(30 * MB);
      const total = await run(`(async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) got += part.value.byteLength;
      return got;
    })()`);
      expect(total).toBe(SIZE);
      expect((await rss()) - before).toBeLessThan(30 * MB);
    },
  );
});

it("signing out ends a stream that a window reads, with the code that says why", async () => {
  const app = await startAttackedElectron("loopkey", {
    answer: (_, response) =>
      void response.writeHead(200, { "Content-Type": "text/event-stream" }).write("the beginning"),
  });
  const page = await app.openWindow(`${OWN}/`);
  await app.connect(page);
  const ended =
    await page.evaluate(`auth.fetch(${JSON.stringify(`${app.api.origin}/`)}).then(async ({ body }) => {
    const reader = body.getReader();
    await reader.read();
    const end = reader.read().then(() => "read on", ({ code }) => code);
    await auth.signOut({ browser: false });
    return end;
  })`);
  expect(ended).toBe("signed_out");
});

/** Sends as fast as it is taken. */
function createSender() {
  let sent = 0;
  async function sendAll(response: ServerResponse): Promise<void> {
    response.writeHead(200, { "Content-Type": "application/octet-stream" });
    while (sent < SIZE) {
      sent += CHUNK.byteLength;
      // oxlint-disable-next-line no-await-in-loop
      if (!response.write(CHUNK)) await once(response, "drain");
    }
    response.end();
  }
  return {
    send: (response: ServerResponse) => void sendAll(response),
    sent: () => sent,
    /** Resolves when nothing was taken for half a second. */
    async stalled() {
      let before = -1;
      await expect
        .poll(
          () => {
            const isStalled = sent === before;
            before = sent;
            return isStalled;
          },
          { interval: 500, timeout: 20_000 },
        )
        .toBe(true);
    },
  };
}

/** In the main process of the app. */
declare const attacked: Attacked;

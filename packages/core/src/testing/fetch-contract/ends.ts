// How a request ends when it does not end well: aborted, timed out, lost on the way.
import { equal } from "../contract-case.js";
import { codeOf, rejection, type FetchCase } from "./wire.js";

const BODY = "half of this is lost ".repeat(1_000);

export const ENDS: readonly FetchCase[] = [
  {
    name: "aborted before, nothing is sent, and the reason is the rejection",
    async run({ fetch, serve }) {
      const { origin, connections } = await serve(() => ({}));
      const reason = new Error("gone");
      equal(await rejection(fetch(origin, { signal: AbortSignal.abort(reason) })), reason);
      equal(connections(), 0);
    },
  },
  {
    name: "aborted while it waits for an answer, the reason is the rejection, and the connection is closed",
    async run({ fetch, serve }) {
      const leave = new AbortController();
      const reason = new Error("gone");
      const { origin, closed } = await serve(() => {
        queueMicrotask(() => leave.abort(reason));
        return { ends: "silence" };
      });
      equal(await rejection(fetch(origin, { signal: leave.signal })), reason);
      await closed();
    },
  },
  {
    name: "aborted in the middle of a body, the reason is what the reader gets, and the connection is closed",
    async run({ fetch, serve }) {
      const leave = new AbortController();
      const reason = new Error("gone");
      const { origin, closed } = await serve(() => ({ body: BODY, ends: "silence_in_body" }));
      const reader = (await fetch(origin, { signal: leave.signal })).body!.getReader();
      await reader.read();
      leave.abort(reason);
      const rest = async (): Promise<void> => {
        while (!(await reader.read()).done);
      };
      equal(await rejection(rest()), reason);
      await closed();
    },
  },
  {
    name: "a time-out is its signal's",
    async run({ fetch, serve }) {
      const { origin, closed } = await serve(() => ({ ends: "silence" }));
      const error = await rejection(fetch(origin, { signal: AbortSignal.timeout(50) }));
      equal((error as Error).name, "TimeoutError");
      await closed();
    },
  },
  {
    name: "a server that is not there is a TypeError with the system's code",
    async run({ fetch, serve }) {
      const { origin, close } = await serve(() => ({}));
      await close();
      const error = await rejection(fetch(origin));
      equal(error instanceof TypeError, true);
      equal(codeOf(error), "ECONNREFUSED");
    },
  },
  {
    name: "an answer that is lost before its body is a TypeError",
    async run({ fetch, serve }) {
      const { origin, requests } = await serve(({ path }) => ({
        body: BODY,
        ends: path.slice(1) as "reset" | "reset_in_head" | "not_http",
      }));
      for (const end of ["reset", "reset_in_head", "not_http"])
        // oxlint-disable-next-line no-await-in-loop
        equal((await rejection(fetch(`${origin}/${end}`, { method: "POST" }))) instanceof TypeError, true);
      // Nothing of it is sent a second time.
      equal(requests.length, 3);
    },
  },
  {
    name: "half of a body is an error, never taken for all of it",
    async run({ fetch, serve }) {
      const { origin } = await serve(({ path }) => ({
        body: BODY,
        ends: path.startsWith("/reset") ? "reset_in_body" : "closed_in_body",
        headers: path.endsWith("chunked") ? [["transfer-encoding", "chunked"]] : [],
      }));
      for (const path of ["/reset", "/closed", "/reset-chunked", "/closed-chunked"])
        // oxlint-disable-next-line no-await-in-loop
        equal((await rejection(fetch(origin + path).then((r) => r.text()))) instanceof TypeError, true);
    },
  },
];

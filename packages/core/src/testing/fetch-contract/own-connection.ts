// A connection for one request: nothing goes out before it is up, and nobody else uses it.
import { equal } from "../contract-case.js";
import { asResponse } from "./as-fetch.js";
import { codeOf, rejection, type FetchCase } from "./wire.js";

const ignore = (): void => {};
const isUnsent = (error: unknown): boolean => (error as { unsent?: boolean }).unsent === true;

export const OWN_CONNECTION: readonly FetchCase[] = [
  {
    name: "each request has one of its own, not one that is idle, and closes it",
    async run({ fetch, serve }) {
      const { origin, requests, closed } = await serve(() => ({ body: "answer" }));
      await fetch(origin).then((response) => response.text());
      const init = { method: "POST", body: new URLSearchParams({ a: "b" }), onConnected: ignore };
      for (let n = 0; n < 2; n++) {
        // oxlint-disable-next-line no-await-in-loop
        equal(await asResponse(await fetch.onOwnConnection!(origin, init)).text(), "answer");
      }
      equal(requests.map(({ connection, body }) => `${connection} ${body}`).join(), "1 ,2 a=b,3 a=b");
      equal(requests[2]?.headers["connection"], "close");
      await closed();
    },
  },
  {
    name: "onConnected is called once, when the connection is up and before anything is sent",
    async run({ fetch, serve }) {
      const seen: number[] = [];
      const { origin, requests } = await serve(({ path }) =>
        path === "/first" ? { status: 307, headers: [["location", "/second"]] } : {},
      );
      const onConnected = (): void => void seen.push(requests.length);
      await asResponse(await fetch.onOwnConnection!(`${origin}/first`, { onConnected })).text();
      equal(seen.join(), "0");
      equal(requests.map(({ connection }) => connection).join(), "1,2");
    },
  },
  {
    name: "what onConnected throws is the rejection, and nothing is sent",
    async run({ fetch, serve }) {
      const { origin, requests, closed } = await serve(() => ({}));
      const refusal = new TypeError("not now");
      const onConnected = (): never => {
        throw refusal;
      };
      const error = await rejection(
        fetch.onOwnConnection!(origin, { method: "POST", body: "form", onConnected }),
      );
      equal(error, refusal);
      await closed(1);
      equal(requests.length, 0);
    },
  },
  {
    name: "an error from before the connection was up says that nothing was sent; one from after does not",
    async run({ fetch, serve }) {
      const { origin, close } = await serve(() => ({ ends: "reset" }));
      let calls = 0;
      const ask = () =>
        rejection(fetch.onOwnConnection!(origin, { method: "POST", onConnected: () => ++calls }));
      const after = await ask();
      equal(`${after instanceof TypeError} ${isUnsent(after)} ${calls}`, "true false 1");
      await close();
      const before = await ask();
      equal(
        `${before instanceof TypeError} ${isUnsent(before)} ${codeOf(before)} ${calls}`,
        "true true ECONNREFUSED 1",
      );
      const wrong = await rejection(fetch.onOwnConnection!("no address", { onConnected: ignore }));
      equal(`${wrong instanceof TypeError} ${isUnsent(wrong)}`, "true true");
    },
  },
  {
    name: "an abort is the signal's reason, also before the connection is up",
    async run({ fetch, serve }) {
      const { origin, closed } = await serve(() => ({ ends: "silence" }));
      const reason = new TypeError("gone");
      const aborted = { signal: AbortSignal.abort(reason), onConnected: ignore };
      equal(await rejection(fetch.onOwnConnection!(origin, aborted)), reason);
      const leave = new AbortController();
      const onConnected = (): void => queueMicrotask(() => leave.abort(reason));
      equal(await rejection(fetch.onOwnConnection!(origin, { signal: leave.signal, onConnected })), reason);
      equal(isUnsent(reason), false);
      await closed();
    },
  },
];

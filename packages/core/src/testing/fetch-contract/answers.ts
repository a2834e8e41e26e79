// What is asked arrives, and what is answered is given.
import { equal } from "../contract-case.js";
import { rejection, type FetchCase } from "./wire.js";

export const ANSWERS: readonly FetchCase[] = [
  {
    name: "method, path, headers and a form arrive to the letter",
    async run({ fetch, serve }) {
      const { origin, requests } = await serve(() => ({}));
      await fetch(`${origin}/token?a=b#part`, {
        method: "post",
        headers: [
          ["Accept", "application/json"],
          ["X-Two", " one "],
          ["X-Two", "two"],
        ],
        body: new URLSearchParams({ grant: "refresh token", é: "&" }),
      }).then((response) => response.text());
      const [{ method, path, headers, body }] = requests as [(typeof requests)[0]];
      equal(`${method} ${path}`, "POST /token?a=b");
      equal(headers["accept"], "application/json");
      equal(headers["x-two"], "one, two");
      equal(headers["content-type"], "application/x-www-form-urlencoded;charset=UTF-8");
      equal(headers["content-length"], String(body.length));
      equal(headers["transfer-encoding"], undefined);
      equal(body, "grant=refresh+token&%C3%A9=%26");
    },
  },
  {
    name: "headers are taken as an object and as Headers, and what is not said has a default",
    async run({ fetch, serve }) {
      const { origin, requests } = await serve(() => ({}));
      for (const headers of [{ "X-One": "1" }, new Headers({ "X-One": "1" })])
        // oxlint-disable-next-line no-await-in-loop
        await fetch(origin, { headers }).then((response) => response.text());
      await fetch(new URL(origin)).then((response) => response.text());
      await fetch(new Request(origin, { method: "PUT", headers: { "X-One": "1" }, body: "text" }));
      equal(requests.map(({ headers }) => headers["x-one"]).join(), "1,1,,1");
      equal(requests[0]?.headers["accept"], "*/*");
      equal(requests[3]?.method, "PUT");
      equal(requests[3]?.body, "text");
      equal(requests[3]?.headers["content-type"], "text/plain;charset=UTF-8");
    },
  },
  {
    name: "a body may be text, bytes, a blob or nothing; a POST of nothing says so",
    async run({ fetch, serve }) {
      const { origin, requests } = await serve(() => ({}));
      const bytes = new TextEncoder().encode("é");
      for (const body of ["é", bytes, bytes.buffer, new Blob([bytes]), null])
        // oxlint-disable-next-line no-await-in-loop
        await fetch(origin, { method: "POST", body }).then((response) => response.text());
      equal(requests.map(({ body }) => body).join(), "é,é,é,é,");
      equal(requests.map(({ headers }) => headers["content-length"]).join(), "2,2,2,2,0");
    },
  },
  {
    name: "status, its text, headers, one that is repeated, and the body are given",
    async run({ fetch, serve }) {
      const { origin } = await serve(() => ({
        status: 418,
        statusText: "Short and stout",
        headers: [
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
        ],
        body: '{"error":"tea"}',
      }));
      const response = await fetch(`${origin}/pot`);
      equal(`${response.status} ${response.statusText} ${response.ok}`, "418 Short and stout false");
      equal(response.headers.getSetCookie().join(), "a=1,b=2");
      equal(response.url, `${origin}/pot`);
      equal(response.redirected, false);
      equal(JSON.stringify(await response.json()), '{"error":"tea"}');
    },
  },
  {
    name: "an answer without a body has none",
    async run({ fetch, serve }) {
      const { origin } = await serve(({ method }) =>
        method === "HEAD" ? { headers: [["content-length", "5"]] } : { status: 204 },
      );
      const [head, empty] = [await fetch(origin, { method: "HEAD" }), await fetch(origin)];
      equal(await head.text(), "");
      equal(empty.body, null);
      equal(empty.status, 204);
    },
  },
  {
    name: "connections are used again",
    async run({ fetch, serve }) {
      const { origin, connections } = await serve(() => ({ body: "answer" }));
      for (let n = 0; n < 8; n++) {
        // oxlint-disable-next-line no-await-in-loop
        await fetch(origin).then((response) => response.text());
      }
      // Node's own opens another one when the next request comes at once.
      equal(connections() <= 2, true);
    },
  },
  {
    name: "what cannot be asked is a TypeError, and nothing is sent",
    async run({ fetch, serve }) {
      const { origin, connections } = await serve(() => ({}));
      const withUser = origin.replace("://", "://user:password@");
      const wrong: [string, RequestInit][] = [
        [withUser, {}],
        ["/relative", {}],
        [origin, { method: "CONNECT" }],
        [origin, { method: "GET", body: "text" }],
        [origin, { headers: { "not a name": "x" } }],
        [origin, { headers: { name: "line\nbreak" } }],
      ];
      for (const [url, init] of wrong)
        // oxlint-disable-next-line no-await-in-loop
        equal((await rejection(fetch(url, init))) instanceof TypeError, true);
      equal(connections(), 0);
    },
  },
];

// Redirects (Fetch standard, HTTP-redirect fetch).
import { equal } from "../contract-case.js";
import { rejection, type FetchCase, type WireAnswer } from "./wire.js";

const to = (status: number, location: string): WireAnswer => ({
  status,
  headers: [["location", location]],
  body: "moved",
});

export const REDIRECTS: readonly FetchCase[] = [
  {
    name: "redirect manual gives the redirect itself, and asks nobody else",
    async run({ fetch, serve }) {
      const { origin, requests } = await serve(() => to(302, "/other"));
      const response = await fetch(origin, { method: "POST", body: "form", redirect: "manual" });
      equal(`${response.status} ${response.headers.get("location")}`, "302 /other");
      await response.body?.cancel();
      equal(requests.length, 1);
    },
  },
  {
    name: "redirect error refuses it, and asks nobody else",
    async run({ fetch, serve }) {
      const { origin, requests } = await serve(() => to(307, "/other"));
      equal((await rejection(fetch(origin, { redirect: "error" }))) instanceof TypeError, true);
      equal(requests.length, 1);
    },
  },
  {
    name: "a redirect is followed: 301, 302 and 303 make a GET of a POST, 307 and 308 send it again",
    async run({ fetch, serve }) {
      const { origin, requests } = await serve(({ path }) => {
        const status = Number(path.slice(1));
        return status ? to(status, "/there?é=1#part") : { body: "there" };
      });
      for (const status of [301, 302, 303, 307, 308]) {
        // oxlint-disable-next-line no-await-in-loop
        const response = await fetch(`${origin}/${status}`, { method: "POST", body: "form" });
        // oxlint-disable-next-line no-await-in-loop
        equal(await response.text(), "there");
        equal(response.redirected, true);
        equal(response.url.split("#")[0], `${origin}/there?%C3%A9=1`);
        const { method, body, headers } = requests.at(-1)!;
        const isKept = status >= 307;
        equal(`${method} ${body}`, isKept ? "POST form" : "GET ");
        equal(headers["content-type"], isKept ? "text/plain;charset=UTF-8" : undefined);
        equal(headers["content-length"], isKept ? "4" : undefined);
      }
    },
  },
  {
    name: "what is for one origin is not sent to another",
    async run({ fetch, serve }) {
      const there = await serve(() => ({ body: "there" }));
      const { origin, requests } = await serve(({ path }) =>
        path === "/start" ? to(307, "/same") : to(307, there.origin),
      );
      const headers = { authorization: "Bearer token", cookie: "a=1", "x-other": "stays" };
      await fetch(`${origin}/start`, { headers }).then((response) => response.text());
      equal(requests[1]?.headers["authorization"], "Bearer token");
      const arrived = there.requests[0]!.headers;
      equal(
        `${arrived["authorization"]} ${arrived["cookie"]} ${arrived["x-other"]}`,
        "undefined undefined stays",
      );
      equal(arrived["host"], new URL(there.origin).host);
    },
  },
  {
    name: "one that leads in a circle ends, as does one to what is no http address",
    async run({ fetch, serve }) {
      const { origin, requests } = await serve(({ path }) =>
        to(302, path === "/file" ? "file:///etc" : "/circle"),
      );
      equal((await rejection(fetch(origin))) instanceof TypeError, true);
      equal(requests.length, 21);
      equal((await rejection(fetch(`${origin}/file`))) instanceof TypeError, true);
    },
  },
];

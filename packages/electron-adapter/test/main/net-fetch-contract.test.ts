// The suite of every `fetch` port, on the one for Electron: over a double of `net.request` on real sockets.
import { fetchContract, type FetchUnderTest } from "@loopkey/core/testing";
import { createServeOrigin } from "@loopkey/node-adapter/testing";
import { describe, expect, it } from "vitest";
import { createNetFetch } from "../../src/main/inside/net-fetch.js";
import { createElectronDouble } from "../../src/testing/index.js";

/** What is not kept here, and whose that seems to be: Chromium's way, by `net.request`, or the double's, which has no Chromium. No real Electron was asked. */
const OTHERWISE: Readonly<Record<string, "Chromium's" | "the double's">> = {
  "headers are taken as an object and as Headers, and what is not said has a default": "the double's",
  "connections are used again": "the double's",
  "content codings are named in the request and taken off: gzip, deflate, deflate without its header, two at once":
    "the double's",
  "what claims a coding and has another is an error, not a body": "the double's",
  "a reader that has had enough stops the sending, also of what unpacks to many times its size":
    "the double's",
  // `Location` comes as a whole address.
  "redirect manual gives the redirect itself, and asks nobody else": "Chromium's",
  // Node reads letters beyond ASCII in `Location` as Latin-1.
  "a redirect is followed: 301, 302 and 303 make a GET of a POST, 307 and 308 send it again": "the double's",
  // `ERR_CONNECTION_REFUSED`, not `ECONNREFUSED`.
  "a server that is not there is a TypeError with the system's code": "Chromium's",
};

const promises = fetchContract((): FetchUnderTest => ({
  fetch: createNetFetch(createElectronDouble().main),
  serve: createServeOrigin(),
}));

describe("keeps what every fetch must", () => {
  for (const promise of promises.filter(({ name }) => OTHERWISE[name] === undefined))
    it(promise.name, () => promise.run());
});

describe("and not what is listed here, of which no more is listed than is so", () => {
  for (const [name, whose] of Object.entries(OTHERWISE))
    it(`${name} (${whose})`, async () => {
      const promise = promises.find((each) => each.name === name);
      await expect(promise?.run()).rejects.toThrow();
    });
});

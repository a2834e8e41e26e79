// A redirect that the browser posts: only where it is asked for, a form of a bounded size, and its `state` decides.
import { afterEach, describe, expect, test } from "vitest";
import { endWaits, get, listen, PAGE, rawClient, type Waiting } from "../support/raw-client.js";

afterEach(endWaits);

const FORM = "code=c&state=good";
const URLENCODED = "Content-Type: application/x-www-form-urlencoded";

const listenForForm = (limits = {}): Promise<Waiting> => listen(undefined, limits, { mode: "form_post" });

function post(redirectUri: string, more: readonly string[] = [], form = FORM, target = "/callback"): string {
  const type = more.some((line) => /^content-type:/i.test(line)) ? [] : [URLENCODED];
  const length = more.some((line) => /^(content-length|transfer-encoding):/i.test(line))
    ? []
    : [`Content-Length: ${form.length}`];
  const lines = [
    `POST ${target} HTTP/1.1`,
    `Host: ${new URL(redirectUri).host}`,
    ...type,
    ...length,
    ...more,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${form}`;
}

async function succeeds(wait: Waiting, bytes: string): Promise<URL> {
  const browser = rawClient(wait.redirectUri, bytes);
  const { url, respond } = await wait.response;
  await respond(PAGE);
  expect(await browser.closed).toContain("200 OK");
  return url;
}

describe("a posted redirect", () => {
  test.each<[string, readonly string[]]>([
    [
      "as Chromium sends it, from a page of another site",
      ["Origin: null", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: cross-site"],
    ],
    ["with the server's origin", ["Origin: https://id.example"]],
    ["with a charset", ["Content-Type: application/x-www-form-urlencoded; charset=UTF-8"]],
    ["from who says nothing of itself", []],
  ])("is taken %s", async (_, more) => {
    const wait = await listenForForm();
    const url = await succeeds(wait, post(wait.redirectUri, more));
    expect(url.href).toBe(`${wait.redirectUri}?code=c&state=good`);
    expect(wait.strays).toEqual([]);
  });

  test("is taken in pieces, up to 64 KB, with its fields to the letter", async () => {
    const wait = await listenForForm();
    const value = "%C3%BC%26%3D+".repeat(5_000).slice(0, 65_536 - FORM.length - 3);
    const bytes = post(wait.redirectUri, [], `${FORM}&x=${value.replace(/%.?$/, "a")}`);
    const browser = rawClient(wait.redirectUri, bytes.slice(0, 90));
    browser.socket.write(bytes.slice(90, 20_000));
    browser.socket.write(bytes.slice(20_000));
    const { url, respond } = await wait.response;
    expect(url.searchParams.get("x")?.startsWith("ü&= ü&= ")).toBe(true);
    await respond(PAGE);
    expect(await browser.closed).toContain("200 OK");
  });

  test("has its fields in place of the query, which counts for nothing", async () => {
    const wait = await listenForForm();
    const url = await succeeds(wait, post(wait.redirectUri, [], FORM, "/callback?code=evil&state=evil"));
    expect(url.search).toBe("?code=c&state=good");
  });
});

describe("turned away, and the wait goes on", () => {
  test.each<[string, (uri: string) => string, string, number]>([
    ["an address", (uri) => get(uri), "wrong_method", 405],
    [
      "another page's form, which cannot know the state",
      (uri) => post(uri, [], "code=evil&state=guess"),
      "wrong_state",
      400,
    ],
    ["a form without a state", (uri) => post(uri, [], "code=evil"), "wrong_state", 400],
    [
      "a form of another host's page",
      (uri) => post(uri).replace(/Host: [^\r]*/, "Host: evil.example"),
      "wrong_host",
      400,
    ],
    ["a form in a frame", (uri) => post(uri, ["Sec-Fetch-Dest: iframe"]), "not_navigation", 404],
    ["a script's request", (uri) => post(uri, ["Sec-Fetch-Dest: empty"]), "not_navigation", 404],
    ["JSON", (uri) => post(uri, ["Content-Type: application/json"]), "malformed_request", 415],
    [
      "a form with a file",
      (uri) => post(uri, ["Content-Type: multipart/form-data; boundary=x"]),
      "malformed_request",
      415,
    ],
    [
      "plain text that looks like a form",
      (uri) => post(uri, ["Content-Type: text/plain"]),
      "malformed_request",
      415,
    ],
    ["two types", (uri) => post(uri, [URLENCODED, URLENCODED]), "malformed_request", 415],
    ["no length", (uri) => post(uri, ["Transfer-Encoding: chunked"]), "malformed_request", 400],
    [
      "two lengths",
      (uri) => post(uri, ["Content-Length: 17", "Content-Length: 17"]),
      "malformed_request",
      400,
    ],
    [
      "a length and chunks",
      (uri) => post(uri, ["Content-Length: 17", "Transfer-Encoding: chunked"]),
      "malformed_request",
      400,
    ],
    ["a length that is none", (uri) => post(uri, ["Content-Length: +17"]), "malformed_request", 400],
    ["an expectation", (uri) => post(uri, ["Expect: 100-continue"]), "malformed_request", 417],
    ["more than 64 KB", (uri) => post(uri, ["Content-Length: 65537"]), "too_large", 413],
  ])("%s", async (_, bytesFor, reason, status) => {
    const wait = await listenForForm();
    const stranger = rawClient(wait.redirectUri, bytesFor(wait.redirectUri));
    expect(await stranger.closed).toContain(`HTTP/1.1 ${status} `);
    expect(wait.strays.map((stray) => stray.reason)).toEqual([reason]);
    await succeeds(wait, post(wait.redirectUri));
  });

  test("a form that does not come whole in time", async () => {
    const wait = await listenForForm({ requestTimeoutMs: 50 });
    const slow = rawClient(wait.redirectUri, post(wait.redirectUri).slice(0, -1));
    expect(await slow.closed).toContain("408");
    expect(wait.strays.map(({ reason }) => reason)).toEqual(["too_slow"]);
  });

  test("a form where an address is waited for", async () => {
    const wait = await listen();
    const answer = await rawClient(wait.redirectUri, post(wait.redirectUri)).closed;
    expect(answer).toContain("HTTP/1.1 405 ");
    expect(answer).toContain("\r\nAllow: GET\r\n");
    const form = await listenForForm();
    expect(await rawClient(form.redirectUri, get(form.redirectUri)).closed).toContain("\r\nAllow: POST\r\n");
  });

  test("a second request behind the form is never looked at", async () => {
    const wait = await listenForForm();
    const bytes = post(wait.redirectUri) + post(wait.redirectUri, [], "code=evil&state=good");
    expect((await succeeds(wait, bytes)).searchParams.get("code")).toBe("c");
    expect(wait.strays.map(({ reason }) => reason)).toEqual(["pipelined"]);
  });
});

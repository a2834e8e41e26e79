// The broker as a proxy for plain http: addresses of allowed origins.
import { expect, it } from "vitest";
import { start, startApi, statusOf, TOKEN } from "./support.js";

async function arrange() {
  const api = await startApi((request, response) => {
    if (request.url !== "/moved") return false;
    response.writeHead(302, { location: "/next" }).end();
    return true;
  });
  const world = await start([`GET ${api.origin}/notes*`, `GET ${api.origin}/moved`], { isProxy: true });
  const proxy = new URL(world.broker.env["http_proxy"]!);
  return { api, ...world, proxy };
}

function line({ proxy }: { readonly proxy: URL }, target: string, more: readonly string[] = []): string {
  const secret = Buffer.from(`${proxy.username}:${proxy.password}`).toString("base64");
  return [
    `GET ${target} HTTP/1.1`,
    `Host: ${new URL(target).host}`,
    `Proxy-Authorization: Basic ${secret}`,
    "Connection: close",
    ...more,
    "\r\n",
  ].join("\r\n");
}

it("an address of an allowed origin is asked for with the token, and the secret stays here", async () => {
  const world = await arrange();
  expect(
    statusOf(await world.raw(line(world, `${world.api.origin}/notes?q=1`, ["Origin: https://any.example"]))),
  ).toBe(200);
  expect(world.api.seen[0]).toMatchObject({
    url: "/notes?q=1",
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(world.api.seen[0]!.headers).not.toHaveProperty("proxy-authorization");
});

it("its redirects stay addresses of the API", async () => {
  const world = await arrange();
  expect(await world.raw(line(world, `${world.api.origin}/moved`))).toContain(
    `location: ${world.api.origin}/next`,
  );
});

it.each<[string, (world: { readonly api: { readonly origin: string } }) => string, number]>([
  ["another origin", () => "http://elsewhere.example/notes", 403],
  ["a path that no rule allows", ({ api }) => `${api.origin}/admin`, 403],
  ["a path that climbs", ({ api }) => `${api.origin}/notes/%2e%2e/admin`, 400],
  ["a user in the address", ({ api }) => `${api.origin.replace("//", "//u@")}/notes`, 400],
])("%s is refused", async (_, target, status) => {
  const world = await arrange();
  expect(statusOf(await world.raw(line(world, target(world))))).toBe(status);
  expect(world.api.seen).toEqual([]);
});

it("nobody passes without the secret of this run", async () => {
  const world = await arrange();
  const bare = line(world, `${world.api.origin}/notes`).replace(/Proxy-Authorization.*\r\n/, "");
  expect(await world.raw(bare)).toMatch(/^HTTP\/1\.1 407 [\s\S]*proxy-authenticate: Basic/);
  const wrong = line(world, `${world.api.origin}/notes`).replace(/Basic .{4}/, "Basic AAAA");
  expect(statusOf(await world.raw(wrong))).toBe(407);
  expect(world.api.seen).toEqual([]);
});

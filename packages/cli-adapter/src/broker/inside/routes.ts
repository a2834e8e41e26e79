// Where a request is to go: by the secret in the base URL, or by its own address where the broker is a proxy; what a program asks for
// by http goes on as https. Which requests are refused before they go anywhere: another Host, a web page's, without the secret.
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isAllowed, originsOf, type Rule } from "../rules.js";
import { pairsOf, valuesOf, type HeaderPairs } from "./headers.js";
import { Refusal } from "./refusal.js";
import { readTarget, type Target } from "./target.js";

export interface Route {
  readonly url: URL;
  readonly method: string;
  readonly headers: HeaderPairs;
  /** The address of this answer's `Location`, as the program is to ask for it. */
  readonly location: (value: string) => string;
}

export interface Routes {
  /** Of each origin, the path of its base URL. */
  readonly basePaths: ReadonlyMap<string, string>;
  /** For the program, where the broker is its proxy. */
  readonly proxySecret: string;
  /** `within`: the origin that the connection is for, where it was intercepted. Throws a Refusal. */
  of(request: IncomingMessage, within: string | undefined): Route;
  /** Throws a Refusal where the program has not shown the secret. */
  checkProxySecret(headers: HeaderPairs): void;
  /** The allowed origin that a plain `http:` one stands for. */
  secured(origin: string): string | undefined;
}

export interface RoutesOptions {
  readonly rules: readonly Rule[];
  readonly isProxy: boolean;
}

/** Of any port, for the program's end of `ssh -R` has one of its own. A rebound name is none of them. */
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

export function createRoutes({ rules, isProxy }: RoutesOptions): Routes {
  const basePaths = new Map(originsOf(rules).map((origin) => [origin, `/${secret()}`]));
  const proxySecret = secret();

  function of(request: IncomingMessage, within: string | undefined): Route {
    const { method = "", url: text = "" } = request;
    const headers = pairsOf(request.rawHeaders);
    checkFraming(headers);
    const target = readTarget(text);
    if (within !== undefined) return withinTunnel(within, target, method, headers);
    if (target.origin !== undefined && isProxy) return throughProxy(target, method, headers);
    return fromBase(target, method, headers);
  }

  function fromBase(target: Target, method: string, headers: HeaderPairs): Route {
    const host = hostOf(headers);
    if (!LOOPBACK_HOST.test(host)) throw new Refusal(400, "The Host is not of this machine's loopback.");
    const own = `http://${host}`;
    if (target.origin !== undefined && !(URL.canParse(own) && target.origin === new URL(own).origin))
      throw new Refusal(400, "The address is of another host. The broker takes paths of its base URL.");
    refuseWebPages(headers);
    const [, first = "", rest = ""] = /^(\/[^/?]*)(.*)$/.exec(target.path) ?? [];
    const [origin] = [...basePaths].find(([, base]) => isSame(base, first)) ?? [];
    if (origin === undefined)
      throw new Refusal(
        404,
        "Nothing is here. The base URL, with the secret of this run, is in LOOPKEY_BROKER_….",
      );
    const path = rest.startsWith("/") ? rest : `/${rest}`;
    return route(origin, path, method, headers, (value, url) => rebased(value, url, host));
  }

  function throughProxy({ origin, path }: Target, method: string, headers: HeaderPairs): Route {
    checkProxySecret(headers);
    const secure = secured(origin!);
    if (secure === undefined) throw new Refusal(403, `The broker is not for ${origin!}.`);
    return route(secure, path, method, headers, (value, url) => asAskedFor(value, url, origin!));
  }

  function withinTunnel(within: string, target: Target, method: string, headers: HeaderPairs): Route {
    const ownHost = new URL(within).host;
    const isOwn = (authority: string): boolean =>
      URL.canParse(`https://${authority}`) && new URL(`https://${authority}`).host === ownHost;
    if (!isOwn(hostOf(headers)) || (target.origin !== undefined && target.origin !== within))
      throw new Refusal(400, `The address is of another host than the connection, which is for ${within}.`);
    return route(within, target.path, method, headers, (value) => value);
  }

  function route(
    origin: string,
    path: string,
    method: string,
    headers: HeaderPairs,
    location: (value: string, asked: URL) => string,
  ): Route {
    const url = new URL(`${origin}${path}`);
    // Its answer is the request, token and all (RFC 9110 9.3.8).
    if (method === "TRACE")
      throw Object.assign(new Refusal(403, "TRACE would show the token, and is not sent on."), { url });
    if (!isAllowed(rules, origin, method, url.pathname))
      throw Object.assign(new Refusal(403, `${method} ${url.pathname} is not allowed here.`), { url });
    return { url, method, headers, location: (value) => location(value, url) };
  }

  /** Those of an allowed origin go through the broker again, all others do not. */
  function rebased(value: string, asked: URL, host: string): string {
    if (!URL.canParse(value, asked.href)) return value;
    const url = new URL(value, asked);
    const base = basePaths.get(url.origin);
    if (base === undefined) return value;
    const path = `${base}${url.pathname}${url.search}${url.hash}`;
    return URL.canParse(value) ? `http://${host}${path}` : path;
  }

  function secured(origin: string): string | undefined {
    const { host } = new URL(origin);
    // The program says http and port 80 where the API is https at 443.
    return [origin, `https://${host}`].find((candidate) => basePaths.has(candidate));
  }

  function checkProxySecret(headers: HeaderPairs): void {
    const wanted = `Basic ${Buffer.from(`loopkey:${proxySecret}`).toString("base64")}`;
    const given = valuesOf(headers, "proxy-authorization");
    if (given.length === 1 && isSame(given[0]!, wanted)) return;
    throw new Refusal(407, "The secret of this run is missing. It is in http_proxy, as user and password.", {
      "proxy-authenticate": 'Basic realm="loopkey broker"',
    });
  }

  return { basePaths, proxySecret, of, checkProxySecret, secured };
}

/** What a redirect through the proxy is asked for by: plain http, as the request was. */
function asAskedFor(value: string, asked: URL, origin: string): string {
  if (!URL.canParse(value, asked.href)) return value;
  const url = new URL(value, asked);
  return url.origin === asked.origin ? `${origin}${url.pathname}${url.search}${url.hash}` : value;
}

/** What node:http lets through, and two programs may read in two ways. */
function checkFraming(headers: HeaderPairs): void {
  const codings = valuesOf(headers, "transfer-encoding");
  if (codings.length > 1 || codings.some((coding) => coding.trim().toLowerCase() !== "chunked"))
    throw new Refusal(400, 'The request has another Transfer-Encoding than "chunked".');
}

function hostOf(headers: HeaderPairs): string {
  const hosts = valuesOf(headers, "host");
  if (hosts.length !== 1) throw new Refusal(400, "The request has no Host, or several.");
  return hosts[0]!;
}

/** A page does not know the secret; should it have got at it, what its browser says of it gives it away. */
function refuseWebPages(headers: HeaderPairs): void {
  const site = valuesOf(headers, "sec-fetch-site").find((value) => !["none", "same-origin"].includes(value));
  if (valuesOf(headers, "origin").length > 0 || site !== undefined)
    throw new Refusal(403, "The request is a web page's. The broker is for the program that it runs.");
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

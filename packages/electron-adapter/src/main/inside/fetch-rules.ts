// Which requests windows may make with the person's token: a list of the app's, empty by default.
import { AuthError } from "@loopkey/core";

/** Requests that windows may make. */
export interface FetchRule {
  /** Exactly one, `https`, or `http` on a loopback host. It must be the issuer's or one of `apiOrigins` too. */
  readonly origin: string;
  /** By their names: `["GET", "POST"]`. */
  readonly methods: readonly string[];
  /** The path and what is below it. `/` is everything. */
  readonly pathPrefix: string;
}

/** Throws `origin_not_allowed` for what is on no rule. */
export type CheckRequest = (url: URL, method: string) => void;

/** Throws a TypeError that says what to write instead. */
export function createFetchRules(rules: unknown): CheckRequest {
  if (!Array.isArray(rules))
    throw new TypeError("fetch is no list. Write [{ origin, methods, pathPrefix }].");
  const checked = rules.map(checkRule);
  return (url, method) => {
    const isAllowed = checked.some(
      ({ origin, methods, pathPrefix }) =>
        url.origin === origin && methods.includes(method) && isBelow(url.pathname, pathPrefix),
    );
    if (isAllowed) return;
    throw new AuthError("origin_not_allowed", `Windows may not ask ${url.origin} for that (${method}).`, {
      detail: url.origin,
      hint: "Name origin, method and path in `fetch` of serveAuth, if they are meant to.",
    });
  };
}

function checkRule(rule: unknown): FetchRule {
  const { origin, methods, pathPrefix, ...rest } = (
    typeof rule === "object" && rule !== null ? rule : {}
  ) as Record<string, unknown>;
  const wrong = (what: string): TypeError =>
    new TypeError(
      `A rule of fetch ${what}. Write { origin: "https://api.example.com", methods: ["GET"], pathPrefix: "/notes" }.`,
    );
  const isOrigin =
    typeof origin === "string" &&
    URL.canParse(origin) &&
    /^https?:/.test(origin) &&
    new URL(origin).origin === origin;
  if (!isOrigin) throw wrong(`has the origin ${JSON.stringify(origin)}, which is none`);
  const isMethods =
    Array.isArray(methods) && methods.length > 0 && methods.every((each) => /^[A-Z]+$/.test(String(each)));
  if (!isMethods) throw wrong("has no list of methods");
  const isPrefix =
    typeof pathPrefix === "string" &&
    pathPrefix.startsWith("/") &&
    new URL(pathPrefix, origin).pathname === pathPrefix;
  if (!isPrefix) throw wrong("has no pathPrefix, or one that is no plain path");
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw wrong(`has no member ${JSON.stringify(unknown)}`);
  return { origin, methods: methods as string[], pathPrefix };
}

/**
 * Separators and control characters behind a `%`, once or twice, and dots with a parameter: Java's servers take `/..;/` for
 * `/../`.
 */
const MISREAD = /%(2f|5c|[01][\da-f]|7f)|%25(2e|2f|5c)|\/(\.|%2e){1,2}(;|%3b)/i;

function isBelow(path: string, prefix: string): boolean {
  if (prefix === "/") return true;
  // What a server may take for another path than we do.
  if (MISREAD.test(path)) return false;
  const folder = prefix.endsWith("/") ? prefix : `${prefix}/`;
  return path === prefix || path.startsWith(folder);
}

// The target of a request (RFC 9112 3.2): what two programs could read in two ways is refused, so that what was allowed is what is
// asked for.
import { Refusal } from "./refusal.js";

/** `path` with its query. */
export interface Target {
  /** Of an absolute one, with `http:` or `https:` as it was asked for. */
  readonly origin: string | undefined;
  readonly path: string;
}

const ABSOLUTE = /^(https?:\/\/)([^/?#\\@]+)(.*)$/i;

export function readTarget(text: string): Target {
  const [, scheme, authority, rest] = ABSOLUTE.exec(text) ?? [];
  if (scheme === undefined) return { origin: undefined, path: checkedPath(text) };
  if (!URL.canParse(`${scheme}${authority}`))
    throw new Refusal(400, "The request has an address that is none.");
  const path = rest === "" || rest!.startsWith("?") ? `/${rest}` : rest!;
  return { origin: new URL(`${scheme}${authority}`).origin, path: checkedPath(path) };
}

function checkedPath(target: string): string {
  const [path = ""] = target.split("?", 1);
  if (!/^\/[\x21\x22\x24-\x7e]*$/.test(target)) throw odd("a character that no address has");
  if (path.includes("//")) throw odd('"//"');
  if (path.includes("\\")) throw odd("a backslash");
  if (/%(2e|2f|5c|00)/i.test(path)) throw odd("an encoded dot, slash, backslash or NUL");
  // Of dots and slashes in more bytes than they have: what no text in UTF-8 begins with.
  if (/%c[01]/i.test(path)) throw odd("bytes that are no UTF-8");
  if (/%(?![0-9a-f]{2})/i.test(path)) throw odd("a % that encodes nothing");
  // Some servers cut "..;x" down to "..", or ".. ".
  if (path.split("/").some((segment) => /^\.{1,2}(;|%3b|%20|%0[0-9a-f]|$)/i.test(segment)))
    throw odd('"." or ".." in it');
  return target;
}

function odd(what: string): Refusal {
  return new Refusal(400, `The path has ${what}, which servers read in different ways. Write it without.`);
}

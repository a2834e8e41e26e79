// What must be true of a request before the core is asked about its URL.
import type { RedirectMode } from "@loopkey/core";
import type { Refusal } from "./answer.js";
import type { RequestHead } from "./request-head.js";

const METHODS: Readonly<Record<RedirectMode, string>> = { query: "GET", form_post: "POST" };

/** As much as a browser posts with a redirect, many times over: a code, a state, and what a server adds. */
const MAX_FORM_BYTES = 65_536;

/** What comes with a head: nothing, or a form of so many bytes; or why it is not even considered. */
export function formLength(head: RequestHead): number | Refusal {
  const [length = "", ...more] = valuesOf(head, "content-length");
  if (has(head, "transfer-encoding") || more.length > 0 || !/^[1-9]\d{0,8}$/.test(length))
    return malformed("no single length of a form");
  if (Number(length) > MAX_FORM_BYTES)
    return { status: 413, reason: "too_large", detail: "The form is over the limit" };
  return Number(length);
}

/** The URL of a redirect that was posted: the form's fields stand in it in place of a query. */
export function readPosted(head: RequestHead, form: Buffer, redirectUri: URL): URL | Refusal {
  const url = readRequest(head, redirectUri, "form_post");
  if (!(url instanceof URL)) return url;
  url.search = new URLSearchParams(form.toString("latin1")).toString();
  return url;
}

/** The URL that was asked for, or why it is not even considered. `redirectUri` is the one that is really bound. */
export function readRequest(
  head: RequestHead,
  redirectUri: URL,
  mode: RedirectMode = "query",
): URL | Refusal {
  const { method, target } = head;
  const allow = METHODS[mode];
  if (method !== allow) return { status: 405, reason: "wrong_method", detail: printable(method), allow };

  const hosts = valuesOf(head, "host");
  // A page on another site whose name was pointed at 127.0.0.1 sends its own name (DNS rebinding).
  if (hosts.length !== 1 || hosts[0] !== redirectUri.host) {
    return {
      status: 400,
      reason: "wrong_host",
      detail: hosts.length === 1 ? `Host: ${printable(hosts[0]!)}` : `${hosts.length} Host headers`,
    };
  }
  if (has(head, "expect")) return malformed("an Expect header", 417);
  if (has(head, "upgrade")) return malformed("an Upgrade header");
  if (mode === "query" && announcesBody(head)) return malformed("a body");
  if (mode === "form_post" && !isForm(head)) return malformed("no form", 415);
  // Before the core is asked: a prefetch must not use up an address that is good for one visit.
  const loading = notNavigating(head);
  if (loading !== undefined) return { status: 404, reason: "not_navigation", detail: loading };
  // Only origin-form (RFC 9112 3.2.1). It is appended, not resolved: "//evil/x" stays a path.
  if (!target.startsWith("/")) return malformed("a target that is not a path");
  const href = redirectUri.origin + target;
  if (target.includes("#") || !URL.canParse(href)) return malformed("a target that is not a URL");
  const url = new URL(href);
  // "/x/../callback" is not the path that was registered, whatever a parser makes of it.
  if (url.pathname !== target.split("?")[0]) {
    return { status: 404, reason: "wrong_path", detail: "a path that is not in its plain form" };
  }
  return url;
}

/** Whether what comes behind the head is, or pretends to be, its body. */
export function announcesBody(head: RequestHead): boolean {
  return has(head, "transfer-encoding") || valuesOf(head, "content-length").some((length) => length !== "0");
}

/**
 * What a page loads or a browser fetches in advance, by its own word (W3C Fetch Metadata; Sec-Purpose of Fetch). The
 * redirect is a person's own navigation of a whole tab. Who says nothing is believed: older browsers, and those whose
 * privacy settings take these headers out. Only `Sec-Fetch-Dest` decides: the fetch of Node sends a mode, but no page.
 */
function notNavigating(head: RequestHead): string | undefined {
  const destinations = valuesOf(head, "sec-fetch-dest");
  const other = destinations.find((destination) => destination !== "document");
  if (other !== undefined) return `Sec-Fetch-Dest: ${printable(other)}`;
  return has(head, "sec-purpose") ? "Sec-Purpose" : undefined;
}

/** Any Origin: it is that of the server's page, or "null". Which form it is, its `state` says. */
function isForm(head: RequestHead): boolean {
  const types = valuesOf(head, "content-type");
  return types.length === 1 && /^application\/x-www-form-urlencoded(?:[ \t]*;|$)/i.test(types[0]!);
}

function malformed(what: string, status: 400 | 415 | 417 = 400): Refusal {
  return { status, reason: "malformed_request", detail: `The request has ${what}` };
}

function has(head: RequestHead, name: string): boolean {
  return head.fields.some(([each]) => each === name);
}

/** Every value of a field: the first of several Host headers is not the Host header. */
function valuesOf(head: RequestHead, name: string): readonly string[] {
  return head.fields.flatMap(([each, value]) => (each === name ? [value] : []));
}

/** Short and without control characters: what a stranger sent may end up in a log on a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 80);
}

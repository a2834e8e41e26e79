// What goes wrong on the way, the same at every endpoint: no answer, half of one, one of somebody else.
import { effectsAt, keepsRefreshToken } from "./effects.js";
import { type Effect, type Endpoint, fault, type FaultEnd, type FaultInArea } from "./fault.js";

const HTML = "<!doctype html><title>Welcome</title><h1>Accept the terms to use this network</h1>";
const HTML_TYPE = { "content-type": "text/html; charset=utf-8" };
const JSON_TYPE = { "content-type": "application/json" };

/** Made when it is sent: whoever only imports the list should not hold it. */
const padding = (): string => `"padding":"${"x".repeat(10 * 1024 * 1024)}"}`;

type Way =
  | "hang"
  | "hang-in-body"
  | "reset"
  | "reset-in-body"
  | "huge"
  | "redirect-301"
  | "redirect-302"
  | "redirect-303"
  | "redirect-307"
  | "redirect-308"
  | "html"
  | "empty"
  | "no-content"
  | "text-type"
  | "no-type"
  | "array"
  | "null"
  | "string"
  | "truncated"
  | "403-html"
  | "404"
  | "429"
  | "500"
  | "502-html"
  | "503";

export interface TransportEnds {
  /** What may pass: no answer in time, a server that is busy. */
  readonly passing: FaultEnd;
  /** What breaks the protocol. */
  readonly broken: FaultEnd;
  /** An answer that says it went well, with a body that says nothing. @default as `broken` */
  readonly unreadable?: FaultEnd;
}

/** Faults named `<prefix>-hang` and so on; `what` names the answer in their descriptions. */
export function transportFaults<Prefix extends string>(
  prefix: Prefix,
  at: Endpoint,
  what: string,
  { passing, broken, unreadable = broken }: TransportEnds,
): Readonly<Record<`${Prefix}-${Way}`, FaultInArea>> {
  const { answer, end, text, headers } = effectsAt(at);
  const isBodyless = at === "revocation";
  const half = { body: { half: "of an answer".repeat(50) } };
  const redirect = (status: number): FaultInArea =>
    fault(
      broken,
      `${what} is a redirect (${status}) to another origin.`,
      answer(({ elsewhere }) => ({ status, headers: { location: `${elsewhere}/${prefix}` } })),
    );
  const ways: Record<Way, FaultInArea> = {
    hang: fault(passing, `${what} never comes.`, end("hang")),
    "hang-in-body": fault(passing, `${what} begins and never ends.`, end("hang", half)),
    reset: fault(passing, `${what} is a connection that is reset.`, end("reset")),
    "reset-in-body": fault(passing, `${what} breaks off in the middle of its body.`, end("reset", half)),
    // All there is to be said against it is its size.
    huge: fault(
      broken,
      `${what} has 10 MB.`,
      isBodyless
        ? answer(() => ({ body: `{${padding()}`, headers: JSON_TYPE }))
        : text((whole) => `${whole.slice(0, -1)},${padding()}`),
      ...keepsToken(at),
    ),
    "redirect-301": redirect(301),
    "redirect-302": redirect(302),
    "redirect-303": redirect(303),
    "redirect-307": redirect(307),
    "redirect-308": redirect(308),
    html: fault(
      unreadable,
      `${what} is the page of a captive portal.`,
      answer({ body: HTML, headers: HTML_TYPE }),
    ),
    empty: fault(unreadable, `${what} has no body.`, answer({})),
    "no-content": fault(unreadable, `${what} has status 204.`, answer({ status: 204 })),
    "text-type": fault(
      "works",
      `${what} is JSON that calls itself text.`,
      headers({ "content-type": "text/plain" }),
      ...keepsToken(at),
    ),
    "no-type": fault(
      "works",
      `${what} is JSON without a content type.`,
      headers({ "content-type": "" }),
      ...keepsToken(at),
    ),
    array: fault(unreadable, `${what} is a JSON array.`, answer({ body: [] })),
    null: fault(unreadable, `${what} is the JSON value null.`, answer({ body: null })),
    string: fault(unreadable, `${what} is a JSON string.`, answer({ body: "ok", headers: JSON_TYPE })),
    truncated: fault(
      unreadable,
      `${what} is JSON that ends too early, the connection in good order.`,
      isBodyless ? answer({ body: '{"a', headers: JSON_TYPE }) : text((whole) => whole.slice(0, -9)),
      ...keepsToken(at),
    ),
    "403-html": fault(
      broken,
      `${what} is the page of a proxy that forbids.`,
      answer({ status: 403, body: HTML, headers: HTML_TYPE }),
    ),
    "404": fault(
      broken,
      `${what} has status 404.`,
      answer({ status: 404, body: "Not Found", headers: { "content-type": "text/plain" } }),
    ),
    "429": fault(
      passing,
      `${what} says that there were too many requests.`,
      answer({ status: 429, headers: { "retry-after": "120" } }),
    ),
    "500": fault(
      passing,
      `${what} has status 500, and an OAuth error in its body.`,
      answer({ status: 500, body: { error: "invalid_grant" } }),
    ),
    "502-html": fault(
      passing,
      `${what} is the page of a gateway whose server is away.`,
      answer({ status: 502, body: HTML, headers: HTML_TYPE }),
    ),
    "503": fault(
      passing,
      `${what} says that the server is busy.`,
      answer({ status: 503, headers: { "retry-after": "120" } }),
    ),
  };
  const named = Object.entries(ways).map(([way, each]) => [`${prefix}-${way}`, each]);
  return Object.fromEntries(named) as Record<`${Prefix}-${Way}`, FaultInArea>;
}

/** Of an answer that cannot be read the client does not learn the next refresh token. */
function keepsToken(at: Endpoint): readonly Effect[] {
  return at === "refresh" ? [keepsRefreshToken] : [];
}

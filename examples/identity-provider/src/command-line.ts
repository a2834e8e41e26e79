// The options of the program, as those of the server. Throws a TypeError in words for whoever typed them.
import { parseArgs } from "node:util";
import type { ApiPath } from "./feature-options.js";
import type { IdentityProviderOptions } from "./options.js";

export const HELP = `Usage: identity-provider [options]

Starts an OpenID provider with a protected API, for demos and tests. Everything is kept in memory.
Prints one line of JSON on stdout when it is ready; stops on SIGTERM and SIGINT.

  --port <number>                   port to listen on; 0: any (default 0)
  --host <host>                     loopback host, part of the issuer (default 127.0.0.1)
  --access-token-seconds <number>   default 3600
  --id-token-seconds <number>       default 3600
  --refresh-token-seconds <number>  counted again from each rotation (default 1209600)
  --refresh-grace-seconds <number>  how long a spent refresh token still works (default 0)

Off unless asked for:
  --device-code                     sign-in with a code on any device (RFC 8628)
  --device-code-seconds <number>    how long the person has (default 600)
  --device-interval-seconds <number>
                                    between two polls (default 5)
  --pushed-requests <how>           accepted or required (RFC 9126)
  --dpop                            tokens bound to a key, for clients that prove one (RFC 9449)
  --dpop-nonce                      the same, and a nonce of this server in each proof
  --dpop-api-nonce                  the same, and a nonce of the API in each proof
  --resource <path>                 an API that takes only tokens made for it: /api/notes or /api/vault, or both by
                                    saying it twice (RFC 8707)
  --jwt-access-tokens               those tokens are JWTs
  --step-up                         /api/vault wants a sign-in with a one-time code (RFC 9470)
  --step-up-max-age-seconds <number>
                                    the same, and not longer ago than this
  --registration                    anybody may register a native public client (RFC 7591)
  --help                            show this
`;

const OPTIONS = {
  port: { type: "string" },
  host: { type: "string" },
  "access-token-seconds": { type: "string" },
  "id-token-seconds": { type: "string" },
  "refresh-token-seconds": { type: "string" },
  "refresh-grace-seconds": { type: "string" },
  "device-code": { type: "boolean" },
  "device-code-seconds": { type: "string" },
  "device-interval-seconds": { type: "string" },
  "pushed-requests": { type: "string" },
  dpop: { type: "boolean" },
  "dpop-nonce": { type: "boolean" },
  "dpop-api-nonce": { type: "boolean" },
  resource: { type: "string", multiple: true },
  "jwt-access-tokens": { type: "boolean" },
  "step-up": { type: "boolean" },
  "step-up-max-age-seconds": { type: "string" },
  registration: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
}

export function readCommandLine(args: readonly string[]): IdentityProviderOptions | "help" {
  const values = parse(args);
  if (values.help) return "help";
  return {
    ...number("port", values.port),
    ...(values.host !== undefined && { host: values.host }),
    ...number("accessTokenSeconds", values["access-token-seconds"]),
    ...number("idTokenSeconds", values["id-token-seconds"]),
    ...number("refreshTokenSeconds", values["refresh-token-seconds"]),
    ...number("refreshGraceSeconds", values["refresh-grace-seconds"]),
    ...deviceCode(values),
    ...pushedRequests(values["pushed-requests"]),
    ...dpop(values),
    ...resources(values),
    ...stepUp(values),
    registration: values.registration ?? false,
  };
}

// What says more of a feature turns it on.

function deviceCode(values: Values): Pick<IdentityProviderOptions, "deviceCode"> {
  const more = {
    ...number("expiresInSeconds", values["device-code-seconds"]),
    ...number("intervalSeconds", values["device-interval-seconds"]),
  };
  return values["device-code"] || Object.keys(more).length > 0 ? { deviceCode: more } : {};
}

function pushedRequests(how: string | undefined): Pick<IdentityProviderOptions, "pushedRequests"> {
  if (how === undefined) return {};
  if (how === "accepted" || how === "required") return { pushedRequests: how };
  throw new TypeError(`--pushed-requests must be accepted or required, not "${how}"`);
}

function dpop(values: Values): Pick<IdentityProviderOptions, "dpop"> {
  const requireNonce = values["dpop-nonce"] ?? false;
  const requireApiNonce = values["dpop-api-nonce"] ?? false;
  return values.dpop || requireNonce || requireApiNonce ? { dpop: { requireNonce, requireApiNonce } } : {};
}

function resources(values: Values): Pick<IdentityProviderOptions, "resources"> {
  const accessTokenFormat = values["jwt-access-tokens"] ? "jwt" : "opaque";
  if (values.resource === undefined) {
    if (accessTokenFormat === "opaque") return {};
    throw new TypeError("--jwt-access-tokens needs a --resource that they are for");
  }
  return { resources: values.resource.map((path) => ({ path: toApiPath(path), accessTokenFormat })) };
}

function stepUp(values: Values): Pick<IdentityProviderOptions, "stepUp"> {
  const more = number("maxAgeSeconds", values["step-up-max-age-seconds"]);
  return values["step-up"] || Object.keys(more).length > 0 ? { stepUp: more } : {};
}

function toApiPath(path: string): ApiPath {
  if (path === "/api/notes" || path === "/api/vault") return path;
  throw new TypeError(`--resource must be /api/notes or /api/vault, not "${path}"`);
}

function number<Name extends string>(
  name: Name,
  value: string | undefined,
): { readonly [N in Name]?: number } {
  if (value === undefined) return {};
  if (!/^\d{1,9}$/.test(value)) throw new TypeError(`${name} must be a whole number, not "${value}"`);
  return { [name]: Number(value) } as { readonly [N in Name]: number };
}

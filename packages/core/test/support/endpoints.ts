// Every call to the server, by the endpoint that it needs, for what must hold for each of them alike.
import { AuthError, registerClient, type AuthConfig } from "../../src/index.js";
import type { Offer, SeenRequest } from "../../src/testing/index.js";
import { arrange, signedIn, type World } from "./world.js";

export interface EndpointCall {
  readonly endpoint: string;
  readonly isAt: (request: SeenRequest) => boolean;
  /** A world where the next step is the call. */
  readonly prepare: () => Promise<World>;
  readonly call: (world: World) => Promise<unknown>;
  /** What the call ends with when the endpoint cannot be had for the time being, and when its answer is none. */
  readonly passing: string;
  readonly broken: string;
  /** How many requests it takes until it is given up. @default 1 */
  readonly requests?: number;
}

const signIn = ({ client }: World): Promise<unknown> => client.signIn();
const at =
  (path: string) =>
  (request: SeenRequest): boolean =>
    request.path === path;
const isGrant =
  (grant: string) =>
  ({ body }: SeenRequest): boolean =>
    body.get("grant_type") === grant;

const nobodyYet =
  (offers: readonly Offer[] = [], config: Partial<AuthConfig> = {}) =>
  (): Promise<World> =>
    arrange({ serverOptions: { offers } }, config);
const somebody = (): Promise<World> => signedIn();

const usual = { passing: "temporarily_unavailable", broken: "invalid_response" };

export const ENDPOINT_CALLS: readonly EndpointCall[] = [
  {
    endpoint: "discovery",
    isAt: ({ path }) => path.startsWith("/.well-known/"),
    prepare: nobodyYet(),
    call: signIn,
    passing: "discovery_failed",
    broken: "discovery_failed",
  },
  { endpoint: "keys", isAt: at("/jwks"), prepare: nobodyYet(), call: signIn, ...usual },
  {
    endpoint: "pushed authorization request",
    isAt: at("/par"),
    prepare: nobodyYet(["par"], { par: "always" }),
    call: signIn,
    ...usual,
  },
  {
    endpoint: "token (code)",
    isAt: isGrant("authorization_code"),
    prepare: nobodyYet(),
    call: signIn,
    ...usual,
  },
  {
    endpoint: "token (refresh)",
    isAt: isGrant("refresh_token"),
    prepare: somebody,
    call: ({ client }) => client.getAccessToken({ forceRefresh: true }),
    // The session stays, and it is tried again: once at once.
    requests: 2,
    passing: "temporarily_unavailable",
    broken: "temporarily_unavailable",
  },
  {
    endpoint: "device authorization",
    isAt: at("/device"),
    prepare: nobodyYet(["device"], { flow: "device" }),
    call: signIn,
    ...usual,
  },
  {
    endpoint: "userinfo",
    isAt: at("/userinfo"),
    prepare: somebody,
    call: ({ client }) => client.userInfo(),
    ...usual,
  },
  {
    endpoint: "revocation",
    isAt: at("/revoke"),
    prepare: somebody,
    call: ({ client }) => client.signOut({ browser: false }),
    passing: "failed",
    broken: "failed",
  },
  {
    endpoint: "registration",
    isAt: at("/register"),
    prepare: nobodyYet(["registration"]),
    call: ({ ports, server }) => registerClient(server.issuer, {}, ports),
    ...usual,
  },
];

/** How a call ends: its code, what became of the revocation, or `done`. */
export function endOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    (value) => (value as { readonly revocation?: string } | undefined)?.revocation ?? "done",
    (error: unknown) => (error instanceof AuthError ? error.code : `not an AuthError: ${String(error)}`),
  );
}

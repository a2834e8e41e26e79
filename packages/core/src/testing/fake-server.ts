// An authorization server as a fetch function: a well-behaved one, with real keys and real checks.
import { createApi } from "./fake-server/api.js";
import { createAuthorization } from "./fake-server/authorization.js";
import { createClientCheck } from "./fake-server/client-auth.js";
import { json, type ServerContext } from "./fake-server/context.js";
import { createDeviceEndpoint } from "./fake-server/device.js";
import { differ } from "./fake-server/differences.js";
import { createDPoP } from "./fake-server/dpop.js";
import { createFaultEngine } from "./fake-server/faults/engine.js";
import type { FaultSwitch } from "./fake-server/faults/list.js";
import { follow } from "./fake-server/follow.js";
import { createIdTokens } from "./fake-server/id-tokens.js";
import { createMetadata, DEFAULT_ISSUER, DOCUMENT_PATHS, ownOrigins } from "./fake-server/metadata.js";
import { playOutcome, type Outcome } from "./fake-server/outcome.js";
import { createScript } from "./fake-server/script.js";
import { postingPage } from "./fake-server/posting-page.js";
import { createPushedRequests } from "./fake-server/par.js";
import { createRegistration } from "./fake-server/registration.js";
import { judgeAnyRequest, readRequest } from "./fake-server/seen-request.js";
import { createTokenEndpoint } from "./fake-server/token-endpoint.js";
import { createTokens } from "./fake-server/tokens.js";
import type { FakeServer, FakeServerOptions } from "./fake-server/types.js";
import type { SeenRequest, Switches } from "./fake-server/switches.js";
import { createSigner } from "./jwt.js";

/**
 * A server that does what the specifications say, and refuses and notes a client that does not (`violations`). Offers
 * the code flow, refresh with rotation, userinfo, revocation and logout; more by `offers`.
 */
export async function createFakeServer(options: FakeServerOptions): Promise<FakeServer> {
  const {
    clock,
    issuer = DEFAULT_ISSUER,
    discovery = "openid",
    clockAheadMs = 0,
    offers = [],
    differs = [],
  } = options;
  const { elsewhere: secondOrigin = "https://elsewhere.example" } = options;
  const { otherHost = "https://other-host.example" } = options;
  const [signer, stranger] = await Promise.all([createSigner(), createSigner()]);
  const requests: SeenRequest[] = [];
  const elsewhere: SeenRequest[] = [];
  const violations: string[] = [];
  const secrets: string[] = [];

  const switches: Switches & FaultSwitch = {
    idTokenClaims: {},
    tokenMembers: {},
    intercept: undefined,
    signedInAt: undefined,
    acr: undefined,
    strict: { acrValues: ["urn:strong"], maxAgeSeconds: 300 },
    demandsNonce: [],
    fault: undefined,
    slowDowns: 0,
    refreshGraceSeconds: 0,
  };
  const metadata = createMetadata(options);
  const origins = ownOrigins(metadata, issuer).add(otherHost);
  const context: ServerContext = {
    options,
    issuer,
    metadata,
    switches,
    secrets,
    now: () => clock.now() + clockAheadMs,
    note: (violation) => void violations.push(violation),
    noteReuse: () => void server.reuses++,
    issue(kind) {
      const secret = `${kind}-${crypto.randomUUID()}`;
      secrets.push(secret);
      return secret;
    },
  };

  if (options.clientAuth?.secret) secrets.push(options.clientAuth.secret);
  const checkClient = createClientCheck(context);
  const dpop = createDPoP(context);
  const pushed = createPushedRequests(context);
  const authorization = createAuthorization(context, pushed);
  const device = createDeviceEndpoint(context);
  const tokens = createTokens(context, createIdTokens(context, signer));
  const token = createTokenEndpoint(context, { authorization, device, dpop, tokens });
  const api = createApi(context, tokens, dpop);
  const register = createRegistration(context);
  const script = createScript(clock);

  const faultWorld = {
    issuer,
    elsewhere: secondOrigin,
    otherHost,
    now: context.now,
    switches,
    signer,
    stranger,
    note: { secret: (secret: string) => void secrets.push(secret) },
    unspend: (refreshToken: string) => tokens.unspend(refreshToken),
    excuse: (refreshToken: string) => tokens.excuse(refreshToken),
    renameCode: (code: string, name: string) => authorization.rename(code, name),
  };
  const faults = createFaultEngine(switches, faultWorld, context.note);

  /** Where each answer comes from, by method and path. */
  const endpoints: Readonly<Record<string, (request: SeenRequest) => Response | Promise<Response>>> = {
    [`GET ${options.metadataPath ?? DOCUMENT_PATHS[discovery]}`]: () => json(metadata),
    "GET /jwks": () => json({ keys: [signer.publicJwk] }, 200, { "cache-control": "public, max-age=3600" }),
    "GET /authorize": ({ url }) =>
      sendOn(
        () => authorize(url.href),
        () => authorization.requests.at(-1)?.get("response_mode") === "form_post",
      ),
    "GET /logout": ({ url }) => sendOn(() => endSession(url.href)),
    "POST /token": token.answer,
    "POST /revoke": (request) => tokens.revoke(request),
    "GET /userinfo": (request) => api.answer(request),
    "GET /api": (request) => api.answer(request),
    "POST /api": (request) => api.answer(request),
    "GET /api/strict": (request) => api.answer(request, { isStrict: true }),
    "POST /api/strict": (request) => api.answer(request, { isStrict: true }),
    ...(offers.includes("par")
      ? {
          "POST /par": (request: SeenRequest) => token.guarded(request, (jkt) => pushed.push(request, jkt)),
        }
      : {}),
    ...(offers.includes("device") ? { "POST /device": (request: SeenRequest) => device.begin(request) } : {}),
    ...(offers.includes("registration") ? { "POST /register": register } : {}),
  };

  async function answer(sent: SeenRequest): Promise<Response> {
    const request = checkClient(sent);
    if (request instanceof Response) return request;
    const endpoint = endpoints[`${request.method} ${request.path}`];
    return endpoint ? endpoint(request) : json({ error: "not_found" }, 404);
  }

  async function handle(sent: Request): Promise<Outcome> {
    const request = await readRequest(sent);
    requests.push(request);
    const isElsewhere = !origins.has(request.url.origin);
    if (isElsewhere) elsewhere.push(request);
    judgeAnyRequest(request, context);
    const intercepted = await switches.intercept?.(request);
    if (intercepted) return { response: intercepted };
    if (isElsewhere) return { response: json({}) };
    const work = faults.answer(request, async () => differ(await answer(request), request, differs));
    // What comes late takes time; until that is known, none passes.
    const played = work.then((outcome) => ({ answer: script.play(request, dated(outcome)) }));
    clock.holdFor?.(played);
    return (await played).answer;
  }

  /** A clock that is wrong is told of. */
  function dated(outcome: Outcome): Outcome {
    if (clockAheadMs !== 0) outcome.response?.headers.set("date", new Date(context.now()).toUTCString());
    return outcome;
  }

  function authorize(url: string, decision: "allow" | "deny" = "allow"): string {
    const back = authorization.authorize(url, decision);
    return faults.redirect("authorize", back, authorization.requests.at(-1) ?? new URLSearchParams());
  }

  function endSession(url: string): string {
    const { searchParams: asked } = new URL(url);
    authorization.forgetPerson();
    if (secrets.includes(asked.get("id_token_hint") ?? "")) tokens.endAll();
    const isOther = differs.includes("logout-other-names");
    const back = new URL(asked.get(isOther ? "logout_uri" : "post_logout_redirect_uri") ?? "");
    const state = asked.get("state");
    if (state !== null && !differs.includes("no-logout-state")) back.searchParams.set("state", state);
    return faults.redirect("logout", back.href, asked);
  }

  const server: FakeServer = Object.assign(switches, {
    issuer,
    requests,
    elsewhere,
    violations,
    secrets,
    handle,
    script: [],
    authorizations: authorization.requests,
    reuses: 0,
    faultsApplied: faults.applied,
    authorize,
    endSession,
    approveDevice: (userCode: string, decision: "allow" | "deny" = "allow") =>
      device.decide(userCode, decision),
    rotateNonce: () => dpop.rotateNonce(),
    endSessions: () => tokens.endAll(),
    async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
      init?.signal?.throwIfAborted();
      return follow(new Request(input, init), async (request) =>
        playOutcome(await handle(request), request.signal),
      );
    },
  });
  return Object.defineProperty(server, "script", {
    get: () => script.rest,
    set(next: FakeServer["script"]) {
      script.rest = next;
    },
  });
}

/** For a browser that comes by itself: to where it is redirected, or to an error page. */
function sendOn(where: () => string, isPosted: () => boolean = () => false): Response {
  try {
    const location = where();
    if (isPosted()) return postingPage(location);
    return new Response(null, { status: 302, headers: { location } });
  } catch (error) {
    return new Response((error as Error).message, { status: 400 });
  }
}

// oidc-provider's features, as the options turn them on.
import { randomBytes } from "node:crypto";
import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import { createDeviceFlow } from "./device-code.js";
import type { Emit } from "./events.js";
import type { ResolvedFeatures } from "./feature-options.js";
import { pageHeaders } from "./http.js";
import { messagePage } from "./pages.js";
import type { Resources } from "./resources.js";

export interface FeatureParts {
  readonly features: ResolvedFeatures;
  readonly resources: Resources;
  readonly emit: Emit;
}

// Every callback whose default prints a notice is given, so oidc-provider stays silent.
export function createFeatures({ features, resources, emit }: FeatureParts) {
  const { deviceCode, dpop, pushedRequests, registration } = features;
  return {
    devInteractions: { enabled: false },
    deviceFlow: deviceCode === undefined ? { enabled: false } : createDeviceFlow(emit),
    dPoP: {
      enabled: dpop !== undefined,
      ...(dpop?.requireNonce && { nonceSecret: randomBytes(32), requireNonce: () => true }),
    },
    pushedAuthorizationRequests: {
      enabled: pushedRequests !== undefined,
      requirePushedAuthorizationRequests: pushedRequests === "required",
    },
    resourceIndicators: {
      enabled: features.resources !== undefined,
      // Nothing asked for: a token for the server's own userinfo. Several: the client must say which one.
      defaultResource: (_ctx, _client, oneOf) => oneOf,
      useGrantedResource: () => false,
      getResourceServerInfo: (_ctx, indicator) => resources.serverFor(indicator),
    },
    registration: { enabled: registration },
    introspection: { enabled: true, allowedPolicy: ownTokensOnly },
    revocation: { enabled: true, allowedPolicy: ownTokensOnly },
    rpInitiatedLogout: { enabled: true, postLogoutSuccessSource: renderSignedOut },
  } satisfies Configuration["features"];
}

function ownTokensOnly(
  _ctx: KoaContextWithOIDC,
  client: { readonly clientId: string },
  token: { readonly clientId?: string | undefined },
) {
  return token.clientId === client.clientId;
}

function renderSignedOut(ctx: KoaContextWithOIDC) {
  ctx.set(pageHeaders());
  ctx.body = messagePage("You are signed out", "You can close this page.");
}

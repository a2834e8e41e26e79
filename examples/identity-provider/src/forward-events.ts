// Translates oidc-provider's events into those that the server tells its caller.
import type { EventEmitter } from "node:events";
import type Provider from "oidc-provider";
import type { errors, KoaContextWithOIDC } from "oidc-provider";
import { DEVICE_GRANT } from "./device-code.js";
import { SECRETS, type Emit, type Endpoint, type IssuedSecret, type RevocationReason } from "./events.js";
import type { Store } from "./store.js";

export function forwardEvents(provider: Provider, store: Store, emit: Emit): void {
  provider.on("grant.success", ({ oidc }) => {
    const { AccessToken: token, RefreshToken: refreshToken } = oidc.entities;
    if (token === undefined) return;
    const audience = token.aud;
    emit({
      type: "tokens-issued",
      grantType: grantTypeOf(oidc),
      clientId: oidc.client!.clientId,
      subject: token.accountId,
      grantId: token.grantId,
      refreshToken: refreshToken !== undefined,
      tokenType: token.tokenType,
      ...(typeof audience === "string" && { audience }),
    });
  });
  provider.on("device_authorization.success", ({ oidc }) =>
    emit({ type: "device-code-issued", clientId: oidc.client!.clientId }),
  );
  provider.on("authorization.success", ({ oidc }) => {
    const { deviceCode } = oidc;
    if (deviceCode === undefined) return;
    const { clientId, accountId: subject = "" } = deviceCode;
    emit({ type: "device-code-allowed", clientId: clientId!, subject });
  });
  provider.on("pushed_authorization_request.success", (_ctx, { clientId }) =>
    emit({ type: "request-pushed", clientId }),
  );
  provider.on("registration_create.success", (_ctx, { clientId }) =>
    emit({ type: "client-registered", clientId }),
  );
  provider.on("grant.revoked", ({ oidc }, grantId) => {
    emit({ type: "grant-revoked", grantId, reason: reasonOf(oidc) });
  });
  provider.on("session.destroyed", (session) => {
    const grantIds = store.revokeSession(session.uid);
    const sids = Object.values(session.authorizations ?? {}).flatMap(({ sid }) => sid ?? []);
    emit({ type: "session-ended", subject: session.accountId ?? "", sids });
    for (const grantId of grantIds) emit({ type: "grant-revoked", grantId, reason: "session-ended" });
  });
  const refused = (endpoint: Endpoint) => (_ctx: unknown, error: errors.OIDCProviderError) =>
    emit({
      type: "request-refused",
      endpoint,
      error: error.error,
      ...(error.error_detail !== undefined && { detail: error.error_detail }),
    });
  provider.on("authorization.error", refused("authorization"));
  provider.on("grant.error", refused("token"));
  provider.on("device_authorization.error", refused("device_authorization"));
  provider.on("pushed_authorization_request.error", refused("pushed_authorization"));
  provider.on("registration_create.error", refused("registration"));
  provider.on("server_error", (_ctx, error) => emit({ type: "server-error", error }));
  // Koa prints errors when nobody listens. The types of `on` know oidc-provider's own events only.
  (provider as EventEmitter).on("error", (error: Error) => emit({ type: "server-error", error }));
}

export function forwardSecrets(provider: Provider, tell: (secret: IssuedSecret) => void): void {
  const forward = (response: unknown = {}): void => {
    for (const kind of SECRETS) {
      const value = (response as Partial<Record<typeof kind, unknown>>)[kind];
      if (typeof value === "string") tell({ kind, value });
    }
  };
  provider.on("authorization.success", (_ctx, response) => forward(response));
  provider.on("grant.success", ({ body }) => forward(body));
  provider.on("device_authorization.success", (_ctx, response) => forward(response));
  provider.on("pushed_authorization_request.success", ({ body }) => forward(body));
  provider.on("registration_create.success", ({ body }) => forward(body));
}

function grantTypeOf({ params }: KoaContextWithOIDC["oidc"]) {
  const grantType = params?.["grant_type"];
  if (grantType === DEVICE_GRANT) return "device_code";
  return grantType === "refresh_token" ? "refresh_token" : "authorization_code";
}

function reasonOf(oidc: KoaContextWithOIDC["oidc"]): RevocationReason {
  if (oidc.route === "revocation") return "client-revoked";
  return oidc.params?.["grant_type"] === "refresh_token" ? "refresh-token-replayed" : "code-replayed";
}

// Device code (RFC 8628): oidc-provider's, with our pages, an interval that is told and kept, and events.
import type Provider from "oidc-provider";
import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import { SlowDown } from "oidc-provider/lib/helpers/errors.js";
import instance from "oidc-provider/lib/helpers/weak_cache.js";
import { deviceCodePage, deviceConfirmPage, deviceMessagePage } from "./device-pages.js";
import type { Emit } from "./events.js";
import type { DeviceCodeOptions } from "./feature-options.js";
import { pageHeaders } from "./http.js";

export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const PATH = "/device";

type DeviceFlow = NonNullable<NonNullable<Configuration["features"]>["deviceFlow"]>;

/** What the person sees at the verification URI. */
export function createDeviceFlow(emit: Emit): DeviceFlow {
  const show = (ctx: KoaContextWithOIDC, page: string, status = 200): void => {
    ctx.status = status;
    ctx.set(pageHeaders());
    ctx.body = page;
  };
  const xsrfOf = ({ oidc }: KoaContextWithOIDC) => String(oidc.session!.state!["secret"]);
  return {
    enabled: true,
    charset: "base-20",
    mask: "****-****",
    deviceInfo: () => ({}),
    userCodeInputSource(ctx, _form, _out, error) {
      if (error?.name === "AbortedError") {
        // Refused where the code is shown, or later at the consent page.
        const { DeviceCode, Interaction } = ctx.oidc.entities;
        const clientId = DeviceCode?.clientId ?? String(Interaction?.params["client_id"]);
        emit({ type: "device-code-denied", clientId });
        return show(ctx, deviceMessagePage("denied"));
      }
      // `userCode` is what was typed in and is not good; without it something else went wrong.
      const { userCode } = (error ?? {}) as { userCode?: string };
      const isRetry = userCode !== undefined || error?.name === "NoCodeError";
      if (error !== undefined && !isRetry) return show(ctx, deviceMessagePage("failed"), 400);
      const given = userCode ?? (ctx.state["userCode"] as string | undefined);
      return show(
        ctx,
        deviceCodePage({ xsrf: xsrfOf(ctx), userCode: given, failed: isRetry }),
        isRetry ? 422 : 200,
      );
    },
    userCodeConfirmSource(ctx, _form, client, _info, userCode) {
      const clientName = client.clientName ?? client.clientId;
      show(ctx, deviceConfirmPage({ xsrf: xsrfOf(ctx), userCode, clientName }));
    },
    successSource: (ctx) => show(ctx, deviceMessagePage("allowed")),
  };
}

export const DEVICE_ROUTES = {
  device_authorization: "/oauth/device_authorization",
  code_verification: PATH,
};

/** Adds what oidc-provider leaves out: the `interval` of the answer, and `slow_down` for whoever does not keep it. */
export function keepInterval(provider: Provider, { intervalSeconds }: Required<DeviceCodeOptions>): void {
  provider.on("device_authorization.success", (_ctx, answer) => {
    answer["interval"] = intervalSeconds;
  });

  // With `user_code` in the address oidc-provider sends a page with a script. Ours is filled in and asks.
  provider.use((ctx, next) => {
    if (ctx.method === "GET" && ctx.path === PATH && typeof ctx.query["user_code"] === "string") {
      ctx.state["userCode"] = ctx.query["user_code"];
      ctx.query = {};
    }
    return next();
  });

  const { grantTypeHandlers } = instance(provider);
  const answer = grantTypeHandlers.get(DEVICE_GRANT)!;
  const lastAsked = new Map<unknown, number>();
  // A client's timer and the way here are not exact.
  const leastMs = intervalSeconds * 800;
  grantTypeHandlers.set(DEVICE_GRANT, async (ctx) => {
    const code = ctx.oidc.params?.["device_code"];
    const before = lastAsked.get(code) ?? -Infinity;
    const now = Date.now();
    lastAsked.set(code, now);
    if (now - before < leastMs) throw new SlowDown("asked sooner than the interval allows");
    await answer(ctx);
  });
}

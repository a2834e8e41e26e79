// Types for the parts of oidc-provider that are imported by path.
// Its index.js prints a warning on Node 20, where everything used here works; the modules behind it print nothing.

declare module "oidc-provider/lib/provider.js" {
  export { default as Provider } from "oidc-provider";
}

declare module "oidc-provider/lib/helpers/errors.js" {
  import { errors } from "oidc-provider";
  export import InvalidGrant = errors.InvalidGrant;
  export import InvalidTarget = errors.InvalidTarget;
  export import SlowDown = errors.SlowDown;
  export import UnmetAuthenticationRequirements = errors.UnmetAuthenticationRequirements;
}

declare module "oidc-provider/lib/helpers/interaction_policy/index.js" {
  import { interactionPolicy } from "oidc-provider";
  export import Check = interactionPolicy.Check;
  export import Prompt = interactionPolicy.Prompt;
  export import base = interactionPolicy.base;
}

declare module "oidc-provider/lib/helpers/weak_cache.js" {
  import type Provider from "oidc-provider";
  import type { KoaContextWithOIDC } from "oidc-provider";
  /** The provider's insides; of these we use what answers a grant type. */
  export default function instance(provider: Provider): {
    readonly grantTypeHandlers: Map<string, (ctx: KoaContextWithOIDC) => Promise<void>>;
  };
}

// Types for the parts of oidc-provider that are imported by path.
// Its index.js prints a warning on Node 20, where everything used here works; the modules behind it print nothing.

declare module "oidc-provider/lib/provider.js" {
  export { default as Provider } from "oidc-provider";
}

declare module "oidc-provider/lib/helpers/errors.js" {
  import { errors } from "oidc-provider";
  export import InvalidGrant = errors.InvalidGrant;
}

declare module "oidc-provider/lib/helpers/interaction_policy/index.js" {
  import { interactionPolicy } from "oidc-provider";
  export import Prompt = interactionPolicy.Prompt;
  export import base = interactionPolicy.base;
}

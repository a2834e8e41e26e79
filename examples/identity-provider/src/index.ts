// An OpenID provider with a protected API, and a person to sign in to it, for the demo and the tests.
export type { IdentityProviderEvent, IssuedSecret, RevocationReason } from "./events.js";
export { PASSWORD, TWO_STEPS } from "./feature-options.js";
export type {
  ApiPath,
  DeviceCodeOptions,
  DPoPOptions,
  FeatureOptions,
  ResourceOptions,
  StepUpOptions,
} from "./feature-options.js";
export type { AccountOptions, ClientOptions, IdentityProviderOptions } from "./options.js";
export { createPerson, signInByHttp } from "./person.js";
export type { Decision, FollowOptions, Person, PersonOptions } from "./person.js";
export { startIdentityProvider } from "./server.js";
export type { IdentityProvider } from "./server.js";

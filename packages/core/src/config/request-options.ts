// What an app adds to requests, and what it wants of their answers: checked so that no option can weaken either.
import type { Flow, ResponseMode } from "./auth-config.js";
import { wrongOption } from "./option-checks.js";
import {
  CHECKED_PARAMETERS,
  OTHER_TOKEN_TYPES,
  OWN_PARAMETERS,
  OWN_TOKEN_PARAMETERS,
  TOKEN_MEMBERS,
} from "./reserved-parameters.js";

type Params = Readonly<Record<string, string>>;

export function authorizationParams(params: Params): Params {
  const checked = parameters("authorizationParams", params, OWN_PARAMETERS);
  for (const name of Object.keys(params))
    if (Object.hasOwn(CHECKED_PARAMETERS, name))
      throw wrongOption(
        "authorizationParams",
        `may not set "${name}": what comes of it is checked. Write signIn({ ${CHECKED_PARAMETERS[name]} })`,
      );
  return checked;
}

export function tokenParams(params: Params): Params {
  return parameters("tokenParams", params, OWN_TOKEN_PARAMETERS);
}

function parameters(option: string, params: Params, own: ReadonlyMap<string, string>): Params {
  if (typeof params !== "object" || params === null || Array.isArray(params))
    throw wrongOption(option, 'must be an object, like { audience: "https://api.example.com" }');
  for (const [name, value] of Object.entries(params)) {
    const instead = own.get(name);
    if (instead !== undefined)
      throw wrongOption(option, `may not set "${name}": the library sets it. ${instead}`);
    if (typeof value !== "string") throw wrongOption(option, `must map "${name}" to a string`);
  }
  return { ...params };
}

export function resources(option: string, given: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  for (const resource of list) {
    if (typeof resource !== "string" || !URL.canParse(resource))
      throw wrongOption(option, 'must be an absolute URI, or a list of them, like "https://api.example.com"');
    if (resource.includes("#"))
      throw wrongOption(option, `has a fragment in ${JSON.stringify(resource)}. Leave it out`);
  }
  return [...list] as string[];
}

/** A code that the browser posts is in no address. */
export function checkResponseMode(mode: ResponseMode, flow: Flow): void {
  if (mode === "form_post" && flow === "device")
    throw wrongOption(
      "responseMode",
      'is for the browser on this machine: with flow "device" nothing is sent back. Leave one of them out',
    );
}

const MOST_MEMBERS = 32;

export function responseMembers(names: readonly string[]): readonly string[] {
  const isList = Array.isArray(names) && names.every((name) => typeof name === "string" && name !== "");
  if (!isList || names.length > MOST_MEMBERS)
    throw wrongOption(
      "keepResponseMembers",
      `must be a list of up to ${MOST_MEMBERS} names, like ["instance_url"]`,
    );
  const token = names.find((name) => TOKEN_MEMBERS.has(name));
  if (token !== undefined)
    throw wrongOption(
      "keepResponseMembers",
      `may not have "${token}": no token is shown there. Leave it out`,
    );
  return [...names];
}

/** `type-name` of RFC 6749 A.13, or an absolute URI. */
const TYPE_NAME = /^[\w.-]{1,64}$|^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,512}$/i;

/** In lower case, as they are compared (RFC 6749 5.1). */
export function bearerTokenTypes(names: readonly string[], isBound: boolean): readonly string[] {
  const option = "bearerTokenTypes";
  const isList =
    Array.isArray(names) && names.every((name) => typeof name === "string" && TYPE_NAME.test(name));
  if (!isList || names.length > MOST_MEMBERS)
    throw wrongOption(option, `must be a list of up to ${MOST_MEMBERS} names, like ["user"]`);
  const types = names.map((name) => name.toLowerCase());
  const other = names.find((name) => OTHER_TOKEN_TYPES.has(name.toLowerCase()));
  if (other !== undefined)
    throw wrongOption(option, `may not have "${other}": such a token is used otherwise. Leave it out`);
  if (isBound && types.length > 0)
    throw wrongOption(
      option,
      'makes no sense with "dpop": a bearer token is refused then. Leave one of them out',
    );
  return types;
}

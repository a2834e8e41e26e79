// Access tokens for several APIs from one session: which there is, and how many are kept.
import type { TokenTarget } from "../config/api-origins.js";
import { Secret } from "../ground/secret.js";
import type { StoredApiToken } from "./record-format.js";
import { refreshDueAt, type Random } from "./refresh-schedule.js";
import type { ApiToken, LiveSession } from "./session.js";

const MOST_TOKENS = 32;

export function isSameTarget(a: TokenTarget, b: TokenTarget): boolean {
  return a.resource === b.resource && a.scope === b.scope;
}

export function apiTokenFor({ apiTokens = [] }: LiveSession, target: TokenTarget): ApiToken | undefined {
  return apiTokens.find((each) => isSameTarget(each, target));
}

/**
 * What the answer for another API changes of a session: its refresh token, where that came too, and nothing else that anybody
 * sees. `renewed`: the session as that answer would make it.
 */
export function withApiToken(session: LiveSession, renewed: LiveSession, target: TokenTarget): LiveSession {
  const { accessToken, refreshToken } = renewed.tokens;
  const { accessTokenExpiresAt: expiresAt } = renewed.view;
  const { refreshDueAt: dueAt } = renewed;
  const token = accessToken && {
    ...target,
    accessToken,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(dueAt === undefined ? {} : { dueAt }),
  };
  const others = (session.apiTokens ?? []).filter((each) => !isSameTarget(each, target));
  return {
    ...session,
    generation: renewed.generation,
    tokens: { ...session.tokens, ...(refreshToken && { refreshToken }) },
    apiTokens: [...others, ...(token ? [token] : [])].slice(-MOST_TOKENS),
  };
}

/** From one clock's time to another's. */
type Shift = (at: number) => number;

export function toStoredToken(token: ApiToken, toWall: Shift): StoredApiToken {
  const { accessToken, expiresAt, resource, scope, members } = token;
  const at = expiresAt === undefined ? undefined : toWall(expiresAt);
  return { ...members, ...targetOf({ resource, scope }), value: accessToken.reveal(), expiresAt: at };
}

export function fromStoredToken(
  { value, expiresAt, resource, scope, ...members }: StoredApiToken,
  savedAt: number,
  random: Random,
  fromWall: Shift,
): ApiToken {
  const at = expiresAt === undefined ? undefined : fromWall(expiresAt);
  return {
    ...targetOf({ resource, scope }),
    accessToken: new Secret(value),
    members,
    ...(at === undefined ? {} : { expiresAt: at, dueAt: refreshDueAt(fromWall(savedAt), at, random) }),
  };
}

function targetOf({
  resource,
  scope,
}: {
  resource?: string | undefined;
  scope?: string | undefined;
}): TokenTarget {
  return { ...(resource === undefined ? {} : { resource }), ...(scope === undefined ? {} : { scope }) };
}

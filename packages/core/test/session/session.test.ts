// What follows from a session: whether it may be renewed, whether its token is good, and whether anything can come of it.
import { expect, it } from "vitest";
import { Secret } from "../../src/index.js";
import {
  hasAccessToken,
  isGoodFor,
  isPastProof,
  isRefreshDue,
  isRenewable,
  isUsable,
  type LiveSession,
} from "../../src/session/session.js";

const NOW = 1_800_000_000_000;
const secret = new Secret("it");

function session(more: Partial<LiveSession> = {}): LiveSession {
  return {
    id: "one",
    generation: 1,
    view: { scope: [], subject: "ada", accessTokenExpiresAt: NOW + 1_000 },
    tokens: { accessToken: secret, refreshToken: secret },
    refreshDueAt: NOW + 500,
    ...more,
  };
}
const refused = session({ refused: { generation: 1, error: "bad_refresh_token" } });
const withoutRefreshToken = session({ tokens: { accessToken: secret } });
const withoutAccessToken = session({ tokens: { refreshToken: secret } });

it("a refresh token may be sent, one that was refused only on purpose", () => {
  expect(isRenewable(session())).toBe(true);
  expect(isRenewable(withoutRefreshToken)).toBe(false);
  expect(isRenewable(refused)).toBe(false);
  expect(isRenewable(refused, true)).toBe(true);
  expect(isRenewable(session({ refused: { generation: 0, error: "an older one's" } }))).toBe(true);
});

it("only a sign-in can say whose it is after three answers that leave it open, and not before", () => {
  expect(isPastProof(session())).toBe(false);
  expect(isPastProof(session({ subjectInDoubt: true }))).toBe(false);
  expect(isPastProof(session({ subjectInDoubt: true, answersInDoubt: 2 }))).toBe(false);
  const past = session({ subjectInDoubt: true, answersInDoubt: 3 });
  expect(isPastProof(past)).toBe(true);
  expect(isRenewable(past, true)).toBe(false);
  expect(isPastProof(session({ answersInDoubt: 3 })), "it was shown since").toBe(false);
});

it("an access token is good until it runs out, one without an end always", () => {
  expect(hasAccessToken(session(), NOW + 999)).toBe(true);
  expect(hasAccessToken(session(), NOW + 1_000)).toBe(false);
  expect(hasAccessToken(withoutAccessToken, NOW)).toBe(false);
  expect(hasAccessToken(session({ view: { scope: [] } }), Number.MAX_SAFE_INTEGER)).toBe(true);
});

it("a caller gets one that is good for as long as was asked, else one that is not due", () => {
  expect(isGoodFor(session(), NOW, undefined)).toBe(true);
  expect(isGoodFor(session(), NOW + 500, undefined)).toBe(false);
  expect(isGoodFor(session(), NOW + 500, 100)).toBe(true);
  expect(isGoodFor(session(), NOW + 500, 500)).toBe(false);
});

it("a refresh is due when there is no token or its time has come, and something can be sent", () => {
  expect(isRefreshDue(session(), NOW + 499)).toBe(false);
  expect(isRefreshDue(session(), NOW + 500)).toBe(true);
  expect(isRefreshDue(withoutAccessToken, NOW)).toBe(true);
  expect(isRefreshDue(withoutRefreshToken, NOW + 500)).toBe(false);
  expect(isRefreshDue(refused, NOW + 500)).toBe(false);
});

it("something can come of a session with a token that is good or means to get one", () => {
  expect(isUsable(refused, NOW + 5_000), "somebody may send it on purpose").toBe(true);
  expect(isUsable(withoutRefreshToken, NOW)).toBe(true);
  expect(isUsable(withoutRefreshToken, NOW + 1_000)).toBe(false);
});

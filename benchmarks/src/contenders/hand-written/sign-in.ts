// A sign-in by hand: PKCE, a listener on loopback, the `state` compared, the code redeemed.
import { createHash, randomBytes } from "node:crypto";
import { listenOnLoopback } from "../loopback.js";
import type { OpenPage } from "../warm.js";
import type { Tokens } from "./post.js";

export interface SignInOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly openBrowser: OpenPage;
  readonly redeem: (form: Readonly<Record<string, string>>) => Promise<Tokens>;
}

export async function signInByHand(options: SignInOptions): Promise<Tokens> {
  const { issuer, clientId, openBrowser, redeem } = options;
  const loopback = await listenOnLoopback();
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(16).toString("base64url");
  const url = new URL(`${issuer}/authorize`);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: loopback.redirectUri,
    scope: "openid offline_access",
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString();
  const page = openBrowser(url.href);
  const { searchParams } = await loopback.redirected;
  if (searchParams.get("state") !== state) throw new Error("This redirect belongs to another sign-in.");
  const tokens = await redeem({
    grant_type: "authorization_code",
    client_id: clientId,
    code: searchParams.get("code") ?? "",
    redirect_uri: loopback.redirectUri,
    code_verifier: verifier,
  });
  loopback.finish();
  await page;
  return tokens;
}

// The floors of a warm process: over node:http, and over the runtime's fetch.
import type { CreateWarm } from "../warm.js";
import { postForm, type Tokens } from "./post.js";
import { signInByHand } from "./sign-in.js";
import { createSingleFlight } from "./single-flight.js";

const LEAST_VALIDITY_MS = 300_000;

type Post = (endpoint: string, form: Readonly<Record<string, string>>) => Promise<Tokens>;

async function postByFetch(endpoint: string, form: Readonly<Record<string, string>>): Promise<Tokens> {
  const response = await fetch(endpoint, { method: "POST", body: new URLSearchParams(form) });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()) as Tokens;
}

const warmOver =
  (post: Post): CreateWarm =>
  async ({ expiring, lasting, clientId, openBrowser }) => {
    const signInAt = (issuer: string): Promise<Tokens> =>
      signInByHand({
        issuer,
        clientId,
        openBrowser,
        redeem: (form) => post(`${issuer}/token`, form),
      });
    const get = createSingleFlight(await signInAt(expiring), (refreshToken) =>
      post(`${expiring}/token`, {
        grant_type: "refresh_token",
        client_id: clientId,
        refresh_token: refreshToken,
      }),
    );
    return {
      token: () => get(LEAST_VALIDITY_MS),
      signIn: async () => void (await signInAt(lasting)),
    };
  };

export const createWarmOverHttp = warmOver((endpoint, form) => postForm(endpoint, form));
export const createWarmOverFetch = warmOver(postByFetch);

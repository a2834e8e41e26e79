// What tests of refreshing share: the times of a token of an hour, and a token endpoint that does as it is told.
import type { AuthState } from "../../src/index.js";
import { defer, MINUTE, type World } from "./world.js";

export const API = "https://id.example/api";
/** Of a token that lives an hour: five minutes before its end. */
export const DUE = 55 * MINUTE;

export const expiryOf = (state: AuthState): number | undefined =>
  "session" in state ? state.session.accessTokenExpiresAt : undefined;

/** Every token request waits until it is let go. */
export function holdTokenRequests({ server }: World) {
  const gate = defer();
  server.intercept = ({ path }) => (path === "/token" ? (gate.promise as Promise<never>) : undefined);
  return gate;
}

/** Answers every refresh itself: the server's grants stay as they are. */
export function answerRefresh({ server }: World, answer: () => Response | Promise<Response>): void {
  server.intercept = ({ path, body }) =>
    path === "/token" && body.get("grant_type") === "refresh_token" ? answer() : undefined;
}

/** The server's own answer, changed on its way. */
export function alterRefresh(world: World, change: (answer: Record<string, unknown>) => void): void {
  const { server } = world;
  let isOurs = false;
  server.intercept = async ({ path, body }) => {
    if (path !== "/token" || isOurs) return undefined as never;
    isOurs = true;
    const response = await server.fetch(`${server.issuer}/token`, { method: "POST", body });
    isOurs = false;
    const answer = (await response.json()) as Record<string, unknown>;
    change(answer);
    return Response.json(answer);
  };
}

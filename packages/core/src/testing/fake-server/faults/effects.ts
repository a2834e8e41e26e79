// The ways to be wrong at an endpoint, from which faults are put together.
import { decodeJwt } from "../../jwt.js";
import type { Outcome } from "../outcome.js";
import type { Effect, Endpoint, FaultWorld } from "./fault.js";

type Members = Readonly<Record<string, unknown>>;
type Made<T> = T | ((world: FaultWorld) => T);

export interface ResponseParts {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; anything but a string as JSON. */
  readonly body?: unknown;
}

export interface JwtParts {
  readonly header: Members;
  readonly claims: Members;
  /** As the server signed it. */
  readonly jwt: string;
}

/** The effects at one endpoint. */
export function effectsAt(at: Endpoint) {
  return {
    /** Another answer, in the server's place. */
    answer: (parts: Made<ResponseParts>): Effect => ({
      at,
      instead: (world) => ({ response: toResponse(made(parts, world)) }),
    }),

    /** No answer, or half of one. */
    end: (end: "hang" | "reset", half?: ResponseParts): Effect => ({
      at,
      instead: (): Outcome => ({ end, ...(half ? { response: toResponse(half) } : {}) }),
      hangs: end === "hang",
    }),

    /** The server's answer with other members; undefined takes one away. */
    members: (members: Made<Members>): Effect =>
      changeText(at, (text, world) =>
        JSON.stringify({ ...(JSON.parse(text) as Members), ...made(members, world) }),
      ),

    /** The server's answer, written otherwise. */
    text: (change: (text: string, world: FaultWorld) => string): Effect => changeText(at, change),

    /** The server's answer with other headers; an empty one is taken away. */
    headers: (headers: Readonly<Record<string, string>>): Effect => ({
      at,
      async change(response) {
        for (const [name, value] of Object.entries(headers)) {
          if (value === "") response.headers.delete(name);
          else response.headers.set(name, value);
        }
        return response;
      },
    }),

    /** Another ID token in the server's answer; undefined takes it away. */
    idToken: (change: (parts: JwtParts, world: FaultWorld) => unknown): Effect =>
      changeText(at, async (text, world) => {
        const members = JSON.parse(text) as Members;
        const jwt = String(members["id_token"]);
        const { header, claims } = decodeJwt(jwt);
        const changed = await change({ header, claims, jwt }, world);
        if (typeof changed === "string" && changed !== "") world.note.secret(changed);
        return JSON.stringify({ ...members, id_token: changed });
      }),

    /** The server's ID token with other claims, signed anew. */
    claims: (claims: Made<Members>): Effect =>
      effectsAt(at).idToken((parts, world) =>
        world.signer.sign({ ...parts.claims, ...made(claims, world) }, parts.header),
      ),
  };
}

/** The client will not learn the next refresh token: the one it sent stays good. */
export const keepsRefreshToken: Effect = {
  at: "refresh",
  async change(response, world, { body }) {
    world.unspend(body.get("refresh_token") ?? "");
    return response;
  },
};

function toResponse({ status = 200, headers = {}, body }: ResponseParts): Response {
  const type = typeof body === "string" ? undefined : "application/json";
  const all = { ...(type === undefined ? {} : { "content-type": type }), ...headers };
  if (body === undefined) return new Response(null, { status, headers: all });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  // Bytes: of a string a Response would make text/plain.
  return new Response(new TextEncoder().encode(text), { status, headers: all });
}

function changeText(
  at: Endpoint,
  change: (text: string, world: FaultWorld) => string | Promise<string>,
): Effect {
  return {
    at,
    async change(response, world) {
      const { status, headers } = response;
      const text = await change(await response.text(), world);
      return new Response(new TextEncoder().encode(text), { status, headers });
    },
  };
}

function made<T>(value: Made<T>, world: FaultWorld): T {
  return typeof value === "function" ? (value as (world: FaultWorld) => T)(world) : value;
}

// Applies the faults that are on to requests, answers and redirects; notes which took effect, and a client that goes on.
import type { Outcome } from "../outcome.js";
import type { SeenRequest } from "../switches.js";
import type { Effect, Endpoint, Fault, FaultWorld, Redirection } from "./fault.js";
import { FAULTS, type FaultName, type FaultSwitch } from "./list.js";

export interface FaultEngine {
  /** Names of the faults that took effect so far. */
  readonly applied: readonly FaultName[];
  /** Answers a request: `answer` is what the server would say. */
  answer(request: SeenRequest, answer: () => Promise<Response>): Promise<Outcome>;
  /** Where the browser is really sent. */
  redirect(at: Redirection, back: string, asked: URLSearchParams): string;
}

/** Areas whose faults end a sign-in: no request of it may follow. */
const SIGN_IN_AREAS = new Set<Fault["area"]>([
  "discovery",
  "jwks",
  "authorization",
  "token",
  "id-token",
  "par",
  "dpop",
  "device",
]);

export function createFaultEngine(
  switches: FaultSwitch,
  world: FaultWorld,
  note: (violation: string) => void,
): FaultEngine {
  const applied: FaultName[] = [];
  /** How often each effect was there to take place. */
  const met = new Map<Effect, number>();
  const done = new Map<FaultName, Set<Effect>>();

  function active(): readonly FaultName[] {
    const { fault } = switches;
    if (fault === undefined) return [];
    return typeof fault === "string" ? [fault] : fault;
  }

  /** A fault has taken effect when all its effects have. */
  function mark(name: FaultName, effect: Effect): void {
    const effects = done.get(name) ?? new Set();
    done.set(name, effects.add(effect));
    if (effects.size === FAULTS[name].effects.length && !applied.includes(name)) applied.push(name);
  }

  function count(effect: Effect): number {
    const nth = (met.get(effect) ?? 0) + 1;
    met.set(effect, nth);
    return nth;
  }

  function effectsOf(at: Endpoint | Redirection): readonly (readonly [FaultName, Effect])[] {
    return active().flatMap((name) =>
      FAULTS[name].effects.filter((effect) => effect.at === at).map((effect) => [name, effect] as const),
    );
  }

  /** A sign-in that has failed sends nothing more. */
  function judgeOrder(endpoint: Endpoint, { method, path }: SeenRequest): void {
    for (const name of active()) {
      const { area, ends, mayFollow } = FAULTS[name];
      const isOver = applied.includes(name) && ends !== "works" && SIGN_IN_AREAS.has(area);
      if (isOver && !mayFollow.includes(endpoint))
        note(`${method} ${path}: after ${name}, which must have stopped the client.`);
    }
  }

  return {
    applied,
    async answer(request, answer) {
      const endpoint = endpointOf(request);
      // Not the client: the person's browser, on its way.
      if (!endpoint) return { response: await answer() };
      judgeOrder(endpoint, request);
      const effects = effectsOf(endpoint);
      for (const [name, effect] of effects) {
        if (!("instead" in effect)) continue;
        const outcome = await effect.instead(world, request, count(effect));
        if (!outcome) continue;
        mark(name, effect);
        return outcome;
      }
      let response = await answer();
      for (const [name, effect] of effects) {
        if (!("change" in effect)) continue;
        response = await effect.change(response, world, request);
        mark(name, effect);
      }
      for (const [name, effect] of effects) {
        if (!("lose" in effect)) continue;
        const outcome = effect.lose(response, world, request, count(effect));
        if (!outcome) continue;
        mark(name, effect);
        return outcome;
      }
      return { response };
    },
    redirect(at, back, asked) {
      let url = new URL(back);
      for (const [name, effect] of effectsOf(at)) {
        if (!("redirect" in effect)) continue;
        url = effect.redirect(url, asked, world) ?? url;
        mark(name, effect);
      }
      return url.href;
    },
  };
}

const GRANTS: Readonly<Record<string, Endpoint>> = {
  authorization_code: "code",
  refresh_token: "refresh",
  "urn:ietf:params:oauth:grant-type:device_code": "poll",
};

const PATHS: Readonly<Record<string, Endpoint>> = {
  "/jwks": "jwks",
  "/par": "par",
  "/device": "device",
  "/userinfo": "userinfo",
  "/revoke": "revocation",
  "/register": "registration",
  "/api": "api",
  "/api/strict": "api",
};

/** What a request is for; undefined: it is not the client's. */
export function endpointOf({ path, body }: SeenRequest): Endpoint | undefined {
  if (path.startsWith("/.well-known/")) return "discovery";
  return path === "/token" ? GRANTS[body.get("grant_type") ?? ""] : PATHS[path];
}

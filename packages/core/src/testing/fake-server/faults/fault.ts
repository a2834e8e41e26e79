// What a fault is: where it bites, what it does there, and how the call that meets it must end.
import type { AuthErrorCode } from "../../../ground/error-codes.js";
import type { Signer } from "../../jwt.js";
import type { Outcome } from "../outcome.js";
import type { SeenRequest, Switches } from "../switches.js";

/** What goes wrong, which is also what is called to meet it: see {@link Fault.ends}. */
export type FaultArea =
  | "discovery"
  | "jwks"
  | "authorization"
  | "token"
  | "id-token"
  | "refresh"
  | "userinfo"
  | "revocation"
  | "logout"
  | "par"
  | "dpop"
  | "device";

/** A request of the client, by what it is for. */
export type Endpoint =
  | "discovery"
  | "jwks"
  | "par"
  | "code"
  | "refresh"
  | "device"
  | "poll"
  | "userinfo"
  | "api"
  | "revocation"
  | "registration";

/** Where the server sends the person's browser on. */
export type Redirection = "authorize" | "logout";

export type FaultEnd = "works" | AuthErrorCode | "failed" | "unsupported";

/**
 * How long the call may take: no time at all, a second until it is tried once more, `requestTimeoutMs`, twice that, a few polls of a device, as long as a
 * person has to sign in (`signInTimeoutMs`), or as long as the browser has to come back from signing out.
 */
export type FaultLimit = "at once" | "again" | "request" | "request again" | "polls" | "sign-in" | "sign-out";

/** What the client must have asked for, to meet the fault at all. */
export interface FaultClient {
  readonly par?: "always";
  readonly dpop?: true;
  readonly flow?: "device";
}

export interface Fault {
  readonly area: FaultArea;
  /** In one sentence. */
  readonly description: string;
  /**
   * How it ends. `works`: it is forgiven. Otherwise, by area: the code that `signIn()` rejects with; `refresh`: the code of
   * `degraded` (of a refresh token that is refused, `sign_in_required`), or `session_ended`; `userinfo`: the code that `userInfo()` rejects with; `revocation` and `logout`: the
   * step of that name in the result of `signOut()`.
   */
  readonly ends: FaultEnd;
  /** The same over a socket, where a listener's limit on the size of a request comes first. */
  readonly endsOverSockets?: FaultEnd;
  readonly within: FaultLimit;
  readonly client: FaultClient;
  /** Requests that may still be made after it, although the sign-in has failed. */
  readonly mayFollow: readonly Endpoint[];
  readonly effects: readonly Effect[];
}

export type Effect =
  | {
      readonly at: Endpoint;
      /** Answers in the server's place, where nothing happens; undefined lets it answer this time. `nth` counts from 1. */
      readonly instead: (
        world: FaultWorld,
        request: SeenRequest,
        nth: number,
      ) => Outcome | Promise<Outcome> | undefined;
      readonly hangs?: boolean;
    }
  | {
      readonly at: Endpoint;
      /** Changes what the server has answered. */
      readonly change: (response: Response, world: FaultWorld, request: SeenRequest) => Promise<Response>;
    }
  | {
      readonly at: Endpoint;
      /** The server has done what it was asked for, and this becomes of its answer; undefined lets it out. `nth` counts from 1. */
      readonly lose: (
        response: Response,
        world: FaultWorld,
        request: SeenRequest,
        nth: number,
      ) => Outcome | undefined;
      readonly hangs?: boolean;
    }
  | {
      readonly at: Redirection;
      /** Changes where the browser is sent: in place, or by giving another URL. `asked`: the parameters of the request. */
      readonly redirect: (back: URL, asked: URLSearchParams, world: FaultWorld) => URL | void;
    };

/** What an effect may use. */
export interface FaultWorld {
  readonly issuer: string;
  /** An origin that is not the server's. */
  readonly elsewhere: string;
  /** Another origin of the server. */
  readonly otherHost: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signer: Signer;
  /** Signs with a key that is not the server's. */
  readonly stranger: Signer;
  readonly note: { secret(secret: string): void };
  /** What tests may change, faults may too. */
  readonly switches: Switches;
  /** The client will not get to see the next refresh token: this one stays good. */
  unspend(refreshToken: string): void;
  /** The answer to it is lost: that it comes again is no fault of the client's. */
  excuse(refreshToken: string): void;
  /** The code is called otherwise from now on. */
  renameCode(code: string, name: string): void;
}

/** A fault, before it is known where it belongs. */
export type FaultInArea = Omit<Fault, "area">;

export function inArea<Name extends string>(
  area: FaultArea,
  faults: Readonly<Record<Name, FaultInArea>>,
  client: FaultClient = {},
): Readonly<Record<Name, Fault>> {
  const named = Object.entries<FaultInArea>(faults).map(([name, fault]) => [
    name,
    { ...fault, area, client },
  ]);
  return Object.fromEntries(named) as Record<Name, Fault>;
}

/** How it ends, what is wrong in one sentence, and what does it. */
export function fault(ends: FaultEnd, description: string, ...effects: readonly Effect[]): FaultInArea {
  const hangs = effects.some((effect) => "hangs" in effect && effect.hangs);
  const within = hangs ? "request" : ends === "timed_out" ? "sign-in" : "at once";
  return { ends, description, within, client: {}, mayFollow: [], effects };
}

// The device authorization grant (RFC 8628): codes for a device and a person, and polls that must not come too fast.
import { json, oauthError, type Grant, type ServerContext } from "./context.js";
import { duplicated } from "./seen-request.js";
import type { SeenRequest } from "./switches.js";

export interface DeviceEndpoint {
  /** The device authorization request (3.1). */
  begin(request: SeenRequest): Response;
  /** A device access token request (3.4): the grant, once the person has allowed it. */
  poll(request: SeenRequest): Grant | Response;
  decide(userCode: string, decision: "allow" | "deny"): void;
}

interface DeviceCode {
  readonly parameters: URLSearchParams;
  readonly userCode: string;
  readonly expiresAt: number;
  intervalMs: number;
  polledAt?: number;
  decision?: "allow" | "deny";
  decidedAt: number;
  /** What the client was told that ends it. */
  ended?: string;
}

/** A client that counts from its request may be early by what a timer rounds off. */
const TOLERANCE_MS = 10;
const SLOWER_MS = 5_000;

export function createDeviceEndpoint(context: ServerContext): DeviceEndpoint {
  const { issuer, issue, note, now, options, switches } = context;
  const { deviceCodeSeconds = 600 } = options;
  const interval = "deviceIntervalSeconds" in options ? options.deviceIntervalSeconds : 5;
  const codes = new Map<string, DeviceCode>();

  return {
    begin({ body }) {
      const refuse = (why: string): Response => {
        note(`POST /device: ${why}.`);
        return oauthError("invalid_request", why);
      };
      const twice = duplicated(body);
      if (twice !== undefined) return refuse(`${twice} was sent twice`);
      if (!body.get("client_id")) return refuse("client_id is missing");
      const deviceCode = issue("device");
      const userCode = createUserCode();
      codes.set(deviceCode, {
        parameters: new URLSearchParams(body),
        userCode,
        expiresAt: now() + deviceCodeSeconds * 1000,
        intervalMs: (interval ?? 5) * 1000,
        decidedAt: 0,
      });
      return json({
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: `${issuer}/activate`,
        verification_uri_complete: `${issuer}/activate?user_code=${userCode}`,
        expires_in: deviceCodeSeconds,
        interval,
      });
    },

    poll({ body }) {
      const device = codes.get(body.get("device_code") ?? "");
      const refuse = (why: string): Response => {
        note(`The poll of a device: ${why}.`);
        return oauthError("invalid_grant", why);
      };
      if (!device) return refuse("the device code was never given out");
      if (device.ended !== undefined) return refuse(`it goes on after ${device.ended}`);
      if (device.parameters.get("client_id") !== body.get("client_id"))
        return refuse("the device code is another client's");
      const since = now() - (device.polledAt ?? -Infinity);
      device.polledAt = now();
      if (since < device.intervalMs - TOLERANCE_MS) {
        note(`The poll of a device: ${since} ms after the last, ${device.intervalMs} are asked for.`);
        return slowDown(device);
      }
      if (device.expiresAt <= now()) return end(device, "expired_token");
      if (switches.slowDowns > 0) {
        switches.slowDowns--;
        return slowDown(device);
      }
      if (device.decision === undefined) return oauthError("authorization_pending", "nobody has decided yet");
      if (device.decision === "deny") return end(device, "access_denied");
      device.ended = "the tokens were given out";
      const { parameters, decidedAt } = device;
      const [acr] = parameters.get("acr_values")?.split(" ") ?? [];
      const signIn = { at: decidedAt, ...(acr === undefined ? {} : { acr }) };
      return { clientId: parameters.get("client_id") ?? "", parameters, signIn, isOver: false };
    },

    decide(userCode, decision) {
      const device = [...codes.values()].find((each) => each.userCode === userCode);
      if (!device) throw new Error(`Nobody was given the user code ${userCode}`);
      device.decision = decision;
      device.decidedAt = now();
    },
  };

  function slowDown(device: DeviceCode): Response {
    device.intervalMs += SLOWER_MS;
    return oauthError("slow_down", "poll more slowly");
  }

  function end(device: DeviceCode, error: string): Response {
    device.ended = error;
    return oauthError(error, "it is over");
  }
}

/** Eight letters without vowels (RFC 8628 6.1). */
function createUserCode(): string {
  const letters = "BCDFGHJKLMNPQRSTVWXZ";
  const code = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => letters[byte % 20]).join("");
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

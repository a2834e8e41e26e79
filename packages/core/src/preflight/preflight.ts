// What would keep a person from signing in, found before a browser opens.
import { runAt } from "../ports/deadline-timer.js";
import type { AuthConfig } from "../config/auth-config.js";
import { resolveConfig, type ResolvedConfig } from "../config/config.js";
import { abortedCall } from "../ground/errors.js";
import { createOAuthContext, type OAuthContext } from "../oauth/context.js";
import { positive, refuseUnknown } from "../config/option-checks.js";
import { checkPorts } from "../config/check-ports.js";
import type { AuthPorts } from "../ports/ports.js";
import { steadily } from "../ports/steady-clock.js";
import {
  findingOf,
  tooSlow,
  type Finding,
  type PreflightCheck,
  type PreflightCheckName,
} from "./findings.js";
import { checkLock, checkRedirect, checkStore } from "./inside/machine-checks.js";
import { checkClock, checkFeatures, checkServer, findServer } from "./inside/server-checks.js";
import type { AuthorizationServer } from "../oauth/discovery.js";
import { readFeatures, type ServerFeatures } from "./server-features.js";
import { untilAborted } from "../ground/until-aborted.js";

export interface PreflightOptions {
  readonly signal?: AbortSignal;
  /** How long all of it may take, in milliseconds. @default 30_000 */
  readonly timeoutMs?: number;
}

export interface PreflightReport {
  /** Nothing failed; there may be warnings. */
  readonly ok: boolean;
  /** One each, always in this order: `store`, `lock`, `redirect`, `server`, `clock`, `features`. */
  readonly checks: readonly PreflightCheck[];
  /** Absent: the server was not found. */
  readonly features?: ServerFeatures;
}

/** Discovery in two places, then the keys: the server is heard out within the time there is. */
const REQUESTS_IN_A_ROW = 3;

/**
 * Looks whether a person could sign in with this configuration, here and now:
 *
 * - `store`: the store keeps what it is given. A keyring that is locked shows its prompt, as it would at a sign-in.
 * - `lock`: there can be one. A process that holds it does not matter, where the ports have `probeLock`.
 * - `redirect`: each redirect URI is bound and let go of. One that a sign-in in this process waits on is taken.
 * - `server`: metadata, every endpoint by itself, code flow, PKCE, what `flow`, `par` and `dpop` ask for, and with `openid`
 *   the keys are fetched.
 * - `clock`: this machine's clock against the server's; a warning beyond `clockToleranceSeconds`.
 * - `features`: what else the server offers. Information, and a warning where `offline_access` cannot be had.
 *
 * They run side by side and none stops another. Opens no browser, sends no secret, leaves nothing listening, and changes
 * nothing but what a lock leaves behind: a file without a secret. Over within `timeoutMs`, except that a store may still be at its
 * last call.
 *
 * What is found never rejects. Rejects with `invalid_config` or `insecure_endpoint` for a configuration that
 * {@link createAuthClient} refuses too, `invalid_config` for a wrong option, and `cancelled` when the signal aborts.
 *
 * @example
 * ```ts
 * const config = { issuer: "https://id.example.com", clientId: "my-cli" };
 * const { ok, checks } = await preflight(config, createNodePorts({ appName: "my-cli" }));
 * for (const { name, message, hint = "" } of ok ? [] : checks) process.stderr.write(`${name}: ${message} ${hint}\n`);
 * ```
 */
export async function preflight(
  config: AuthConfig,
  ports: AuthPorts,
  options: PreflightOptions = {},
): Promise<PreflightReport> {
  const { signal: asked, timeoutMs } = resolveOptions(options);
  const resolved = withinTime(resolveConfig(config), timeoutMs);
  checkPorts(ports);
  const steady = steadily(ports);
  if (asked?.aborted) throw abortedCall();
  const context = createOAuthContext(resolved, steady);
  const leaving = new AbortController();
  const signal = asked ? AbortSignal.any([asked, leaving.signal]) : leaving.signal;
  const timeIsUp = (): void => leaving.abort(new Error("The time of the preflight is up"));
  const callOff = runAt(steady.clock, steady.clock.now() + timeoutMs, timeIsUp, true);

  const found = findServer(context, signal);
  const features = found.then(readFeatures, () => undefined);
  const check = async (name: PreflightCheckName, look: () => Promise<Finding>): Promise<PreflightCheck> => {
    try {
      return { name, ...(await untilAborted(signal, look)) };
    } catch (error) {
      if (signal.aborted) return { name, ...tooSlow(name, timeoutMs) };
      return { name, ...findingOf(error) };
    }
  };
  try {
    const checks = await Promise.all([
      check("store", () => checkStore(steady, signal)),
      check("lock", () => checkLock(steady, signal)),
      check("redirect", () => checkRedirect(resolved, steady, signal)),
      check("server", () => checkServer(context, found, signal)),
      check("clock", () => checkClock(context, signal)),
      check("features", async () => featuresFinding(context, await found.catch(() => undefined))),
    ]);
    if (asked?.aborted) throw abortedCall();
    const offered = await features;
    const ok = checks.every(({ status }) => status !== "failed");
    return { ok, checks, ...(offered === undefined ? {} : { features: offered }) };
  } finally {
    callOff();
  }
}

function featuresFinding({ config, clock }: OAuthContext, server: AuthorizationServer | undefined): Finding {
  if (server) return checkFeatures(config, server, readFeatures(server), clock.now());
  return { status: "skipped", message: "What the server offers is not known: it was not found." };
}

function withinTime(config: ResolvedConfig, timeoutMs: number): ResolvedConfig {
  const share = Math.max(1, Math.floor(timeoutMs / REQUESTS_IN_A_ROW));
  return { ...config, requestTimeoutMs: Math.min(config.requestTimeoutMs, share) };
}

const OPTION_NAMES: Readonly<Record<keyof PreflightOptions, true>> = { signal: true, timeoutMs: true };

function resolveOptions(options: PreflightOptions): { signal: AbortSignal | undefined; timeoutMs: number } {
  const { signal, timeoutMs = 30_000 } = options;
  refuseUnknown(options, Object.keys(OPTION_NAMES));
  return { signal, timeoutMs: positive("timeoutMs", timeoutMs, "milliseconds") };
}

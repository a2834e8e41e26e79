// What this machine must have for a sign-in: a store, a lock, and a port for the redirect.
import type { ResolvedConfig } from "../../config/config.js";
import type { AuthError } from "../../ground/errors.js";
import { atLock, atStore, fromPort, probeLock } from "../../ports/port-calls.js";
import { passed, type Finding } from "../findings.js";
import type { AuthPorts, RedirectVerdict } from "../../ports/ports.js";

/** Whether the store would keep a session. */
export async function checkStore({ store, clock }: AuthPorts, signal: AbortSignal): Promise<Finding> {
  await atStore(clock, () => store.probe(), signal);
  // Asked only now: a store may choose its place when it is probed.
  const { kind, persistent } = store.info;
  return persistent
    ? passed(`A session would be kept: the store is ${kind}.`, kind)
    : passed(`The store is ${kind}: a session ends with its process.`, kind);
}

/** Whether there is a lock over this app's processes: one that another holds is one, where the port can tell. */
export async function checkLock(ports: AuthPorts, signal: AbortSignal): Promise<Finding> {
  await (ports.probeLock ? probeLock(ports) : atLock(ports, signal, async () => {}));
  return passed("The lock that this app's processes share can be had.");
}

/** Binds each redirect URI, one after the other (they may share a port), and lets go of it. */
export async function checkRedirect(
  { redirectUris, flow }: ResolvedConfig,
  { listenForRedirect }: AuthPorts,
  signal: AbortSignal,
): Promise<Finding> {
  if (flow === "device") return { status: "skipped", message: "The device flow needs no redirect." };
  const free: string[] = [];
  const failures: AuthError[] = [];
  for (const uri of redirectUris) {
    // oxlint-disable-next-line no-await-in-loop
    const failure = await bindOnce(listenForRedirect, uri, signal);
    if (failure) failures.push(failure);
    else free.push(uri);
  }
  const [first] = failures;
  if (!first) return passed(`Can be bound: ${free.join(", ")}.`, free.join(" "));
  const said = failures.map(({ message }) => message).join(" ");
  const hint = first.hint === undefined ? {} : { hint: first.hint };
  const code = "port_unavailable";
  if (free.length === 0) return { status: "failed", code, ...detailOf(first), message: said, ...hint };
  return {
    status: "warned",
    code,
    detail: free.join(" "),
    message: `Can be bound: ${free.join(", ")}. ${said}`,
    ...hint,
  };
}

/** Nobody is expected: whoever comes in that moment is a stranger. */
const NOBODY: RedirectVerdict = { accepted: false, status: 404, reason: "wrong_path" };

/** Why it cannot be bound. Resolves when it is free again. */
async function bindOnce(
  listen: AuthPorts["listenForRedirect"],
  uri: string,
  signal: AbortSignal,
): Promise<AuthError | undefined> {
  const leaving = new AbortController();
  const either = AbortSignal.any([signal, leaving.signal]);
  try {
    const options = { uris: [uri], accept: () => NOBODY, onStray: () => {}, signal: either };
    const { response } = await listen(options);
    leaving.abort(new Error("It can be bound"));
    await response.catch(() => {});
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return fromPort("port_unavailable", error);
  }
}

function detailOf({ detail }: AuthError): { readonly detail?: string } {
  return detail === undefined ? {} : { detail };
}

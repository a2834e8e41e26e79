// Whether requests go the runtime's own way. Everything that is not known for it counts as somebody's wish to be heard.

/** What tells on its way: `globalThis`, or what stands for it in a test. */
export type Runtime = object & { readonly fetch?: unknown };

/** undici keeps its dispatcher there, one symbol for each of its ways to be called. */
const DISPATCHER = "undici.globalDispatcher.";

/**
 * Whether `fetch` is Node's, no dispatcher was set (Node sets a plain `Agent` itself at the first use of fetch), and no
 * proxy is to be taken from the environment (Node 22.21 and 24: NODE_USE_ENV_PROXY, --use-env-proxy). Loads nothing.
 */
export function isRuntimesOwn(runtime: Runtime): boolean {
  return isNodesFetch(runtime.fetch) && dispatchersOf(runtime).every(isNodesDispatcher) && !usesProxy();
}

/** Node gives no other sign. A wrapper, a proxy around it or another runtime's does not read like this. */
export function isNodesFetch(fetch: unknown): boolean {
  return typeof fetch === "function" && sourceOf(fetch).includes("internal/deps/undici");
}

function dispatchersOf(runtime: Runtime): unknown[] {
  const symbols = Object.getOwnPropertySymbols(runtime).filter((symbol) =>
    Symbol.keyFor(symbol)?.startsWith(DISPATCHER),
  );
  return symbols.map((symbol) => (runtime as Record<symbol, unknown>)[symbol]);
}

/** The agent that Node makes for itself, with no option set; from Node 26 on also its wrapper for older callers. */
function isNodesDispatcher(dispatcher: unknown): boolean {
  if (dispatcher === undefined) return true;
  if (typeof dispatcher !== "object" || dispatcher === null || isProxy(dispatcher)) return false;
  const made = dispatcher.constructor;
  if (Object.hasOwn(dispatcher, "dispatch") || !isBundled(made)) return false;
  if (made.name.endsWith("Dispatcher1Wrapper")) return true;
  if (made.name !== "Agent" || Object.getPrototypeOf(made).name !== "DispatcherBase") return false;
  const factory = member(dispatcher, "factory");
  const options = Object.values(member(dispatcher, "options") ?? { unknown: true });
  const isPlain = options.every((value) => value === undefined || value === Infinity);
  return isPlain && typeof factory === "function" && isBundled(factory, "defaultFactory");
}

/** Node's copy of undici comes out of a bundler that names each class; the package has none of that. */
function isBundled(made: unknown, name?: string): made is { readonly name: string } {
  if (typeof made !== "function") return false;
  return name === undefined ? sourceOf(made).includes("__name(this,") : made.name === name;
}

function member(from: object, description: string): unknown {
  const symbol = Object.getOwnPropertySymbols(from).find((symbol) => symbol.description === description);
  return symbol && (from as Record<symbol, unknown>)[symbol];
}

function usesProxy(): boolean {
  const { env, execArgv } = process;
  const flags = `${execArgv.join(" ")} ${env["NODE_OPTIONS"] ?? ""}`;
  return env["NODE_USE_ENV_PROXY"] === "1" || /--use[-_]env[-_]proxy/.test(flags);
}

function isProxy(value: object): boolean {
  return process.getBuiltinModule("node:util").types.isProxy(value);
}

function sourceOf(made: object): string {
  return Function.prototype.toString.call(made);
}

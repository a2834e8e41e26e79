// What the program asks for without a proxy: `no_proxy`, in both ways of writing it.

type Environment = Readonly<Record<string, string | undefined>>;

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/**
 * Where the broker is the program's proxy: what the program runs on this machine for itself is not the broker's, unless the API is
 * there; nor what it never asks a proxy for.
 */
export function besideTheBroker(env: Environment, origins: readonly string[]): Record<string, string> {
  const hosts = origins.map((origin) => new URL(origin).hostname.replaceAll(/[[\]]/g, ""));
  const isOfUs = (name: string): boolean =>
    name === "*" || hosts.some((host) => `.${host}`.endsWith(`.${name.replace(/^\*?\./, "").toLowerCase()}`));
  const local = hosts.some((host) => LOOPBACK.includes(host)) ? [] : LOOPBACK;
  const others = ownNames(env).filter((name) => !isOfUs(name.replace(/:\d+$/, "")));
  return both([...others.filter((name) => !LOOPBACK.includes(name)), ...local]);
}

/** Where the program has a proxy of its own, a company's: the broker's address, which holds its secret, does not go there. */
export function besideOwnProxy(env: Environment): Record<string, string> {
  const hasOne = ["http_proxy", "all_proxy"].some((name) => env[name] || env[name.toUpperCase()]);
  if (!hasOne) return {};
  const names = ownNames(env);
  return both(names.includes("*") ? names : [...new Set([...names, ...LOOPBACK])]);
}

/** Programs read the one or the other. */
function ownNames({ no_proxy = "", NO_PROXY = "" }: Environment): readonly string[] {
  const names = `${no_proxy},${NO_PROXY}`.split(/[\s,]+/).filter((name) => name !== "");
  return [...new Set(names)];
}

function both(names: readonly string[]): Record<string, string> {
  const list = names.join(",");
  return { no_proxy: list, NO_PROXY: list };
}

// git: a credential helper. From 2.46 on git takes a bearer token as such (`authtype`), before that as a password.
import { EXIT } from "../../outcome/exit-codes.js";
import { expirySeconds, isNone, type Contract } from "../contract.js";

/** Without this git would ask the person for a user name. */
const STOP = "quit=1\n";

export const git: Contract = async ({ args, readBlock, userName }, get) => {
  // Nothing is kept for git: `store` and `erase` are its business.
  if (args[0] !== "get") return { exitCode: EXIT.done };
  const { protocol, host, url, username, capabilities } = parseAttributes(await readBlock());
  const where = protocol !== undefined && host !== undefined ? addressOf(protocol, host) : url;
  const outcome = await get({ urls: where === undefined ? [] : [where] });
  if (isNone(outcome))
    // Another helper may know that host.
    return { stdout: outcome.why === "not-named" ? "" : STOP, exitCode: EXIT.done };
  const lines = capabilities.has("authtype")
    ? ["capability[]=authtype", "authtype=Bearer", `credential=${outcome.accessToken}`, "ephemeral=1"]
    : [`username=${username ?? userName}`, `password=${outcome.accessToken}`];
  const expires = expirySeconds(outcome);
  if (expires !== undefined) lines.push(`password_expiry_utc=${expires}`);
  return { stdout: `${lines.join("\n")}\n`, exitCode: EXIT.done };
};

interface Attributes {
  readonly protocol?: string | undefined;
  readonly host?: string | undefined;
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly capabilities: ReadonlySet<string>;
}

/** git has taken the host out of an address, and decoded it: what is more than a host leads elsewhere. */
function addressOf(protocol: string, host: string): string {
  return /[@/?#]/.test(host) ? host : `${protocol}://${host}`;
}

function parseAttributes(lines: readonly string[]): Attributes {
  const single = new Map<string, string>();
  const capabilities = new Set<string>();
  for (const line of lines) {
    const at = line.indexOf("=");
    if (at < 1) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1)];
    if (name !== "capability[]") single.set(name, value);
    // An empty one takes back those before it.
    else if (value === "") capabilities.clear();
    else capabilities.add(value);
  }
  return {
    protocol: single.get("protocol"),
    host: single.get("host"),
    url: single.get("url"),
    username: single.get("username"),
    capabilities,
  };
}

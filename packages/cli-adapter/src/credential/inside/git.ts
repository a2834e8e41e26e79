// git: a credential helper. From 2.46 on git takes a bearer token as such (`authtype`), before that as a password.
import { EXIT } from "../../outcome/exit-codes.js";
import { expirySeconds, isNone, type Contract } from "../contract.js";

/** Without this git would ask the person for a user name. */
const STOP = "quit=1\n";

export const git: Contract = async ({ args, readAll, userName }, get) => {
  // Nothing is kept for git: `store` and `erase` are its business.
  if (args[0] !== "get") return { exitCode: EXIT.done };
  const { protocol, host, url, username, capabilities } = parseAttributes(await readAll());
  const where = protocol !== undefined && host !== undefined ? `${protocol}://${host}` : url;
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

function parseAttributes(text: string): Attributes {
  const single = new Map<string, string>();
  const capabilities = new Set<string>();
  for (const line of text.split("\n")) {
    if (line === "") break;
    const at = line.indexOf("=");
    if (at < 1) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1).replace(/\r$/, "")];
    if (name === "capability[]") capabilities.add(value);
    else single.set(name, value);
  }
  return {
    protocol: single.get("protocol"),
    host: single.get("host"),
    url: single.get("url"),
    username: single.get("username"),
    capabilities,
  };
}

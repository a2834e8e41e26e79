// Where the browser is on another machine, as far as the environment tells: how its last page comes back here.
import { clean } from "./text.js";

type Env = Readonly<Record<string, string | undefined>>;

/** What forwards ports under an address of its own, which no redirect URI of a native app is (RFC 8252 7.3). */
const FORWARDING: readonly (readonly [variable: string, name: string])[] = [
  ["CODESPACES", "GitHub Codespaces"],
  ["GOOGLE_CLOUD_WORKSTATIONS", "Cloud Workstations"],
  ["GITPOD_WORKSPACE_URL", "Gitpod"],
  ["VSCODE_PROXY_URI", "code-server"],
];

/** Lines for a person whose browser is elsewhere; none where it seems to be here, or comes back by no port. */
export function elsewhereLines(address: string, env: Env, takesPaste: boolean): readonly string[] {
  const redirect = redirectOf(address);
  if (!redirect) return [];
  const place = FORWARDING.find(([variable]) => isSet(env[variable]));
  const paste = takesPaste ? "paste the address of that page here, or " : "";
  if (place)
    return [
      `This is ${place[1]}: a browser on your own machine may not reach ${redirect.origin}, which is where its last page is.`,
      `If it cannot open that page, ${paste}interrupt and sign in with --device.`,
    ];
  const line = tunnelTo(redirect, env);
  if (line === undefined) return [];
  return [
    "If your browser is on the machine that you came from, run this there first, so that it reaches this one:",
    `  ${line}`,
  ];
}

function redirectOf(address: string): URL | undefined {
  const text = URL.canParse(address) ? new URL(address).searchParams.get("redirect_uri") : null;
  const redirect = text !== null && URL.canParse(text) ? new URL(text) : undefined;
  return redirect && redirect.port !== "" ? redirect : undefined;
}

/** `SSH_CONNECTION`: address and port there, address and port here. */
function tunnelTo({ port, hostname }: URL, env: Env): string | undefined {
  const [, , here, sshPort] = (env["SSH_CONNECTION"] ?? "").split(" ");
  if (here === undefined || sshPort === undefined) return undefined;
  if (!/^[\da-fA-F.:%\w]+$/.test(here) || !/^\d+$/.test(sshPort)) return undefined;
  const user = /^[\w.-]+$/.test(env["USER"] ?? "") ? `${env["USER"]}@` : "";
  const ssh = sshPort === "22" ? "" : ` -p ${sshPort}`;
  return clean(`ssh -N -L ${port}:${hostname}:${port}${ssh} ${user}${here}`);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false";
}

// The binary on machines with IPv6 alone, IPv4 alone, and where one of them is refused: in network namespaces of their own.
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { BinaryOutcome, SigningInAndOutOrder } from "../programs/signing-in-and-out.js";
import { programPath } from "./support/program.js";
import { hasProgram } from "./support/programs.js";

const withoutFamily = fileURLToPath(new URL("../programs/without-family.py", import.meta.url));
const UP = "ip link set lo up";
const canUnshare =
  process.platform === "linux" &&
  spawnSync("unshare", ["-n", "sh", "-c", `${UP} && ip -6 addr show lo`]).status === 0;
const canRefuse =
  hasProgram("python3") && spawnSync("python3", [withoutFamily, "inet6", "EPERM", "true"]).status === 0;
const missing = [
  ...(canUnshare ? [] : ["root on Linux that may unshare, and ip: sudo apt-get install iproute2"]),
  ...(canRefuse ? [] : ["python3 and seccomp: sudo apt-get install python3"]),
];
if (process.env["CI"] && missing.length > 0) throw new Error(`Missing: ${missing.join("; ")}`);

interface Outcomes {
  readonly login: BinaryOutcome;
  readonly logout: BinaryOutcome;
}

/** In a network of its own, made by these commands; `wrap`: in front of the program. */
async function signIn(
  commands: readonly string[],
  order: SigningInAndOutOrder,
  wrap: readonly string[] = [],
): Promise<Outcomes> {
  const program = [process.execPath, programPath("signing-in-and-out"), JSON.stringify(order)];
  const script = `${[UP, ...commands].join(" && ")} && exec "$@"`;
  const said = await new Promise<string>((resolve, reject) => {
    const args = ["-n", "sh", "-c", script, "sh", ...wrap, ...program];
    execFile("unshare", args, (error, stdout, stderr) =>
      error ? reject(new Error(stderr || error.message)) : resolve(stdout),
    );
  });
  const [login, logout] = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as BinaryOutcome);
  return { login: login!, logout: logout! };
}

const LOCALHOST = [
  "--redirect-uri",
  "http://localhost/callback",
  "--post-logout-redirect-uri",
  "http://localhost/logged-out",
];

function expectBoth({ login, logout }: Outcomes): void {
  expect(login).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Signed in/) });
  expect(logout).toMatchObject({ code: 0, stdout: expect.stringMatching(/browser: +ended$/m) });
}

const IPV4_ALONE = ["sysctl -qw net.ipv6.conf.all.disable_ipv6=1"];
const IPV6_ALONE = ["ip addr del 127.0.0.1/8 dev lo"];

describe.skipIf(!canUnshare)(`with one family of addresses${canUnshare ? "" : `: ${missing[0]}`}`, () => {
  it("IPv4 alone: localhost is what is there, in and out", async () => {
    expectBoth(await signIn(IPV4_ALONE, { host: "127.0.0.1", options: LOCALHOST }));
  }, 60_000);

  it("IPv6 alone: localhost is what is there, in and out", async () => {
    expectBoth(await signIn(IPV6_ALONE, { host: "::1", options: LOCALHOST }));
  }, 60_000);

  it("IPv6 alone: a redirect URI on 127.0.0.1 names the one to use, before a browser opens", async () => {
    const { login } = await signIn(IPV6_ALONE, { host: "::1", options: [] });
    expect(login).toEqual({
      type: "login",
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /127\.0\.0\.1\/callback .*does not have the address.* register http:\/\/\[::1\]\/callback at the server.*\[port_unavailable\]/s,
      ) as string,
    });
    expect(login.stderr).not.toContain("/authorize?");
  }, 60_000);

  it("IPv6 alone: a sign-out that the browser could not come back from names the one to use, and ends the rest", async () => {
    const options = ["--redirect-uri", "http://[::1]/callback"];
    const { login, logout } = await signIn(IPV6_ALONE, { host: "::1", options });
    expect(login.code).toBe(0);
    expect(logout).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Signed out\.$/m) });
    expect(logout.stderr).toMatch(/register http:\/\/\[::1\]\/logged-out at the server/);
  }, 60_000);
});

const canBoth = canUnshare && canRefuse;
describe.skipIf(!canBoth)(`where a socket is refused${canBoth ? "" : `: ${missing.join("; ")}`}`, () => {
  it.each(["EAFNOSUPPORT", "EPERM", "EACCES", "EPROTONOSUPPORT"])(
    "socket(AF_INET6) says %s: localhost is IPv4, and [::1] names what to use",
    async (code) => {
      const wrap = ["python3", withoutFamily, "inet6", code];
      expectBoth(await signIn([], { host: "127.0.0.1", options: LOCALHOST }, wrap));
      const only6 = ["--redirect-uri", "http://[::1]/callback"];
      const { login } = await signIn([], { host: "127.0.0.1", options: only6 }, wrap);
      expect(login.code).toBe(1);
      expect(login.stderr).toContain("register http://127.0.0.1/callback at the server");
    },
    120_000,
  );

  it("socket(AF_INET) says EPERM: localhost is IPv6", async () => {
    const wrap = ["python3", withoutFamily, "inet", "EPERM"];
    expectBoth(await signIn([], { host: "::1", options: LOCALHOST }, wrap));
  }, 60_000);
});

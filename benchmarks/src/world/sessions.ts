// Signs in for a contender's command, and says with which arguments that command is run.
import { fileURLToPath } from "node:url";
import { LOOPKEY, LOOPKEY_BINARY, type Contender } from "../contenders/index.js";
import type { Order } from "../contenders/order.js";
import { mustRun } from "../run/command.js";
import type { World } from "./world.js";

export interface SignedIn {
  /** Of the command that prints a token. */
  readonly args: readonly string[];
  readonly order: Order;
}

const SEED = fileURLToPath(new URL("../../dist/programs/seed.js", import.meta.url));
const SERVICE = "Loopkey Benchmark";
const CLIENT_ID = "benchmark";
const RECORDS: Readonly<Record<string, string>> = { [LOOPKEY]: "loopkey", "MSAL Node": "msal" };

/** `use` tells sessions of one contender apart; with `kept` it keeps the access token. */
export async function signInFor(
  world: World,
  contender: Contender,
  issuer: string,
  use: "print" | "kept" | "shared" | "status",
): Promise<SignedIn> {
  const account = `${contender.name}-${use}-${new URL(issuer).port}`.replaceAll(/[^A-Za-z0-9._-]/g, "");
  const order: Order = { issuer, clientId: CLIENT_ID, service: SERVICE, account };
  if (contender.name === LOOPKEY_BINARY) {
    const where = ["--issuer", issuer, "--client-id", CLIENT_ID, "--store", "keyring"];
    if (use === "kept") where.push("--keep-access-token");
    await mustRun(process.execPath, [contender.token!, "login", "--profile", account, ...where], world.env);
    return { order, args: [contender.token!, "token", "--profile", account] };
  }
  const seed = [SEED, JSON.stringify(order), RECORDS[contender.name] ?? "by hand", use];
  await mustRun(process.execPath, seed, world.env);
  return { order, args: [contender.token!, JSON.stringify(order)] };
}

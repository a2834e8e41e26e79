// Faults that a sign-in meets: it ends as documented, and what was there before is there after it.
import { AuthError } from "../../ground/errors.js";
import type { FaultArea } from "../fake-server/faults/fault.js";
import { FAULTS, type FaultName } from "../fake-server/faults/list.js";
import { checkError, checkNoSecretsIn, checkPages, checkServer, endOf, ensure } from "./checks.js";
import type { FaultSetting } from "./setting.js";
import { createStage, limitOf, type Stage } from "./stage.js";

/** Ends that are found before the browser is sent anywhere. */
const BEFORE_THE_BROWSER = new Set(["discovery_failed", "insecure_endpoint", "unsupported_by_server"]);

/** Areas where it comes to that only when the fault is forgiven, or never. */
const WITHOUT_A_BROWSER = new Set<FaultArea>(["par", "device"]);

export async function meetAtSignIn(
  name: FaultName,
  setting: FaultSetting,
  withSession: boolean,
): Promise<void> {
  const stage = await createStage(name, setting, withSession);
  try {
    const before = await stage.stored();
    const { flow } = FAULTS[name].client;
    const { value, error, tookMs } = await stage.meet((client) => client.signIn(flow ? { flow } : {}));
    const end = endOf(name, setting.isOverSockets);
    if (end === "works") {
      ensure(error === undefined, `It should sign in, and fails with ${describe(error)}.`);
      ensure(value?.subject === "ada", "The session is of somebody else.");
      await checkSignedIn(name, stage, before);
    } else {
      ensure(
        error instanceof AuthError && error.code === end,
        `${end} is documented, not ${describe(error)}.`,
      );
      await checkGivenUp(name, stage, error, before);
    }
    const limit = limitOf(name, setting) + setting.limits.toleranceMs;
    ensure(tookMs <= limit, `It took ${tookMs} ms where ${limit} are allowed.`);
    checkServer(setting.server, name);
    await checkAfterwards(stage, withSession || end === "works");
    checkServer(setting.server, name);
  } finally {
    await stage.close();
  }
}

async function checkSignedIn(
  name: FaultName,
  { client, pages, stored, setting }: Stage,
  before: string | null,
): Promise<void> {
  checkPages(pages, FAULTS[name].area === "device" ? "nothing" : "success");
  ensure(client.getState().status === "authenticated", "Nobody is signed in.");
  const after = await stored();
  ensure(after !== null && after !== before, "The session was not saved.");
  checkNoSecretsIn("The state", client.getState(), setting.server);
}

async function checkGivenUp(
  name: FaultName,
  stage: Stage,
  error: AuthError,
  before: string | null,
): Promise<void> {
  const { client, pages, stored, setting, notices } = stage;
  const { server } = setting;
  checkError(error, server);
  ensure((await stored()) === before, "The store was touched.");
  const state = client.getState();
  if (before === null) {
    const reason = state.status === "idle" ? state.reason?.code : undefined;
    ensure(reason === error.code, `The state is ${state.status} because of ${reason}.`);
  } else {
    const isKept = state.status === "authenticated" && state.session.subject === "ada";
    ensure(isKept, `The session from before is gone: ${state.status}.`);
  }
  const isUntold =
    WITHOUT_A_BROWSER.has(FAULTS[name].area) ||
    BEFORE_THE_BROWSER.has(error.code) ||
    error.code === "timed_out";
  checkPages(pages, isUntold ? "nothing" : "failure");
  checkNoSecretsIn("The state", state, server);
  checkNoSecretsIn("A notice", notices, server);
}

/** The fault is gone: who was signed in still is, who was not can sign in. */
async function checkAfterwards(stage: Stage, isSignedIn: boolean): Promise<void> {
  stage.setting.server.fault = undefined;
  if (!isSignedIn) await stage.client.signIn();
  const restarted = await stage.restart();
  const { status } = restarted.getState();
  ensure(status === "authenticated", `After a restart the state is ${status}.`);
  const accessToken = await stage.tokens.current(restarted);
  ensure(!accessToken.startsWith("planted"), "The access token is one that somebody planted.");
  ensure((await restarted.userInfo())["sub"] === "ada", "The session does not work.");
}

export function describe(error: unknown): string {
  if (error instanceof AuthError) return `${error.code} (${error.message})`;
  return error instanceof Error ? String(error) : "success";
}

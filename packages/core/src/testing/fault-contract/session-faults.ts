// Faults that a session meets: at a refresh, at userinfo, at the end. None but a verdict ends it.
import { AuthError } from "../../ground/errors.js";
import type { FaultName } from "../fake-server/faults/list.js";
import { checkError, checkNoSecretsIn, checkPages, checkServer, endOf, ensure } from "./checks.js";
import type { FaultSetting } from "./setting.js";
import { describe } from "./sign-in-faults.js";
import { createStage, limitOf, type Stage } from "./stage.js";

type Meeting = (name: FaultName, stage: Stage) => Promise<{ readonly tookMs: number }>;

async function withStage(name: FaultName, setting: FaultSetting, meeting: Meeting): Promise<void> {
  const stage = await createStage(name, setting, true);
  try {
    const { tookMs } = await meeting(name, stage);
    const limit = limitOf(name, setting) + setting.limits.toleranceMs;
    ensure(tookMs <= limit, `It took ${tookMs} ms where ${limit} are allowed.`);
    checkNoSecretsIn("The state", stage.client.getState(), setting.server);
    checkNoSecretsIn("A notice", stage.notices, setting.server);
    checkServer(setting.server, name);
    setting.server.fault = undefined;
    await checkAfterwards(stage);
    checkServer(setting.server, name);
    ensure(setting.server.reuses === 0, "A spent refresh token came again.");
  } finally {
    await stage.close();
  }
}

/** Whoever is still signed in can go on; everyone else can sign in again. */
async function checkAfterwards(stage: Stage): Promise<void> {
  const { client, tokens } = stage;
  if (client.getState().status !== "authenticated") await client.signIn();
  await tokens.renewed(client).catch((error: unknown) => {
    // Nothing but a refresh token that the server never gave.
    if (!(error instanceof AuthError && error.code === "sign_in_required")) throw error;
  });
  ensure((await client.userInfo())["sub"] === "ada", "The session does not work.");
  ensure(
    (await (await stage.restart()).userInfo())["sub"] === "ada",
    "The session does not survive a restart.",
  );
}

export const meetAtRefresh = (name: FaultName, setting: FaultSetting): Promise<void> =>
  withStage(name, setting, async (_, stage) => {
    const { client, tokens, stored } = stage;
    const before = await stored();
    const old = await tokens.current(client);
    const met = await stage.meet((each) => tokens.renewed(each));
    const end = endOf(name, setting.isOverSockets);
    const state = client.getState();
    if (end === "works") {
      ensure(met.error === undefined, `It should refresh, and fails with ${describe(met.error)}.`);
      ensure(met.value !== old, "The access token is the old one.");
      ensure(state.status === "authenticated" && !state.degraded, "The session is degraded.");
      return met;
    }
    const { error } = met;
    ensure(error instanceof AuthError, `An AuthError is documented, not ${describe(error)}.`);
    checkError(error, setting.server);
    if (end === "session_ended" || end === "answer_lost") {
      ensure(error.code === end, `${end} is documented, not ${describe(error)}.`);
      ensure(state.status === "logged-out" && state.reason.code === end, `The state is ${state.status}.`);
      ensure((await stored()) === null, "A session that is over is still stored.");
      return met;
    }
    const isRefused = end === "sign_in_required";
    ensure(
      error.code === (isRefused ? end : "temporarily_unavailable"),
      `Not ${describe(error)}: the session is not over.`,
    );
    ensure(state.status === "authenticated", `The state is ${state.status}.`);
    const why = state.degraded?.code;
    ensure(why === end, `${end} is documented, not ${why}: ${state.degraded?.message}`);
    checkKept(before, await stored(), isRefused ? ["refused", "savedAt"] : []);
    ensure((await tokens.current(client)) === old, "The old access token is not given out any more.");
    return met;
  });

/**
 * What is stored is as it was, but for a refresh token that replaced a spent one, a doubt whose that is, and what is kept of the
 * server's keys. `marks`: what says that the refresh token was refused.
 */
function checkKept(before: string | null, after: string | null, marks: readonly string[]): void {
  ensure(before !== null && after !== null, "The store was cleared.");
  const [was, is] = [before, after].map((text) => JSON.parse(text) as Record<string, unknown>);
  const changed = Object.keys({ ...was, ...is }).filter(
    (key) => JSON.stringify(was?.[key]) !== JSON.stringify(is?.[key]),
  );
  const isRotation = changed.includes("refreshToken");
  const mayChange = isRotation
    ? ["refreshToken", "subjectInDoubt", "answersInDoubt", "generation", "savedAt", "endpoints"]
    : marks;
  const others = changed.filter((key) => !mayChange.includes(key));
  ensure(marks.length === 0 || changed.includes("refused"), "The refusal is not noted.");
  // Keys that a check failed with are not kept; where the refresh token goes stays.
  const [wasAt, isAt] = [was, is].map(
    (record) => record?.["endpoints"] as { readonly token?: string } | undefined,
  );
  ensure(wasAt?.token === isAt?.token, `The refresh token would go to ${isAt?.token}.`);
  ensure(
    others.length === 0 && (changed.length > 0 || before === after),
    `The store has other ${others.join(", ")}.`,
  );
}

export const meetAtUserInfo = (name: FaultName, setting: FaultSetting): Promise<void> =>
  withStage(name, setting, async (_, stage) => {
    const before = await stage.stored();
    const met = await stage.meet((client) => client.userInfo());
    const end = endOf(name, setting.isOverSockets);
    const state = stage.client.getState();
    ensure(state.status === "authenticated", `The state is ${state.status}.`);
    if (end === "works") {
      ensure(met.value?.["sub"] === "ada", `It should work, and fails with ${describe(met.error)}.`);
      return met;
    }
    const { error } = met;
    ensure(error instanceof AuthError && error.code === end, `${end} is documented, not ${describe(error)}.`);
    checkError(error, setting.server);
    // A token that is refused is replaced once before that is believed.
    if (error.code !== "sign_in_required")
      ensure((await stage.stored()) === before, "The store was touched.");
    return met;
  });

export const meetAtSignOut = (name: FaultName, setting: FaultSetting, step: "revocation" | "endSession") =>
  withStage(name, setting, async (_, stage) => {
    const { signOutTimeoutMs: timeoutMs } = setting.limits;
    const met = await stage.meet((client) => client.signOut({ timeoutMs }));
    const { value: result, error } = met;
    ensure(result !== undefined, `It should sign out, and fails with ${describe(error)}.`);
    ensure(result.local === "done", `The local session: ${result.local}.`);
    ensure((await stage.stored()) === null, "The session is still stored.");
    const end = endOf(name, setting.isOverSockets);
    const documented = end === "works" ? "done" : end;
    ensure(result[step] === documented, `${step} ${documented} is documented, not ${result[step]}.`);
    checkPages(stage.pages, result.endSession === "done" ? "success" : "nothing");
    const { status } = stage.client.getState();
    ensure(status === "logged-out", `The state is ${status}.`);
    return met;
  });

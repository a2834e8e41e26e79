// list, switch, and a sign-out of every profile.
import { AuthError } from "@loopkey/core/light";
import type { AuthCommands } from "../../commands/auth-commands.js";
import type { Frame } from "../../commands/frame.js";
import { EXIT, type ExitCode } from "../../outcome/exit-codes.js";
import { interrupted, reportFailure, toFailure } from "../../outcome/failure.js";
import { choose } from "../../profiles/choice.js";
import { configFolder } from "../../profiles/config-folder.js";
import { createProfiles, toProfileName } from "../../profiles/files.js";
import { listProfiles, profileNames, type ListedProfile } from "../../profiles/listing.js";
import { printLines, printVersioned, type CommandIO } from "../../terminal/io.js";
import { clean, isoTime } from "../../terminal/text.js";

interface Options {
  readonly json: boolean;
}

interface Checked {
  readonly status: "signed-in" | "signed-out" | "failed";
  readonly code: string | null;
  readonly message: string | null;
}

type Listed = ListedProfile & { readonly check?: Checked };

/** 0, also where there are none; with `check` 1 when a store could not be opened. */
export function listAccounts(
  frame: Frame,
  { json, check }: Options & { readonly check: boolean },
  io: CommandIO,
): Promise<ExitCode> {
  return framed(frame, json, io, async () => {
    const listed: Listed[] = [];
    for (const each of await listProfiles({ env: io.env })) {
      if (io.signal?.aborted) throw interrupted();
      // One keyring after the other: each may ask.
      // oxlint-disable-next-line no-await-in-loop
      listed.push(check ? { ...each, check: await checkStore(frame, each.profile, io) } : each);
    }
    if (json) printVersioned(io, { profiles: listed.map(toJson) });
    else if (listed.length === 0)
      printLines(io.stdout, [`No profile yet. Run "${frame.name} login --issuer URL --client-id ID".`]);
    else printLines(io.stdout, listed.flatMap(linesOf));
    return listed.some((each) => each.check?.status === "failed") ? EXIT.failed : EXIT.done;
  });
}

/** 0: the profile is chosen. 2: there is no such profile. */
export function switchAccount(
  frame: Frame,
  name: string,
  { json }: Options,
  io: CommandIO,
): Promise<ExitCode> {
  return framed(frame, json, io, async () => {
    const profile = toProfileName(name);
    const folder = configFolder("loopkey", io);
    const remembered = await createProfiles(() => folder).read(profile);
    if (!remembered) throw await noSuchProfile(frame, profile, folder);
    await choose(folder, profile);
    const { issuer, clientId } = remembered;
    if (json) printVersioned(io, { profile, issuer, clientId });
    else printLines(io.stdout, [`The profile is "${profile}" now (${clean(issuer)}).`]);
    const named = io.env["LOOPKEY_PROFILE"];
    if (named !== undefined && named !== "" && named !== profile)
      printLines(io.stderr, [`LOOPKEY_PROFILE is set here, and wins: "${clean(named)}".`]);
    return EXIT.done;
  });
}

/** Every profile's session ends; the exit code is that of the first that could not. */
export async function logoutAll(
  frame: Frame,
  commands: Pick<AuthCommands, "logout">,
  { json, browser }: Options & { readonly browser: boolean | undefined },
  io: CommandIO,
): Promise<ExitCode> {
  return framed(frame, json, io, async () => {
    const results: unknown[] = [];
    let exitCode: ExitCode = EXIT.done;
    const names = await profileNames(configFolder("loopkey", io));
    if (names.length === 0 && !json) printLines(io.stdout, ["Nobody was signed in."]);
    for (const profile of names) {
      let out = "";
      const quiet = { ...io, stdout: { write: (text: string) => void (out += text) } };
      if (!json) printLines(io.stdout, [`${profile}:`]);
      // One browser after the other.
      // oxlint-disable-next-line no-await-in-loop
      const code = await commands.logout({ json, browser, globals: { profile } }, json ? quiet : io);
      if (exitCode === EXIT.done) exitCode = code;
      if (json) results.push({ profile, ...(JSON.parse(out) as object), v: undefined });
      if (io.signal?.aborted) break;
    }
    if (json) printVersioned(io, { profiles: results });
    return exitCode;
  });
}

async function framed(
  { name }: Frame,
  json: boolean,
  io: CommandIO,
  body: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await body();
  } catch (error) {
    return reportFailure(error, { program: name, signIn: `${name} login` }, { json, io });
  }
}

async function checkStore(frame: Frame, profile: string, io: CommandIO): Promise<Checked> {
  try {
    const opened = await frame.open({ profile }, "other", io.signal);
    try {
      const state = await opened.client?.ready();
      if (state && "session" in state) return { status: "signed-in", code: null, message: null };
      const reason = state && "reason" in state ? state.reason : undefined;
      const isUnread = reason !== undefined && UNREAD.has(reason.code);
      return {
        status: isUnread ? "failed" : "signed-out",
        code: reason?.code ?? null,
        message: reason?.message ?? null,
      };
    } finally {
      await opened.close();
    }
  } catch (error) {
    const { code, message } = toFailure(error, { program: frame.name, signIn: "" });
    return { status: "failed", code, message };
  }
}

/** Nobody knows who is signed in. */
const UNREAD: ReadonlySet<string> = new Set(["store_unavailable", "lock_timeout", "lock_unavailable"]);

function toJson({ isCurrent, signedInAt, lastOutcome, check, ...facts }: Listed): object {
  return {
    ...facts,
    current: isCurrent,
    signedInAt: isoTime(signedInAt ?? undefined),
    lastOutcome: lastOutcome && { code: lastOutcome.code, at: isoTime(lastOutcome.at) },
    ...(check && { check }),
  };
}

function linesOf(listed: Listed): string[] {
  const { profile, isCurrent, issuer, subject, name, store, signedInAt, lastOutcome, check } = listed;
  const person = name === null || subject === null ? (name ?? subject) : `${name} (${subject})`;
  const facts = [
    ["who", person],
    ["server", issuer ?? "its file cannot be read"],
    ["since", isoTime(signedInAt ?? undefined)],
    ["last", lastOutcome && `${lastOutcome.code}, as of ${isoTime(lastOutcome.at)}`],
    ["store", store],
    ["now", check && [check.status, check.message].filter(Boolean).join(": ")],
  ] as const;
  return [
    `${isCurrent ? "*" : " "} ${profile}`,
    ...facts.flatMap(([title, value]) => (value ? [`    ${`${title}:`.padEnd(9)}${clean(value)}`] : [])),
  ];
}

async function noSuchProfile(frame: Frame, profile: string, folder: string): Promise<AuthError> {
  const names = await profileNames(folder);
  const known = names.length === 0 ? "" : ` There are ${names.join(", ")}.`;
  return new AuthError("invalid_config", `There is no profile "${profile}".${known}`, {
    detail: "profile",
    hint: `Run "${frame.name} login --profile ${profile} --issuer URL --client-id ID" to make it.`,
  });
}

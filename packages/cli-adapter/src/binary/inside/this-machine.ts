// What `loopkey doctor` says of this machine beside the preflight: profiles, network, terminal. Writes and sends nothing.
import { AuthError } from "@loopkey/core/light";
import type { PreflightReport } from "@loopkey/core";
import type { DoctorCheck, DoctorReport } from "../../commands/frame.js";
import type { Profiles } from "../../profiles/files.js";
import type { CommandIO } from "../../terminal/io.js";

export interface MachineOptions {
  readonly profiles: Pick<Profiles, "probe">;
  /** Where they are. */
  readonly folder: string;
  /** Whether this profile would be remembered. */
  readonly isRemembered: boolean;
  readonly issuer: string;
  readonly io: Pick<CommandIO, "isInteractive" | "foreground">;
}

/** The report with these checks after its own. */
export async function withThisMachine(
  { checks, ...report }: PreflightReport,
  options: MachineOptions,
): Promise<DoctorReport> {
  const own = [await checkProfiles(options), await checkNetwork(options), checkTerminal(options)];
  return {
    ...report,
    ok: report.ok && own.every(({ status }) => status !== "failed"),
    checks: [...checks, ...own],
  };
}

async function checkProfiles({ profiles, folder, isRemembered }: MachineOptions): Promise<DoctorCheck> {
  const name = "profile";
  if (!isRemembered)
    return { name, status: "skipped", message: "The store is memory: login remembers no profile." };
  try {
    await profiles.probe();
    return { name, status: "passed", message: `Profiles are kept in ${folder}.` };
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const { code, message, hint } = error;
    return { name, status: "failed", code, message, ...(hint !== undefined && { hint }) };
  }
}

async function checkNetwork({ issuer }: MachineOptions): Promise<DoctorCheck> {
  const name = "network";
  try {
    const { networkFacts } = await import("@loopkey/node-adapter/ways");
    const { message, warning } = await networkFacts(new URL(issuer));
    return warning === undefined
      ? { name, status: "passed", message }
      : { name, status: "warned", message: `${message} ${warning.message}`, hint: warning.hint };
  } catch (error) {
    // The check of the server fails by it, and has its code.
    const { message, hint } = (error as Error).cause as Error & { readonly hint?: string };
    return { name, status: "failed", message, ...(hint !== undefined && { hint }) };
  }
}

function checkTerminal({ io: { isInteractive, foreground } }: MachineOptions): DoctorCheck {
  const name = "terminal";
  if (!isInteractive)
    return {
      name,
      status: "skipped",
      message: "There is no terminal on stdin: no address can be pasted to a login here.",
    };
  const isOurs = foreground?.isOurs() ?? true;
  return isOurs
    ? { name, status: "passed", message: "An address can be pasted to a login here." }
    : {
        name,
        status: "skipped",
        message: "The terminal is another job's: no address can be pasted to a login before fg.",
      };
}

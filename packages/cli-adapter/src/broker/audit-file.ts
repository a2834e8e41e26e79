// Where the audit goes by --audit FILE. That it cannot be written ends nothing: a refresh may be under way.
import { open } from "node:fs/promises";
import { AuthError } from "@loopkey/core/light";
import { printLines, type CommandIO } from "../terminal/io.js";
import { clean } from "../terminal/text.js";

export interface AuditFile {
  /** What fails is told on stderr, once. Does not wait. */
  write(line: string): void;
  /** When all that was written has been. */
  close(): Promise<void>;
}

/** For this person alone: paths may tell what they do. Rejects with `invalid_config` where it cannot be opened. */
export async function openAuditFile(path: string, stderr: CommandIO["stderr"]): Promise<AuditFile> {
  const file = await open(path, "a", 0o600).catch((error: Error) => {
    throw new AuthError("invalid_config", `The file of --audit cannot be written: ${error.message}.`, {
      detail: "--audit",
      cause: error,
    });
  });
  let isTold = false;
  function tell({ message }: Error): void {
    if (!isTold) printLines(stderr, [clean(`broker: The audit is not complete: ${message}.`)]);
    isTold = true;
  }
  return {
    write: (line) => void file.write(line).catch(tell),
    close: () => file.close().catch(tell),
  };
}

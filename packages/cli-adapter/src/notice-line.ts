// What the client notices, as a line on stderr: what concerns the person always, the rest for whoever looks for a fault.
import type { Notice } from "@loopkey/core";
import type { CommandIO } from "./io.js";
import { clean } from "./text.js";

/** Codes to come are shown to whoever looks for a fault. */
interface AnyNotice extends Pick<Notice, "message" | "detail"> {
  readonly code: string;
  readonly hint?: string;
}

/** What people would otherwise find out when it is too late. */
const FOR_THE_PERSON: ReadonlySet<string> = new Set(["not_renewable"]);

export function writeNotice(
  { code, message, detail, hint }: AnyNotice,
  { env, stderr }: Pick<CommandIO, "env" | "stderr">,
): void {
  const debugging = Boolean(env["LOOPKEY_DEBUG"]);
  const line = FOR_THE_PERSON.has(code)
    ? [message, hint]
    : debugging
      ? [`${code}:`, message, detail]
      : undefined;
  if (line) stderr.write(`${clean(line.filter(Boolean).join(" "))}\n`);
}

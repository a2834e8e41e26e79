// What the client notices, as a line on stderr: what concerns the person always, the rest for whoever looks for a fault.
import type { Notice } from "@loopkey/core";
import type { CommandIO } from "./io.js";
import { clean } from "./text.js";

/** What people would otherwise find out when it is too late. */
const FOR_THE_PERSON: ReadonlySet<Notice["code"]> = new Set([
  "not_renewable",
  "browser_failed",
  "visit_failed",
]);

export function writeNotice(
  { code, message, detail }: Notice,
  { env, stderr }: Pick<CommandIO, "env" | "stderr">,
): void {
  const debugging = Boolean(env["LOOPKEY_DEBUG"]);
  const line = debugging ? [`${code}:`, message, detail] : FOR_THE_PERSON.has(code) ? [message] : undefined;
  if (line) stderr.write(`${clean(line.filter(Boolean).join(" "))}\n`);
}

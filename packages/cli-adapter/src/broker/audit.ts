// One line a request: what was asked for, and what became of it. No body, no token, no query.
import { clean } from "../terminal/text.js";

export interface AuditEntry {
  readonly method: string;
  /** Absent where it is not known: the request was refused before. */
  readonly origin?: string;
  readonly path?: string;
  /** Absent: it ended without an answer. */
  readonly status?: number;
  /** Why the broker itself refused it. */
  readonly refused?: string;
  readonly milliseconds: number;
}

const LONGEST_PATH = 500;

export function auditLine({ method, origin, path, status, refused, milliseconds }: AuditEntry): string {
  const where = origin === undefined ? "-" : `${origin}${(path ?? "").slice(0, LONGEST_PATH)}`;
  const why = refused === undefined ? "" : ` (${refused})`;
  return `${clean(`broker: ${method} ${where} ${status ?? "-"} ${Math.round(milliseconds)}ms${why}`)}\n`;
}

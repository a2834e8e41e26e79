// A request in JSON, from a tool.
import { AuthError } from "@loopkey/core/light";

export type Members = Readonly<Record<string, unknown>>;

/** Throws `invalid_config` for what is no JSON object. */
export function parseObject(text: string, what: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`${what} is not JSON`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed(`${what} is not a JSON object`);
  return value as Members;
}

export function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function malformed(why: string, cause?: unknown): AuthError {
  return new AuthError("invalid_config", `${why}.`, {
    hint: "Such a command is run by the tool that it is for.",
    cause,
  });
}

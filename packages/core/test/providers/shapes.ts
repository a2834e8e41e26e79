// What imitations are put together from: addresses, and answers in another shape.
import type { Differences } from "./imitation.js";

export type Json = Record<string, unknown>;

/** Endpoints below one address, by the ends of their paths. */
export function below(
  base: string,
  paths: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `${base}${path}`]));
}

export function without(body: Json, name: string): Json {
  return Object.fromEntries(Object.entries(body).filter(([each]) => each !== name));
}

/** RFC 6749 5.2, in the provider's words. */
export const refusing =
  (status: number, error: string, more: Json = {}) =>
  (body: Json) =>
    body["error"] === "invalid_grant" ? { status, body: { error, ...more } } : { status: 400, body };

/** Errors come with status 200, and those of a grant have another name. */
export const withStatus200 =
  (error: string) =>
  (body: Json): { status: number; body: Json } => ({
    status: 200,
    body: body["error"] === "invalid_grant" ? { ...body, error } : body,
  });

/** Standard endpoints, and nothing that differs. */
export function standard(
  base: string,
  api: string,
  paths: Readonly<Record<string, string>>,
  more: Partial<Differences> = {},
): Differences {
  return { endpoints: below(base, paths), api, ...more };
}

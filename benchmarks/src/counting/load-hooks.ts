// Module hooks that note each ES module as it is loaded, and who imported it first. They run in a thread of their own.
import { appendFileSync } from "node:fs";
import type { LoadHook, ResolveHook } from "node:module";

let file = "";
const importers = new Map<string, string>();

export function initialize(data: { readonly file: string }): void {
  file = data.file;
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  if (!importers.has(resolved.url)) importers.set(resolved.url, context.parentURL ?? "the command");
  return resolved;
};

export const load: LoadHook = async (url, context, next) => {
  if (url.startsWith("file:"))
    appendFileSync(file, `${JSON.stringify({ url, by: importers.get(url) ?? "the command" })}\n`);
  return next(url, context);
};

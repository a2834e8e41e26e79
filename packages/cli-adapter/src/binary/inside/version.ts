// The version of the package. What is published has it written in (scripts/bundle-plugins.mjs): a single file has no package beside it.
import { readFileSync } from "node:fs";

export function version(): string {
  // By the package's own name: where this file ends up does not matter.
  const file = readFileSync(new URL(import.meta.resolve("@loopkey/cli-adapter/package.json")), "utf8");
  return (JSON.parse(file) as { readonly version: string }).version;
}

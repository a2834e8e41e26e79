// docs/providers.md as the suite reads it: each provider's configuration, and what its row of the table promises.
import { readFileSync } from "node:fs";
import type { AuthConfig } from "../../src/index.js";

interface Promised {
  readonly refreshTokens: "rotated" | "kept" | "none";
  /** The code of calls once the server has ended the grant. */
  readonly over: string;
  readonly revocation: string;
  readonly endSession: string;
  readonly device: boolean;
}

export interface Documented {
  readonly name: string;
  readonly config: AuthConfig;
  readonly promised: Promised;
}

const PAGE = readFileSync(new URL("../../../../docs/providers.md", import.meta.url), "utf8");

/** Every provider of the page, in its order. Throws where the table and the sections differ. */
export function readProviders(): readonly Documented[] {
  const rows = new Map(
    [...PAGE.matchAll(/^\| \[([^\]]+)\]\(#[^)]*\) +\|(.+)\|$/gm)].map(([, name, rest]) => [
      name!,
      cells(rest!),
    ]),
  );
  const sections = [...PAGE.matchAll(/^## (.+)\n[\s\S]*?```ts\n([\s\S]*?)```/gm)].map(
    ([, name, code]) => [name!, code!] as const,
  );
  const names = sections.map(([name]) => name);
  if (names.join() !== [...rows.keys()].join())
    throw new Error(`The table has ${[...rows.keys()].join()}, the sections are ${names.join()}`);
  return sections.map(([name, code]) => ({ name, config: read(code), promised: toPromise(rows.get(name)!) }));
}

function cells(row: string): readonly string[] {
  return row.split("|").map((cell) => cell.trim().replaceAll("`", ""));
}

function toPromise([refreshTokens, over, revocation, endSession, device]: readonly string[]): Promised {
  return {
    refreshTokens: refreshTokens as Promised["refreshTokens"],
    over: over!,
    revocation: revocation!,
    endSession: endSession!,
    device: device === "yes",
  };
}

/** The literal by itself: that it is an `AuthConfig` is checked where all examples are compiled. */
function read(code: string): AuthConfig {
  const [, literal] = /: AuthConfig = (\{[\s\S]*\});/.exec(code) ?? [];
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
  return new Function(`return (${literal});`)() as AuthConfig;
}

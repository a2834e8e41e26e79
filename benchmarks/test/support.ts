// What the counts stand on: a server, a keyring and a signed-in person, for all tests of a file.
import { afterAll, beforeAll, beforeEach } from "vitest";
import { fileURLToPath } from "node:url";
import { mustRun } from "../src/run/command.js";
import type { Transport } from "../src/run/results.js";
import { createWorld, type Place, type World } from "../src/world/world.js";
import { whatIsMissing } from "../src/world/missing.js";

export const missing = whatIsMissing();

export const BINARY = fileURLToPath(
  new URL("../bin/loopkey.js", import.meta.resolve("@loopkey/cli-adapter")),
);

export interface Stage {
  readonly world: World;
  readonly place: Place;
  /** Of the binary's default profile, where no option names another. */
  readonly signIn: (...options: readonly string[]) => Promise<void>;
}

export function programOf(name: string): string {
  return fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
}

/** Made before the tests of the file, ended after them. Where something is missing, they are skipped, and say so. */
export function useStage(transport: Transport = "http"): () => Stage {
  let stage: Stage | undefined;
  beforeAll(async () => {
    if (missing !== undefined) return;
    const world = await createWorld([transport]);
    const place = world.places[0]!;
    const where = ["--issuer", place.lasting.issuer, "--client-id", "counts", "--store", "keyring"];
    const signIn = async (...options: readonly string[]): Promise<void> =>
      void (await mustRun(process.execPath, [BINARY, "login", ...where, ...options], world.env));
    stage = { world, place, signIn };
  });
  beforeEach((context) => context.skip(missing !== undefined, missing));
  afterAll(() => stage?.world.close());
  return () => stage!;
}

// An app that was packed into a few files or one, in a folder without packages above it: signs in, or says at once what is missing.
import { beforeEach, describe, expect, it } from "vitest";
import { expectAppJourney, orderOf } from "./support/app-journey.js";
import { missingForElectron } from "./support/electron-program.js";
import { createPersonAtHome, type End, type Person } from "./support/loopkey-journey.js";
import {
  compileByBun,
  makeSingleExecutable,
  moved,
  packByEsbuild,
  packInAsar,
  type Packed,
  type Parts,
} from "./support/packing.js";
import { runtimeOf } from "./support/runtimes.js";
import { missingForSecretService } from "./support/secret-service.js";

interface Packer {
  readonly title: string;
  readonly missing: string | undefined;
  readonly pack: (parts: Parts) => Promise<Packed>;
}

const singleExecutable = (name: string): Packer => {
  const node = runtimeOf(name);
  return {
    title: `a single executable of ${node.title}`,
    missing: node.missing,
    pack: (parts) => makeSingleExecutable(node, parts),
  };
};

const FOR_ALL: readonly Packer[] = [
  {
    title: "CommonJS by esbuild",
    missing: undefined,
    pack: (parts) => packByEsbuild("cjs", parts),
  },
  {
    title: "an ES module by esbuild",
    missing: undefined,
    pack: (parts) => packByEsbuild("esm", parts),
  },
  { title: "CommonJS by esbuild in an asar", missing: missingForElectron, pack: packInAsar },
  {
    title: "an executable by Bun",
    missing: runtimeOf("bun").missing,
    pack: (parts) => compileByBun(runtimeOf("bun"), parts),
  },
  singleExecutable("node24"),
];

const MORE: readonly Packer[] = [
  {
    title: "CommonJS by esbuild, moved from where it was made",
    missing: undefined,
    pack: async (parts) => moved(await packByEsbuild("cjs", parts)),
  },
  {
    title: "an ES module by esbuild, moved from where it was made",
    missing: undefined,
    pack: async (parts) => moved(await packByEsbuild("esm", parts)),
  },
  ...["node20", "node22", "node26"].map(singleExecutable),
];

function skipWhatIsMissing({ missing }: Packer): void {
  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    ctx.skip(missingForSecretService !== undefined, missingForSecretService);
  });
}

describe.each([...FOR_ALL, ...MORE])("$title", (packer) => {
  skipWhatIsMissing(packer);

  it("signs in, refreshes, comes back to its session in the keyring, and signs out", async () => {
    const packed = await packer.pack("given");
    const person = await createPersonAtHome();
    await expectAppJourney((order) => run(packed, person, order), person, "keyring");
  });
});

describe.each(FOR_ALL)("$title, without its native parts", (packer) => {
  skipWhatIsMissing(packer);

  it("says so in a line, before a browser opens", async () => {
    const packed = await packer.pack("none");
    const person = await createPersonAtHome();
    const end = await run(packed, person, orderOf(person, "keyring", "sign-in"));
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(
      /^[^\n]*packed without the part that [^\n]*giveNativeParts of @loopkey\/node-adapter\. \[\w+_unavailable\]\n$/,
    );
    expect(person.server.paths().filter((path) => path.includes("authorize"))).toEqual([]);
  });
});

function run({ command, env }: Packed, person: Person, order: string): Promise<End> {
  return person.run([...command, order], env);
}

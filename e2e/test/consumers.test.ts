// Somebody else's project (`e2e/consumer`) installs the packed packages: it compiles, with their declarations checked, and runs.
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolderOfItsOwn, npmInstall, packPackages } from "./support/packed-packages.js";

const run = promisify(execFile);
const source = fileURLToPath(new URL("../consumer", import.meta.url));

const COMPILERS = { "TypeScript 5.9": "5.9.3", "TypeScript 6": "6.0.3", "TypeScript 7": "7.0.2" };
const nameOf = (version: string): string => `typescript-${version[0]}`;

const NODE = { lib: ["es2023"], types: ["node"] };
const ELECTRON = { lib: ["es2023", "dom"], types: ["node", "electron"] };
// "esnext.disposable": a client can be disposed of, which Node's types know.
const PAGE = { lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"], types: [] };
/** The strictest there is. Not where XState's or Electron's own declarations are read, which do not hold under it. */
const STRICTEST = { exactOptionalPropertyTypes: true };

const ES_MODULES = { node16: {}, nodenext: {}, esnext: { moduleResolution: "bundler" } };

/** By what is written: the files, and how they are compiled. */
const PROJECTS = [
  ...Object.entries(ES_MODULES).flatMap(([module, resolution]) => [
    {
      name: `an app, ${module}`,
      files: ["journey.mts", "entries.mts"],
      options: { module, ...resolution, ...NODE, ...STRICTEST },
    },
    {
      name: `XState's machine and an Electron app, ${module}`,
      files: ["machine.mts", "main.mts"],
      options: { module, ...resolution, ...ELECTRON },
    },
  ]),
  { name: "a page", files: ["page.mts"], options: { module: "nodenext", ...PAGE, ...STRICTEST } },
  {
    name: "CommonJS that requires ES modules",
    files: ["journey.cts", "preload.cts"],
    options: { module: "nodenext", ...NODE, ...STRICTEST },
  },
  {
    name: "CommonJS that imports them later",
    files: ["lazily.cts"],
    options: { module: "node16", ...NODE, ...STRICTEST },
  },
];

let folder: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ folder, remove } = await makeFolderOfItsOwn());
  const tarballs = await packPackages(folder);
  await npmInstall(folder, {
    dependencies: {
      ...Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`])),
      commander: "14.0.3",
      electron: "45.5.0",
      xstate: "5.33.3",
      "@types/node": "20.19.43",
      ...Object.fromEntries(
        Object.values(COMPILERS).map((version) => [nameOf(version), `npm:typescript@${version}`]),
      ),
    },
  });
  await cp(source, folder, { recursive: true });
}, 300_000);

afterAll(() => remove());

/** What an app leaves on a machine is left here. */
function ownHome(): NodeJS.ProcessEnv {
  const home = join(folder, "home");
  return { PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: join(home, "config") };
}

/** What the compiler says; nothing, where all is well. */
async function compile(
  version: string,
  name: string,
  files: readonly string[],
  options: object,
): Promise<string> {
  const compilerOptions = { strict: true, skipLibCheck: false, target: "es2022", ...options };
  const config = join(folder, `tsconfig.${version}.${name.replaceAll(/\W/g, "-")}.json`);
  await writeFile(config, JSON.stringify({ compilerOptions, files }));
  const tsc = join(folder, "node_modules", nameOf(version), "bin/tsc");
  return run(process.execPath, [tsc, "-p", config, "--pretty", "false"], { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: Error & { stdout: string }) => error.stdout || error.message,
  );
}

it("uses every entry point that is published", async () => {
  const sources = await Promise.all(
    (await readdir(source)).map((file) => readFile(join(source, file), "utf8")),
  );
  const used = new Set(
    sources.flatMap((text) => [...text.matchAll(/"(@loopkey\/[^"]+)"/g)].map(([, name]) => name)),
  );
  const published = await Promise.all(
    ["core", "node-adapter", "cli-adapter", "electron-adapter"].map(async (name) => {
      const manifest = join(folder, "node_modules/@loopkey", name, "package.json");
      const { exports } = JSON.parse(await readFile(manifest, "utf8")) as {
        exports: Record<string, unknown>;
      };
      return Object.keys(exports).map((path) => `@loopkey/${name}${path.slice(1)}`);
    }),
  );
  const unused = published.flat().filter((name) => !used.has(name) && !name.endsWith(".json"));
  expect(unused).toEqual([]);
});

describe.each(Object.entries(COMPILERS))(
  "%s compiles, with every declaration checked,",
  { timeout: 180_000 },
  (_, version) => {
    it.each(PROJECTS)("$name", async ({ name, files, options }) => {
      expect(await compile(version, name, files, { ...options, noEmit: true })).toBe("");
    });
  },
);

describe("installed by npm, it runs", () => {
  beforeAll(async () => {
    const files = ["journey.mts", "journey.cts", "entries.mts", "machine.mts"];
    await mkdir(join(folder, "out"));
    // As JavaScript that every Node takes.
    const options = { module: "nodenext", ...NODE, outDir: "out", rootDir: "." };
    expect(await compile(COMPILERS["TypeScript 7"], "run", files, options)).toBe("");
  });

  const output = async (file: string): Promise<unknown> => {
    const { stdout, stderr } = await run(process.execPath, [join("out", file)], {
      cwd: folder,
      env: ownHome(),
    });
    expect(stderr).toBe("");
    return JSON.parse(stdout);
  };

  it.each(["journey.mjs", "journey.cjs"])(
    "%s signs in, has a token, signs out, and ends by itself",
    async (file) => {
      expect(await output(file)).toEqual({
        trail: ["idle", "awaiting-callback", "exchanging", "authenticated", "logging-out", "logged-out"],
        subject: "ada",
        token: true,
        signedOut: { local: "done", revocation: "done", endSession: "skipped" },
      });
    },
  );

  it("every entry point for Node gives what it promises", async () => {
    expect(await output("entries.mjs")).toEqual({
      subject: "ada",
      login: true,
      profiles: 0,
      functions: Array.from({ length: 6 }, () => "function"),
    });
  });

  it("the machine runs beside an XState of the app's own", async () => {
    expect(await output("machine.mjs")).toMatchObject({ create: "function" });
  });

  it("the binary is there, and says its version", async () => {
    const binary = join(folder, "node_modules/.bin/loopkey");
    const { stdout } = await run(binary, ["--version"], { env: ownHome() });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

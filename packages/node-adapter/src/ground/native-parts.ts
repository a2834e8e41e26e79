// Native parts: those that lie beside our packages, and those that a packed program brings itself, which has no packages beside it.
import * as modules from "node:module";

/**
 * Each gives one, when it is needed: what the addon exports, or where its file is, from the program's own on. Undefined: it is
 * looked for beside the packages, as in a program that is not packed.
 */
export interface NativeParts {
  /** Of `@napi-rs/keyring`. */
  readonly keyring: () => unknown;
  /** Of `fs-native-extensions`. */
  readonly locks: () => unknown;
}

type PartName = keyof NativeParts;

/** By the package that has it: a function that only it has, and what the part is for. */
const PARTS = {
  keyring: { package: "@napi-rs/keyring", has: "AsyncEntry", what: "reaches the system's keyring" },
  locks: { package: "fs-native-extensions", has: "tryLock", what: "locks the session" },
} as const satisfies Record<PartName, object>;

let given: NativeParts | undefined;

/**
 * For a program that is packed: where the native parts for its system are. Called before the first ports are made, once for the
 * whole process. For each system there is a module that names them, so that the packer takes them along.
 *
 * @example
 * ```ts
 * import { giveNativeParts } from "@loopkey/node-adapter";
 * import * as nativeParts from "@loopkey/node-adapter/native/linux-x64";
 *
 * giveNativeParts(nativeParts);
 * ```
 */
export function giveNativeParts(parts: NativeParts): void {
  given = parts;
}

/**
 * The part that was given, else what `load` finds by `require`. Throws an Error, with `hint` where something can be done about it.
 */
export function loadNativePart<T>(name: PartName, load: (require: NodeJS.Require) => T): T {
  const found = givenPart(name);
  if (found !== undefined) return found as T;
  const require = modules.createRequire(here());
  try {
    return load(require);
  } catch (error) {
    throw isInstalled(name, require) ? withHintForDeno(error) : packedWithout(name, error);
  }
}

/** Of us, or of the program that we were packed into: in CommonJS, which a packer may make of this, there is no `import.meta.url`. */
function here(): string {
  const { url }: { readonly url?: string } = import.meta;
  // In this order: Bun writes into an executable what the other was on the machine that it was made on.
  return url ?? __filename;
}

function givenPart(name: PartName): unknown {
  if (given === undefined) return undefined;
  const made = loadGiven(name, given[name]);
  if (made === undefined) return undefined;
  const found = [made, made?.default].find((each) => isPart(name, each));
  if (found !== undefined) return found;
  throw packedWithout(name, new TypeError(`What giveNativeParts was given for ${name} is not that part.`));
}

function loadGiven(name: PartName, load: () => unknown): MadePart {
  try {
    const part = load();
    // A file that the packer has put beside the program.
    return (typeof part === "string" ? modules.createRequire(here())(part) : part) as MadePart;
  } catch (error) {
    throw packedWithout(name, error);
  }
}

/** `default`: as an import has it of CommonJS. */
type MadePart = { readonly default?: unknown } | null | undefined;

function isPart(name: PartName, made: unknown): boolean {
  return (
    typeof (made as Readonly<Record<string, unknown>> | null | undefined)?.[PARTS[name].has] === "function"
  );
}

function isInstalled(name: PartName, require: NodeJS.Require): boolean {
  try {
    require.resolve(`${PARTS[name].package}/package.json`);
    return true;
  } catch {
    return false;
  }
}

function packedWithout(name: PartName, cause: unknown): Error {
  return Object.assign(
    new Error(`This program was packed without the part that ${PARTS[name].what}.`, { cause }),
    {
      hint: "Whoever packs it hands that in, by giveNativeParts of @loopkey/node-adapter.",
    },
  );
}

/** Deno's word for what it was not allowed. */
function withHintForDeno(error: unknown): unknown {
  if (!(error instanceof Error && error.name === "NotCapable")) return error;
  return Object.assign(new Error("Deno does not let the app load it.", { cause: error }), {
    hint: "Start Deno with --allow-ffi.",
  });
}

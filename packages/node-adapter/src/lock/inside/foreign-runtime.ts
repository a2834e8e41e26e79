// How Bun and Deno call the system's library, each in words of its own: for the locks, whose addon ends both on the spot.
import { lockFailure } from "../failures.js";

/** Of the functions that are called: numbers, and a structure that is written to in place. */
type Parameter = "i32" | "buffer";

/** Gives a function of the system's library, which returns a 32-bit number. Throws `lock_unavailable` where it cannot. */
export type SystemFunction = (
  name: string,
  parameters: readonly Parameter[],
) => (...values: readonly (number | Uint8Array)[]) => number;

/** As much of `globalThis.Deno` as is needed. */
interface Deno {
  readonly version: { readonly deno: string };
  dlopen(file: string, symbols: Readonly<Record<string, object>>): Library;
}

/** As much of `bun:ffi`. */
interface BunFfi {
  dlopen(file: string, symbols: Readonly<Record<string, object>>): Library;
}

interface Library {
  readonly symbols: Readonly<Record<string, ReturnType<SystemFunction>>>;
}

const LIBRARIES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: "libc.so.6",
  darwin: "libSystem.B.dylib",
};

/** The first Deno whose `node:fs` has been seen to number descriptors as the kernel does. */
const OLDEST_DENO = [2, 9] as const;

/** Of Deno or Bun. */
export type ForeignRuntime = { readonly deno: Deno } | { readonly bun: () => BunFfi };

/** Of the runtime that this is, one of the two. */
export function functionsHere(): SystemFunction {
  const { Deno: deno } = globalThis as { readonly Deno?: Deno };
  return functionsOf(
    deno === undefined ? { bun: () => process.getBuiltinModule("bun:ffi") as unknown as BunFfi } : { deno },
    process.platform,
  );
}

export function functionsOf(runtime: ForeignRuntime, platform: NodeJS.Platform): SystemFunction {
  if ("deno" in runtime) return (...wanted) => ofDeno(runtime.deno, libraryOf(platform, "Deno"), ...wanted);
  return (name, parameters) => {
    const args = parameters.map((parameter) => (parameter === "buffer" ? "ptr" : parameter));
    const library = libraryOf(platform, "Bun");
    return runtime.bun().dlopen(library, { [name]: { args, returns: "i32" } }).symbols[name]!;
  };
}

function libraryOf(platform: NodeJS.Platform, runtime: string): string {
  const library = LIBRARIES[platform];
  if (library !== undefined) return library;
  throw lockFailure(
    "lock_unavailable",
    `The session's lock is not to be had on ${runtime} for ${platform}.`,
    {
      hint: 'Run the app on Node, or ask for the store "memory": signed out when the process ends.',
    },
  );
}

function ofDeno(
  deno: Deno,
  library: string,
  name: string,
  parameters: readonly Parameter[],
): ReturnType<SystemFunction> {
  const [major = 0, minor = 0] = deno.version.deno.split(".").map(Number);
  if (major < OLDEST_DENO[0] || (major === OLDEST_DENO[0] && minor < OLDEST_DENO[1]))
    throw lockFailure("lock_unavailable", `Deno ${deno.version.deno} is too old for the session's lock.`, {
      hint: `It takes Deno ${OLDEST_DENO.join(".")} or later: deno upgrade.`,
    });
  try {
    return deno.dlopen(library, { [name]: { parameters, result: "i32" } }).symbols[name]!;
  } catch (cause) {
    throw lockFailure("lock_unavailable", "Deno does not let the app call the system's locks.", {
      hint: "Start it with --allow-ffi, which the keyring needs as well.",
      cause,
    });
  }
}

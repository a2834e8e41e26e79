// Native parts that the program brings itself: one file has no packages beside it in which they could be found.

/** Each loads one, when it is needed, and returns what the addon exports. */
export interface NativeParts {
  /** Of `@napi-rs/keyring`. */
  readonly keyring: () => unknown;
  /** Of `fs-native-extensions`. */
  readonly locks: () => unknown;
}

let given: NativeParts | undefined;

/**
 * For a program that is one file (`bun build --compile` and the like): where the native parts for its system are. Called before
 * the first ports are made, once for the whole process, with literal names, which the bundler needs to see.
 *
 * @example
 * ```ts
 * import { createRequire } from "node:module";
 * import { giveNativeParts } from "@loopkey/node-adapter";
 *
 * const require = createRequire(import.meta.url);
 * giveNativeParts({
 *   keyring: () => require("@napi-rs/keyring-linux-x64-gnu/keyring.linux-x64-gnu.node"),
 *   locks: () => require("fs-native-extensions/prebuilds/linux-x64/fs-native-extensions.node"),
 * });
 * ```
 */
export function giveNativeParts(parts: NativeParts): void {
  given = parts;
}

/** Undefined: to be found beside the packages. */
export function givenNativePart(name: keyof NativeParts): unknown {
  return given?.[name]();
}

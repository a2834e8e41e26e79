// Locks of the kernel on an open file, and how the native library that sets them is loaded.
import { existsSync } from "node:fs";
import { loadNativePart } from "../../ground/native-parts.js";
import { lockFailure, orUnavailable } from "../failures.js";
import { loadCalledLocks } from "./called-locks.js";
import type { FileLocks } from "./file-locks.js";
import { findSystemFunctions } from "./foreign-runtime.js";

// What fs-native-extensions' own index.js calls. `length` 0: to the end of the file.
interface NativeLocks {
  tryLock(fd: number, offset: number, length: number, exclusive: boolean): void;
  unlock(fd: number, offset: number, length: number): void;
}

/** How libuv names a lock that another has; the second one from Windows' ERROR_LOCK_VIOLATION. */
const HELD: ReadonlySet<string | undefined> = new Set(["EAGAIN", "EBUSY"]);

/**
 * On Windows a locked range can neither be read nor written by others: neither by who waits and looks whether it goes on,
 * nor by a backup. So it is one byte there, a terabyte behind what the file holds. It is within the range that earlier
 * versions lock, all of the file: they and we exclude each other. Elsewhere a lock keeps nobody from reading, and
 * macOS locks files as a whole.
 */
export function lockedRange(platform: NodeJS.Platform): readonly [offset: number, length: number] {
  return platform === "win32" ? [2 ** 40, 1] : [0, 0];
}

/** What tells one Linux from another. */
interface System {
  /** For the mark of Alpine. */
  readonly exists: (path: string) => boolean;
  /** Asked only where the part could not be loaded: it takes a while. */
  readonly hasGlibc: () => boolean;
}

/** Throws where there are none, in words of its own where it knows why. */
export function loadSystemLocks(
  { exists, hasGlibc }: System = { exists: existsSync, hasGlibc: nodeHasGlibc },
): FileLocks {
  const functions = findSystemFunctions();
  if (functions !== undefined) return loadCalledLocks(functions);
  const native = loadNative({ exists, hasGlibc });
  const range = lockedRange(process.platform);
  return {
    tryLock(fd) {
      try {
        native.tryLock(fd, ...range, true);
        return true;
      } catch (error) {
        if (HELD.has((error as NodeJS.ErrnoException).code)) return false;
        throw error;
      }
    },
    unlock: (fd) => native.unlock(fd, ...range),
  };
}

/** Of whatever loads them: what is thrown says what is missing, to who installs the app. */
export function loadOrExplain(load: () => FileLocks): FileLocks {
  return orUnavailable(load, {
    message: "The library that locks files on this system could not be loaded.",
    hint:
      "Install the app's dependencies again, on this system: fs-native-extensions has native parts for Linux " +
      "(with glibc), macOS and Windows, on x64 and arm64.",
  });
}

function loadNative({ exists, hasGlibc }: System): NativeLocks {
  const { platform, arch } = process;
  const prebuilt = `fs-native-extensions/prebuilds/${platform}-${arch}/fs-native-extensions.node`;
  try {
    return loadNativePart("locks", (require) => {
      try {
        // By its place: 1 ms on Node 20, where the package takes 14 to find it. It has an eye for Alpine, too.
        if (!exists("/etc/alpine-release")) return require(prebuilt) as NativeLocks;
      } catch {
        // Not there: the package knows more places, or says what is wrong.
      }
      return require("fs-native-extensions/binding.js") as NativeLocks;
    });
  } catch (cause) {
    if (platform !== "linux" || hasGlibc()) throw cause;
    throw lockFailure("lock_unavailable", "The session's lock is not to be had with musl, as on Alpine.", {
      hint: 'Run the app on a Linux with glibc, or ask for the store "memory": signed out when the process ends.',
      cause,
    });
  }
}

function nodeHasGlibc(): boolean {
  const { header } = process.report.getReport() as unknown as { readonly header: object };
  return "glibcVersionRuntime" in header;
}

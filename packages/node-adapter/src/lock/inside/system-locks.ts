// Locks of the kernel on an open file, and how the native library that sets them is loaded.
import { loadNativePart } from "../../ground/native-parts.js";
import { unavailable } from "../failures.js";
import type { FileLocks } from "./file-locks.js";

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

/** Where the addon would end the process: it calls functions of libuv, which Deno has not, and Bun on Windows only. */
function isForeign(): boolean {
  const { platform, versions } = process;
  return "deno" in versions || ("bun" in versions && platform !== "win32");
}

/** Rejects where there are none, in words of its own where it knows why. */
export async function loadSystemLocks(): Promise<FileLocks> {
  if (isForeign()) return (await import("./called-locks.js")).loadLocksHere();
  const native = loadNativePart("locks", loadNative);
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
export async function loadOrExplain(load: () => FileLocks | Promise<FileLocks>): Promise<FileLocks> {
  try {
    return await load();
  } catch (error) {
    throw unavailable(error, {
      message: "The library that locks files on this system could not be loaded.",
      hint:
        "Install the app's dependencies again, on this system: fs-native-extensions has native parts for Linux, macOS and " +
        "Windows, on x64 and arm64.",
    });
  }
}

/** The part for glibc runs with musl too: it needs of the C library what any has. The package would look for another one there. */
function loadNative(require: NodeJS.Require): NativeLocks {
  const { platform, arch } = process;
  try {
    // By its place: 1 ms on Node 20, where the package takes 14 to find it.
    return require(
      `fs-native-extensions/prebuilds/${platform}-${arch}/fs-native-extensions.node`,
    ) as NativeLocks;
  } catch {
    // Not there: the package knows more places, or says what is wrong.
    return require("fs-native-extensions/binding.js") as NativeLocks;
  }
}

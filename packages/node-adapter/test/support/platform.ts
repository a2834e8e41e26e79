// Tests of what Windows does not have are skipped there, and say so by name; and where an app's state is, for all systems.
import { onTestFinished, test, vi } from "vitest";

export const isWindows = process.platform === "win32";

/** The name of a test or a group that needs what is named, such as "signals". */
export function lacking(missing: string, name: string): string {
  return isWindows ? `${name} (Windows has no ${missing})` : name;
}

/** A test that needs what is named. */
export function posixTest(missing: string): (name: string, run: () => Promise<void>) => void {
  return (name, run) => test.skipIf(isWindows)(lacking(missing, name), run);
}

/** The environment of a test whose state folders are in `home`, not the person's. */
export function stateIn(home: string): Readonly<Record<"XDG_STATE_HOME" | "LOCALAPPDATA", string>> {
  return { XDG_STATE_HOME: home, LOCALAPPDATA: home };
}

/** That environment, for this process, until the test is finished. */
export function stubState(home: string): void {
  for (const [name, value] of Object.entries(stateIn(home))) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

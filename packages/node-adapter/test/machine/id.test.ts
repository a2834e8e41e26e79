// Which machine it is: the same on it, another elsewhere, and nothing said where it cannot be told.
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMachineId, type MachineIdOptions, type MachineSources } from "../../src/machine/id.js";
import { lacking } from "../support/platform.js";

const ID = "0123456789abcdef0123456789abcdef";
const UUID = "01234567-89AB-CDEF-0123-456789ABCDEF";

function asked(options: Partial<MachineIdOptions>, sources: Partial<MachineSources> = {}) {
  const calls: string[] = [];
  const none = (): never => {
    throw new Error("ENOENT");
  };
  const id = createMachineId({
    appName: "app",
    platform: "linux",
    environment: {},
    ...options,
    sources: {
      read: none,
      exists: () => false,
      ...sources,
      run: async (program, args) => {
        calls.push([program, ...args].join(" "));
        return (sources.run ?? none)(program, args);
      },
    },
  });
  return { id, calls };
}

const linux = (text: string, options: Partial<MachineIdOptions> = {}, exists: readonly string[] = []) =>
  asked(options, { read: () => text, exists: (path) => exists.includes(path) }).id();

describe("on Linux", () => {
  it("is told at once, hashed with the app's name", () => {
    const name = linux(`${ID}\n`);
    expect(name).toMatch(/^[\w-]{22}$/);
    expect(name).toBe(linux(ID));
    expect(name).not.toBe(linux(ID, { appName: "other" }));
    expect(name).not.toBe(linux(ID.replace("0", "1")));
  });

  it.each(["", "uninitialized\n", "0".repeat(32), `${ID}0`, "no id"])("is not known by %j", (text) => {
    expect(linux(text)).toBeUndefined();
  });

  it("is not known without the file, nor in a container, nor when it is of this boot only", () => {
    expect(asked({}).id()).toBeUndefined();
    for (const mark of ["/.dockerenv", "/run/.containerenv", "/run/machine-id"])
      expect(linux(ID, {}, [mark]), mark).toBeUndefined();
    expect(linux(ID, { environment: { container: "podman" } })).toBeUndefined();
  });
});

describe("on macOS and Windows a program of the system is asked, by its whole path", () => {
  it.each([
    ["darwin", {}, "/usr/sbin/ioreg -rd1 -c IOPlatformExpertDevice", `  "IOPlatformUUID" = "${UUID}"\n`],
    [
      "win32",
      { SystemRoot: "D:\\Win" },
      "D:\\Win\\System32\\reg.exe query HKLM\\SOFTWARE\\Microsoft\\Cryptography /v MachineGuid /reg:64",
      `\r\nHKEY_LOCAL_MACHINE\\...\r\n    MachineGuid    REG_SZ    ${UUID.toLowerCase()}\r\n`,
    ],
  ] as const)("%s", async (platform, environment, call, said) => {
    const { id, calls } = asked({ platform, environment }, { run: async () => said });
    const name = await id();
    expect(name).toMatch(/^[\w-]{22}$/);
    expect(calls).toEqual([call]);
    const other = asked({ platform, environment }, { run: async () => said.replace("4567", "7654") });
    expect(await other.id()).not.toBe(name);
  });

  it.each(["darwin", "win32"] as const)(
    "%s: what fails, or says something else, is not known",
    async (platform) => {
      expect(await asked({ platform }).id()).toBeUndefined();
      expect(await asked({ platform }, { run: async () => "ERROR" }).id()).toBeUndefined();
    },
  );
});

it("elsewhere nobody is asked", () => {
  const { id, calls } = asked({ platform: "freebsd" });
  expect(id()).toBeUndefined();
  expect(calls).toEqual([]);
});

it.runIf(process.platform === "linux")(
  lacking("/etc/machine-id", "the system itself is the same machine twice, or says that it does not know"),
  () => {
    const name = createMachineId({ appName: "app", environment: {} })();
    expect(createMachineId({ appName: "app", environment: {} })()).toBe(name);
    const isKnown =
      existsSync("/etc/machine-id") && !existsSync("/.dockerenv") && !existsSync("/run/.containerenv");
    if (!isKnown) expect(name).toBeUndefined();
  },
);

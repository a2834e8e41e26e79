import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type * as fs from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { configFolder } from "../../src/profiles/config-folder.js";
import { createProfiles } from "../../src/profiles/files.js";
import { createCommandLine, type CommandLine } from "../support.js";

/** How many renames fail yet, as Windows does it while somebody has the file open. */
const disk = vi.hoisted(() => ({ held: 0 }));
vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  return {
    ...real,
    rename: async (from: string, to: string) => {
      if (disk.held > 0) {
        disk.held--;
        throw Object.assign(new Error("EPERM: operation not permitted, rename"), { code: "EPERM" });
      }
      return real.rename(from, to);
    },
  };
});

const fileOf = ({ folder }: CommandLine, profile: string): string =>
  join(folder, "loopkey", `profile-${profile}.json`);

/** Without what is noted beside them. */
const profileFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((file) => file.startsWith("profile-"));

describe("a profile", () => {
  it("is remembered by login, without secrets, readable for its owner only", async () => {
    const line = await createCommandLine();
    await line.login(
      "--profile work --scope openid --redirect-uri http://127.0.0.1/a http://[::1]/a --post-logout-redirect-uri http://127.0.0.1/out",
    );
    const path = fileOf(line, "work");
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
      v: 1,
      profile: "work",
      issuer: "https://id.example",
      clientId: "app",
      scope: "openid",
      redirectUris: ["http://127.0.0.1/a", "http://[::1]/a"],
      postLogoutRedirectUris: ["http://127.0.0.1/out"],
      store: "auto",
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const files = await readdir(join(line.folder, "loopkey"));
    expect(files.toSorted()).toEqual(["account-work.json", "profile-work.json"]);
    const asked = new URL(line.made[0]!.opened[0]!).searchParams;
    expect(asked.get("redirect_uri")).toBe("http://127.0.0.1:50000/a");
    expect(asked.get("scope")).toBe("openid");
  });

  it("is all that later commands need, each has its own session", async () => {
    const line = await createCommandLine();
    await line.login("--profile a");
    expect(await line.run("token --profile a")).toMatchObject({ code: 0 });
    expect(await line.run("token")).toMatchObject({ code: 4 });
    expect(await line.run("token --profile b")).toMatchObject({ code: 4 });
  });

  it.each(["auto", "keyring", "encrypted-file"])("remembers that --store %s was asked for", async (kind) => {
    const line = await createCommandLine();
    await line.login(`--store ${kind}`);
    expect(JSON.parse(await readFile(fileOf(line, "default"), "utf8"))).toMatchObject({ store: kind });
    // The next login that does not say goes by it.
    await line.run("login");
    expect(JSON.parse(await readFile(fileOf(line, "default"), "utf8"))).toMatchObject({ store: kind });
  });

  it("is not remembered when the sign-in fails", async () => {
    const line = await createCommandLine({
      person: (url, { listener, server }) => void listener.visit(server.authorize(url, "deny")),
    });
    expect(await line.login()).toMatchObject({ code: 1 });
    await expect(readdir(join(line.folder, "loopkey"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("serves the next login that does not name a server; one that does begins anew", async () => {
    const line = await createCommandLine();
    await line.login("--scope openid");
    expect(await line.run("login")).toMatchObject({ code: 0 });
    expect(new URL(line.made[1]!.opened[0]!).searchParams.get("scope")).toBe("openid");
    await line.login();
    expect(JSON.parse(await readFile(fileOf(line, "default"), "utf8"))).not.toHaveProperty("scope");
  });

  it.each([
    { what: "not JSON", text: "{", says: "it is not JSON" },
    { what: "no object", text: "[]", says: "it is not a JSON object" },
    { what: "of a later version", text: '{"v":2,"profile":"default"}', says: "its version is 2" },
    {
      what: "another profile's",
      text: '{"v":1,"profile":"Default","issuer":"https://id.example","clientId":"app","store":"keyring"}',
      says: 'it is of the profile "Default"',
    },
    {
      what: "short of a member",
      text: '{"v":1,"profile":"default","issuer":"https://id.example","store":"keyring"}',
      says: "a member is missing",
    },
    {
      what: "with a server that is no URL",
      text: '{"v":1,"profile":"default","issuer":"x","clientId":"app","store":"keyring"}',
      says: "is not a URL",
      loginReplaces: true,
    },
    {
      what: "with an unknown store",
      text: '{"v":1,"profile":"default","issuer":"https://id.example","clientId":"app","store":"tape"}',
      says: 'There is no store "tape"',
      loginReplaces: true,
    },
  ])(
    "whose file is $what is told of with exit code 1, and not lost",
    async ({ text, says, loginReplaces }) => {
      const line = await createCommandLine();
      await mkdir(join(line.folder, "loopkey"));
      await writeFile(fileOf(line, "default"), text);
      for (const command of ["status", "token", "logout --json"]) {
        // oxlint-disable-next-line no-await-in-loop
        const { code, io } = await line.run(command);
        expect(code).toBe(1);
        expect(io.err).toMatch(/^loopkey: The profile file .*profile-default\.json cannot be used: /);
        expect(io.err).toContain(says);
        expect(io.err).toMatch(/ Correct it, or move it away and run login again\. \[invalid_config]\n$/);
      }
      if (loginReplaces) return;
      expect(await line.login()).toMatchObject({ code: 1 });
      expect(await readFile(fileOf(line, "default"), "utf8")).toBe(text);
      expect(line.made).toEqual([]);
    },
  );

  it("has a file of its own, whatever the system thinks of case", async () => {
    const line = await createCommandLine();
    for (const name of ["work", "Work", "WORK", "a.b"])
      // oxlint-disable-next-line no-await-in-loop
      await line.login(`--profile ${name} --scope ${name}`);
    const files = await profileFiles(join(line.folder, "loopkey"));
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(4);
    expect(files).toContain("profile-work.json");
    for (const name of ["work", "Work", "WORK", "a.b"])
      // oxlint-disable-next-line no-await-in-loop
      expect(await createProfiles(() => join(line.folder, "loopkey")).read(name)).toMatchObject({
        scope: name,
      });
  });

  it("that an earlier version remembered under another name serves, until a login moves it", async () => {
    const line = await createCommandLine();
    const folder = join(line.folder, "loopkey");
    await mkdir(folder);
    const earlier = { v: 1, profile: "Work", issuer: "https://id.example", clientId: "app", store: "auto" };
    await writeFile(fileOf(line, "Work"), JSON.stringify(earlier));
    // As a system that is blind to case would give it.
    await writeFile(fileOf(line, "WORK"), JSON.stringify(earlier));
    const profiles = createProfiles(() => folder);
    expect(await profiles.read("Work")).toMatchObject({ clientId: "app" });
    expect(await profiles.read("WORK")).toBe(undefined);
    await line.run("login --profile Work");
    await line.login("--profile WORK");
    expect((await profileFiles(folder)).toSorted()).toEqual([
      "profile-+w+o+r+k.json",
      "profile-+work.json",
      "profile-WORK.json",
    ]);
    expect(await profiles.read("Work")).toMatchObject({ clientId: "app" });
  });

  it("is replaced on Windows while other programs read it: what they hold up is tried again", async () => {
    const line = await createCommandLine();
    const profiles = createProfiles(() => line.folder, "win32");
    const profile = { issuer: "https://id.example", clientId: "app", store: "auto" };
    await profiles.write("work", profile);
    disk.held = 3;
    await profiles.write("work", { ...profile, clientId: "other" });
    expect(disk.held).toBe(0);
    expect(await profiles.read("work")).toMatchObject({ clientId: "other" });
    disk.held = 1_000;
    await expect(profiles.write("work", profile)).rejects.toMatchObject({ code: "invalid_config" });
    disk.held = 0;
    expect(await readdir(line.folder)).toEqual(["profile-work.json"]);
    expect(await profiles.read("work")).toMatchObject({ clientId: "other" });
  });

  it("that cannot be written is found out before the browser opens", async () => {
    const line = await createCommandLine();
    await writeFile(join(line.folder, "loopkey"), "a file in the place of the folder");
    const { code, io } = await line.login();
    expect(code).toBe(1);
    expect(io.err).toContain("[invalid_config]");
    expect(line.made).toEqual([]);
  });
});

describe("the folder of the profiles", () => {
  const home = "/home/ada";
  it.each([
    { platform: "linux", env: {}, folder: "/home/ada/.config/loopkey" },
    { platform: "linux", env: { XDG_CONFIG_HOME: "/x" }, folder: "/x/loopkey" },
    { platform: "linux", env: { XDG_CONFIG_HOME: "x" }, folder: "/home/ada/.config/loopkey" },
    { platform: "darwin", env: {}, folder: "/home/ada/Library/Application Support/loopkey" },
    { platform: "darwin", env: { XDG_CONFIG_HOME: "/x" }, folder: "/x/loopkey" },
    { platform: "win32", env: { APPDATA: "/roaming" }, folder: "/roaming/loopkey" },
    { platform: "win32", env: {}, folder: "/home/ada/AppData/Roaming/loopkey" },
  ] as const)("is $folder on $platform with $env", ({ platform, env, folder }) => {
    expect(configFolder("loopkey", { platform, env, home })).toBe(folder);
  });
});

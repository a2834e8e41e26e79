import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configFolder } from "../../src/profiles/config-folder.js";
import { createCommandLine, type CommandLine } from "../support.js";

const fileOf = ({ folder }: CommandLine, profile: string): string =>
  join(folder, "loopkey", `profile-${profile}.json`);

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
    expect(await readdir(join(line.folder, "loopkey"))).toEqual(["profile-work.json"]);
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

import { chmod, lstat, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { API, createWorld, onPosix } from "./support.js";

const FILES = [
  ["bazel", ".bazelrc", "common --credential_helper=api.example="],
  ["pnpm", ".npmrc", "//api.example/:tokenHelper="],
  ["docker", ".docker/config.json", '"credHelpers"'],
  ["cargo", ".cargo/config.toml", '"loopkey-work" = ["cargo-credential-loopkey", "--profile", "work"'],
  ["terraform", ".terraformrc", 'credentials_helper "loopkey" {'],
] as const;

describe.each(FILES)("setup %s", (tool, path, line) => {
  it("prints the lines, and changes nothing", async () => {
    const { setup, text } = await createWorld();
    const { code, out, err } = await setup(`${tool} --host api.example`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(line);
    await expect(text(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("--write does it once, says what changed, and keeps what is there", async () => {
    const { home, setup, text } = await createWorld();
    const before = path.endsWith(".json") ? '{\n\t"auths": { "x": {} }\n}\n' : "# mine\nanother = 1";
    await mkdir(join(home, path, ".."), { recursive: true });
    await writeFile(join(home, path), before);
    await chmod(join(home, path), 0o640);
    const first = await setup(`${tool} --host api.example --write`);
    expect(first).toMatchObject({ code: 0, err: "", out: expect.stringContaining(join(home, path)) });
    const after = await text(path);
    expect(after).toContain(path.endsWith(".json") ? '"auths": {' : before);
    expect(after).toContain(line);
    if (process.platform !== "win32") expect((await stat(join(home, path))).mode & 0o777).toBe(0o640);
    expect((await setup(`${tool} --host api.example --write`)).out).toMatch(/^Nothing to change\.$/m);
    expect(await text(path)).toBe(after);
  });

  it("--write leaves alone what another setting is in", async () => {
    const { home, setup, text } = await createWorld();
    const taken: Readonly<Record<string, string>> = {
      bazel: "common --credential_helper=api.example=/other\n",
      pnpm: "//api.example/:_authToken=x\n",
      docker: '{"credHelpers":{"api.example":"other"}}',
      cargo: "[registry]\ndefault = 'x'\n",
      terraform: 'credentials_helper "other" {}\n',
    };
    await mkdir(join(home, path, ".."), { recursive: true });
    await writeFile(join(home, path), taken[tool]!);
    const { code, err } = await setup(`${tool} --host api.example --write`);
    expect(code).toBe(2);
    expect(err).toContain(`${join(home, path)} is left as it is`);
    expect(await text(path)).toBe(taken[tool]);
  });
});

describe("setup", () => {
  it.each(["kubectl", "bazel", "claude", "goauth", "pnpm", "docker"])(
    "%s: refuses a setting for every host",
    async (tool) => {
      const { setup } = await createWorld();
      expect(await setup(tool)).toMatchObject({ code: 2, out: "", err: expect.stringContaining("--host") });
    },
  );

  it("refuses a host that the profile does not name, and a profile that is not there", async () => {
    const { setup, line } = await createWorld();
    const evil = await setup("pnpm --host evil.example --write");
    expect(evil).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("--api-origin https://evil.example"),
    });
    expect(await line.run("setup pnpm --host api.example --profile nobody")).toMatchObject({ code: 4 });
  });

  it("refuses a tool that it does not know, and names those that it does", async () => {
    const { setup } = await createWorld();
    expect(await setup("floppy --host api.example")).toMatchObject({
      code: 2,
      err: expect.stringContaining("kubectl, bazel"),
    });
  });

  onPosix("git: adds a helper for that host alone, once, beside those that are there", async () => {
    const { setup, text } = await createWorld();
    expect((await setup("git --host api.example")).out).toMatch(
      /^git config --global --add credential\.https:/,
    );
    await setup("git --host api.example --write");
    expect((await setup("git --host api.example --write")).out).toBe("Nothing to change.\n");
    const config = await text(".gitconfig");
    expect(
      config.match(/!loopkey credential git --profile work --host https:\/\/api\.example/g),
    ).toHaveLength(1);
    expect(config).toContain('[credential "https://api.example"]');
  });

  it("claude: adds the helper to the server of .mcp.json", async () => {
    const { setup } = await createWorld();
    const { out } = await setup(`claude --host ${API}/mcp`);
    expect(JSON.parse(out.slice(out.indexOf("{")))).toEqual({
      mcpServers: {
        "api.example": {
          type: "http",
          url: `${API}/mcp`,
          headersHelper: `loopkey credential claude --profile work --host ${API}`,
        },
      },
    });
  });

  it("kubectl, goauth: prints the tool's own commands", async () => {
    const { setup } = await createWorld();
    expect((await setup("kubectl --host api.example")).out).toMatch(
      /^kubectl config set-credentials loopkey-work-api\.example .*--exec-arg=--host --exec-arg=https:\/\/api\.example/,
    );
    expect((await setup("goauth --host api.example")).out).toContain("GOAUTH=");
  });

  it("a tool that is not installed is said to be so", async () => {
    const { line, home } = await createWorld();
    const args = "setup git --host api.example --profile work --write";
    const { code, io } = await line.run(args, { env: { HOME: home, PATH: "/nonexistent" } });
    expect({ code, out: io.out }).toEqual({ code: 2, out: "" });
    expect(io.err).toContain("git could not be set up: it is not installed.");
  });

  onPosix("a file that is a link stays one", async () => {
    const { setup, home, text } = await createWorld();
    await writeFile(join(home, "dotfiles-npmrc"), "mine=1\n");
    await symlink(join(home, "dotfiles-npmrc"), join(home, ".npmrc"));
    await setup("pnpm --host api.example --write");
    expect((await lstat(join(home, ".npmrc"))).isSymbolicLink()).toBe(true);
    expect(await text("dotfiles-npmrc")).toMatch(/^mine=1\n\/\/api\.example\/:tokenHelper=/);
  });

  it("a file that is damaged is left alone", async () => {
    const { setup, home, text } = await createWorld();
    await mkdir(join(home, ".docker"));
    await writeFile(join(home, ".docker/config.json"), "{ no json");
    expect(await setup("docker --host api.example --write")).toMatchObject({ code: 2 });
    expect(await text(".docker/config.json")).toBe("{ no json");
  });

  it("--json is one value", async () => {
    const { setup } = await createWorld();
    expect(JSON.parse((await setup("pnpm --host api.example --json")).out)).toEqual({
      v: 1,
      tool: "pnpm",
      profile: "work",
      lines: expect.any(Array),
      changed: [],
      next: null,
    });
  });
});

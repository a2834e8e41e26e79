// `setup --write` where files are links, cannot be written, or lie at paths that tools read in ways of their own.
import { execFile } from "node:child_process";
import { chmod, cp, lstat, mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { API, createWorld, onPosix } from "./support.js";

const run = promisify(execFile);

/** A program in the place of `loopkey`, at a path that shells would take apart, which prints what it is given. */
async function standIn(folder: string): Promise<void> {
  const path = join(folder, `o'd "p$HOME\\ l&ce; %PATH%`, "loopkey");
  await mkdir(join(path, ".."));
  await writeFile(path, "console.log(JSON.stringify(process.argv.slice(2)));");
  const [, before = ""] = process.argv;
  process.argv[1] = path;
  onTestFinished(() => void (process.argv[1] = before));
}

/** The same profile in another folder of configuration. */
async function movedTo(name: string) {
  const world = await createWorld();
  const folder = join(world.home, name);
  await cp(join(world.home, "loopkey"), join(folder, "loopkey"), { recursive: true });
  const env = { XDG_CONFIG_HOME: folder };
  return { ...world, folder, setup: (args: string) => world.setup(args, env) };
}

describe("a program that a tool starts by its path", () => {
  onPosix("runs, wherever it and ours lie", async () => {
    const { home, setup, folder } = await movedTo(`c'nf "$HOME\\ig`);
    await standIn(home);
    expect(await setup("bazel --host api.example --write")).toMatchObject({ code: 0, err: "" });
    const program = join(folder, "loopkey", "tools", "bazel-work-api.example");
    const { stdout } = await run(program, ["get", "a b"]);
    expect(JSON.parse(stdout)).toEqual(
      `credential bazel --profile work --host ${API} get`.split(" ").concat("a b"),
    );
  });

  onPosix("is one word of .bazelrc, which is cut apart as a shell cuts it", async () => {
    const { setup, text, folder } = await movedTo(`c'nf "i\\g #1`);
    await setup("bazel --host api.example --write");
    const { stdout } = await run("sh", ["-c", `printf '%s\\n' ${await text(".bazelrc")}`]);
    const program = join(folder, "loopkey", "tools", "bazel-work-api.example");
    expect(stdout).toBe(`common\n--credential_helper=api.example=${program}\n`);
    expect((await setup("bazel --host api.example --write")).out).toBe("Nothing to change.\n");
  });

  onPosix("is refused for pnpm at a path that pnpm takes apart, and nothing is written", async () => {
    const { setup, text } = await movedTo("con fig");
    const { code, out, err } = await setup("pnpm --host api.example --write");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("pnpm runs no tokenHelper with a space in its path: ");
    await expect(text(".npmrc")).rejects.toMatchObject({ code: "ENOENT" });
  });

  onPosix("that is not ours stays, and one of ours is exchanged whole", async () => {
    const { home, setup } = await createWorld();
    const program = join(home, ".local/bin/docker-credential-loopkey-work");
    await mkdir(join(program, ".."), { recursive: true });
    await writeFile(program, "#!/bin/sh\nmine\n");
    expect(await setup("docker --host api.example --write")).toMatchObject({
      code: 2,
      err: expect.stringContaining("another program is there"),
    });
    await writeFile(program, "#!/bin/sh\n# Written by loopkey setup\nof an older version\n");
    await chmod(program, 0o600);
    const before = (await lstat(program)).ino;
    expect(await setup("docker --host api.example --write")).toMatchObject({ code: 0 });
    const after = await lstat(program);
    expect(after.mode & 0o777).toBe(0o755);
    expect(after.ino, "a shell that reads the old one reads it to its end").not.toBe(before);
  });
});

describe("a file of a tool", () => {
  onPosix("that is a link to one that is not there yet stays a link", async () => {
    const { home, setup, text } = await createWorld();
    await mkdir(join(home, "dotfiles"));
    await symlink("dotfiles/npmrc", join(home, ".npmrc"));
    expect(await setup("pnpm --host api.example --write")).toMatchObject({ code: 0, err: "" });
    expect(await readlink(join(home, ".npmrc"))).toBe("dotfiles/npmrc");
    expect(await text("dotfiles/npmrc")).toMatch(/^\/\/api\.example\/:tokenHelper=/);
  });

  onPosix("that cannot be written is named, with the lines to write by hand", async () => {
    const { home, setup } = await createWorld();
    // Even root cannot make a folder of this.
    await symlink("nowhere/at/all", join(home, ".cargo"));
    const { code, out, err } = await setup("cargo --host api.example --write");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`${join(home, ".cargo/config.toml")} is left as it is: `);
    expect(err).toMatch(/prints without --write.* \[invalid_config]\n$/);
  });

  it("with the ends of lines of Windows keeps them, and is changed once", async () => {
    const { home, setup } = await createWorld();
    await writeFile(join(home, ".terraformrc"), "# mine\r\n");
    await setup("terraform --host api.example --write");
    const text = await readFile(join(home, ".terraformrc"), "utf8");
    expect(text).toMatch(/^# mine\r\ncredentials_helper "loopkey" \{\r\n.*\r\n\}\r\n$/);
    expect((await setup("terraform --host api.example --write")).out).toBe("Nothing to change.\n");
    // As an editor does that ends all lines in one way.
    await writeFile(join(home, ".terraformrc"), text.replaceAll("\r\n", "\n"));
    expect((await setup("terraform --host api.example --write")).out).toBe("Nothing to change.\n");
  });

  it("has a member for a host that is called as a member of every object", async () => {
    const { home, setup, text } = await createWorld("--profile work --api-origin https://constructor");
    await mkdir(join(home, ".docker"));
    await writeFile(join(home, ".docker/config.json"), '{"credHelpers":{"__proto__":"kept"}}');
    expect(await setup("docker --host constructor --write")).toMatchObject({ code: 0, err: "" });
    expect(await text(".docker/config.json")).toBe(
      `${JSON.stringify(JSON.parse('{"credHelpers":{"__proto__":"kept","constructor":"loopkey-work"}}'), null, 2)}\n`,
    );
  });

  it.each(["ada@api.example", "https://ada:secret@api.example"])(
    "gets no user name: --host %s is refused",
    async (host) => {
      const { setup } = await createWorld();
      const { code, out, err } = await setup(`claude --host ${host}`);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).not.toContain("secret");
    },
  );
});

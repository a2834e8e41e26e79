import { closeSync, fstatSync, openSync } from "node:fs";
import { chmod, chown, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { secretFromEnvironment } from "../../src/passphrase/from-environment.js";
import { readKeyFile } from "../../src/passphrase/inside/key-file.js";
import { createFolder, KEY } from "../support/encrypted-file.js";
import { lacking, posixTest } from "../support/platform.js";

const isRoot = process.geteuid?.() === 0;

async function fileWith(content: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = join(await createFolder(), "file");
  await writeFile(path, content, { mode });
  await chmod(path, mode);
  return path;
}

describe("LOOPKEY_PASSPHRASE", () => {
  test("is taken out of the environment, and stays known to stores that are made later", async () => {
    const env: Record<string, string> = { LOOPKEY_PASSPHRASE: "some words", OTHER: "stays" };
    const source = secretFromEnvironment(env);
    expect(env).toEqual({ OTHER: "stays" });
    expect(await source!()).toEqual({ passphrase: "some words" });
    expect(await secretFromEnvironment(env)!()).toEqual({ passphrase: "some words" });
    env["LOOPKEY_PASSPHRASE"] = "other words";
    expect(await secretFromEnvironment(env)!()).toEqual({ passphrase: "other words" });
  });

  test("is used from an environment that cannot be changed", async () => {
    const env = Object.freeze({ LOOPKEY_PASSPHRASE: "some words" });
    expect(await secretFromEnvironment(env)!()).toEqual({ passphrase: "some words" });
  });

  test("is none when it is empty or missing", () => {
    expect(secretFromEnvironment({})).toBeUndefined();
    expect(
      secretFromEnvironment({ LOOPKEY_PASSPHRASE: "", LOOPKEY_PASSPHRASE_FD: "", LOOPKEY_KEY_FILE: "" }),
    ).toBeUndefined();
  });

  test("does not show when the source or its answer's holder is looked at", () => {
    const env = { LOOPKEY_PASSPHRASE: "some words" };
    expect(inspect([secretFromEnvironment(env), env], { depth: 9, showHidden: true })).not.toContain(
      "some words",
    );
  });
});

test("several at once are refused, by their names", async () => {
  const env = { LOOPKEY_PASSPHRASE: "some words", LOOPKEY_KEY_FILE: "/nowhere" };
  await expect(secretFromEnvironment(env)!()).rejects.toMatchObject({
    code: "secret_unusable",
    message: "LOOPKEY_PASSPHRASE and LOOPKEY_KEY_FILE are set, and only one may be.",
  });
});

describe("LOOPKEY_PASSPHRASE_FD", () => {
  test.each([
    ["some words\n", "some words"],
    ["some words", "some words"],
    ["some words\r\nmore\n", "some words"],
    [" spaces stay \n", " spaces stay "],
    ["🔑".repeat(1_024), "🔑".repeat(1_024)],
  ])("%j is read once, up to the end of the line, and closed", async (content, passphrase) => {
    const fd = openSync(await fileWith(content), "r");
    const env: Record<string, string> = { LOOPKEY_PASSPHRASE_FD: String(fd) };
    const source = secretFromEnvironment(env)!;
    expect(env).toEqual({});
    expect(await source()).toEqual({ passphrase });
    expect(await source()).toEqual({ passphrase });
    expect(await secretFromEnvironment(env)!()).toEqual({ passphrase });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(() => fstatSync(fd)).toThrow("EBADF");
  });

  test.each(["1", "2", "-1", "three", "3.5", "0x3", "99999", "1e1"])(
    "%s cannot be read, and is not tried again",
    async (fd) => {
      const source = secretFromEnvironment({ LOOPKEY_PASSPHRASE_FD: fd })!;
      const first = await source().catch((error: unknown) => error);
      expect(first).toMatchObject({ code: "secret_unusable", hint: expect.any(String) });
      expect(await source().catch((error: unknown) => error)).toBe(first);
    },
  );

  test.each([
    ["nothing", ""],
    ["an empty line", "\nwords"],
    ["too much", "x".repeat(4_097)],
  ])("%s is refused, without what was read", async (_, content) => {
    const fd = openSync(await fileWith(content), "r");
    const error = await secretFromEnvironment({ LOOPKEY_PASSPHRASE_FD: String(fd) })!().catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: "secret_unusable" });
    expect(inspect(error)).not.toMatch(/words|xxxx/);
  });

  test("a directory is no passphrase", async () => {
    const fd = openSync(await createFolder(), "r");
    const error = await secretFromEnvironment({ LOOPKEY_PASSPHRASE_FD: String(fd) })!().catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: "secret_unusable", message: expect.stringContaining("EISDIR") });
    try {
      closeSync(fd);
    } catch {
      // closed already, as it should be
    }
  });
});

describe("LOOPKEY_KEY_FILE", () => {
  const raw = Buffer.from(KEY);

  test.each([
    ["as it is", raw],
    ["32 bytes that are white space", Buffer.alloc(32, "\n")],
    ["in hexadecimal", raw.toString("hex")],
    ["in capitals, with a line break", `${raw.toString("hex").toUpperCase()}\n`],
    ["in base64", raw.toString("base64")],
    ["in base64url, with a line break", `${raw.toString("base64url")}\r\n`],
  ])("%s", async (_, content) => {
    const path = await fileWith(content);
    const env = { LOOPKEY_KEY_FILE: path };
    const expected = Buffer.isBuffer(content) ? content : raw;
    const secret = await secretFromEnvironment(env)!();
    expect("key" in secret && Buffer.from(secret.key).equals(expected)).toBe(true);
    // A path is no secret, and programs that are started may need it.
    expect(env).toEqual({ LOOPKEY_KEY_FILE: path });
  });

  test.each([
    ["nothing", ""],
    ["31 bytes", raw.subarray(1)],
    ["33 bytes", Buffer.concat([raw, raw.subarray(0, 1)])],
    ["a passphrase", "correct horse battery staple"],
    ["hexadecimal with one letter too few", raw.toString("hex").slice(1)],
    ["a private key of another kind", `-----BEGIN PRIVATE KEY-----\n${"M".repeat(400)}`],
  ])("%s is refused, without a word of it", async (_, content) => {
    const error = await readKeyFile(await fileWith(content)).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "secret_unusable",
      message: expect.stringContaining("does not hold a key"),
    });
    expect(inspect(error)).not.toMatch(/horse|BEGIN|MMMM/);
  });

  for (const mode of [0o644, 0o640, 0o604, 0o660])
    posixTest("modes")(`mode ${mode.toString(8)} is refused`, async () => {
      await expect(readKeyFile(await fileWith(raw, mode))).rejects.toMatchObject({
        code: "secret_unusable",
        message: expect.stringContaining(`open to other users (mode 0${mode.toString(8)})`),
      });
      expect(await readKeyFile(await fileWith(raw, mode), "win32")).toHaveLength(32);
    });

  test.each([0o400, 0o600])("mode %o is taken", async (mode) => {
    expect(await readKeyFile(await fileWith(raw, mode))).toHaveLength(32);
  });

  test.runIf(isRoot)(lacking("owners", "a file of another user is refused"), async () => {
    const path = await fileWith(raw);
    await chown(path, 12_345, 0);
    await expect(readKeyFile(path)).rejects.toMatchObject({
      message: expect.stringContaining("another user"),
    });
  });

  posixTest("links without rights")("a link is followed, as containers mount secrets", async () => {
    const path = await fileWith(raw);
    await symlink(path, `${path}.link`);
    expect(await readKeyFile(`${path}.link`)).toHaveLength(32);
  });

  test("a folder and a file that is missing are said", async () => {
    const folder = await createFolder();
    await mkdir(join(folder, "key"));
    await expect(readKeyFile(join(folder, "key"))).rejects.toMatchObject({ code: "secret_unusable" });
    await expect(readKeyFile(join(folder, "none"))).rejects.toThrow("cannot be read (ENOENT)");
  });
});

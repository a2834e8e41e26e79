// What a file may hold that this store has not written: an error each, never a record, never a crash.
import { readdir, writeFile } from "node:fs/promises";
import { assert, asyncProperty, nat, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecipe } from "../../src/encrypted-file/inside/format.js";
import { keep, RECORD, withPassphrase } from "../support/encrypted-file.js";
import { processorMs } from "../support/processor-time.js";

const REFUSED = ["wrong_key_or_damaged", "unknown_format"];

async function written() {
  const kept = await keep();
  await kept.store.save(RECORD);
  const whole = await kept.bytes();
  const reader = kept.again();
  return {
    ...kept,
    whole,
    /** How a load of these bytes ends. */
    outcome: async (bytes: Uint8Array): Promise<string> => {
      await writeFile(kept.file, bytes);
      const answer = await reader.load().catch((error: { code: string }) => error);
      return typeof answer === "object" && answer !== null ? answer.code : `record: ${answer}`;
    },
  };
}

test("each bit of each byte, flipped", async () => {
  const { whole, outcome } = await written();
  for (let at = 0; at < whole.length; at++) {
    for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= bit;
      const code = await outcome(bytes);
      expect(REFUSED, `byte ${at}, bit ${bit}: ${code}`).toContain(code);
    }
  }
  expect(await outcome(whole)).toBe(`record: ${RECORD}`);
}, 30_000);

test("cut off at each length, or longer", async () => {
  const { whole, outcome } = await written();
  for (let length = 0; length < whole.length; length++) {
    expect(REFUSED).toContain(await outcome(whole.subarray(0, length)));
  }
  for (const more of [1, 16, 4_096, 2_000_000])
    expect(REFUSED).toContain(await outcome(Buffer.concat([whole, Buffer.alloc(more)])));
}, 30_000);

test("any bytes, and any bytes after a header that is right", async () => {
  const { whole, outcome } = await written();
  await assert(
    asyncProperty(uint8Array({ maxLength: 300 }), nat(60), async (bytes, kept) => {
      expect(REFUSED).toContain(await outcome(bytes));
      expect(REFUSED).toContain(await outcome(Buffer.concat([whole.subarray(0, kept), bytes])));
    }),
    { numRuns: 300 },
  );
}, 30_000);

test("parts of two files of the same key", async () => {
  const { whole, outcome, store, bytes } = await written();
  await store.save(RECORD.toUpperCase());
  const other = await bytes();
  for (let cut = 1; cut < whole.length; cut++) {
    const code = await outcome(Buffer.concat([whole.subarray(0, cut), other.subarray(cut)]));
    // The first 32 bytes are the same in both: cut there, it is the other file, whole.
    if (cut <= 32) expect(code).toBe(`record: ${RECORD.toUpperCase()}`);
    else expect(REFUSED).toContain(code);
  }
});

test("the file stays as it is, and is not set aside", async () => {
  const { whole, outcome, folder, bytes } = await written();
  const damaged = Buffer.from(whole).fill(0, 50);
  await outcome(damaged);
  expect(await readdir(folder)).toEqual(["session.enc"]);
  expect(await bytes()).toEqual(damaged);
});

describe("what scrypt may be asked by a file is bounded:", () => {
  const header = (kind: number, logN: number, r: number, p: number) =>
    Buffer.concat([Buffer.from("LOOPKEY\0"), Buffer.from([1, kind, logN, r, p, 0, 0, 0]), Buffer.alloc(60)]);

  test("of all parameters that a file can hold, those of at most 128 MiB and twice the usual work pass", () => {
    const passed: string[] = [];
    for (const logN of [...Array(40).keys(), 64, 128, 255])
      for (const r of [...Array(34).keys(), 64, 128, 255])
        for (const p of [...Array(34).keys(), 64, 128, 255])
          if (typeof readRecipe(header(1, logN, r, p)) === "object") passed.push(`${logN} ${r} ${p}`);
    expect(passed).toEqual(
      ["14 8 1", "14 8 2", "14 8 3", "14 8 4", "14 8 5"].concat(
        ["15 8 1", "15 8 2", "15 8 3", "15 8 4", "15 8 5"],
        ["16 8 1", "16 8 2", "16 8 3", "16 8 4", "17 8 1", "17 8 2"],
      ),
    );
  });

  test.each([
    [1, 34, 8, 1],
    [1, 63, 255, 255],
    [1, 0, 0, 0],
    [1, 16, 8, 0],
    [2, 16, 8, 1],
    [0, 0, 0, 0],
    [3, 16, 8, 1],
  ])("kind %i, N = 2^%i, r = %i, p = %i is refused at once", async (kind, logN, r, p) => {
    const { file, again } = await keep();
    await writeFile(file, header(kind, logN, r, p), { mode: 0o600 });
    const spent = await processorMs(() =>
      expect(again({ secret: withPassphrase }).load()).rejects.toMatchObject({ code: "unknown_format" }),
    );
    expect(spent).toBeLessThan(100);
  });

  test("the dearest that passes still ends, as a wrong key", async () => {
    const { file, again } = await keep();
    await writeFile(file, header(1, 17, 8, 2), { mode: 0o600 });
    await expect(again({ secret: withPassphrase }).load()).rejects.toMatchObject({
      code: "wrong_key_or_damaged",
    });
  }, 20_000);

  test("a version of the future is named", async () => {
    const { whole, file, again } = await written();
    whole[8] = 2;
    await writeFile(file, whole);
    await expect(again().load()).rejects.toThrow("its version is 2, and this one knows 1");
  });
});

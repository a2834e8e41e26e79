import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { networkFacts } from "../../src/fetch/facts.js";

const SERVER = new URL("https://id.example.com");
const NONE = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

beforeEach(() => {
  for (const name of [...NONE, "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "NODE_TLS_REJECT_UNAUTHORIZED"])
    vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

describe("what a person's network is set to", () => {
  test("is the way that a request goes, without a password", async () => {
    expect(await networkFacts(SERVER)).toEqual({
      message: "Requests to id.example.com go directly, by no proxy.",
    });
    vi.stubEnv("HTTPS_PROXY", "http://ada:secret@proxy.example:3128");
    expect(await networkFacts(SERVER)).toEqual({
      message: "Requests to id.example.com go through the proxy proxy.example:3128 (HTTPS_PROXY).",
    });
    vi.stubEnv("NO_PROXY", ".example.com");
    expect((await networkFacts(SERVER)).message).toContain("directly");
    expect((await networkFacts(new URL("http://127.0.0.1:4711"))).message).toContain("directly");
  });

  test("rejects with what to write for a proxy that cannot be used", async () => {
    vi.stubEnv("HTTPS_PROXY", "socks5://ada:secret@127.0.0.1");
    await expect(networkFacts(SERVER)).rejects.toMatchObject({
      cause: { hint: expect.stringMatching(/^HTTPS_PROXY is no address of a proxy/) as string },
    });
    vi.stubEnv("HTTPS_PROXY", "http://ada:p@secret#x@127.0.0.1:3128");
    const error = (await networkFacts(SERVER).catch((reason: unknown) => reason)) as Error;
    expect(error.cause).toMatchObject({ hint: expect.stringContaining("%40") as string });
    expect(JSON.stringify(error.cause)).not.toContain("secret");
  });

  test("warns where no certificate is checked", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    expect((await networkFacts(SERVER)).warning?.message).toContain("no certificate is checked");
  });

  describe("and certificates", () => {
    let folder: string;
    beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "loopkey-facts-"))));
    afterEach(() => rm(folder, { recursive: true }));
    const pem = rootCertificates[0]!;

    test.each([
      ["a byte order mark", `\uFEFF${pem}`],
      ["words around it", `subject=Company\n${pem}\n# the end\n`],
      [
        "a first one that cannot be read",
        `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${pem}`,
      ],
    ])("are trusted by a file with %s", async (_, text) => {
      const file = join(folder, "file.pem");
      await writeFile(file, text);
      vi.stubEnv("NODE_EXTRA_CA_CERTS", file);
      const facts = await networkFacts(SERVER);
      expect(facts.warning).toBeUndefined();
      expect(facts.message).toContain(`trusted too by ${file} (NODE_EXTRA_CA_CERTS)`);
    });

    test.each([
      ["has none", Buffer.from("no certificate"), "has no certificate in it"],
      [
        "is UTF-16, as PowerShell writes it",
        Buffer.from(`\uFEFF${pem}`, "utf16le"),
        "has no certificate in it",
      ],
      ["is cut off", Buffer.from(pem.slice(0, 200)), "has no certificate in it"],
      ["is in DER", new X509Certificate(pem).raw, "is in DER"],
      ["is not there", undefined, "cannot be read (ENOENT)"],
    ])("are told to be missing where the file %s", async (_, bytes, told) => {
      const file = join(folder, "file.pem");
      if (bytes) await writeFile(file, bytes);
      vi.stubEnv("SSL_CERT_FILE", file);
      const { message, warning } = await networkFacts(SERVER);
      expect(message).not.toContain("trusted");
      expect(warning?.message).toContain(`SSL_CERT_FILE is set, but ${file} ${told}`);
    });
  });
});

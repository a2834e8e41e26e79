// BROWSER may be a batch file on Windows. What of it needs no Windows is tested everywhere.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { cmdCommand, isBatchFile } from "../../src/browser/inside/batch-file.js";
import { createBrowserLauncher } from "../../src/index.js";
import { isWindows } from "../support/platform.js";

const { signal } = new AbortController();

describe("a batch file", () => {
  test.each(["x.bat", "C:\\my\\x.CMD", "x.bat.", "x.cmd. ."])("%s is one on Windows alone", (program) => {
    expect(isBatchFile({ program, args: [] }, "win32")).toBe(true);
    expect(isBatchFile({ program, args: [] }, "linux")).toBe(false);
  });

  test.each(["x.exe", "bat", "x.bat.exe", "x.cmd\\y.exe"])("%s is none", (program) => {
    expect(isBatchFile({ program, args: [] }, "win32")).toBe(false);
  });

  test("is read by the system's cmd.exe, and no word of it is in the command line", () => {
    const command = { program: "C:\\a&b\\%x%.cmd", args: ["--new", "https://id.example/?a=%PATH%&b=1"] };
    expect(cmdCommand(command, { SystemRoot: "D:\\Win", OTHER: "1" })).toEqual({
      program: "D:\\Win\\System32\\cmd.exe",
      args: [
        "/d",
        "/v:off",
        "/s",
        "/c",
        '""%LOOPKEY_BROWSER_0%" "%LOOPKEY_BROWSER_1%" "%LOOPKEY_BROWSER_2%""',
      ],
      env: {
        SystemRoot: "D:\\Win",
        OTHER: "1",
        LOOPKEY_BROWSER_0: "C:\\a&b\\%x%.cmd",
        LOOPKEY_BROWSER_1: "--new",
        LOOPKEY_BROWSER_2: "https://id.example/?a=%PATH%&b=1",
      },
    });
  });

  test.each(['https://id.example"&calc&"/', "a\nb", "a\rb", "a\0b"])("is given nothing like %j", (word) => {
    expect(() => cmdCommand({ program: "x.cmd", args: [word] }, {})).toThrow(/a quote/);
  });
});

// A real cmd.exe, which is nowhere else.
if (isWindows)
  describe("BROWSER that names a batch file", () => {
    /** It hands what it was given to a program that writes it down. */
    async function batchFile(name: string, last = "exit 0") {
      const folder = await mkdtemp(join(tmpdir(), "loopkey batch "));
      onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
      const [path, script, written] = [name, "write.cjs", "args"].map((file) => join(folder, file));
      await writeFile(
        script!,
        `require("node:fs").writeFileSync(${JSON.stringify(written)}, JSON.stringify(process.argv.slice(2)))`,
      );
      await writeFile(path!, `@"${process.execPath}" "${script}" %*\r\n@${last}\r\n`);
      return {
        path: path!,
        args: async () => JSON.parse(await readFile(written!, "utf8")) as readonly string[],
      };
    }
    const launcher = (BROWSER: string) =>
      createBrowserLauncher({ env: { ...process.env, BROWSER }, watchMs: 30_000 });

    // Without a `%`: Wine's cmd.exe looks for one again in what it has put in, as Windows' does not.
    const URLS = [
      "https://id.example/authorize?a=1&b=2",
      "https://id.example/?a=^&b=^^&c=!PATH!&d=|calc&e=;,=(x)",
      "https://id.example/?a=`&b=$HOME#f&g",
    ];
    test.each(URLS)("is given %s as one argument, letter by letter", async (url) => {
      const { path, args } = await batchFile("my browser.cmd");
      await launcher(`"${path}" --new %s`)(url, { signal });
      expect(await args()).toEqual(["--new", new URL(url).href]);
    });

    test("may stand there without quotes, spaces or not", async () => {
      const { path, args } = await batchFile("my own.bat");
      await launcher(path)(URLS[0]!, { signal });
      expect(await args()).toEqual([URLS[0]]);
    });

    test("rejects when it fails, and says how", async () => {
      const { path } = await batchFile("failing.cmd", "exit 3");
      await expect(launcher(`"${path}"`)(URLS[0]!, { signal })).rejects.toThrow("failed with exit code 3");
    });
  });

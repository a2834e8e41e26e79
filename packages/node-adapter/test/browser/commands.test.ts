import { describe, expect, test } from "vitest";
import { browserCommands, hasDisplay } from "../../src/browser/inside/commands.js";

const URL = "https://example.com/?a=$&b=%s";

describe("BROWSER", () => {
  const cases: [what: string, browser: string | undefined, platform: string, expected: [string, ...string[]][]][] = [
    ["names nothing when it is not set", undefined, "linux", []],
    ["names nothing when it is empty", " : ", "linux", []],
    ["is a program that gets the URL at the end", "firefox", "linux", [["firefox", URL]]],
    ["may hold arguments", "firefox -P work", "linux", [["firefox", "-P", "work", URL]]],
    ["says with %s where the URL goes", "x --url=%s --new", "linux", [["x", `--url=${URL}`, "--new"]]],
    ["is a list", "a:b %s:c", "linux", [["a", URL], ["b", URL], ["c", URL]]],
    ["keeps quoted words together", `open -a "Google Chrome"`, "darwin", [["open", "-a", "Google Chrome", URL]]],
    ["keeps quoted colons, and quotes in a word", `x --url="%s" 'a:b'`, "linux", [["x", `--url=${URL}`, "a:b"]]],
    ["may end with the & of a shell", "firefox %s &:x", "linux", [["firefox", URL], ["x", URL]]],
    ["says with %% a percent sign", "x 5%% %s", "linux", [["x", "5%", URL]]],
    ["is one program on Windows", `"C:\\Program Files\\x.exe" -a`, "win32", [["C:\\Program Files\\x.exe", "-a", URL]]],
    ["is not expanded as a shell would", "x $HOME `id` ;", "linux", [["x", "$HOME", "`id`", ";", URL]]],
  ]; // prettier-ignore
  for (const [what, browser, platform, expected] of cases) {
    test(what, () => {
      const commands = browserCommands(browser, URL, platform);
      expect(commands.map(({ program, args }) => [program, ...args])).toEqual(expected);
    });
  }
});

describe("a display", () => {
  test("is expected on macOS, Windows and Android without asking", () => {
    for (const platform of ["darwin", "win32", "android"]) expect(hasDisplay({}, platform)).toBe(true);
  });

  test("is there on Linux with X11, Wayland, or the Windows around WSL", () => {
    for (const name of ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "WSL_INTEROP"])
      expect(hasDisplay({ [name]: "x" }, "linux")).toBe(true);
  });

  test("is not there otherwise", () => {
    expect(hasDisplay({ DISPLAY: "", HOME: "/root" }, "linux")).toBe(false);
    expect(hasDisplay({}, "freebsd")).toBe(false);
  });
});

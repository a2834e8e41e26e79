// Completion in real shells, from the script that the binary prints.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createToolWorld, missingTool, type ToolWorld } from "./support/tool-world.js";

const world = (): Promise<ToolWorld> => createToolWorld({ serve: (_, response) => void response.end() });

/** What the script builds on, as Cobra's do. */
const BASH_COMPLETION = "/usr/share/bash-completion/bash_completion";

/** What bash offers for a line, as `complete` has set it up. */
const ASK = `
source ${BASH_COMPLETION}
compopt() { :; } # Bash has it only while somebody presses the key.
source <(loopkey completion bash)
COMP_LINE="$1"; COMP_POINT=\${#COMP_LINE}; read -ra COMP_WORDS <<<"$COMP_LINE"
[[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
$(complete -p loopkey | sed 's/.*-F \\([^ ]*\\).*/\\1/') loopkey "\${COMP_WORDS[COMP_CWORD]}" ""
printf '%s\\n' "\${COMPREPLY[@]}"
`;

const isThere = existsSync(BASH_COMPLETION) || process.env["CI"] === "true";
const why = isThere ? undefined : "bash-completion is missing: sudo apt-get install bash-completion";
describe.skipIf(why)(why === undefined ? "bash" : `bash: ${why}`, () => {
  const asked = async ({ run }: ToolWorld, line: string): Promise<readonly string[]> => {
    const { stdout, stderr } = await run("bash", ["-c", ASK, "bash", line]);
    expect(stderr).toBe("");
    return stdout.split("\n").flatMap((offered) => offered.trim().split(/\s+/)[0] || []);
  };

  it("offers commands, options, values, and the profiles that there are", async () => {
    const here = await world();
    expect(await asked(here, "loopkey sta")).toEqual(["status"]);
    expect(await asked(here, "loopkey token --for")).toEqual(["--format"]);
    expect(await asked(here, "loopkey login --store ")).toEqual(
      expect.arrayContaining(["keyring", "memory"]),
    );
    expect(await asked(here, "loopkey status --profile ")).toEqual(["default"]);
    expect(await asked(here, "loopkey switch ")).toEqual(["default"]);
    expect(await asked(here, "loopkey credential ku")).toEqual(["kubectl"]);
  });
});

const SHELLS = [
  ["zsh", ["-n"], "sudo apt-get install zsh"],
  ["fish", ["--no-execute"], "sudo apt-get install fish"],
] as const;

describe.each(SHELLS)("%s", (shell, check, how) => {
  const missing = missingTool(shell, how, false);
  it.skipIf(missing)(missing ?? "understands its script", async () => {
    const here = await world();
    const file = join(here.folder, "completion");
    await mkdir(here.folder, { recursive: true });
    const { code, stderr } = await here.run("sh", [
      "-c",
      `loopkey completion ${shell} >"$0" && ${shell} ${check.join(" ")} "$0"`,
      file,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

it.each(["bash", "zsh", "fish", "powershell"])(
  "there is a script for %s, which asks the program by its name",
  async (shell) => {
    const { cli } = await world();
    const { code, stdout } = await cli.run(["completion", shell]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/loopkey complete '?--/);
  },
);

it("a shell that is not known is wrong usage", async () => {
  const { cli } = await world();
  expect(await cli.run(["completion", "tcsh"])).toMatchObject({ code: 2, stdout: "" });
});

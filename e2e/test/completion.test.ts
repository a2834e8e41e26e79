// Completion in real shells, from the script that the binary prints.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { Language, Parser } from "web-tree-sitter";
import { missingForTerminal, openShell } from "./support/terminal.js";
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

const noFish = missingTool("fish", "sudo apt-get install fish");
describe.skipIf(noFish)(noFish === undefined ? "fish" : `fish: ${noFish}`, () => {
  const asked = async ({ run }: ToolWorld, line: string): Promise<readonly string[]> => {
    const script = "loopkey completion fish | source; complete --do-complete $argv[1]";
    const { stdout, stderr } = await run("fish", ["--no-config", "-c", script, line]);
    expect(stderr).toBe("");
    return stdout.split("\n").flatMap((offered) => offered.split("\t")[0] || []);
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

const noZsh = missingTool("zsh", "sudo apt-get install zsh") ?? missingForTerminal;
describe.skipIf(noZsh)(noZsh === undefined ? "zsh" : `zsh: ${noZsh}`, () => {
  it("completes commands, options, values, and the profiles that there are, at the key that a person presses", async () => {
    const { cli } = await world();
    const shell = await openShell(cli.env, "zsh -f -i");
    shell.type(
      "PS1='$ '; autoload -Uz compinit; compinit -u -D; source <(loopkey completion zsh); echo re''ady\r",
    );
    await shell.shows(/^ready/m);
    // What it has made of the line is shown, and taken away again.
    const completed = async (typed: string, line: string): Promise<void> => {
      shell.type(`${typed}\t`);
      await shell.showsNext(new RegExp(line));
      shell.type("\u0015");
    };
    await completed("loopkey sta", "loopkey sta.*tus");
    await completed("loopkey token --for", "loopkey token --for.*mat");
    await completed("loopkey login --store enc", "--store enc.*rypted-file");
    await completed("loopkey switch de", "switch de.*fault");
    await completed("loopkey credential ku", "credential ku.*bectl");
  });
});

// No registry has it: where it is not, as in CI, its script is held against the grammar below.
const noPowerShell = missingTool("pwsh", "see https://learn.microsoft.com/powershell", false);
if (noPowerShell === undefined || process.env["CI"] === undefined)
  describe.skipIf(noPowerShell)(
    noPowerShell === undefined ? "PowerShell" : `PowerShell: ${noPowerShell}`,
    () => {
      it("offers commands, options and the profiles that there are", async () => {
        const { run } = await world();
        const script = `loopkey completion powershell | Out-String | Invoke-Expression
        foreach ($line in "loopkey sta", "loopkey token --for", "loopkey switch ") {
          (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches | % CompletionText
        }`;
        const { stdout } = await run("pwsh", ["-NoProfile", "-Command", script]);
        expect(stdout.trim().split(/\s+/)).toEqual(["status", "--format", "default"]);
      });
    },
  );

it("the script for PowerShell is one by PowerShell's grammar, whatever runs here", async () => {
  const { cli } = await world();
  const { stdout } = await cli.run(["completion", "powershell"]);
  await Parser.init();
  const parser = new Parser();
  const require = createRequire(import.meta.url);
  const grammar = require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");
  parser.setLanguage(await Language.load(grammar));
  const isPowerShell = (text: string): boolean => !parser.parse(text)!.rootNode.hasError;
  expect(isPowerShell(stdout)).toBe(true);
  expect(isPowerShell(stdout.replace("}", "")), "the grammar sees what is missing").toBe(false);
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

// Under the name that a tool looks for: `git-credential-loopkey get` is `loopkey credential git get`. What follows "loopkey" names
// the profile: `docker-credential-loopkey-work`.

const NAMES: Readonly<Record<string, string>> = {
  "docker-credential-loopkey": "docker",
  "git-credential-loopkey": "git",
  "terraform-credentials-loopkey": "terraform",
  "cargo-credential-loopkey": "cargo",
};

/** The command line, without the names of node and of the program. `program`: the path by which it was started. */
export function commandLineOf(program: string | undefined, args: readonly string[]): readonly string[] {
  // cargo: what its configuration has behind the name comes later, on stdin.
  if (args[0] === "--cargo-plugin") return ["credential", "cargo", ...args];
  const file = (program ?? "")
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.(?:js|mjs|cjs|exe|cmd)$/i, "");
  const name = Object.keys(NAMES).find((each) => file === each || file.startsWith(`${each}-`));
  if (name === undefined) return args;
  const profile = file.slice(name.length + 1);
  return ["credential", NAMES[name]!, ...(profile === "" ? [] : ["--profile", profile]), ...args];
}

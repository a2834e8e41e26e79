// What is to be done for each tool, so that it asks for the token of one profile, and for one host.
import { join } from "node:path";
import { AuthError } from "@loopkey/core/light";
import type { Plan, Step } from "./step.js";

export interface Binding {
  readonly profile: string;
  /** As it was given: a tool may want its path. Undefined: none was. */
  readonly url: URL | undefined;
  readonly home: string;
  /** Where the project is, for a tool whose configuration lies there. */
  readonly cwd: string;
  /** Of ours, for programs that tools start by their path. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** What a tool's configuration has now, for one that takes a single value. */
  readonly read: (command: readonly string[]) => Promise<string>;
}

type Planner = (binding: Binding) => Plan | Promise<Plan>;

const words = ({ profile, url }: Binding, contract: string): readonly string[] => [
  "credential",
  contract,
  "--profile",
  profile,
  ...(url ? ["--host", url.origin] : []),
];

const PLANS: Readonly<Record<string, Planner>> = {
  kubectl(binding) {
    const url = needed("kubectl", binding);
    const user = `loopkey-${binding.profile}-${url.host.replaceAll(":", "-")}`;
    const args = words(binding, "kubectl").map((word) => `--exec-arg=${word}`);
    const exec = ["--exec-api-version=client.authentication.k8s.io/v1", "--exec-command=loopkey", ...args];
    const rest = ["--exec-interactive-mode=Never", "--exec-provide-cluster-info"];
    return {
      steps: [{ kind: "command", command: ["kubectl", "config", "set-credentials", user, ...exec, ...rest] }],
      next: `Then: kubectl config set-context --current --user=${user}`,
    };
  },
  bazel(binding) {
    const { host, hostname } = needed("bazel", binding);
    const program = programOf(binding, "bazel", host);
    // Its words are cut apart as a shell cuts them.
    const path = program.path.replaceAll(/[\s"'\\#]/g, String.raw`\$&`);
    const line = `common --credential_helper=${hostname}=${path}`;
    const clash = new RegExp(`--credential_helper=${escaped(hostname)}=`);
    return { steps: [program, { kind: "text", path: join(binding.home, ".bazelrc"), text: line, clash }] };
  },
  git(binding) {
    const key = binding.url ? `credential.${binding.url.origin}.helper` : "credential.helper";
    const helper = `!loopkey ${words(binding, "git").join(" ")}`;
    return {
      steps: [
        {
          kind: "command",
          command: ["git", "config", "--global", "--add", key, helper],
          before: {
            command: ["git", "config", "--global", "--get-all", key],
            isDone: (answer) => answer.split("\n").includes(helper),
          },
        },
      ],
    };
  },
  claude(binding) {
    const url = needed("claude", binding);
    const value = `loopkey ${words(binding, "claude").join(" ")}`;
    const member = ["mcpServers", url.hostname, "headersHelper"];
    const beside = { type: "http", url: url.href };
    return { steps: [{ kind: "json", path: join(binding.cwd, ".mcp.json"), member, value, beside }] };
  },
  async goauth(binding) {
    needed("goauth", binding);
    const ours = `loopkey ${words(binding, "goauth").join(" ")}`;
    const now = (await binding.read(["go", "env", "GOAUTH"])).trim();
    const commands = now === "" || now === "off" ? [] : now.split(";").map((each) => each.trim());
    const value = [...commands.filter((each) => each !== ours), ours].join("; ");
    return {
      steps: [
        {
          kind: "command",
          command: ["go", "env", "-w", `GOAUTH=${value}`],
          before: { command: ["go", "env", "GOAUTH"], isDone: () => commands.includes(ours) },
        },
      ],
    };
  },
  pnpm(binding) {
    const url = needed("pnpm", binding);
    const program = programOf(binding, "pnpm", url.host);
    const [odd] = /[^\w@+=:,.~/\\-]/.exec(program.path) ?? [];
    if (odd !== undefined) throw unfit(program.path, odd);
    const registry = `//${url.host}${url.pathname.replace(/\/?$/, "/")}`;
    const path = binding.env["npm_config_userconfig"] ?? join(binding.home, ".npmrc");
    const clash = new RegExp(`^${escaped(registry)}:(tokenHelper|_auth|_authToken)=`, "m");
    return {
      steps: [program, { kind: "text", path, text: `${registry}:tokenHelper=${program.path}`, clash }],
    };
  },
  docker(binding) {
    const { host } = needed("docker", binding);
    const name = `loopkey-${binding.profile}`;
    const folder = join(binding.home, ".local", "bin");
    const program = programIn(binding, folder, `docker-credential-${name}`, words(binding, "docker"));
    const path = join(binding.env["DOCKER_CONFIG"] ?? join(binding.home, ".docker"), "config.json");
    return {
      steps: [program, { kind: "json", path, member: ["credHelpers", host], value: name }],
      ...(isInPath(folder, binding) ? {} : { next: `docker looks in PATH: add ${folder} to it.` }),
    };
  },
  cargo(binding) {
    const name = `loopkey-${binding.profile}`;
    const [, , ...options] = words(binding, "cargo");
    const command = ["cargo-credential-loopkey", ...options].map((word) => JSON.stringify(word)).join(", ");
    const text = [
      "[credential-alias]",
      `${JSON.stringify(name)} = [${command}]`,
      "",
      "[registry]",
      `global-credential-providers = ["cargo:token", ${JSON.stringify(name)}]`,
    ].join("\n");
    const path = join(binding.env["CARGO_HOME"] ?? join(binding.home, ".cargo"), "config.toml");
    return { steps: [{ kind: "text", path, text, clash: /^\[(credential-alias|registry)\]/m }] };
  },
  terraform(binding) {
    const folder = join(binding.home, ".terraform.d", "plugins");
    const program = programIn(binding, folder, "terraform-credentials-loopkey", ["credential", "terraform"]);
    const [, , ...options] = words(binding, "terraform");
    const args = options.map((word) => JSON.stringify(word)).join(", ");
    const text = `credentials_helper "loopkey" {\n  args = [${args}]\n}`;
    const path = binding.env["TF_CLI_CONFIG_FILE"] ?? join(binding.home, ".terraformrc");
    return { steps: [program, { kind: "text", path, text, clash: /^\s*credentials_helper\b/m }] };
  },
};

const TOOLS: readonly string[] = Object.keys(PLANS);

/** Throws `invalid_config` for a tool that is not known, and for one whose contract names no host where none was given. */
export async function planFor(tool: string, binding: Binding): Promise<Plan> {
  const name = tool.toLowerCase();
  if (Object.hasOwn(PLANS, name)) return PLANS[name]!(binding);
  throw new AuthError("invalid_config", `There is no setup for ${JSON.stringify(tool)}.`, {
    detail: "setup",
    hint: `Known are ${TOOLS.join(", ")}.`,
  });
}

/** A setting for every host would send the token to each that the tool talks to. */
function needed(tool: string, { url }: Binding): URL {
  if (url) return url;
  throw new AuthError("invalid_config", `A setting of ${tool} must be for one host.`, {
    detail: "host",
    hint: 'Add "--host HOST".',
  });
}

/** It cuts the path apart at a space, knows no quotes, and refuses other characters. */
function unfit(path: string, character: string): AuthError {
  const what = character === " " ? "a space" : `the character ${JSON.stringify(character)}`;
  return new AuthError("invalid_config", `pnpm runs no tokenHelper with ${what} in its path: ${path}.`, {
    detail: "setup",
    hint: 'Write a program at a path without it that runs "loopkey credential pnpm", and name that one.',
  });
}

function programOf(binding: Binding, tool: string, host: string): Step & { readonly kind: "program" } {
  const name = `${tool}-${binding.profile}-${host.replaceAll(":", "-")}`;
  return programIn(binding, join(binding.folder, "tools"), name, words(binding, tool));
}

function programIn(
  { platform }: Binding,
  folder: string,
  name: string,
  command: readonly string[],
): Step & { readonly kind: "program" } {
  return { kind: "program", path: join(folder, platform === "win32" ? `${name}.cmd` : name), command };
}

function isInPath(folder: string, { env, platform }: Binding): boolean {
  return (env["PATH"] ?? "").split(platform === "win32" ? ";" : ":").includes(folder);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

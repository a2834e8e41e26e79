// The contracts by the names that people and tools call them, each loaded alone.
import { AuthError } from "@loopkey/core/light";
import type { Contract } from "./contract.js";

export const CONTRACTS = [
  "kubectl",
  "bazel",
  "git",
  "claude",
  "goauth",
  "pnpm",
  "docker",
  "cargo",
  "terraform",
] as const;

export type ContractName = (typeof CONTRACTS)[number];

const ALIASES: Readonly<Record<string, ContractName>> = {
  kubernetes: "kubectl",
  k8s: "kubectl",
  engflow: "bazel",
  uv: "bazel",
  "claude-code": "claude",
  headershelper: "claude",
  "headers-helper": "claude",
  go: "goauth",
  tokenhelper: "pnpm",
  "token-helper": "pnpm",
};

const LOADERS: Readonly<Record<ContractName, () => Promise<Contract>>> = {
  kubectl: async () => (await import("./inside/kubectl.js")).kubectl,
  bazel: async () => (await import("./inside/engflow.js")).engflow,
  git: async () => (await import("./inside/git.js")).git,
  claude: async () => (await import("./inside/headers-helper.js")).headersHelper,
  goauth: async () => (await import("./inside/goauth.js")).goauth,
  pnpm: async () => (await import("./inside/pnpm.js")).pnpm,
  docker: async () => (await import("./inside/docker.js")).docker,
  cargo: async () => (await import("./inside/cargo.js")).cargo,
  terraform: async () => (await import("./inside/terraform.js")).terraform,
};

/** Throws `invalid_config` with the names that there are. */
export function toContractName(name: string): ContractName {
  const lower = name.toLowerCase();
  const known = CONTRACTS.find((each) => each === lower) ?? ALIASES[lower];
  if (known !== undefined) return known;
  throw new AuthError("invalid_config", `There is no contract ${JSON.stringify(name)}.`, {
    detail: "credential",
    hint: `Known are ${CONTRACTS.join(", ")}.`,
  });
}

export function loadContract(name: ContractName): Promise<Contract> {
  return LOADERS[name]();
}

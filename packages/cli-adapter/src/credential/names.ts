// The contracts by the names that people and tools call them.
import { AuthError } from "@loopkey/core/light";
import type { Contract } from "./contract.js";
import { cargo } from "./inside/cargo.js";
import { docker } from "./inside/docker.js";
import { engflow } from "./inside/engflow.js";
import { git } from "./inside/git.js";
import { goauth } from "./inside/goauth.js";
import { headersHelper } from "./inside/headers-helper.js";
import { kubectl } from "./inside/kubectl.js";
import { pnpm } from "./inside/pnpm.js";
import { terraform } from "./inside/terraform.js";

const CONTRACTS: Readonly<Record<string, Contract>> = {
  kubectl,
  bazel: engflow,
  git,
  claude: headersHelper,
  goauth,
  pnpm,
  docker,
  cargo,
  terraform,
};

const ALIASES: Readonly<Record<string, Contract>> = {
  kubernetes: kubectl,
  k8s: kubectl,
  engflow,
  uv: engflow,
  "claude-code": headersHelper,
  headershelper: headersHelper,
  "headers-helper": headersHelper,
  go: goauth,
  tokenhelper: pnpm,
  "token-helper": pnpm,
};

/** Throws `invalid_config` with the names that there are. */
export function contractOf(name: string): Contract {
  const lower = name.toLowerCase();
  const all = { ...CONTRACTS, ...ALIASES };
  if (Object.hasOwn(all, lower)) return all[lower]!;
  throw new AuthError("invalid_config", `There is no contract ${JSON.stringify(name)}.`, {
    detail: "credential",
    hint: `Known are ${Object.keys(CONTRACTS).join(", ")}.`,
  });
}

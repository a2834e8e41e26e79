// On what, with what, and when.
import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import type { NodeVersion } from "../world/nodes.js";
import type { Results } from "./results.js";

export function describeMachine(
  nodes: readonly NodeVersion[],
): Pick<Results, "date" | "machine" | "versions"> {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const { dependencies } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  ) as { dependencies: Record<string, string> };
  const peers = Object.entries(dependencies).filter(([, version]) => !version.startsWith("workspace:"));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${processors.length} x ${processors[0]?.model.trim()}, ${memory}, ${type()} ${release()}, ${process.arch}`,
    versions: { Node: nodes.map(({ version }) => version).join(", "), ...Object.fromEntries(peers) },
  };
}

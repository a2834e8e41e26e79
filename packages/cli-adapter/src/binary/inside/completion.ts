// completion SHELL, and what the script that it prints asks at each tab. Loaded for these two alone.
import t from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { configFolder } from "../../profiles/config-folder.js";
import { profileNames } from "../../profiles/listing.js";
import type { CommandIO } from "../../terminal/io.js";

const CONTRACTS = ["kubectl", "bazel", "git", "claude", "goauth", "pnpm", "docker", "cargo", "terraform"];

/** Adds both commands to a program that has all others. */
export async function addCompletion(program: Command, io: Pick<CommandIO, "env">): Promise<void> {
  // A handler cannot wait.
  const profiles = await profileNames(configFolder("loopkey", io));
  tab(program, { completionCommandName: "completion" });
  for (const command of t.commands.values()) {
    const profile = command.options.get("profile");
    if (profile) profile.handler = (complete) => profiles.forEach((name) => complete(name, "profile"));
  }
  offer("switch", "name", profiles);
  offer("credential", "name", CONTRACTS);
  offer("setup", "tool", CONTRACTS);
}

function offer(command: string, argument: string, values: readonly string[]): void {
  const found = t.commands.get(command)?.arguments.get(argument);
  if (found) found.handler = (complete) => values.forEach((value) => complete(value, ""));
}

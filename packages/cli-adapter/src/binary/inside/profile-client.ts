// The client of a profile, and what it stands on where no test says otherwise: the ports for Node, and a lock for the one that signs in.
import type { AuthClient, AuthConfig, AuthPorts, WithLock } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { APP_NAME, createStore, type StoreKind } from "../../profiles/store.js";
import type { CommandIO } from "../../terminal/io.js";
import { writeNotice } from "../../terminal/notice-line.js";
import { tellOfWaiting } from "./patient-store.js";

type SomeIO = Pick<CommandIO, "env" | "stderr">;

/** Loaded here: a token that was kept is printed without it. */
export async function createClient(config: AuthConfig, ports: AuthPorts, io: SomeIO): Promise<AuthClient> {
  const onNotice: AuthConfig["onNotice"] = (notice) => writeNotice(notice, io);
  const { createAuthClient } = await import("@loopkey/core");
  return createAuthClient({ ...config, refreshOnStart: false, onNotice }, ports);
}

export function nodePorts({ env, stderr }: SomeIO) {
  return (kind: StoreKind, profile: string, lastResort: string): AuthPorts =>
    createNodePorts({
      appName: APP_NAME,
      profile,
      store: kind === "memory" ? kind : tellOfWaiting(createStore(kind, profile, env, lastResort), stderr),
      network: {},
    });
}

/** Held by the program that has opened a browser because a tool asked: one over all processes. */
export function nodeSignInLock(profile: string): WithLock {
  return createNodePorts({ appName: `${APP_NAME} sign-in`, profile }).withLock;
}

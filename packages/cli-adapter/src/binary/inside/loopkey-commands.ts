// What the binary's commands work with: the client of a profile, from the command line or from what login remembered.
import {
  AuthError,
  createAuthClient,
  preflight,
  type AuthClient,
  type AuthConfig,
  type AuthPorts,
} from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { createAuthCommandsFor, type AuthCommands } from "../../commands/auth-commands.js";
import type { Frame, Globals, Opened } from "../../commands/frame.js";
import { configFolder } from "../../profiles/config-folder.js";
import { createProfiles, toProfileName, type Profile } from "../../profiles/files.js";
import {
  APP_NAME,
  createStore,
  DEFAULT_STORE,
  MEMORY_ADVICE,
  toStoreKind,
  type StoreKind,
} from "../../profiles/store.js";
import type { CommandIO } from "../../terminal/io.js";
import { writeNotice } from "../../terminal/notice-line.js";

export const NAME = "loopkey";
export const DEFAULT_PROFILE = "default";

/** What a test puts in the place of the real thing. */
export interface LoopkeyOptions {
  readonly io: Pick<CommandIO, "env" | "stderr">;
  /** @default those of Node, with the store of this kind */
  readonly createPorts?: (kind: StoreKind, profile: string, lastResort: string) => AuthPorts;
}

/** The options of `login` and `doctor`, as parsed. */
interface LoginGlobals {
  readonly profile?: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly scope?: string;
  readonly redirectUri?: readonly string[];
  readonly postLogoutRedirectUri?: readonly string[];
  readonly store?: string;
  /** Of `doctor`: whether it is the device flow that should work. `login` says it to the command itself. */
  readonly device?: boolean;
}

export function createLoopkeyCommands(options: LoopkeyOptions): Required<AuthCommands> {
  return createAuthCommandsFor(createLoopkeyFrame(options));
}

function createLoopkeyFrame({ io, createPorts = nodePorts(io.env) }: LoopkeyOptions): Frame {
  const profiles = createProfiles(configFolder(NAME, io));

  function open(
    name: string,
    profile: Profile,
    lastResort: string,
  ): Opened & { readonly client: AuthClient } {
    const { store, ...config } = profile;
    const kind = toStoreKind(store);
    const client = createClient(config, createPorts(kind, name, lastResort), io);
    return { ...factsOf(name, profile, kind), client, close: (limit) => client.close(limit) };
  }

  async function openRemembered(name: string): Promise<Opened> {
    const profile = await profiles.read(name);
    if (!profile) return openNothing(name);
    try {
      // What --store says only helps who signs in.
      const opened = open(name, profile, "");
      return { ...opened, advice: { program: NAME, signIn: signInCommand(name) } };
    } catch (error) {
      if (error instanceof AuthError) throw profiles.unusable(name, error);
      throw error;
    }
  }

  async function openForLogin(name: string, globals: LoginGlobals): Promise<Opened> {
    // Looked at also when it is to be replaced: what is not understood is not lost.
    const remembered = await profiles.read(name);
    const profile = profileFrom(globals, remembered, name);
    if (profile.store === "memory") return open(name, profile, "");
    await profiles.probe();
    return { ...open(name, profile, MEMORY_ADVICE), remember: () => profiles.write(name, profile) };
  }

  /** Makes no client: that would begin to look for the session. */
  async function openForDoctor(name: string, globals: LoginGlobals): Promise<Opened> {
    const profile = profileFrom(globals, await profiles.read(name), name, "doctor");
    const { store, ...config } = profile;
    const kind = toStoreKind(store);
    const ports = createPorts(kind, name, MEMORY_ADVICE);
    return {
      ...factsOf(name, profile, kind),
      client: undefined,
      preflight: (options) =>
        preflight({ ...config, ...(globals.device ? { flow: "device" } : {}) }, ports, options),
      close: async () => {},
    };
  }

  return {
    name: NAME,
    open(globals: Globals, command) {
      const name = toProfileName((globals as LoginGlobals).profile ?? DEFAULT_PROFILE);
      if (command === "login") return openForLogin(name, globals);
      return command === "doctor" ? openForDoctor(name, globals) : openRemembered(name);
    },
  };
}

function factsOf(
  name: string,
  { issuer, clientId, postLogoutRedirectUris }: Profile,
  kind: StoreKind,
): Pick<Opened, "account" | "advice" | "postLogoutRedirectUris" | "remember"> {
  return {
    ...(postLogoutRedirectUris && { postLogoutRedirectUris }),
    account: { profile: name, issuer, clientId },
    advice: {
      program: NAME,
      signIn: signInCommand(name),
      ...(kind === "memory" ? {} : { store: MEMORY_ADVICE }),
    },
    remember: async () => {},
  };
}

function openNothing(profile: string): Opened {
  const options = `${profileOption(profile)} --issuer URL --client-id ID`;
  return {
    client: undefined,
    account: { profile, issuer: null, clientId: null },
    advice: { program: NAME, signIn: `${NAME} login${options}` },
    remember: async () => {},
    close: async () => {},
  };
}

/** A command line that names the server says all; one that does not goes by what is remembered, option by option. */
function profileFrom(
  globals: LoginGlobals,
  remembered: Profile | undefined,
  name: string,
  command: "login" | "doctor" = "login",
): Profile {
  const { issuer, clientId, scope, redirectUri, postLogoutRedirectUri, store } = globals;
  if ((issuer === undefined) !== (clientId === undefined) || (!remembered && issuer === undefined)) {
    const missing = [issuer === undefined && "--issuer URL", clientId === undefined && "--client-id ID"];
    throw new AuthError("invalid_config", `${missing.filter(Boolean).join(" and ")} must be given.`, {
      hint: `Run "${NAME} ${command}${profileOption(name)} --issuer URL --client-id ID".`,
    });
  }
  const base = issuer !== undefined && clientId !== undefined ? { issuer, clientId } : remembered!;
  return {
    store: DEFAULT_STORE.kind,
    ...base,
    ...(scope === undefined ? {} : { scope }),
    ...(redirectUri === undefined ? {} : { redirectUris: redirectUri }),
    ...(postLogoutRedirectUri === undefined ? {} : { postLogoutRedirectUris: postLogoutRedirectUri }),
    ...(store === undefined ? {} : { store }),
  };
}

function createClient(config: AuthConfig, ports: AuthPorts, io: LoopkeyOptions["io"]): AuthClient {
  const onNotice: AuthConfig["onNotice"] = (notice) => writeNotice(notice, io);
  return createAuthClient({ ...config, refreshOnStart: false, onNotice }, ports);
}

function nodePorts(env: CommandIO["env"]) {
  return (kind: StoreKind, profile: string, lastResort: string): AuthPorts =>
    createNodePorts({
      appName: APP_NAME,
      profile,
      store: kind === "memory" ? kind : createStore(kind, profile, env, lastResort),
    });
}

function signInCommand(profile: string): string {
  return `${NAME} login${profileOption(profile)}`;
}

function profileOption(profile: string): string {
  return profile === DEFAULT_PROFILE ? "" : ` --profile ${profile}`;
}

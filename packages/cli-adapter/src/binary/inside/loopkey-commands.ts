// What the binary's commands work with: the client of a profile, from the command line or from what login remembered.
import type { AuthClient, AuthConfig, AuthPorts } from "@loopkey/core";
import { AuthError, keptAccessToken, resolveApiOrigins, type TokenTarget } from "@loopkey/core/light";
import { createNodePorts } from "@loopkey/node-adapter";
import { createAuthCommandsFor, type AuthCommands } from "../../commands/auth-commands.js";
import type { Frame, Globals, Opened } from "../../commands/frame.js";
import { configFolder } from "../../profiles/config-folder.js";
import { createProfiles, toProfileName } from "../../profiles/files.js";
import { configOf, type Profile } from "../../profiles/profile.js";
import { APP_NAME, createStore, MEMORY_ADVICE, toStoreKind, type StoreKind } from "../../profiles/store.js";
import type { CommandIO } from "../../terminal/io.js";
import { writeNotice } from "../../terminal/notice-line.js";
import { profileFrom, readClientSecret, type LoginGlobals } from "./login-options.js";

export const NAME = "loopkey";
export const DEFAULT_PROFILE = "default";

const OF_OPTIONS: ReadonlySet<string> = new Set(["invalid_config", "insecure_endpoint"]);

/** What a test puts in the place of the real thing. */
export interface LoopkeyOptions {
  readonly io: Pick<CommandIO, "env" | "stderr">;
  /** @default those of Node, with the store of this kind */
  readonly createPorts?: (kind: StoreKind, profile: string, lastResort: string) => AuthPorts;
}

export function createLoopkeyCommands(frame: Frame): Required<AuthCommands> {
  return createAuthCommandsFor(frame);
}

export function createLoopkeyFrame({ io, createPorts = nodePorts(io.env) }: LoopkeyOptions): Frame {
  const profiles = createProfiles(() => configFolder(NAME, io));

  async function open(
    name: string,
    profile: Profile,
    lastResort: string,
    clientSecret?: string,
    wanted?: { readonly signal: AbortSignal | undefined },
  ): Promise<Opened> {
    const kind = toStoreKind(profile.store);
    const config = { ...configOf(profile), ...(clientSecret === undefined ? {} : { clientSecret }) };
    const ports = createPorts(kind, name, lastResort);
    const facts = factsOf(name, profile, kind);
    const keptToken = wanted && (await keptAccessToken(config, ports, signalOf(wanted)));
    if (keptToken) return { ...facts, client: undefined, keptToken, close: async () => {} };
    const client = await createClient(config, ports, io);
    return { ...facts, client, close: (limit) => client.close(limit) };
  }

  /** `wanted`: a token, and nothing else. */
  async function openRemembered(
    name: string,
    wanted?: { readonly signal: AbortSignal | undefined },
  ): Promise<Opened> {
    const profile = await profiles.read(name);
    if (!profile) return openNothing(name);
    try {
      // What --store says only helps who signs in.
      const opened = await open(name, profile, "", undefined, wanted);
      return {
        ...opened,
        advice: { program: NAME, signIn: signInCommand(name), broker: brokerCommand(name) },
      };
    } catch (error) {
      if (error instanceof AuthError && isOfOptions(error)) throw profiles.unusable(name, error);
      throw error;
    }
  }

  async function openForLogin(name: string, globals: LoginGlobals): Promise<Opened> {
    // Looked at also when it is to be replaced: what is not understood is not lost.
    const remembered = await profiles.read(name);
    const profile = await profileFrom(globals, remembered, missingOptions(name, "login"));
    const secret = await readClientSecret(globals);
    if (profile.store === "memory") return open(name, profile, "", secret);
    await profiles.probe();
    const opened = await open(name, profile, MEMORY_ADVICE, secret);
    return { ...opened, remember: () => profiles.write(name, profile) };
  }

  /** Makes a client only for a token: for a host that the profile does not name nothing is touched. */
  async function openForCredential(name: string): Promise<Opened> {
    const profile = await profiles.read(name);
    if (!profile) return openNothing(name);
    const config = configOf(profile);
    const kind = toStoreKind(profile.store);
    const ports = createPorts(kind, name, "");
    const origins = orUnusable(name, () =>
      resolveApiOrigins(new URL(profile.issuer), config.apiOrigins ?? []),
    );
    let client: AuthClient | undefined;
    return {
      ...factsOf(name, profile, kind),
      get client() {
        return client;
      },
      tokens: {
        targetOf: ({ origin }) => origins.get(origin),
        async get(target, { forceRefresh, signal }) {
          const isOwn = isOwnToken(target);
          const options = { ...target, forceRefresh, ...signalOf({ signal }) };
          const kept = isOwn ? await keptAccessToken(config, ports, options) : undefined;
          if (kept) return kept;
          client ??= await createClient(config, ports, io);
          const accessToken = await client.getAccessToken(options);
          const state = client.getState();
          const expiresAt = isOwn && "session" in state ? state.session.accessTokenExpiresAt : undefined;
          return { accessToken, ...(expiresAt === undefined ? {} : { expiresAt }) };
        },
      },
      close: async (limit) => client?.close(limit),
    };
  }

  function orUnusable<T>(name: string, use: () => T): T {
    try {
      return use();
    } catch (error) {
      if (error instanceof AuthError) throw profiles.unusable(name, error);
      throw error;
    }
  }

  /** Makes no client: that would begin to look for the session. */
  async function openForDoctor(name: string, globals: LoginGlobals): Promise<Opened> {
    const remembered = await profiles.read(name);
    const profile = await profileFrom(globals, remembered, missingOptions(name, "doctor"));
    const clientSecret = await readClientSecret(globals);
    const config = { ...configOf(profile), ...(clientSecret === undefined ? {} : { clientSecret }) };
    const kind = toStoreKind(profile.store);
    const ports = createPorts(kind, name, MEMORY_ADVICE);
    return {
      ...factsOf(name, profile, kind),
      client: undefined,
      preflight: async (options) =>
        (await import("@loopkey/core")).preflight(
          { ...config, ...(globals.device ? { flow: "device" } : {}) },
          ports,
          options,
        ),
      close: async () => {},
    };
  }

  return {
    name: NAME,
    open(globals: Globals, command, signal) {
      const name = toProfileName((globals as LoginGlobals).profile ?? DEFAULT_PROFILE);
      if (command === "login") return openForLogin(name, globals);
      if (command === "doctor") return openForDoctor(name, globals);
      if (command === "credential") return openForCredential(name);
      const { resource, scope } = globals as LoginGlobals;
      // The one that is kept is the session's own.
      const isOwn = command === "token" && resource === undefined && scope === undefined;
      return openRemembered(name, isOwn ? { signal } : undefined);
    },
  };
}

/** What is wrong with what a profile says, not with what it leads to. */
function isOfOptions({ code }: AuthError): boolean {
  return OF_OPTIONS.has(code);
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
      broker: brokerCommand(name),
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

/** What is not known of the server, and what to run. */
function missingOptions(name: string, command: "login" | "doctor") {
  return (options: string): AuthError =>
    new AuthError("invalid_config", `${options} must be given.`, {
      hint: `Run "${NAME} ${command}${profileOption(name)} --issuer URL --client-id ID".`,
    });
}

/** Loaded here: a token that was kept is printed without it. */
async function createClient(
  config: AuthConfig,
  ports: AuthPorts,
  io: LoopkeyOptions["io"],
): Promise<AuthClient> {
  const onNotice: AuthConfig["onNotice"] = (notice) => writeNotice(notice, io);
  const { createAuthClient } = await import("@loopkey/core");
  return createAuthClient({ ...config, refreshOnStart: false, onNotice }, ports);
}

function signalOf({ signal }: { readonly signal: AbortSignal | undefined }): {
  readonly signal?: AbortSignal;
} {
  return signal === undefined ? {} : { signal };
}

function nodePorts(env: CommandIO["env"]) {
  return (kind: StoreKind, profile: string, lastResort: string): AuthPorts =>
    createNodePorts({
      appName: APP_NAME,
      profile,
      store: kind === "memory" ? kind : createStore(kind, profile, env, lastResort),
      network: {},
    });
}

function signInCommand(profile: string): string {
  return `${NAME} login${profileOption(profile)}`;
}

function brokerCommand(profile: string): string {
  return `${NAME} broker${profileOption(profile)} -- COMMAND`;
}

/** That of the session itself. */
function isOwnToken({ resource, scope }: TokenTarget): boolean {
  return resource === undefined && scope === undefined;
}

function profileOption(profile: string): string {
  return profile === DEFAULT_PROFILE ? "" : ` --profile ${profile}`;
}

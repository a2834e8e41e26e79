// What the binary's commands work with: the client of a profile, from the command line or from what login remembered.
import type { AuthClient, AuthConfig, AuthPorts, WithLock } from "@loopkey/core";
import { createNotes } from "../../profiles/notes.js";
import { AuthError, keptAccessToken, resolveApiOrigins } from "@loopkey/core/light";
import { createAuthCommandsFor, type AuthCommands } from "../../commands/auth-commands.js";
import type { Frame, Globals, Opened } from "../../commands/frame.js";
import { chosenProfile } from "../../profiles/choice.js";
import { configFolder } from "../../profiles/config-folder.js";
import { createProfiles, toProfileName } from "../../profiles/files.js";
import { profileNames } from "../../profiles/listing.js";
import { configOf, type Profile } from "../../profiles/profile.js";
import { MEMORY_ADVICE, toStoreKind, type StoreKind } from "../../profiles/store.js";
import type { CommandIO } from "../../terminal/io.js";
import { clean } from "../../terminal/text.js";
import { noteOutcomes } from "./noting.js";
import {
  factsOf,
  freeName,
  isOfOptions,
  missingOptions,
  NAME,
  openNothing,
  otherServer,
} from "./profile-facts.js";
import type { LoginGlobals } from "./login-options.js";
import { createClient, nodePorts, nodeSignInLock } from "./profile-client.js";
import { createTokenSource } from "./token-source.js";

type Secret = Pick<AuthConfig, "clientSecret" | "clientSecretExpiresAt">;

/** Of `login` and `doctor` alone: a token is printed without it. */
const loginOptions = async () => import("./login-options.js");

/** What a test puts in the place of the real thing. */
export interface LoopkeyOptions {
  readonly io: Pick<CommandIO, "env" | "stderr" | "isInteractive" | "foreground">;
  /** @default those of Node, with the store of this kind */
  readonly createPorts?: (kind: StoreKind, profile: string, lastResort: string) => AuthPorts;
  /** Held by the program that has opened a browser because a tool asked. @default one of Node's over all processes */
  readonly signInLock?: (profile: string) => WithLock;
}

export function createLoopkeyCommands(frame: Frame): Required<AuthCommands> {
  return createAuthCommandsFor(frame);
}

export function createLoopkeyFrame({
  io,
  createPorts = nodePorts(io),
  signInLock = nodeSignInLock,
}: LoopkeyOptions): Frame {
  const folder = () => configFolder(NAME, io);
  const profiles = createProfiles(folder);
  const notes = createNotes(folder);
  /** What commands mean that name none. */
  let chosen: string | undefined;
  const optionOf = (name: string): string => (name === chosen ? "" : ` --profile ${name}`);
  const adviceFor = (name: string) => ({
    program: NAME,
    signIn: `${NAME} login${optionOf(name)}`,
    broker: `${NAME} broker${optionOf(name)} -- COMMAND`,
  });

  async function open(
    name: string,
    profile: Profile,
    lastResort: string,
    secret: Secret = {},
    wanted?: { readonly signal: AbortSignal | undefined },
  ): Promise<Opened> {
    const kind = toStoreKind(profile.store);
    const config = { ...configOf(profile), ...secret };
    const ports = createPorts(kind, name, lastResort);
    const facts = factsOf(name, profile, kind, adviceFor(name));
    const keptToken = wanted && (await keptAccessToken(config, ports, signalOf(wanted)));
    if (keptToken) return { ...facts, client: undefined, keptToken, close: async () => {} };
    const client = await createClient(config, ports, io);
    const watched = noteOutcomes(client, name, notes);
    return {
      ...facts,
      ...(ports.journal && { journal: ports.journal }),
      client,
      async remember() {
        watched.signedIn();
      },
      async close(limit) {
        await client.close(limit);
        // In memory nothing is left to tell of.
        if (kind !== "memory") await watched.write();
      },
    };
  }

  /** `wanted`: a token, and nothing else. */
  async function openRemembered(
    name: string,
    wanted?: { readonly signal: AbortSignal | undefined },
  ): Promise<Opened> {
    const profile = await profiles.read(name);
    if (!profile) return { ...openNothing(name, adviceFor(name)), otherProfiles: () => othersThan(name) };
    try {
      // What --store says only helps who signs in.
      const opened = await open(name, profile, "", undefined, wanted);
      return { ...opened, advice: adviceFor(name), otherProfiles: () => othersThan(name) };
    } catch (error) {
      if (error instanceof AuthError && isOfOptions(error)) throw profiles.unusable(name, error);
      throw error;
    }
  }

  async function openForLogin(name: string, globals: LoginGlobals): Promise<Opened> {
    // Looked at also when it is to be replaced: what is not understood is not lost.
    const remembered = await profiles.read(name);
    const { profileFrom, readClientSecret } = await loginOptions();
    const profile = await profileFrom(globals, remembered, missingOptions(optionOf(name), "login"));
    if (globals.profile === undefined && remembered && remembered.issuer !== profile.issuer)
      throw otherServer(name, remembered, profile, await othersThan(name));
    const secret = await readClientSecret(globals);
    if (profile.store === "memory") return open(name, profile, "", secret);
    await profiles.probe();
    const opened = await open(name, profile, MEMORY_ADVICE, secret);
    return {
      ...opened,
      async remember() {
        await profiles.write(name, profile);
        await tellOfOtherPerson(name, opened.client);
        await opened.remember();
      },
    };
  }

  async function tellOfOtherPerson(name: string, client: AuthClient | undefined): Promise<void> {
    const before = (await notes.read(name)).subject;
    const state = client?.getState();
    const now = state && "session" in state ? state.session.subject : undefined;
    if (before === undefined || now === undefined || before === now) return;
    const free = freeName(clean(now), [name, ...(await othersThan(name))]);
    io.stderr.write(
      `The profile "${name}" was of another person (${clean(before)}), who is signed out here. ` +
        `To keep both: ${NAME} login --profile ${free}\n`,
    );
  }

  async function othersThan(name: string): Promise<readonly string[]> {
    return (await profileNames(folder())).filter((each) => each !== name);
  }

  /** Makes a client only for a token: for a host that the profile does not name nothing is touched. */
  async function openForCredential(name: string): Promise<Opened> {
    const profile = await profiles.read(name);
    if (!profile) return { ...openNothing(name, adviceFor(name)), otherProfiles: () => othersThan(name) };
    const config = configOf(profile);
    const kind = toStoreKind(profile.store);
    const ports = createPorts(kind, name, "");
    const origins = orUnusable(name, () =>
      resolveApiOrigins(new URL(profile.issuer), config.apiOrigins ?? []),
    );
    const source = createTokenSource({
      config,
      ports,
      origins,
      // Made for the one that opens a browser, at most.
      signInLock: (...task) => signInLock(name)(...task),
      async createClient() {
        const client = await createClient(config, ports, io);
        return { client, watched: noteOutcomes(client, name, notes) };
      },
    });
    // Its client comes later.
    const { remember: _, ...facts } = factsOf(name, profile, kind, adviceFor(name));
    return Object.assign(source, facts);
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
    const { profileFrom, readClientSecret } = await loginOptions();
    const profile = await profileFrom(globals, remembered, missingOptions(optionOf(name), "doctor"));
    const config = { ...configOf(profile), ...(await readClientSecret(globals)) };
    const kind = toStoreKind(profile.store);
    const ports = createPorts(kind, name, MEMORY_ADVICE);
    return {
      ...factsOf(name, profile, kind, adviceFor(name)),
      client: undefined,
      async preflight(options) {
        const [{ preflight }, { withThisMachine }] = await Promise.all([
          import("@loopkey/core"),
          loginOptions(),
        ]);
        const flow = globals.device ? ({ flow: "device" } as const) : {};
        return withThisMachine(await preflight({ ...config, ...flow }, ports, options), {
          profiles,
          folder: folder(),
          isRemembered: kind !== "memory",
          issuer: profile.issuer,
          io,
        });
      },
      close: async () => {},
    };
  }

  return {
    name: NAME,
    async open(globals: Globals, command, signal) {
      chosen = await chosenProfile({ folder: folder(), env: io.env });
      const name = toProfileName((globals as LoginGlobals).profile ?? chosen);
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

function signalOf({ signal }: { readonly signal: AbortSignal | undefined }): {
  readonly signal?: AbortSignal;
} {
  return signal === undefined ? {} : { signal };
}

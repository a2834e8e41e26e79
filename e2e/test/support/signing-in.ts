// An app, its server with the features of the test, and a person with a browser profile of their own.
import type { AuthConfig, AuthPorts, AuthState, Clock, Session, SignInOptions } from "@loopkey/core";
import {
  createPerson,
  type FollowOptions,
  type IdentityProviderOptions,
  type Person,
} from "@loopkey/example-identity-provider";
import { systemClock } from "@loopkey/node-adapter";
import { expect } from "vitest";
import { createApp, startServer, type App, type Server } from "./app.js";

export const BROWSER_TRAIL = [
  "awaiting-callback/preparing",
  "awaiting-callback/waiting",
  "exchanging",
  "authenticated",
] as const;

export interface World extends App {
  readonly server: Server;
  readonly person: Person;
  /** Begins to sign in; how it ends is looked at by the test, later. */
  begin(options?: SignInOptions): Promise<Session>;
  /** Signs in through the browser, from wherever the app is. */
  signIn(options?: SignInOptions, decision?: FollowOptions): Promise<Session>;
  /** What a finished sign-in must not leave behind: ports that listen, timers that keep the process alive. */
  readonly leftovers: () => { readonly ports: number; readonly timers: number };
}

/** Timers are called off at once; a port takes its moment to close. */
export async function expectNothingLeft({ leftovers }: World): Promise<void> {
  expect(leftovers().timers).toBe(0);
  await expect.poll(leftovers, { timeout: 20_000 }).toEqual({ ports: 0, timers: 0 });
}

export interface WorldOptions {
  readonly features?: IdentityProviderOptions;
  readonly server?: Server;
  /** May depend on where the server is. */
  readonly config?: Partial<AuthConfig> | ((server: Server) => Partial<AuthConfig>);
  readonly ports?: Partial<AuthPorts>;
}

export async function createWorld({
  features,
  config = {},
  ports,
  ...rest
}: WorldOptions = {}): Promise<World> {
  const server = rest.server ?? (await startServer(features));
  const portsBefore = listeningPorts();
  const timers = new Set<unknown>();
  const app = createApp(server, {
    config: typeof config === "function" ? config(server) : config,
    ports: { clock: countTimers(timers), ...ports },
  });
  const person = createPerson(server.account);
  const begin: World["begin"] = (options) => {
    const signingIn = app.client.signIn(options);
    signingIn.catch(() => {});
    return signingIn;
  };
  return {
    ...app,
    server,
    person,
    begin,
    async signIn(options, decision) {
      const signingIn = begin(options);
      const url = await Promise.race([app.authorizationUrl(), signingIn.then(() => "")]);
      await fetch(await person.follow(url, decision)).catch(() => {});
      return signingIn;
    },
    leftovers: () => ({ ports: listeningPorts() - portsBefore, timers: timers.size }),
  };
}

/** The names of the states since the trail had this length. */
export function trailSince({ trail }: App, length: number): readonly string[] {
  return trail.slice(length);
}

/** What the state says of a device code, once it does. */
export async function deviceOf(app: App): Promise<DeviceState["device"] & object> {
  const state = await app.reached((state) => state.status === "awaiting-callback" && state.step === "device");
  return (state as DeviceState).device!;
}

type DeviceState = Extract<AuthState, { readonly status: "awaiting-callback" }>;

function listeningPorts(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "TCPServerWrap").length;
}

function countTimers(timers: Set<unknown>): Clock {
  return {
    ...systemClock,
    setTimeout(callback, ms, options) {
      const timer = systemClock.setTimeout(() => (timers.delete(timer), callback()), ms, options);
      if (options.keepAlive) timers.add(timer);
      return timer;
    },
    clearTimeout(timer) {
      timers.delete(timer);
      systemClock.clearTimeout(timer);
    },
  };
}

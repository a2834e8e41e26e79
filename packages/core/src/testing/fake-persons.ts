// What a person and their browser do with an address, for `createFakePorts({ person })`.
import type { Clock } from "../ports/ports.js";
import type { FakePortsOptions } from "./fake-ports.js";

export type FakePerson = NonNullable<FakePortsOptions["person"]>;

/** Allows at the sign-in page, and the browser follows the redirect. Leaves other addresses alone. */
export const approves: FakePerson = (url, { listener, server }) => {
  if (isSignIn(url)) void listener.visit(server.authorize(url));
};

/** Refuses at the sign-in page, and the browser follows the redirect. */
export const denies: FakePerson = (url, { listener, server }) => {
  if (isSignIn(url)) void listener.visit(server.authorize(url, "deny"));
};

/** Looks at the page, and never comes back. */
export const neverReturns: FakePerson = () => {};

/** Allows, and comes back after that time. Where the wait is over by then, nobody listens any more. */
export function comesBackLate(clock: Clock, afterMs: number): FakePerson {
  return (url, world) => void clock.setTimeout(() => approves(url, world), afterMs, { keepAlive: true });
}

/** Allows, and the browser asks for the redirect twice, as after a reload. */
export const comesBackTwice: FakePerson = (url, { listener, server }) => {
  if (!isSignIn(url)) return;
  const back = server.authorize(url);
  void listener.visit(back);
  void listener.visit(back);
};

/** No browser can be opened. */
export const hasNoBrowser: FakePerson = () => {
  throw new Error("There is no browser here.");
};

function isSignIn(url: string): boolean {
  const { searchParams } = new URL(url);
  return searchParams.has("response_type") || searchParams.has("request_uri");
}

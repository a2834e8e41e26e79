// A preflight without sockets and in virtual time, and what its tests ask of the report.
import { expect } from "vitest";
import {
  preflight,
  type AuthConfig,
  type AuthPorts,
  type PreflightCheck,
  type PreflightOptions,
  type PreflightReport,
  type SessionStore,
} from "../../src/index.js";
import {
  createFakeClock,
  createFakeListener,
  createFakePorts,
  createFakeServer,
  type FakePorts,
  type FakeServer,
} from "../../src/testing/index.js";
import { createTestStore, until } from "./world.js";

export const DISCOVERY = "/.well-known/openid-configuration";

export interface PreflightWorldOptions {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly ports?: Partial<Omit<AuthPorts, "clock">>;
  readonly takenPorts?: readonly number[];
  readonly store?: SessionStore;
  readonly issuer?: string;
  /** How far the server's clock is ahead, in milliseconds. */
  readonly ahead?: number;
  /** Of every answer, over those that are there. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PreflightWorld {
  readonly server: FakeServer;
  readonly ports: FakePorts;
  /** The server has answered everything, and no more timers than these are left. */
  readonly onlyTimers: (count: number) => Promise<void>;
  /** The report, and that nothing was left: no timer, no port, no browser. */
  readonly run: (config?: Partial<AuthConfig>, options?: PreflightOptions) => Promise<PreflightReport>;
}

export async function arrange(options: PreflightWorldOptions = {}): Promise<PreflightWorld> {
  const { metadata = {}, takenPorts = [], store = createTestStore(), ahead = 0, headers = {} } = options;
  const clock = createFakeClock();
  const server = await createFakeServer({
    clock,
    metadata: { grant_types_supported: ["authorization_code", "refresh_token"], ...metadata },
    ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
  });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = await server.fetch(input, init);
    answer.headers.set("date", new Date(clock.now() + ahead).toUTCString());
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    return answer;
  };
  const listener = createFakeListener({ takenPorts });
  const fakes = createFakePorts({ clock, server, store, listener });
  const ports = { ...fakes, fetch, ...options.ports };
  return {
    server,
    ports,
    onlyTimers: (count) => until(() => server.requests.length === 3 && clock.armed === count),
    async run(config = {}, more) {
      const whole = { ...(config.server ? {} : { issuer: server.issuer }), clientId: "app", ...config };
      const report = await preflight(whole, ports, more);
      expectNothingLeft(ports);
      return report;
    },
  };
}

export function expectNothingLeft({ clock, listener, opened }: FakePorts): void {
  expect(clock.armed, "timers").toBe(0);
  expect(listener.isListening, "a port").toBe(false);
  expect(opened, "a browser").toEqual([]);
}

/** The one check that did not pass; the others must have, or be skipped for it. */
export function only(
  report: PreflightReport,
  skipped: readonly PreflightCheck["name"][] = [],
): PreflightCheck {
  const others = report.checks.filter(({ status }) => status === "failed" || status === "warned");
  expect(others, JSON.stringify(others)).toHaveLength(1);
  expect(report.checks.filter(({ status }) => status === "skipped").map(({ name }) => name)).toEqual(skipped);
  expect(report.ok).toBe(others[0]!.status !== "failed");
  expect(others[0]!.hint, "what to do next").toMatch(/\.$/);
  return others[0]!;
}

export const checkOf = ({ checks }: PreflightReport, name: PreflightCheck["name"]) =>
  checks.find((check) => check.name === name)!;

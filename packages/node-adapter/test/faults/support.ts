// A setting for faults on real sockets, with the real ports for Node, and a pool that runs them side by side.
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  FAULTS,
  faultContract,
  type FaultArea,
  type FaultName,
  type FaultSetting,
  type SeenPage,
} from "@loopkey/core/testing";
import type { AuthConfig } from "@loopkey/core";
import { afterAll, beforeAll, it } from "vitest";
import { createNodePorts } from "../../src/index.js";
import { startFakeServer } from "../../src/testing/index.js";
import { stateIn } from "../support/platform.js";

/** More would wait for the processor, and miss their limits; those that wait for a limit anyway cost nothing. */
const AT_ONCE = { working: 6, waiting: 16 };
const SLOWEST_TEST_MS = 60_000;

/** Short where the fault is a wait, though a busy machine must get there; long where it is not. */
function limitsFor(name: FaultName): FaultSetting["limits"] {
  const { within, ends, endsOverSockets = ends } = FAULTS[name];
  return {
    requestTimeoutMs: within === "request" ? 1_000 : 30_000,
    signInTimeoutMs: endsOverSockets === "timed_out" ? 2_000 : 60_000,
    signOutTimeoutMs: within === "sign-out" ? 2_000 : 30_000,
    pollsMs: 10_000,
    toleranceMs: 5_000,
  };
}

function waits(name: FaultName): boolean {
  return FAULTS[name].within !== "at once" || FAULTS[name].endsOverSockets === "timed_out";
}

let settings = 0;

async function createSetting(name: FaultName, config: Partial<AuthConfig>): Promise<FaultSetting> {
  const server = await startFakeServer({
    offers: ["par", "dpop", "device", "registration"],
    deviceIntervalSeconds: 1,
  });
  const profile = `fault-${++settings}`;
  return {
    server,
    config,
    browse,
    isOverSockets: true,
    limits: limitsFor(name),
    createPorts: ({ store, openBrowser }) =>
      createNodePorts({ appName: "Faults", profile, store, openBrowser }),
    close: () => server.close(),
  };
}

/** As a browser without a mind of its own: follows every redirect, posts every form, and shows what comes in the end. */
async function browse(url: string, form?: URLSearchParams, hops = 10): Promise<SeenPage> {
  const { location, html } = await request(url, form);
  if (location !== undefined && hops > 0) return browse(new URL(location, url).href, undefined, hops - 1);
  const next = hops > 0 ? formOf(html) : undefined;
  if (next) return browse(next.action, next.fields, hops - 1);
  const outcome = /<main class="(success|failure|pending)">/.exec(html)?.[1] as SeenPage["outcome"];
  return { html, ...(outcome === undefined ? {} : { outcome }) };
}

/** What the page's script would submit at once. */
function formOf(html: string): { readonly action: string; readonly fields: URLSearchParams } | undefined {
  const [, action] = /<body onload="[^"]*submit\(\)"><form method="post" action="([^"]*)">/.exec(html) ?? [];
  if (action === undefined) return undefined;
  const fields = new URLSearchParams();
  for (const [, name = "", value = ""] of html.matchAll(/ name="([^"]*)" value="([^"]*)"/g))
    fields.append(unescaped(name), unescaped(value));
  return { action: unescaped(action), fields };
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

function request(
  url: string,
  form?: URLSearchParams,
): Promise<{ readonly location: string | undefined; readonly html: string }> {
  return new Promise((resolve) => {
    const nobody = { location: undefined, html: "" };
    const options = { agent: false, maxHeaderSize: 1024 * 1024, ...(form && posted(form)) };
    const sent = httpRequest(url, options, (response) => {
      let html = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (html += chunk));
      response.on("close", () => resolve({ location: response.headers.location, html }));
    });
    sent.on("error", () => resolve(nobody));
    sent.end(form?.toString());
  });
}

function posted(form: URLSearchParams) {
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": Buffer.byteLength(form.toString()),
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    origin: "null",
  };
  return { method: "POST", headers };
}

/** One test for each case of these areas; they run side by side, and each test waits for its own. */
export function testFaults(areas: readonly FaultArea[], config: Partial<AuthConfig> = {}): void {
  const cases = faultContract((name) => createSetting(name, config)).filter(({ fault }) =>
    areas.includes(FAULTS[fault].area),
  );
  const queue = cases.map((each) => {
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const done = begun.then(() => each.run());
    done.catch(() => {});
    return { begin, done, lane: waits(each.fault) ? ("waiting" as const) : ("working" as const) };
  });
  let folder: string | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopkey-faults-"));
    Object.assign(process.env, stateIn(folder));
    for (const lane of ["working", "waiting"] as const) {
      const ahead = queue.filter((each) => each.lane === lane).values();
      const work = async (): Promise<void> => {
        for (const { begin, done } of ahead) {
          begin();
          await done.catch(() => {});
        }
      };
      for (let worker = 0; worker < AT_ONCE[lane]; worker++) void work();
    }
  });
  afterAll(async () => {
    // The journal is written when all is over, and nobody waits for it.
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  for (const [index, { name }] of cases.entries()) {
    it(name, () => queue[index]!.done, SLOWEST_TEST_MS);
  }
}

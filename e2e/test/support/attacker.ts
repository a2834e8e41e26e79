// A web page on a site of its own, which does not mean well, and the server that it comes from.
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { BrowserContext } from "playwright-core";
import { onTestFinished } from "vitest";

const NAME = "evil.example";

/**
 * A flag of Chromium. `localhost` is ::1 and, where nobody listens there, 127.0.0.1: any two addresses are what the owner of a
 * name may give it. The page itself comes from loopback, so Chromium's protection of the local network lets every request out.
 */
export const EVIL_NAME = `--host-resolver-rules=MAP ${NAME} localhost`;

/** What the attacks are made of. Each promise is settled with what the page could see, as text. */
const HELPERS = `
const errorOf = (error) => error.name;
const reply = (asking) =>
  asking.then(async (response) => [response.type, response.status, await response.text()].join(" "), errorOf);
const event = (target, ...types) =>
  new Promise((resolve) => types.forEach((type) => target.addEventListener(type, () => resolve(type), { once: true })));
const make = (name, attributes, parent = document.body) => {
  const element = document.createElement(name);
  const { text = "", ...others } = attributes;
  for (const [key, value] of Object.entries(others)) element.setAttribute(key, value);
  element.append(text);
  parent.append(element);
  return element;
};
const element = (name, attributes) => event(make(name, attributes), "load", "error", "loadedmetadata");
const inside = ({ length }) => length + " frames inside";
const frame = async (attributes, fill = () => {}) => {
  const frame = make("iframe", attributes);
  fill(frame);
  await event(frame, "load");
  return [frame.contentDocument ? "a document" : "no document", inside(frame.contentWindow)].join(", ");
};
const form = (attributes, fields) => {
  const form = make("form", attributes);
  for (const [name, value] of Object.entries(fields)) make("input", { type: "hidden", name, value }, form);
  form.submit();
};
const until = (look) =>
  new Promise((resolve) => {
    const timer = setInterval(() => {
      const found = look();
      if (found) resolve((clearInterval(timer), found));
    }, 5);
  });
const tab = (opened) => until(() => (opened.closed ? "no window" : opened.length > 0 && inside(opened)));
const speculate = (how, target) =>
  make("script", {
    type: "speculationrules",
    text: JSON.stringify({ [how]: [{ source: "list", urls: [target], eagerness: "immediate" }] }),
  });
const turn = async ({ host }) => {
  const connection = new RTCPeerConnection({ iceServers: [{ urls: "turn:" + host + "?transport=tcp", username: "u", credential: "p" }] });
  connection.createDataChannel("x");
  const failed = new Promise((resolve) => (connection.onicecandidateerror = ({ errorText }) => resolve(errorText)));
  await connection.setLocalDescription(await connection.createOffer());
  return failed;
};
const through = (target) => "/to?" + encodeURIComponent(target);
`;

const WORKER = `
onmessage = ({ data }) => {
  try {
    importScripts(data);
    postMessage("ran " + self.leaked);
  } catch (error) {
    postMessage(error.name);
  }
};
`;

export interface Attacker {
  /** Loads the page anew and closes what it has opened: nothing is left of an attack before. */
  reload(): Promise<void>;
  /** Runs an expression in the page; a promise is waited for. */
  run(script: string): Promise<unknown>;
  /** Where the frames are that the page has now: one that was not let in is not where it was sent. */
  frames(): readonly string[];
  /** Nobody listens at its port any more. */
  leave(): Promise<void>;
}

export interface AttackerOptions {
  readonly host?: "127.0.0.1" | "::1";
  /** @default one from the OS */
  readonly port?: number;
}

/** Opens the page in a tab of its own. */
export async function startAttacker(
  context: BrowserContext,
  { host = "127.0.0.1", port: wanted = 0 }: AttackerOptions = {},
): Promise<Attacker> {
  const server = createServer(({ url = "" }, response) => {
    response.setHeader("Connection", "close");
    if (url.startsWith("/to?")) {
      response.writeHead(307, { Location: decodeURIComponent(url.slice("/to?".length)) }).end();
    } else if (url === "/worker.js") {
      response.writeHead(200, { "Content-Type": "text/javascript" }).end(WORKER);
    } else {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end(`<!doctype html><link rel="icon" href="data:,"><body><script>${HELPERS}</script>`);
    }
  }).listen({ host, port: wanted, exclusive: true });
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = `http://${NAME}:${(server.address() as AddressInfo).port}/`;
  const page = await context.newPage();
  await page.goto(address);
  return {
    async reload() {
      const others = context.pages().filter((each) => each !== page);
      await Promise.all([page.goto(address), ...others.map((each) => each.close())]);
    },
    run: (script) =>
      page.evaluate(script).catch((error: Error) => {
        // Without its stack: the files that it names are the page's.
        throw new Error(error.message);
      }),
    frames: () =>
      page
        .frames()
        .slice(1)
        .map((frame) => frame.url()),
    async leave() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

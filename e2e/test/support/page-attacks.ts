// What a web page can try at a loopback port whose address it knows, and all that it sees of it.
import type { StrayReason } from "@loopkey/core";

export interface PageAttack {
  /** An expression for the attacker's page, with `target`. */
  readonly script: string;
  /** What the listener says of each request that comes of it. */
  readonly arrives: readonly StrayReason[];
  /** What the page sees of the listener. */
  readonly sees: unknown;
  /** What it sees of a server that lets everybody in: an attack which would find nothing there either proves nothing. */
  readonly elsewhere: unknown;
}

/** Where nothing is seen of any server: it is about what is sent. */
const blind = (script: string, arrives: readonly StrayReason[]): PageAttack => ({
  script: `${script}, "nothing"`,
  arrives,
  sees: "nothing",
  elsewhere: "nothing",
});

const load = (script: string, sees: unknown, elsewhere: unknown): PageAttack => ({
  script,
  arrives: ["not_navigation"],
  sees,
  elsewhere,
});

const call = (options: string, elsewhere: string, arrives: StrayReason = "not_navigation"): PageAttack => ({
  script: `reply(fetch(target, ${options}))`,
  arrives: [arrives],
  sees: "TypeError",
  elsewhere,
});

const OPEN = "cors 200 open";
const OPAQUE = "opaque 0 ";

/** Each with the right `state`, as somebody could have read it in the list of processes: they must not end the wait. */
export const LOADS: Readonly<Record<string, Readonly<Record<string, PageAttack>>>> = {
  "scripts that ask": {
    fetch: call("{}", OPEN),
    "fetch with credentials": call('{ credentials: "include" }', OPEN),
    "fetch without CORS": call('{ mode: "no-cors" }', OPAQUE),
    "fetch that outlives the page": call('{ mode: "no-cors", keepalive: true }', OPAQUE),
    "fetch from this origin only": {
      script: 'reply(fetch(target, { mode: "same-origin" }))',
      arrives: [],
      sees: "TypeError",
      elsewhere: "TypeError",
    },
    "fetch by way of a redirect": load("reply(fetch(through(target)))", "TypeError", OPEN),
    "fetch with a header of its own": call('{ headers: { "X-Own": "1" } }', OPEN, "wrong_method"),
    PUT: call('{ method: "PUT", body: "x" }', OPEN, "wrong_method"),
    "POST without CORS": call('{ method: "POST", mode: "no-cors", body: "x" }', OPAQUE, "wrong_method"),
    "POST of a long body": call(
      '{ method: "POST", mode: "no-cors", body: "x".repeat(1e6) }',
      OPAQUE,
      "wrong_method",
    ),
    HEAD: call('{ method: "HEAD" }', "cors 200 ", "wrong_method"),
    "a longer address than is read": {
      script: 'reply(fetch(target + "&x=" + "x".repeat(20_000), { mode: "no-cors" }))',
      arrives: ["too_large"],
      sees: "TypeError",
      elsewhere: OPAQUE,
    },
    "a beacon": blind('navigator.sendBeacon(target, "x")', ["wrong_method"]),
    XMLHttpRequest: load(
      `new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open("GET", target);
        request.onloadend = () => resolve([request.status, request.responseText].join(" "));
        request.send();
      })`,
      "0 ",
      "200 open",
    ),
    EventSource: load('event(new EventSource(target), "open", "error")', "error", "open"),
    WebSocket: {
      script: 'event(new WebSocket(target.replace("http", "ws")), "open", "close")',
      arrives: ["malformed_request"],
      sees: "close",
      elsewhere: "open",
    },
    "the timing of a request": load(
      `reply(fetch(target)).then(() => {
        const { responseStatus, nextHopProtocol, transferSize, requestStart } = performance.getEntriesByName(target)[0];
        return [responseStatus, nextHopProtocol, transferSize > 0, requestStart > 0].join(" ");
      })`,
      "0  false false",
      "200 http/1.1 true true",
    ),
  },
  "elements that load a picture or a sound": {
    img: load('element("img", { src: target })', "error", "load"),
    "img with CORS": load('element("img", { src: target, crossorigin: "" })', "error", "load"),
    "img by way of a redirect": load('element("img", { src: through(target) })', "error", "load"),
    input: load('element("input", { type: "image", src: target })', "error", "load"),
    video: load('element("video", { src: target })', "error", "loadedmetadata"),
    audio: load('element("audio", { src: target })', "error", "loadedmetadata"),
    "the background of CSS": blind('document.body.style.background = "url(" + target + ")"', [
      "not_navigation",
    ]),
    icon: blind('document.querySelector("link").href = target', ["not_navigation"]),
  },
  "elements that load a script or a style": {
    script: load(
      'element("script", { src: target }).then((what) => what + " " + globalThis.leaked)',
      "error undefined",
      "load secret",
    ),
    module: load("import(target).then(() => globalThis.leaked, errorOf)", "TypeError", "secret"),
    worker: {
      script: "(() => { try { return new Worker(target), 'runs'; } catch (error) { return error.name; } })()",
      arrives: [],
      sees: "SecurityError",
      elsewhere: "SecurityError",
    },
    "script of a worker": load(
      `new Promise((resolve) => {
        const worker = new Worker("/worker.js");
        worker.onmessage = ({ data }) => resolve(data);
        worker.postMessage(target);
      })`,
      "NetworkError",
      "ran secret",
    ),
    stylesheet: load('element("link", { rel: "stylesheet", href: target })', "error", "load"),
    "import of CSS": load(`element("style", { text: "@import '" + target + "'" })`, "error", "load"),
    font: blind('new FontFace("x", "url(" + target + ")").load().catch(() => {})', ["not_navigation"]),
    preload: load('element("link", { rel: "preload", as: "image", href: target })', "error", "load"),
    modulepreload: load('element("link", { rel: "modulepreload", href: target })', "error", "load"),
    prefetch: load('element("link", { rel: "prefetch", href: target })', "error", "load"),
  },
  "a page inside the page": {
    iframe: load("frame({ src: target })", "no document, 0 frames inside", "no document, 1 frames inside"),
    "iframe in a sandbox": load(
      'frame({ src: target, sandbox: "allow-scripts allow-same-origin" })',
      "no document, 0 frames inside",
      "no document, 1 frames inside",
    ),
    "iframe by way of a redirect": load(
      "frame({ src: through(target) })",
      "no document, 0 frames inside",
      "no document, 1 frames inside",
    ),
    object: load('element("object", { data: target })', "error", "load"),
    embed: load('element("embed", { src: target })', "load", "load"),
    "a page that is fetched in advance": blind('speculate("prefetch", target)', ["not_navigation"]),
    "a page that is rendered in advance": blind('speculate("prerender", target)', ["not_navigation"]),
    "form into an iframe": load(
      'frame({ name: "f" }, () => form({ action: target, target: "f" }, Object.fromEntries(new URL(target).searchParams)))',
      "no document, 0 frames inside",
      "no document, 1 frames inside",
    ),
    "form that posts into an iframe": {
      script:
        'frame({ name: "f" }, () => form({ action: target, target: "f", method: "post" }, { error: "x" }))',
      arrives: ["wrong_method"],
      sees: "no document, 0 frames inside",
      elsewhere: "no document, 1 frames inside",
    },
  },
};

/** Navigations of a whole tab, like the redirect itself: with a `state` that was made up, or none. */
export const NAVIGATIONS: Readonly<Record<string, PageAttack>> = {
  "a redirect that was made up": go("tab(open(target))"),
  "a refusal without a state": go('tab(open(target.split("?")[0] + "?error=access_denied"))'),
  "a redirect of this site": go("tab(open(through(target)))"),
  "a form": go('(form({ action: target, target: "w" }, { state: "forged" }), tab(open("", "w")))'),
  "a form that posts": {
    ...go('(form({ action: target, target: "w", method: "post" }, { state: "forged" }), tab(open("", "w")))'),
    arrives: ["wrong_method"],
  },
  "a tab that knows nothing of this one": blind('open(target, "_blank", "noopener")', ["wrong_state"]),
  localhost: otherName("localhost"),
  "this site's own name": otherName("evil.example"),
  "an address that stands for all": otherName("0.0.0.0"),
  "an IPv6 address that stands for an IPv4 address": otherName("[::ffff:127.0.0.1]"),
  // Chromium tries once more.
  TLS: blind('reply(fetch(target.replace("http", "https")))', ["malformed_request", "malformed_request"]),
  TURN: blind("turn(new URL(target))", ["malformed_request"]),
  "a ping": blind('make("a", { href: "#", ping: target }).click()', ["wrong_method"]),
};

function go(script: string): PageAttack {
  return { script, arrives: ["wrong_state"], sees: "no window", elsewhere: "1 frames inside" };
}

function otherName(name: string): PageAttack {
  return blind(`open(target.replace("127.0.0.1", "${name}"))`, ["wrong_host"]);
}

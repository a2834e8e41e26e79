// Serves the page from a scheme of its own, which unlike `file:` has an origin to check and headers to protect it.
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { protocol } from "electron/main";

export const PAGE_ORIGIN = "app://fieldbook";

/** No script, style or request but our own files. The windows call the API through the main process, so nothing else connects. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff2": "font/woff2",
};

/** Before the app is ready: a scheme is known from the start or not at all. */
export function registerScheme(): void {
  const privileges = { standard: true, secure: true };
  protocol.registerSchemesAsPrivileged([{ scheme: "app", privileges }]);
}

/** From then on `app://fieldbook/` is the page. */
export function servePage(folder: string): void {
  protocol.handle("app", async (request) => {
    const { host, pathname } = new URL(request.url);
    const file = pathname === "/" ? "/index.html" : pathname;
    const type = TYPES[extname(file)];
    // `URL` has resolved every `..`; what is left of them would be encoded, and is no file of ours.
    const isOurs = `app://${host}` === PAGE_ORIGIN && /^(\/[\w-]+)*\/[\w.-]+$/.test(file);
    if (!isOurs || type === undefined) return new Response(null, { status: 404 });
    try {
      const body = new Uint8Array(await readFile(join(folder, file)));
      return new Response(body, {
        headers: {
          "Content-Type": type,
          "Content-Security-Policy": POLICY,
          "X-Content-Type-Options": "nosniff",
        },
      });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
}

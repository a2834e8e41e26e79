// The page the browser shows in the end: what really happened, and nothing from elsewhere.
import { createHash } from "node:crypto";
import type { AnswerPage } from "@loopkey/core";
import type { Answer } from "./answer.js";
import { ICONS, SCRIPT, STYLE } from "./page-parts.js";

/**
 * Nothing but the one style and the one script of the page, named by their hashes; the empty data: icon keeps the
 * browser from asking for /favicon.ico on a port where nobody listens any more.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/**
 * The answer to the accepted request: one self-contained HTML page, for light and dark, that takes the code out of the
 * address bar. Status 200 for success and pending, 400 for a failure. Every text is escaped.
 */
export function renderAnswerPage(page: AnswerPage, { appName }: { readonly appName: string }): Answer {
  const app = escapeHtml(appName);
  const hint = page.hint ? `\n      <p class="hint" dir="auto">${escapeHtml(page.hint)}</p>` : "";
  const code = page.code
    ? `\n      <p class="code">Error code: <code dir="auto">${escapeHtml(page.code)}</code></p>`
    : "";
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(page.title)} – ${app}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
  <main class="${page.outcome}">
    <p class="app" dir="auto">${app}</p>
    <div class="what">
      ${ICONS[page.outcome]}
      <h1 dir="auto">${escapeHtml(page.title)}</h1>
      <p class="message" dir="auto">${escapeHtml(page.message)}</p>${hint}${code}
    </div>
    <p class="next">${NEXT[page.outcome](`<bdi>${app}</bdi>`)}</p>
  </main>
<script>${SCRIPT}</script>
</body>
</html>
`;
  return { status: page.outcome === "failure" ? 400 : 200, headers: HEADERS, body };
}

const NEXT: Readonly<Record<AnswerPage["outcome"], (app: string) => string>> = {
  success: (app) => `You can close this tab and go back to ${app}.`,
  failure: (app) => `You can close this tab. To try again, go back to ${app}.`,
  pending: (app) => `You can close this tab. ${app} will tell you how it went.`,
};

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe as text and in a quoted attribute. Control characters, which no browser may show, become spaces. */
function escapeHtml(text: string): string {
  return text.replace(/\p{Cc}/gu, " ").replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

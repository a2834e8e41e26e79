import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnswerPage } from "@loopkey/core";
import { renderAnswerPage } from "../../src/loopback/inside/page.js";
import { endWaits, get, listen, rawClient } from "../support/raw-client.js";

const success: AnswerPage = { outcome: "success", title: "You are signed in", message: "All is well." };
const failure: AnswerPage = {
  outcome: "failure",
  title: "You are not signed in",
  message: "The server said no.",
  hint: "Ask someone.",
  code: "access_denied",
};
const pending: AnswerPage = { outcome: "pending", title: "Almost done", message: "Still working." };
const options = { appName: "Example Notes" };
const bodyOf = (page: AnswerPage, appName = "Example Notes") => renderAnswerPage(page, { appName }).body;

describe("the answer page", () => {
  test("has status 200 for success and pending, 400 for a failure", () => {
    expect(renderAnswerPage(success, options).status).toBe(200);
    expect(renderAnswerPage(pending, options).status).toBe(200);
    expect(renderAnswerPage(failure, options).status).toBe(400);
  });

  test("says what happened, who says so, and that it can be closed", () => {
    for (const page of [success, failure, pending]) {
      const body = bodyOf(page);
      expect(body).toContain(`<h1 dir="auto">${page.title}</h1>`);
      expect(body).toContain(page.message);
      expect(body).toContain(`<title>${page.title} – Example Notes</title>`);
      expect(body).toContain("You can close this tab");
    }
    expect(bodyOf(failure)).toContain("Ask someone.");
    expect(bodyOf(failure)).toContain("access_denied");
    expect(bodyOf(success)).not.toMatch(/Error code|class="hint"/);
  });

  test("is accessible in its structure: language, title, one h1, a decorative icon", () => {
    for (const page of [success, failure, pending]) {
      const body = bodyOf(page);
      expect(body).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(body.match(/<h1/g)).toHaveLength(1);
      expect(body.match(/<main/g)).toHaveLength(1);
      expect(body).toContain('name="viewport"');
      expect(body).toMatch(/<svg [^>]*aria-hidden="true"/);
    }
  });

  test("moves only for people who have not asked for less motion", () => {
    const style = /<style>([^]*)<\/style>/.exec(bodyOf(success))![1]!;
    const [still, moving] = style.split("@media (prefers-reduced-motion: no-preference)");
    expect(still).not.toMatch(/animation|transition/);
    expect(moving).toContain("animation");
  });

  test("has a contrast of 4.5:1 or more for every text, in light and in dark", () => {
    const style = /<style>([^]*)<\/style>/.exec(bodyOf(success))![1]!;
    const schemes = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, rules]) =>
      Object.fromEntries(
        Array.from(rules!.matchAll(/--(\w+): (#\w+)/g), ([, name, color]) => [name!, color!]),
      ),
    );
    expect(schemes).toHaveLength(2);
    for (const scheme of schemes) {
      for (const [text, ground] of [
        ["ink", "card"],
        ["soft", "card"],
        ["ink", "tint"],
        ["soft", "tint"],
      ] as const)
        expect(contrast(scheme[text]!, scheme[ground]!), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  test("loads nothing: its only URLs are the empty icon", () => {
    for (const page of [success, failure, pending]) {
      const body = bodyOf(page);
      expect(body.match(/(?:src|href|action|url\(|@import)[^\s>]*/g)).toEqual(['href="data:,"']);
      expect(body).not.toMatch(/https?:|<(?:img|iframe|form|a|object|embed|base)\b/);
    }
  });

  test("allows exactly its own style and script, and nothing else", () => {
    const { body, headers } = renderAnswerPage(failure, options);
    const hash = (tag: string) => {
      const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(body)![1]!;
      return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    };
    expect(headers["Content-Security-Policy"]!.split("; ")).toEqual([
      "default-src 'none'",
      `style-src ${hash("style")}`,
      `script-src ${hash("script")}`,
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(body).not.toMatch(/ style=| on\w+=/);
  });

  test("is sent with the headers that keep it, and its address, to itself", async () => {
    const wait = await listen();
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
    await (await wait.response).respond(failure);
    const [head, ...body] = (await browser.closed).split("\r\n\r\n");
    expect(head!.split("\r\n").filter((line) => !line.startsWith("Content-Security-Policy"))).toEqual([
      "HTTP/1.1 400 Bad Request",
      "Cache-Control: no-store",
      "Referrer-Policy: no-referrer",
      "X-Content-Type-Options: nosniff",
      "X-Frame-Options: DENY",
      "Cross-Origin-Opener-Policy: same-origin",
      "Cross-Origin-Resource-Policy: same-origin",
      "Content-Type: text/html; charset=utf-8",
      "Cross-Origin-Embedder-Policy: require-corp",
      `Content-Length: ${body.join("\r\n\r\n").length}`,
      "Connection: close",
    ]);
    endWaits();
  });

  test("takes the code out of the address bar", () => {
    expect(bodyOf(success)).toContain('<script>history.replaceState(null, "", location.pathname);</script>');
  });
});

describe("hostile text", () => {
  const marker = `<script>alert(1)</script><img src=x onerror="a">&amp;'"\u0000\u009b`;
  const escaped =
    "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;a&quot;&gt;&amp;amp;&#39;&quot;  ";

  test("is escaped in every place", () => {
    const places: [AnswerPage, string][] = [
      [{ ...failure, title: marker }, "app"],
      [{ ...failure, message: marker }, "app"],
      [{ ...failure, hint: marker }, "app"],
      [{ ...failure, code: marker }, "app"],
      [failure, marker],
    ];
    for (const [page, appName] of places) {
      const body = bodyOf(page, appName);
      expect(body).toContain(escaped);
      expect(body.match(/<script/g)).toHaveLength(1);
      expect(body).not.toMatch(/<img/);
    }
  });

  test("never changes the tags of the page", () => {
    const tags = (html: string) => html.match(/<[^>]*>/g);
    const expected = tags(bodyOf(failure));
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(text, text, text, text, text, (title, message, hint, code, appName) => {
        expect(tags(bodyOf({ outcome: "failure", title, message, hint, code }, appName))).toEqual(expected);
      }),
    );
  });
});

/** WCAG 2.2 contrast ratio of two hex colours. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(hex: string): number {
  const digits = hex.length === 4 ? hex.replace(/[^#]/g, "$&$&") : hex;
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

// The fixed parts of the answer page. Each is hashed into the page's Content-Security-Policy as it stands here.
import type { AnswerPage } from "@loopkey/core";

/** Takes the code out of the address bar, and out of what "back" and a bookmark would find. */
export const SCRIPT = `history.replaceState(null, "", location.pathname);`;

/** Contrast of every text is at least 4.5:1 in both schemes (WCAG 2.2 AA). */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f3f4f7; --card: #fff; --edge: #e2e4ea; --ink: #16181d; --soft: #545a66; --tint: #f3f4f7;
  --mark: #17794a; --halo: #e3f5ea;
}
.failure { --mark: #b3261e; --halo: #fdeae8; }
.pending { --mark: #8a5a00; --halo: #fdf1d8; }
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111317; --card: #1b1e24; --edge: #2d313a; --ink: #f1f2f5; --soft: #a9afbb; --tint: #252932;
    --mark: #63d69a; --halo: #17382a;
  }
  .failure { --mark: #ff9d94; --halo: #43211f; }
  .pending { --mark: #f2c063; --halo: #3d3015; }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 24px 16px;
  background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}
main {
  width: 100%; max-width: 440px; overflow: hidden; text-align: center; overflow-wrap: anywhere;
  background: var(--card); border: 1px solid var(--edge); border-radius: 16px;
  box-shadow: 0 1px 2px rgb(0 0 0 / 4%), 0 12px 32px rgb(0 0 0 / 6%);
}
.app { padding: 16px 24px; font-weight: 600; font-size: 15px; border-bottom: 1px solid var(--edge); }
.what { padding: 36px 32px 32px; }
svg {
  display: block; width: 64px; height: 64px; margin: 0 auto 20px; padding: 16px; border-radius: 50%;
  background: var(--halo); color: var(--mark); fill: none; stroke: currentColor; stroke-width: 2.5;
  stroke-linecap: round; stroke-linejoin: round;
}
h1 { font-size: 24px; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; }
.message { margin-top: 8px; color: var(--soft); text-wrap: pretty; }
.hint { margin-top: 20px; padding: 12px 16px; border-radius: 10px; background: var(--tint); font-size: 15px; text-align: start; }
.code { margin-top: 16px; color: var(--soft); font-size: 13px; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--ink); }
.next { text-wrap: balance; padding: 16px 24px; border-top: 1px solid var(--edge); background: var(--tint); color: var(--soft); font-size: 14px; }
@media (forced-colors: active) { main, svg { border: 1px solid; } }
@media (prefers-reduced-motion: no-preference) {
  main { animation: arrive 0.25s ease-out; }
  @keyframes arrive { from { opacity: 0; transform: translateY(6px); } }
}
`;

/** Part of the page itself, so that no resource is loaded. The words beside it say the same: hidden from readers. */
export const ICONS: Readonly<Record<AnswerPage["outcome"], string>> = {
  success: icon('<path d="M4.5 12.5l5 5 10-11"/>'),
  failure: icon('<path d="M12 4v10M12 19.5v.01"/>'),
  pending: icon('<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.5 2.5"/>'),
};

function icon(paths: string): string {
  return `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`;
}

// Pictures of the terminal for docs/, drawn from what a real run has shown: written when LOOPKEY_PICTURES=1, else held against it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const folder = fileURLToPath(new URL("../../../docs/pictures/", import.meta.url));
const COLUMNS = 88;
const [WIDTH, HEIGHT, EDGE] = [8.4, 19, 16];

/** `run`: what it has shown, as a person copies them. Fails where the picture in docs/ shows other words: it is out of date. */
export function expectPicture(name: string, title: string, run: readonly string[]): void {
  const lines = run.map((line) => line.replace(/\/tmp\/loopkey-window-\w+/g, "/home/ada/.config"));
  const path = `${folder}terminal-${name}.svg`;
  if (process.env["LOOPKEY_PICTURES"] === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, draw(title, lines));
  }
  const shown = /<desc>([^]*)<\/desc>/.exec(readFileSync(path, "utf8"))?.[1]?.split("\n");
  const hint = "LOOPKEY_PICTURES=1 pnpm exec vitest run e2e/test/cli-pictures.test.ts draws it anew";
  expect(
    lines.map((line) => escaped(lasting(line))),
    hint,
  ).toEqual(shown?.map((line) => lasting(line)));
}

/** Without what is another in every run: ports, times, random values, the sign that turns. */
function lasting(line: string): string {
  return line
    .replace(/\b(state|nonce|code_challenge|user_code)=[\w-]+/g, "$1=")
    .replace(/\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/g, "CODE")
    .replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, "⠋")
    .replace(/\d+/g, "0");
}

function draw(title: string, lines: readonly string[]): string {
  const rows = lines.flatMap((line) => line.match(new RegExp(`.{1,${COLUMNS}}`, "gu")) ?? [""]);
  const [width, height] = [Math.ceil(COLUMNS * WIDTH + 2 * EDGE), rows.length * HEIGHT + 2 * EDGE];
  const texts = rows.map((row, n) => {
    const y = EDGE + (n + 0.75) * HEIGHT;
    const fill = row.startsWith("$ ") ? ' fill="#8ab4f8"' : "";
    return `<text x="${EDGE}" y="${y}"${fill} textLength="${(Math.max(1, row.length) * WIDTH).toFixed(1)}">${escaped(row).replaceAll(" ", "\u00a0")}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${lines.map((line) => escaped(line)).join("\n")}</desc>`,
    `<rect width="100%" height="100%" rx="8" fill="#1b1f24"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">`,
    ...texts.filter((text) => !text.endsWith("></text>")),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

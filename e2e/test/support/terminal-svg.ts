// A picture that moves of what a terminal has shown, in light and dark: an SVG without a script, as an `<img>` may have it.

export interface Frame {
  readonly rows: readonly string[];
  readonly ms: number;
}

const CHARACTER = { width: 8.4, height: 20 };
const MARGIN = 16;
/** How long the last frame stays before it begins anew. */
const REST_MS = 4_000;

/** A row that does not change from frame to frame is one element, shown as long as it stands. */
export function terminalSvg(frames: readonly Frame[], columns: number, label: string): string {
  const total = frames.reduce((sum, { ms }) => sum + ms, 0) + REST_MS;
  const height = Math.max(...frames.map(({ rows }) => rows.length)) * CHARACTER.height + 2 * MARGIN;
  const width = Math.ceil(columns * CHARACTER.width) + 2 * MARGIN;
  const spans = spansOf(frames, total);
  const moves = new Map<string, string>();
  const texts = spans.map(({ row, text, from, to }) => {
    const key = `${percent(from / total)} ${percent(to / total)}`;
    const name = moves.get(key) ?? `m${moves.size}`;
    moves.set(key, name);
    const y = MARGIN + row * CHARACTER.height + 14;
    const isLast = to === total ? "" : " g";
    return `<text class="${name}${isLast}" x="${MARGIN}" y="${y}">${escape(text)}</text>`;
  });
  const keyframes = [...moves].map(([key, name]) => {
    const [from, to] = key.split(" ") as [string, string];
    const before = from === "0%" ? "" : `0%{opacity:0}`;
    const after = to === "100%" ? "to{opacity:1}" : `${to}{opacity:0}to{opacity:0}`;
    return `@keyframes ${name}{${before}${from}{opacity:1}${after}}.${name}{animation-name:${name}}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(label)}">
<style>
rect{fill:#f6f8fa;stroke:#d0d7de}
text{fill:#1f2328;font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;animation:${total}ms step-end infinite}
@media(prefers-color-scheme:dark){rect{fill:#0d1117;stroke:#3d444d}text{fill:#f0f6fc}}
@media(prefers-reduced-motion:reduce){text{animation:none}.g{display:none}}
${keyframes.join("\n")}
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.join("\n")}
</svg>
`;
}

interface Span {
  readonly row: number;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

function spansOf(frames: readonly Frame[], total: number): readonly Span[] {
  const spans: Span[] = [];
  const open = new Map<number, { text: string; from: number }>();
  let now = 0;
  const close = (row: number, to: number): void => {
    const span = open.get(row);
    if (span && span.text !== "") spans.push({ row, ...span, to });
    open.delete(row);
  };
  for (const { rows, ms } of frames) {
    for (let row = 0; row < Math.max(rows.length, ...[...open.keys()].map((each) => each + 1)); row += 1) {
      const text = rows[row] ?? "";
      if (open.get(row)?.text === text) continue;
      close(row, now);
      open.set(row, { text, from: now });
    }
    now += ms;
  }
  for (const row of open.keys()) close(row, total);
  return spans.toSorted((one, other) => one.row - other.row || one.from - other.from);
}

function percent(part: number): string {
  return `${Number((part * 100).toFixed(2))}%`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

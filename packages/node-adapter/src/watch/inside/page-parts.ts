// The fixed parts of the live view's page: how it looks, and how it follows.

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f3f4f6; --card: #fff; --edge: #dfe2e8; --ink: #1b1f27; --soft: #5b6372; --tint: #eef1f6;
  --on: #2458d3; --on-soft: #e3ebff; --fail: #b3441e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1216; --card: #171b21; --edge: #2b313a; --ink: #eef0f4; --soft: #a2abb9; --tint: #212731;
    --on: #7fa6ff; --on-soft: #1d2b4a; --fail: #ffab8a;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  height: 100vh; display: flex; flex-direction: column; background: var(--page); color: var(--ink);
  font: 15px/1.5 Inter, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
}
header { display: flex; align-items: baseline; gap: 14px; padding: 14px 22px; }
h1 { font-size: 18px; font-weight: 650; letter-spacing: -0.01em; }
.status { font-size: 13px; color: var(--soft); }
.status::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px; border-radius: 50%; background: var(--soft); }
.status.live::before { background: #27a567; }
main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr) 340px; gap: 16px; padding: 0 22px 22px; }
.chart, .now, .steps { background: var(--card); border: 1px solid var(--edge); border-radius: 14px; }
.chart { min-height: 0; overflow: auto; display: grid; place-items: center; }
.chart svg { width: 100%; height: 100%; max-height: 100%; display: block; }
.chart svg .paper { fill: transparent; }
aside { min-height: 0; display: flex; flex-direction: column; gap: 16px; }
.now { padding: 18px 20px; min-height: 236px; }
h2 { font-size: 20px; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
#about { margin-top: 6px; }
.rfc { color: var(--soft); font-size: 13px; min-height: 20px; }
h3 { font-size: 12px; font-weight: 600; text-transform: uppercase; letter-spacing: 0.06em; color: var(--soft); }
.now h3 { margin: 14px 0 8px; }
ul, ol { list-style: none; padding: 0; }
.open { display: flex; flex-wrap: wrap; gap: 6px; }
.open li { padding: 3px 10px; border-radius: 999px; background: var(--on-soft); color: var(--on); font-size: 13px; font-weight: 550; }
.open li span { color: var(--soft); font-weight: 400; margin-left: 6px; }
.open .none { background: var(--tint); color: var(--soft); font-weight: 400; }
.steps { flex: 1; min-height: 0; padding: 16px 20px; display: flex; flex-direction: column; }
.steps ol { flex: 1; overflow: auto; margin-top: 8px; }
.steps li { display: grid; grid-template-columns: 62px 1fr; padding: 5px 0; font-size: 13px; border-top: 1px solid var(--edge); }
.steps li:first-child { border-top: 0; }
.steps time { color: var(--soft); font-variant-numeric: tabular-nums; }
.steps b { font-weight: 600; overflow-wrap: anywhere; }
.steps small { display: block; font-size: 12px; color: var(--soft); }
.steps .code { color: var(--fail); }
.boxes { display: flex; flex-wrap: wrap; gap: 12px; padding: 20px; }
.box { padding: 10px 14px; border: 1px solid var(--edge); border-radius: 10px; background: var(--card); display: flex; flex-wrap: wrap; gap: 8px; }
.box > b { width: 100%; font-weight: 600; }
.box.on { background: var(--on-soft); border-color: var(--on); }
.chart .state > rect { transition: fill 0.2s, stroke 0.2s; }
.chart .state.on > rect { fill: var(--on-soft); stroke: var(--on); stroke-width: 2.5; }
.chart .state.on:not(.whole) > rect { fill: var(--on); }
.chart .state.on:not(.whole) > text { fill: var(--card); }
.chart .arrow.on { stroke: var(--on); stroke-width: 3; }
@media (max-width: 900px) { body { height: auto; } main { grid-template-columns: 1fr; } .steps ol { max-height: 50vh; } }
@media (prefers-reduced-motion: reduce) { .chart .state > rect { transition: none; } }
@media (forced-colors: active) { .chart .state.on > rect, .box.on { stroke: Highlight; border-color: Highlight; } }
`;

// Steps come in bursts of microseconds: each stays for a moment, so that an eye can follow, unless too many wait.
export const SCRIPT = `
"use strict";
const STEP_MS = 260;
const byId = (id) => document.getElementById(id);
const waiting = [];
let last = [];
let timer;
let startedAt;
let ended = false;

const source = new EventSource("events");
source.onopen = () => tell("live", true);
source.onerror = () => { tell(ended ? "ended" : "the app has gone", false); source.close(); };
source.onmessage = ({ data }) => {
  waiting.push(JSON.parse(data));
  timer ??= setTimeout(next, 0);
};

function next() {
  timer = undefined;
  const step = waiting.shift();
  if (!step) return;
  if (step.end) { ended = true; tell("ended", false); source.close(); }
  else show(step);
  if (waiting.length > 0) timer = setTimeout(next, waiting.length > 40 ? 0 : STEP_MS);
}

function tell(text, isLive) {
  byId("status").textContent = text;
  byId("status").className = isLive ? "status live" : "status";
}

function show({ at, states, event, words, open, code }) {
  startedAt ??= at;
  for (const element of document.querySelectorAll("[data-state]")) {
    const own = element.dataset.state;
    element.classList.toggle("on", states.some((state) => state === own || state.startsWith(own + ".")));
  }
  const isWithin = (state, border) => state === border || state.startsWith(border + ".");
  for (const arrow of document.querySelectorAll(".arrow")) {
    const { from, to } = arrow.dataset;
    const isTaken = last.some((state) => isWithin(state, from)) && states.some((state) => isWithin(state, to)) && !last.some((state) => isWithin(state, to));
    arrow.classList.toggle("on", isTaken);
  }
  const isSame = states.join() === last.join();
  last = states;
  byId("state").textContent = states.join(", ");
  byId("about").textContent = words?.about ?? "";
  byId("rfc").textContent = words?.rfc ?? "";
  byId("open").replaceChildren(...(open.length > 0 ? open.map(pill) : [element("li", "nothing", "none")]));
  if (isSame && !code) return;
  const item = document.createElement("li");
  const body = document.createElement("div");
  body.append(element("b", states.join(", ")), element("small", event + (words?.rfc ? " · " + words.rfc : "")));
  if (code) body.append(element("small", code, "code"));
  item.append(element("time", ((at - startedAt) / 1000).toFixed(2) + " s"), body);
  byId("steps").prepend(item);
}

function pill({ name, kind }) {
  const item = element("li", kind);
  item.append(element("span", name));
  return item;
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}
`;

// What Chromium is started with, in a test and in a program of its own: no sandbox (a container has none to give), and no
// request of its own to anywhere.
export const CHROMIUM_FLAGS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

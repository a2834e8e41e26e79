// What Loopkey takes from Node 20 and an Electron of the tests with Node 18 lacks. Does nothing in a newer one; no app needs it.
"use strict";

const { webcrypto } = require("node:crypto");

const add = (target, name, value) => {
  if (!(name in target)) Object.defineProperty(target, name, { value, configurable: true, writable: true });
};

add(globalThis, "crypto", webcrypto);
add(globalThis, "CustomEvent", class CustomEvent extends Event {});
add(process, "getBuiltinModule", (name) => require(name));
add(URL, "canParse", (url, base) => {
  try {
    return Boolean(new URL(url, base));
  } catch {
    return false;
  }
});
add(Promise, "withResolvers", () => {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
});
add(AbortSignal, "any", (signals) => {
  const controller = new AbortController();
  for (const signal of signals) {
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true, signal: controller.signal });
  }
  return controller.signal;
});

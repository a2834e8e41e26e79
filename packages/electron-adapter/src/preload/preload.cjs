// The preload, whole: a sandboxed one can load no file beside it, so it is written as it runs. Opens one port to the main
// process before any script of the page, and hands the page one of its own, once; what one says the other hears.
"use strict";
const { contextBridge, ipcRenderer } = require("electron");

// The compiler compares them: this file cannot load the one that has them.
/** @type {typeof import("../wire.js").CHANNEL} */
const CHANNEL = "loopkey";
/** @type {typeof import("../wire.js").BRIDGE} */
const BRIDGE = "loopkey";
/** @type {typeof import("../wire.js").HANDOVER} */
const HANDOVER = "loopkey:port";

// The port to the main process never leaves this world: it ends with the document, wherever the page puts its own.
const main = new MessageChannel();
const page = new MessageChannel();
let isHandedOver = false;

main.port2.addEventListener("message", ({ data, ports }) => page.port1.postMessage(data, [...ports]));
page.port1.addEventListener("message", ({ data, ports }) => main.port2.postMessage(data, [...ports]));
main.port2.start();
page.port1.start();
window.addEventListener("online", () => main.port2.postMessage({ type: "online" }));
ipcRenderer.postMessage(CHANNEL, null, [main.port1]);

/** @type {import("../wire.js").Bridge} */
const bridge = {
  connect() {
    if (isHandedOver) return false;
    isHandedOver = true;
    // A port does not cross by itself; to its own window it can be sent.
    window.postMessage(HANDOVER, "*", [page.port2]);
    return true;
  },
};
contextBridge.exposeInMainWorld(BRIDGE, Object.freeze(bridge));

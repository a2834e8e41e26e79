// The preload of the bridge that lets everybody in: the page gets the port to the main process itself, or, where the preload has
// no world of its own, one beside it.
"use strict";
const { contextBridge, ipcRenderer } = require("electron");

const main = new MessageChannel();
ipcRenderer.postMessage("open", null, [main.port1]);
const bridge = {
  connect() {
    if (process.contextIsolated) {
      window.postMessage("loopkey:port", "*", [main.port2]);
      return true;
    }
    const page = new MessageChannel();
    page.port1.addEventListener("message", ({ data }) => main.port2.postMessage(data));
    main.port2.addEventListener("message", ({ data }) => page.port1.postMessage(data));
    page.port1.start();
    main.port2.start();
    window.postMessage("loopkey:port", "*", [page.port2]);
    return true;
  },
};
if (process.contextIsolated) contextBridge.exposeInMainWorld("loopkey", bridge);
else window.loopkey = bridge;

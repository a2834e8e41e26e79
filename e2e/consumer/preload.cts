// A preload of its own.
import preload = require("@loopkey/electron-adapter/preload");

preload.exposeAuth();

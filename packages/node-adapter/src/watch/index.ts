// `@loopkey/node-adapter/watch`: the live view. In development; loaded by whoever asks.
export { watchAuth, type WatchedActor, type Watching, type WatchOptions } from "./live-view.js";

// `@loopkey/core/explain`: why somebody is signed out, in sentences. Loaded by whoever asks.
export { explain, type Explanation, type ExplainOptions } from "./explain/explain.js";

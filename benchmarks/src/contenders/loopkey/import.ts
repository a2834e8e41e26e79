// Loads it, and nothing else: what its import costs.
import "@loopkey/core";
import "@loopkey/node-adapter";

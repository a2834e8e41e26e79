// Loads the core, and nothing else.
import "@loopkey/core";

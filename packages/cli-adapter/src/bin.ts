#!/usr/bin/env node
// The binary: one command line in this process.
import { runInProcess } from "./process-io.js";
import { runLoopkey } from "./program.js";

await runInProcess((io) => runLoopkey(process.argv.slice(2), io));

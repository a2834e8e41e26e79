#!/usr/bin/env node
// The binary: one command line in this process.
import { runAsProcess } from "./process-io.js";
import { runLoopkey } from "./program.js";

await runAsProcess((io) => runLoopkey(process.argv.slice(2), io));

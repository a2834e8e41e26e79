#!/usr/bin/env node
// The binary: one command line in this process.
import { runLoopkey } from "./binary/program.js";
import { runAsProcess } from "./terminal/process.js";

await runAsProcess((io) => runLoopkey(process.argv.slice(2), io));

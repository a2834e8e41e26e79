#!/usr/bin/env node
// The binary: one command line in this process.
import { commandLineOf } from "./binary/program-name.js";
import { runLoopkey } from "./binary/program.js";
import { runAsProcess } from "./terminal/process.js";

await runAsProcess((io) => runLoopkey(commandLineOf(process.argv[1], process.argv.slice(2)), io));

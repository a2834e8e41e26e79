#!/usr/bin/env node
// Stands beside dist so that a package manager can link it before the first build.
import "../dist/bin.js";

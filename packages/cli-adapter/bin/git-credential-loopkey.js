#!/usr/bin/env node
// Its name says what it answers: a package manager may start it by this path.
import "../dist/bin.js";

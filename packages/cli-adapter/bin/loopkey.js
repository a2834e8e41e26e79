#!/usr/bin/env node
// Stands beside dist so that a package manager can link it before the first build. What it runs is compiled once: Node (from 22.1)
// keeps that, in a folder for nobody but this user, for whoever could write there would run code here.
// No imports: they ask a module of Node for each of its names, and some of `fs` load what no command needs.
const fs = process.getBuiltinModule("node:fs");
const module = process.getBuiltinModule("node:module");
const path = process.getBuiltinModule("node:path");

function keepCompiledCode() {
  const { platform, env } = process;
  const caches = { win32: env.LOCALAPPDATA, darwin: env.HOME && path.join(env.HOME, "Library", "Caches") };
  const cache = caches[platform] ?? env.XDG_CACHE_HOME ?? (env.HOME && path.join(env.HOME, ".cache"));
  if (!module.enableCompileCache || !cache || !path.isAbsolute(cache)) return;
  const folder = path.join(cache, "loopkey");
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = fs.lstatSync(folder);
    const user = process.geteuid?.();
    const isOurs = user === undefined || (found.uid === user && (found.mode & 0o077) === 0);
    if (isOurs && found.isDirectory()) module.enableCompileCache(folder);
  } catch {
    // It is compiled each time then.
  }
}

keepCompiledCode();
await import("../dist/bin.js");

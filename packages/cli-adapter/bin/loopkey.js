#!/usr/bin/env node
// Stands beside dist so that a package manager can link it before the first build. What it runs is compiled once: Node (from 22.1)
// keeps that, in a folder for nobody but this user, for whoever could write there would run code here.
import { lstatSync, mkdirSync } from "node:fs";
import module from "node:module";
import { isAbsolute, join } from "node:path";

function keepCompiledCode() {
  const { platform, env } = process;
  const caches = { win32: env.LOCALAPPDATA, darwin: env.HOME && join(env.HOME, "Library", "Caches") };
  const cache = caches[platform] ?? env.XDG_CACHE_HOME ?? (env.HOME && join(env.HOME, ".cache"));
  if (!module.enableCompileCache || !cache || !isAbsolute(cache)) return;
  const folder = join(cache, "loopkey");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    const user = process.geteuid?.();
    const isOurs = user === undefined || (found.uid === user && (found.mode & 0o077) === 0);
    if (isOurs && found.isDirectory()) module.enableCompileCache(folder);
  } catch {
    // It is compiled each time then.
  }
}

keepCompiledCode();
await import("../dist/bin.js");

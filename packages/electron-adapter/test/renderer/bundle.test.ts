import { createRequire } from "node:module";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";

test("a page takes less than 12 KB with it: neither the machine, nor the protocol, nor the checks of the main process", async () => {
  const entry = createRequire(import.meta.url).resolve("@loopkey/electron-adapter/renderer");
  const [{ output }] = (await build({
    configFile: false,
    logLevel: "silent",
    build: { write: false, lib: { entry, formats: ["es"], fileName: "page" }, minify: "oxc" },
  })) as Rolldown.RolldownOutput[] as [Rolldown.RolldownOutput];
  const modules = output.flatMap((part) => (part.type === "chunk" ? Object.entries(part.modules) : []));
  const kept = modules.filter(([, { renderedLength }]) => renderedLength > 0).map(([path]) => path);
  expect(kept.some((path) => /connect-auth\.[jt]s$/.test(path))).toBe(true);
  for (const path of kept) expect(path).not.toMatch(/xstate|oauth4webapi|valibot|machine|protocol\.[jt]s/);
  const size = output.reduce((sum, part) => sum + (part.type === "chunk" ? part.code.length : 0), 0);
  expect(size).toBeLessThan(12_000);
});

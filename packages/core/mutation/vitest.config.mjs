// The tests that are to find a part's mutants: fewer than all, so that a mutant takes seconds.
import { defineConfig } from "vitest/config";

const conditions = ["@loopkey/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: process.env.LOOPKEY_MUTATION_TESTS.split(" "),
    testTimeout: 30_000,
    // Modules are loaded once for all files: each mutant is a run of its own.
    isolate: false,
  },
});

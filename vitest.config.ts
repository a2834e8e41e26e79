import { defineConfig } from "vitest/config";

// Packages test each other's source, without a build; e2e tests what ships, from dist.
const conditions = ["@loopkey/source"];

// A test that hangs is found by these; how long something may take is said, where it is a promise, in the test itself.
const patience = { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 20_000 } } };

export default defineConfig({
  test: {
    reporters: ["default", "./scripts/summary-reporter.ts"],
    projects: [
      ...[
        "packages/core",
        "packages/node-adapter",
        "packages/cli-adapter",
        "packages/electron-adapter",
        "examples/identity-provider",
        "examples/react",
      ].map((root) => ({
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: { name: root.split("/").pop()!, root, include: ["test/**/*.test.{ts,tsx}"], ...patience },
      })),
      {
        test: {
          name: "e2e",
          root: "e2e",
          include: ["test/**/*.test.ts"],
          ...patience,
        },
      },
      {
        test: {
          name: "counts",
          root: "benchmarks",
          include: ["test/**/*.test.ts"],
          ...patience,
        },
      },
    ],
  },
});

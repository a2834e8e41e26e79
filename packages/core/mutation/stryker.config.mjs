// How Stryker is run by `mutate.mjs`, which brings it (https://stryker-mutator.io/docs/stryker-js/configuration).
export default {
  plugins: [process.env.LOOPKEY_MUTATION_RUNNER, "./mutation/lines-reporter.mjs"],
  testRunner: "vitest",
  vitest: { configFile: "mutation/vitest.config.mjs", related: false },
  coverageAnalysis: "perTest",
  // The machine's tables are read at import: their mutants count.
  ignoreStatic: false,
  // TypeScript 7's configuration is not read, and none is needed: Vite takes the types away.
  tsconfigFile: "none.json",
  disableTypeChecks: false,
  ignorePatterns: [".stryker-tmp", "dist", "build", "tsconfig.json", "test/tsconfig.json", "*.tsbuildinfo"],
  tempDirName: process.env.LOOPKEY_MUTATION_SANDBOX,
  reporters: ["progress-append-only", "lines"],
  concurrency: 1,
  timeoutMS: 20_000,
  allowEmpty: true,
};

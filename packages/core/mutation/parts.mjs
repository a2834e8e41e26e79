// The parts that mutants are made of, each with the tests that are to find them. Tests that read this project's sources or documents
// are in none: they would judge the instrumented copy. `machine.test.ts` is not either: its 24,000 tests take minutes a mutant.
const client = (...names) => names.map((name) => `test/client/${name}.test.ts`);

/** What follows from a session: when it is renewed, whose it is, what is kept of it. */
const ofSessions = [
  "test/session/*.test.ts",
  ...client("restoring", "refresh", "refresh-failures", "shared-session", "elsewhere", "lost-answers"),
  ...client(
    "api-tokens",
    "tenants",
    "client-secret",
    "client-secret-expiry",
    "wall-clock",
    "regressions",
    "server-cache",
  ),
];

export const PARTS = {
  session: { mutate: ["src/session/"], tests: ofSessions },
  "access-tokens": {
    mutate: ["src/client/inside/access-tokens.ts"],
    tests: client(
      "create-auth-client",
      "refresh",
      "refresh-failures",
      "renewals",
      "api-tokens",
      "lost-answers",
      "elsewhere",
      "restoring",
      "settling",
      "refused",
      "step-up",
    ),
  },
  "refresh-request": {
    mutate: ["src/oauth/refresh-request.ts"],
    tests: [
      "test/oauth/{refresh-request,refresh-verdicts,refresh-answers,repeated-secrets,whose-answer,dpop,skew,id-token,token-response}.test.ts",
      ...client("refresh", "refresh-failures", "lost-answers", "api-tokens", "tenants", "dead-paths"),
      ...client("client-secret", "client-secret-expiry", "server-cache", "networks"),
    ],
  },
  machine: {
    mutate: ["src/machine/"],
    tests: ["test/machine/{machine-run,invariants}.test.ts", ...client("*")],
  },
};

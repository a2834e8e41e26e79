// The words around the list in docs/invariants.md, which is written from the tables beside this file.

export const TITLES: Readonly<Record<string, string>> = {
  "1": "1. What signs a person out",
  "2": "2. What deletes a session",
  "3": "3. What is left of it",
  "4": "4. An attempt has its own secrets, and takes them with it",
  "5": "5. Saved before it is seen",
  "6": "6. One process at a time",
  "7": "7. Who may connect, and what they are told",
  "8": "8. Signed out here first",
  "9": "9. A sign-in on top of a session",
  "10": "10. Secrets stay secret",
  "11": "11. When a refresh token is sent",
  "12": "12. Known to work before the browser opens",
};

export const INTRODUCTION = `# What the machine keeps

The rules that the machine never breaks, and how each was shown to be tested. They stand here as the tests have them
(\`packages/core/test/machine/invariants/\`). Each is judged in every state that can be
reached and on every step from it: about 24,000 steps, with every report that an actor may make. Each is also shown to be more than
words: the machines below it have one thing wrong, and are found out by that rule.

A machine alone does not show everything. That verifier, state and nonce are new for each of a thousand attempts, that a call of the store which
took too long keeps the lock until it settles, that a refresh token is noted before it is sent and that what is inspected holds no
secret is tested where it runs: in \`test/security/\`, \`test/client/\` and \`test/machine/machine.test.ts\`.

Its 162 transitions are all taken on fake ports, and 142 of them on real ones, with a server and a browser on sockets, a session in a file, a lock,
and records that others have changed (\`packages/node-adapter/test/transitions/\`); \`not-here.ts\` there says of the other 20 why not.

\`pnpm vitest run --project core test/machine/broken-invariants.test.ts -u\` writes this page.
`;

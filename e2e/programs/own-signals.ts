// An app without the commands of Loopkey, which ends as docs/api.md says ("Ctrl-C"), in the middle of a refresh.
import { createAuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import type { HostOrder } from "./host-cli.js";
import { readOrder } from "./order.js";

const { issuer } = readOrder() as HostOrder;
const client = createAuthClient(
  { issuer, clientId: "app", refreshOnStart: false },
  createNodePorts({
    appName: "Loopkey host",
    store: "encrypted-file",
    secret: async () => ({ key: new Uint8Array(32).fill(7) }),
  }),
);
const hungUpAgain = (): void => {};
process.on("SIGHUP", hungUpAgain);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    process.stdout.write("Closing.\n");
    void client.close({ timeoutMs: 4_000 }).then(() => {
      process.off("SIGHUP", hungUpAgain);
      return process.kill(process.pid, signal);
    });
  });
}
await client.getAccessToken({ forceRefresh: true });

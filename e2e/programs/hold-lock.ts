// Holds the lock of an app's session, as another of its processes does that is at work, until it is told to let go.
import { once } from "node:events";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder, say } from "./order.js";

const { appName } = readOrder() as { readonly appName: string };
const { withLock } = createNodePorts({ appName });
await withLock(
  async () => {
    say({ type: "held" });
    await once(process.stdin, "data");
  },
  { signal: new AbortController().signal },
);
process.stdin.destroy();

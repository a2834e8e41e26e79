// Adds to a number in a file, under the session's lock, in a way that loses what others add at the same time without it.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder, say } from "./order.js";

export interface LockOrder {
  readonly counter: string;
  readonly times: number;
}

const { counter, times } = readOrder() as LockOrder;
const { withLock } = createNodePorts({ appName: "Loopkey lock", store: "encrypted-file" });
const { signal } = new AbortController();
for (let turn = 0; turn < times; turn++) {
  await withLock(
    async () => {
      const count = Number(readFileSync(counter, "utf8"));
      await pause(Math.random() * 4);
      writeFileSync(counter, String(count + 1));
    },
    { signal },
  );
}
say({ type: "done" });

// The smallest app there is: signs in with the system's browser, says who that is, and ends by itself.
import { createAuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder, say } from "./order.js";

const order = readOrder() as { readonly issuer: string; readonly clientId: string };
const client = createAuthClient(
  { ...order, onNotice: (notice) => say({ type: "notice", notice }) },
  createNodePorts({ appName: "Loopkey e2e", store: "memory" }),
);
const { subject, scope } = await client.signIn();
say({ type: "signed-in", subject, scope });

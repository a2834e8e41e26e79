// An app that is started three times: signs in, comes back to the session that was kept, signs out. Says what it saw, and ends.
import { createAuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder, say } from "./order.js";

export interface JourneyOrder {
  readonly issuer: string;
  readonly clientId: string;
  readonly apiUrl: string;
  readonly step: "sign-in" | "restart" | "sign-out";
}

const { issuer, clientId, apiUrl, step } = readOrder() as JourneyOrder;
const client = createAuthClient(
  { issuer, clientId, apiOrigins: [new URL(apiUrl).origin] },
  createNodePorts({ appName: "Loopkey journey", store: "encrypted-file" }),
);
say({ type: "restored", status: (await client.ready()).status });
if (step === "sign-in") {
  const { subject } = await client.signIn();
  say({ type: "signed-in", subject });
}
if (step === "sign-out") say({ type: "signed-out", result: await client.signOut({ browser: false }) });
else {
  say({ type: "called", status: (await client.fetch(apiUrl)).status });
  const before = await client.getAccessToken();
  const after = await client.getAccessToken({ forceRefresh: true });
  say({ type: "refreshed", isNew: after !== before });
}

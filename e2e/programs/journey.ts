// An app that is started three times: signs in, comes back to the session that was kept, signs out. Says what it saw, and ends.
import { AuthError, createAuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder, say } from "./order.js";

export interface JourneyOrder {
  readonly issuer: string;
  readonly clientId: string;
  readonly apiUrl: string;
  readonly store: "keyring" | "encrypted-file";
  readonly step: "sign-in" | "restart" | "sign-out";
}

/** Without top-level await, which a program that is packed as CommonJS cannot have. */
export async function journey(): Promise<void> {
  const { issuer, clientId, apiUrl, store, step } = readOrder() as JourneyOrder;
  const client = createAuthClient(
    { issuer, clientId, apiOrigins: [new URL(apiUrl).origin] },
    createNodePorts({ appName: "Loopkey journey", store }),
  );
  try {
    say({ type: "restored", status: (await client.ready()).status });
    if (step === "sign-in") {
      const { subject } = await client.signIn();
      say({ type: "signed-in", subject });
    }
    if (step === "sign-out") {
      say({ type: "signed-out", result: await client.signOut({ browser: false }) });
      return;
    }
    say({ type: "called", status: (await client.fetch(apiUrl)).status });
    const before = await client.getAccessToken();
    const after = await client.getAccessToken({ forceRefresh: true });
    say({ type: "refreshed", isNew: after !== before });
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    process.stderr.write(`${error.message} ${error.hint} [${error.code}]\n`);
    process.exitCode = 1;
  }
}

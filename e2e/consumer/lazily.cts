// CommonJS whose compiler knows no `require` of ES modules (`module: "node16"`): it imports when it needs.
export async function signIn(issuer: string): Promise<string | undefined> {
  const { createAuthClient } = await import("@loopkey/core");
  const { createNodePorts } = await import("@loopkey/node-adapter");
  const client = createAuthClient({ issuer, clientId: "consumer" }, createNodePorts({ appName: "Consumer" }));
  return (await client.signIn()).subject;
}

// Every entry point that an app in Node may import, with what is done there.
import { createAuthCommands } from "@loopkey/cli-adapter";
import { addAuthCommands } from "@loopkey/cli-adapter/commander";
import { listProfiles } from "@loopkey/cli-adapter/profiles";
import { createAuthClient } from "@loopkey/core";
import { explain } from "@loopkey/core/explain";
import { keptAccessToken } from "@loopkey/core/light";
import { mcpConfig } from "@loopkey/core/mcp";
import { createFakeClock, createFakePorts, createFakeServer } from "@loopkey/core/testing";
import { createWays } from "@loopkey/node-adapter/ways";
import { watchAuth } from "@loopkey/node-adapter/watch";
import { Command } from "commander";

const clock = createFakeClock();
const server = await createFakeServer({ clock });
const client = createAuthClient(
  { issuer: server.issuer, clientId: "consumer" },
  createFakePorts({ clock, server }),
);
const session = await client.signIn();
const program = new Command("consumer");
addAuthCommands(program, client);
const names = program.commands.map((command) => command.name());
const profiles = await listProfiles();
await client.close();
process.stdout.write(
  JSON.stringify({
    subject: session.subject,
    login: names.includes("login"),
    profiles: profiles.length,
    functions: [createAuthCommands, explain, keptAccessToken, mcpConfig, createWays, watchAuth].map(
      (each) => typeof each,
    ),
  }),
);

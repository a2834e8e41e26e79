// The vendor's command line: the same name in keyring and lock as the app, so whoever signs in with one is signed in with both.
import { addAuthCommands } from "@loopkey/cli-adapter/commander";
import { createAuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { Command } from "commander";
import { apiOrigin, appName, clientId, issuer, scope } from "../settings.js";

const create = () =>
  createAuthClient(
    // A command may need no token: it mints one when it does.
    { issuer, clientId, scope, apiOrigins: [apiOrigin], refreshOnStart: false },
    createNodePorts({ appName, store: "keyring" }),
  );

const program = new Command("fieldbook").description("Your notes, in a terminal");
addAuthCommands(program, create);
await program.parseAsync();

#!/usr/bin/env node
// The program: the commands that sign a person in, and one of its own.
import { addAuthCommands } from "@loopkey/cli-adapter/commander";
import { AuthError, createAuthClient, type AuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { Command } from "commander";
import { apiOrigin, appName, clientId, issuer } from "./settings.js";

/** The session is in the system's keyring; no network is asked before a command needs it. */
function connect(): AuthClient {
  return createAuthClient(
    { issuer, clientId, apiOrigins: [apiOrigin], refreshOnStart: false },
    createNodePorts({ appName }),
  );
}

const program = new Command(appName);
addAuthCommands(program, connect); // login, logout, status, token, whoami

program
  .command("get")
  .argument("<path>", "of the API, such as /notes")
  .description("ask the API, as the person who has signed in")
  .action(async (path: string) => {
    const client = connect();
    try {
      const response = await client.fetch(new URL(path, apiOrigin).href);
      process.stdout.write(`${await response.text()}\n`);
      if (!response.ok) process.exitCode = 1;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      process.stderr.write(`${error.message} ${error.hint ?? ""}\n`);
      process.exitCode = 1;
    } finally {
      await client.close();
    }
  });

await program.parseAsync();

// A token that cannot be written is one that the caller does not have.
import { execFile } from "node:child_process";
import { beforeEach, expect, it } from "vitest";
import { cliPath } from "./support/cli.js";
import { createWorld, loginArgs } from "./support/cli-world.js";
import { missingForSecretService } from "./support/secret-service.js";

beforeEach((ctx) => ctx.skip(missingForSecretService !== undefined, missingForSecretService));

it.each([["token"], ["token --json"], ["status"]])(
  "%s to a full disk says so, with exit code 1, and the session stays",
  async (command) => {
    const { server, cli } = await createWorld("by-http");
    const scope = ["--scope", "openid profile offline_access"];
    expect(await cli.run([...loginArgs(server), ...scope])).toMatchObject({ code: 0 });
    const args = ["-c", 'exec "$0" "$@" > /dev/full', process.execPath, cliPath, ...command.split(" ")];
    const { status, stderr } = await new Promise<{ status: unknown; stderr: string }>((resolve) => {
      execFile("sh", args, { env: cli.env }, (error, _, said) =>
        resolve({ status: error?.code, stderr: said }),
      );
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "The result could not be written to stdout: ENOSPC: no space left on device, write.\n",
    });
    expect(await cli.run(["status"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Signed in as Ada Lovelace (account-ada)"),
    });
  },
  60_000,
);

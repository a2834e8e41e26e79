// A real KWallet, which offers the Secret Service too.
import { storeContract } from "@loopkey/core/testing";
import { beforeEach, expect, test } from "vitest";
import type { KeyringAnswer } from "../programs/keyring.js";
import { createWorld, loginArgs } from "./support/cli-world.js";
import { missingForKWallet, startKWallet } from "./support/kwallet.js";
import { startProgram } from "./support/program.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";

const missing = missingForKWallet ?? missingForSecretService;
beforeEach((context) => context.skip(missing !== undefined, missing));

test("it keeps the promises of a store", async () => {
  const bus = await startBus();
  await startKWallet(bus);
  const program = startProgram("keyring", {
    order: { service: "loopkey-e2e", calls: "contract" },
    env: bus.env,
  });
  const promises = storeContract(() => Promise.reject(new Error("only counted")));
  const answers: KeyringAnswer[] = [];
  for (const _ of promises) answers.push(await program.said<KeyringAnswer>("answer"));
  expect(answers.filter(({ error }) => error)).toEqual([]);
  expect((await program.ended).code).toBe(0);
}, 60_000);

test("a person signs in, and out", async () => {
  const bus = await startBus();
  await startKWallet(bus);
  const { cli, server } = await createWorld("by-http", bus);
  expect(await cli.run(loginArgs(server))).toMatchObject({ code: 0 });
  expect(await cli.run(["status", "--json"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"kind":"keyring"'),
  });
  expect(await cli.run(["token"])).toMatchObject({ code: 0 });
  expect(await cli.run(["logout", "--no-browser"])).toMatchObject({ code: 0 });
  expect(await cli.run(["status"])).toMatchObject({ code: 4 });
}, 60_000);

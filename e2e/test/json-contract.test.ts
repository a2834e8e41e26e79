// What the commands print with --json, against the schemas in docs/schemas.
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { createToolWorld, type ToolWorld } from "./support/tool-world.js";

const FOLDER = new URL("../../docs/schemas/", import.meta.url);
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const names = readdirSync(FOLDER).map((file) => file.replace(".schema.json", ""));
for (const name of names)
  ajv.addSchema(JSON.parse(readFileSync(new URL(`${name}.schema.json`, FOLDER), "utf8")) as object, name);

const seen = new Set<string>();
// All of them were asked for, or a schema stands there for nothing.
afterAll(() => expect([...seen].toSorted()).toEqual(names.toSorted()));

async function check({ cli }: ToolWorld, name: string, args: string): Promise<void> {
  const { stdout } = await cli.run([...args.split(" "), "--json"]);
  const validate = ajv.getSchema(name)!;
  seen.add(name);
  expect(stdout).toMatch(/^[^\n]+\n$/);
  void validate(JSON.parse(stdout));
  expect(ajv.errorsText(validate.errors), `${args}: ${stdout.replace(/"accessToken":"[^"]*"/, "")}`).toBe(
    "No errors",
  );
}

describe("every command", () => {
  it("signed in and signed out, says what its schema has", async () => {
    const world = await createToolWorld({ serve: (_, response) => void response.end() });
    const { host } = world.guarded;
    const order = [
      ["status", "status"],
      ["token", "token"],
      ["whoami", "whoami"],
      ["doctor", "doctor"],
      ["list", "list"],
      ["list", "list --check"],
      ["switch", "switch default"],
      ["setup", `setup pnpm --host ${world.guarded.origin}`],
      ["login", "login"],
      ["explain", "explain"],
      ["logout", "logout"],
      ["explain", "explain"],
      ["status", "status"],
      ["status", "status --profile nobody"],
      ["list", "list --check"],
      ["logout-all", "logout --all"],
      ["error", "token"],
      ["error", "switch nobody"],
      ["error", `setup pnpm --host ${host} --profile nobody`],
      ["error", "nothing"],
    ] as const;
    for (const [name, args] of order)
      // oxlint-disable-next-line no-await-in-loop
      await check(world, name, args);
  });
});

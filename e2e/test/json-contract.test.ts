// What the commands print with --json, against the schemas in docs/schemas.
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { createToolWorld, type ToolWorld } from "./support/tool-world.js";

const FOLDER = new URL("../../docs/schemas/", import.meta.url);
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const names = readdirSync(FOLDER).map((file) => file.replace(".schema.json", ""));
for (const name of names) {
  const text = readFileSync(new URL(`${name}.schema.json`, FOLDER), "utf8");
  ajv.addSchema(closed(JSON.parse(text)) as object, name);
}

/** Readers must expect more members than a schema has; what is printed here must all be in it. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return "properties" in schema && !("additionalProperties" in schema) && "type" in schema
    ? { ...inside, additionalProperties: false }
    : inside;
}

const SETUPS = [
  "kubectl",
  "bazel",
  "git",
  "claude",
  "goauth",
  "pnpm",
  "docker",
  "cargo",
  "terraform",
] as const;

const seen = new Set<string>();
// All of them were asked for, or a schema stands there for nothing.
afterAll(() => expect([...seen].toSorted()).toEqual(names.toSorted()));

async function check(
  { cli }: ToolWorld,
  name: string,
  args: string,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const { stdout } = await cli.run([...args.split(" "), "--json"], env);
  const validate = ajv.getSchema(name)!;
  seen.add(name);
  expect(stdout).toMatch(/^[^\n]+\n$/);
  void validate(JSON.parse(stdout));
  expect(ajv.errorsText(validate.errors), `${args}: ${stdout.replace(/"accessToken":"[^"]*"/, "")}`).toBe(
    "No errors",
  );
}

describe("every command", () => {
  it("that has --json has a schema, and those that print JSON in a contract of others have none of that", async () => {
    const { cli } = await createToolWorld({ serve: (_, response) => void response.end() });
    const help = (await cli.run(["--help"])).stdout.split("Commands:")[1]!;
    const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
    const helps = await Promise.all(
      commands.map(async (name) => [name, (await cli.run([name, "--help"])).stdout] as const),
    );
    const withJson = helps.filter(([, text]) => text.includes("--json")).map(([name]) => name);
    expect(withJson.toSorted()).toEqual(names.filter((name) => !["error", "logout-all"].includes(name)));
    expect(commands.filter((name) => !withJson.includes(name)).toSorted()).toEqual([
      "broker",
      "completion",
      "credential",
      "help",
      "serve",
    ]);
  }, 60_000);

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
      ...SETUPS.map((tool) => ["setup", `setup ${tool} --host ${world.guarded.origin}`] as const),
      ["setup", `setup pnpm --host ${world.guarded.origin} --write`],
      ["setup", `setup pnpm --host ${world.guarded.origin} --write`],
      ["setup", `setup git --host ${world.guarded.origin} --write`],
      ["setup", `setup git --host ${world.guarded.origin} --write`],
      ["doctor", "doctor --issuer http://127.0.0.1:1 --client-id app"],
      ["error", "token --resource https://api.example"],
      ["login", "login"],
      ["login", "login --profile work --issuer ISSUER --client-id app --store memory"],
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
    const { issuer } = JSON.parse((await world.cli.run(["status", "--json"])).stdout) as { issuer: string };
    for (const [name, args] of order)
      // oxlint-disable-next-line no-await-in-loop
      await check(world, name, args.replace("ISSUER", issuer));
  }, 120_000);

  it("says it in the same words where the store cannot be read, and where the server is away", async () => {
    const world = await createToolWorld({ serve: (_, response) => void response.end() });
    const locked = { LOOPKEY_KEY_FILE: "/nowhere" };
    await check(world, "status", "status", locked);
    await check(world, "list", "list --check", locked);
    await check(world, "error", "token", locked);
    await check(world, "error", "whoami", locked);
    await check(world, "error", "login --timeout 1 --no-browser", { BROWSER: "true" });
    await world.server.close();
    await check(world, "error", "whoami");
    await check(world, "doctor", "doctor");
    await check(world, "logout", "logout");
  });
});

// cargo: a credential provider, which is told the registry's index and answers a line a request until stdin ends. What the
// configuration has behind the program's name comes in the request, not on the command line.
import { parseArgs } from "node:util";
import { AuthError } from "@loopkey/core/light";
import { EXIT } from "../../outcome/exit-codes.js";
import { expirySeconds, isNone, jsonLine, type Contract, type Outcome, type Wanted } from "../contract.js";
import { malformed, membersOf, parseObject, textOf, type Members } from "./json-input.js";

const HELLO = { v: [1] };

export const cargo: Contract = async ({ args, readLines, write }, get) => {
  if (!args.includes("--cargo-plugin")) throw malformed("cargo runs this with --cargo-plugin");
  write(jsonLine(HELLO));
  for await (const line of readLines()) if (line.trim() !== "") write(jsonLine(await answer(line, get)));
  return { exitCode: EXIT.done };
};

async function answer(line: string, get: (wanted: Wanted) => Promise<Outcome>): Promise<unknown> {
  let request: Members;
  try {
    request = parseObject(line, "The request");
  } catch (error) {
    return refused(error instanceof AuthError ? error.message : String(error));
  }
  if (request["v"] !== 1)
    return refused(`Version ${JSON.stringify(request["v"])} of the protocol is not known.`);
  // `login` and `logout` are done by "loopkey login" and "loopkey logout".
  if (request["kind"] !== "get") return { Err: { kind: "operation-not-supported" } };
  const index = textOf(membersOf(request["registry"])["index-url"]);
  if (index === undefined) return refused('The request has no "index-url".');
  const options = optionsOf(request["args"]);
  if (options === undefined) return refused("An option in the configuration of cargo has no value.");
  const outcome = await get({
    urls: [index.replace(/^(sparse|registry)\+/, "")],
    ...options,
  });
  if (!isNone(outcome)) {
    const expiration = expirySeconds(outcome);
    return {
      Ok: {
        kind: "get",
        token: `Bearer ${outcome.accessToken}`,
        ...(expiration === undefined ? { cache: "session" } : { cache: "expires", expiration }),
        operation_independent: true,
      },
    };
  }
  if (outcome.why === "not-named") return { Err: { kind: "url-not-supported" } };
  if (outcome.why === "nobody") return { Err: { kind: "not-found" } };
  return refused(outcome.failure.message);
}

/** Undefined where one has no value: it would be taken for the default profile, somebody else's. */
function optionsOf(args: unknown): Pick<Wanted, "profile" | "host"> | undefined {
  const words = Array.isArray(args) ? args.filter((each) => typeof each === "string") : [];
  const options = { profile: { type: "string" }, host: { type: "string" } } as const;
  const { values } = parseArgs({ args: words, options, strict: false });
  const { profile, host } = values;
  if (typeof profile === "boolean" || typeof host === "boolean") return undefined;
  return { ...(profile !== undefined && { profile }), ...(host !== undefined && { host }) };
}

function refused(message: string): unknown {
  return { Err: { kind: "other", message, "caused-by": [] } };
}

// terraform: a credentials helper, which is asked for a host. Without a token it gets an empty object.
import { EXIT } from "../../outcome/exit-codes.js";
import { isNone, jsonLine, type Contract } from "../contract.js";
import { addressesOf } from "../addresses.js";
import { malformed } from "./json-input.js";

export const terraform: Contract = async ({ args: [command, host], readAll }, get) => {
  if (command === "store" || command === "forget") {
    // It is read to its end in any case: terraform would fail at a pipe that nobody reads.
    if (command === "store") await readAll();
    throw malformed(
      `Nothing is kept for terraform: what it may do with "${command}" is done by loopkey login and logout`,
    );
  }
  if (command !== "get" || host === undefined || host === "") throw malformed('terraform asks by "get HOST"');
  const outcome = await get({ urls: addressesOf(host) });
  if (isNone(outcome))
    return outcome.why === "failed"
      ? { exitCode: EXIT.failed }
      : { stdout: jsonLine({}), exitCode: EXIT.done };
  return { stdout: jsonLine({ token: outcome.accessToken }), exitCode: EXIT.done };
};

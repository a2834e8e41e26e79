// docker: a credential helper. What it has to say of a failure stands on stdout.
import { EXIT } from "../../outcome/exit-codes.js";
import { isNone, jsonLine, type Answer, type Contract } from "../contract.js";
import { addressesOf } from "../addresses.js";

/** docker goes on without a credential where it reads exactly this. */
const NOT_FOUND = "credentials not found in native keychain";

export const docker: Contract = async ({ args: [command], readAll, userName }, get) => {
  if (command === "list") return { stdout: jsonLine({}), exitCode: EXIT.done };
  const server = (await readAll()).trim();
  if (command === "erase") return { exitCode: EXIT.done };
  if (command === "store") return failed('nothing is stored for docker: sign in by "loopkey login"');
  if (command !== "get") return failed(`unknown command ${JSON.stringify(command ?? "")}`);
  if (server === "") return failed("no credentials server URL");
  const outcome = await get({ urls: addressesOf(server) });
  if (!isNone(outcome))
    // A user name of `<token>` would mean a refresh token.
    return {
      stdout: jsonLine({ ServerURL: server, Username: userName, Secret: outcome.accessToken }),
      exitCode: EXIT.done,
    };
  return failed(outcome.why === "failed" ? outcome.failure.message : NOT_FOUND);
};

function failed(why: string): Answer {
  return { stdout: `${why}\n`, exitCode: EXIT.failed };
}

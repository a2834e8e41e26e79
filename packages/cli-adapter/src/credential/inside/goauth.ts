// Go: a command of GOAUTH. Run without arguments first, and with the address and the answer on stdin after every refusal,
// which a module that is not there is too.
import { EXIT } from "../../outcome/exit-codes.js";
import { isNone, type Contract } from "../contract.js";
import { exitOf } from "./exit-of.js";

export const goauth: Contract = async ({ args: [address], readAll, bound }, get) => {
  // Nobody says for whom: empty output is fine, and it is asked again after a refusal.
  if (address === undefined && bound === undefined) return { exitCode: EXIT.done };
  // What was given at the start may have been refused; any other answer says nothing of the token.
  const renew = address !== undefined && bound !== undefined && isUnauthorized(await readAll());
  const where = address ?? bound!.origin;
  const outcome = await get({ urls: [where], renew });
  if (isNone(outcome)) return { exitCode: outcome.why === "not-named" ? EXIT.done : exitOf(outcome) };
  const { origin } = new URL(where);
  return { stdout: `${origin}\n\nAuthorization: Bearer ${outcome.accessToken}\n\n`, exitCode: EXIT.done };
};

function isUnauthorized(response: string): boolean {
  return /^HTTP\/\S+ 401\b/.test(response);
}

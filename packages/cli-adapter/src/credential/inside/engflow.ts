// Bazel, uv and others: the credential helper of EngFlow's specification.
import { EXIT } from "../../outcome/exit-codes.js";
import { expiryOf, isNone, jsonLine, type Contract } from "../contract.js";
import { exitOf } from "./exit-of.js";
import { malformed, parseObject, textOf } from "./json-input.js";

export const engflow: Contract = async ({ args, readAll }, get) => {
  if (args[0] !== "get")
    throw malformed(`The command ${JSON.stringify(args[0] ?? "")} is not known, only "get"`);
  const uri = textOf(parseObject(await readAll(), "The request")["uri"]);
  if (uri === undefined) throw malformed('The request has no "uri"');
  const outcome = await get({ urls: [uri] });
  if (isNone(outcome)) return { exitCode: exitOf(outcome) };
  const expires = expiryOf(outcome);
  return {
    stdout: jsonLine({
      headers: { Authorization: [`Bearer ${outcome.accessToken}`] },
      ...(expires && { expires }),
    }),
    exitCode: EXIT.done,
  };
};

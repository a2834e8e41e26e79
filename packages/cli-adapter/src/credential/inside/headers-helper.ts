// Claude Code: `headersHelper` of an MCP server. It names the server in its environment.
import { EXIT } from "../../outcome/exit-codes.js";
import { isNone, jsonLine, type Contract } from "../contract.js";
import { exitOf } from "./exit-of.js";
import { textOf } from "./json-input.js";

export const headersHelper: Contract = async ({ env }, get) => {
  const url = textOf(env["CLAUDE_CODE_MCP_SERVER_URL"]);
  const outcome = await get(url === undefined ? {} : { urls: [url] });
  if (isNone(outcome)) return { exitCode: exitOf(outcome) };
  return { stdout: jsonLine({ Authorization: `Bearer ${outcome.accessToken}` }), exitCode: EXIT.done };
};

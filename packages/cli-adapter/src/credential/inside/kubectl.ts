// kubectl: ExecCredential of client.authentication.k8s.io, v1 and v1beta1. The cluster is named where the kubeconfig has
// `provideClusterInfo: true`.
import { EXIT } from "../../outcome/exit-codes.js";
import { expiryOf, isNone, jsonLine, type Contract } from "../contract.js";
import { exitOf } from "./exit-of.js";
import { malformed, membersOf, parseObject, textOf } from "./json-input.js";

const GROUP = "client.authentication.k8s.io";
const VERSIONS: ReadonlySet<string> = new Set([`${GROUP}/v1`, `${GROUP}/v1beta1`]);

export const kubectl: Contract = async ({ env }, get) => {
  const info = parseInfo(env["KUBERNETES_EXEC_INFO"]);
  const outcome = await get(info.server === undefined ? {} : { urls: [info.server] });
  if (isNone(outcome)) return { exitCode: exitOf(outcome) };
  const expirationTimestamp = expiryOf(outcome);
  return {
    stdout: jsonLine({
      apiVersion: info.apiVersion,
      kind: "ExecCredential",
      status: { token: outcome.accessToken, ...(expirationTimestamp && { expirationTimestamp }) },
    }),
    exitCode: EXIT.done,
  };
};

function parseInfo(text: string | undefined): { readonly apiVersion: string; readonly server?: string } {
  if (text === undefined || text === "") return { apiVersion: `${GROUP}/v1` };
  const { apiVersion, spec } = parseObject(text, "KUBERNETES_EXEC_INFO");
  if (typeof apiVersion !== "string" || !VERSIONS.has(apiVersion))
    throw malformed(
      `KUBERNETES_EXEC_INFO has the version ${JSON.stringify(apiVersion)}, and known are v1 and v1beta1`,
    );
  const server = textOf(membersOf(membersOf(spec)["cluster"])["server"]);
  return { apiVersion, ...(server === undefined ? {} : { server }) };
}

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
  const { server, isInteractive } = info;
  const outcome = await get({ isInteractive, ...(server === undefined ? {} : { urls: [server] }) });
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

interface Info {
  readonly apiVersion: string;
  readonly isInteractive: boolean;
  readonly server?: string;
}

function parseInfo(text: string | undefined): Info {
  if (text === undefined || text === "") return { apiVersion: `${GROUP}/v1`, isInteractive: true };
  const { apiVersion, spec } = parseObject(text, "KUBERNETES_EXEC_INFO");
  if (typeof apiVersion !== "string" || !VERSIONS.has(apiVersion))
    throw malformed(
      `KUBERNETES_EXEC_INFO has the version ${JSON.stringify(apiVersion)}, and known are v1 and v1beta1`,
    );
  const { cluster, interactive } = membersOf(spec);
  const server = textOf(membersOf(cluster)["server"]);
  return { apiVersion, isInteractive: interactive !== false, ...(server === undefined ? {} : { server }) };
}

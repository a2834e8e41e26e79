// One request to the token endpoint over node:http or node:https, and nothing else. Taken by getBuiltinModule: an import
// would load undici on Node 22 and later.
import type { Agent } from "node:http";

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

export function postForm(
  endpoint: string,
  form: Readonly<Record<string, string>>,
  agent?: Agent,
): Promise<Tokens> {
  const isPlain = endpoint.startsWith("http:");
  const { request } = isPlain
    ? process.getBuiltinModule("node:http")
    : process.getBuiltinModule("node:https");
  const body = new URLSearchParams(form).toString();
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    request(endpoint, { method: "POST", headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode === 200) resolve(JSON.parse(text) as Tokens);
        else reject(new Error(`The server answered ${response.statusCode}: ${text}`));
      });
    })
      .on("error", reject)
      .end(body);
  });
}

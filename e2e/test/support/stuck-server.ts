// An authorization server of which one endpoint never answers, or hangs up.
import { startRecordingServer, type RecordingServer } from "./recording-server.js";

type StuckEndpoint = "/.well-known/openid-configuration" | "/token";

export interface StuckServerOptions {
  readonly at: StuckEndpoint;
  /** `hang-up`: cuts the connection instead of keeping it open. @default "silence" */
  readonly with?: "silence" | "hang-up";
}

export function startStuckServer({
  at,
  with: how = "silence",
}: StuckServerOptions): Promise<RecordingServer> {
  return startRecordingServer(({ path }, response, origin) => {
    if (path === at) {
      if (how === "hang-up") response.destroy();
      return;
    }
    response.writeHead(200, { "Content-Type": "application/json" }).end(
      JSON.stringify({
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        jwks_uri: `${origin}/jwks`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
      }),
    );
  });
}

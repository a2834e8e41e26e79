// The server's endpoints: metadata, keys, an authorization endpoint where everybody agrees at once, and tokens.
import type { IncomingMessage, ServerResponse } from "node:http";
import { SUBJECT, type Grants, type TokenAnswer } from "./grants.js";

export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createAnswer(issuer: string, grants: Grants): Answer {
  const documents: Readonly<Record<string, object>> = {
    "/.well-known/openid-configuration": metadataOf(issuer),
    "/.well-known/oauth-authorization-server": metadataOf(issuer),
    // Where the client of the MCP SDK begins (RFC 9728).
    "/.well-known/oauth-protected-resource/mcp": {
      resource: `${issuer}/mcp`,
      authorization_servers: [issuer],
    },
    "/jwks": grants.jwks,
  };

  return async (request, response) => {
    const url = new URL(request.url ?? "/", issuer);
    const document = documents[url.pathname];
    // As servers do that people sign in at: what is public may be kept for a while.
    if (document) return json(response, 200, document, "public, max-age=3600");
    if (url.pathname === "/authorize") return authorize(url, response);
    if (url.pathname === "/token") return token(new URLSearchParams(await bodyOf(request)), response);
    if (url.pathname === "/userinfo") return json(response, 200, { sub: SUBJECT });
    if (url.pathname === "/revoke") return json(response, 200, {});
    json(response, 404, { error: "not_found" });
  };

  function authorize({ searchParams }: URL, response: ServerResponse): void {
    const back = searchParams.get("redirect_uri") ?? "";
    const members = {
      code: grants.code(searchParams.get("client_id") ?? "", searchParams.get("nonce")),
      state: searchParams.get("state") ?? "",
      iss: issuer,
    };
    if (searchParams.get("response_mode") === "form_post") {
      response.writeHead(200, { "Content-Type": "text/html" }).end(formPage(back, members));
      return;
    }
    const query = new URLSearchParams(members).toString();
    response.writeHead(302, { Location: `${back}?${query}` }).end();
  }

  function token(form: URLSearchParams, response: ServerResponse): void {
    const isCode = form.get("grant_type") === "authorization_code";
    const answer: TokenAnswer | undefined = isCode
      ? grants.redeem(form.get("code") ?? "")
      : grants.refresh(form.get("refresh_token") ?? "");
    // Some send the scope with it, and look in the answer for what they have sent.
    const scope = form.get("scope") ?? "openid offline_access";
    if (answer) json(response, 200, { ...answer, scope });
    else json(response, 400, { error: "invalid_grant" });
  }
}

/** OAuth 2.0 Form Post Response Mode: MSAL takes no other. What a browser would send by script. */
function formPage(action: string, members: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(members).map(([name, value]) => `<input name="${name}" value="${value}">`);
  return `<form method="post" action="${action}">${inputs.join("")}</form>`;
}

function metadataOf(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    response_types_supported: ["code"],
    response_modes_supported: ["query", "form_post"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    authorization_response_iss_parameter_supported: true,
  };
}

function json(response: ServerResponse, status: number, value: object, cacheControl = "no-store"): void {
  const body = JSON.stringify(value);
  response
    .writeHead(status, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": cacheControl,
    })
    .end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

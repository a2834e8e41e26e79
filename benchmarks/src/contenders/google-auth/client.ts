// google-auth-library for a server that is not Google's: its endpoints are options.
import { ClientAuthentication, OAuth2Client } from "google-auth-library";
import type { Order } from "../order.js";

export function createGoogleClient(
  { issuer, clientId }: Pick<Order, "issuer" | "clientId">,
  redirectUri?: string,
): OAuth2Client {
  return new OAuth2Client({
    clientId,
    clientAuthentication: ClientAuthentication.None,
    endpoints: { oauth2AuthBaseUrl: `${issuer}/authorize`, oauth2TokenUrl: `${issuer}/token` },
    ...(redirectUri === undefined ? {} : { redirectUri }),
  });
}

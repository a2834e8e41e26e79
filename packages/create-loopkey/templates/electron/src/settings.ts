// Where people sign in, and as which app.
export const appName = "__NAME__";

/** The server: an OpenID provider, or any OAuth 2.0 server with metadata. */
export const issuer = "__ISSUER__";

/** What the server calls this app: a public client, without a secret. */
export const clientId = "__CLIENT_ID__";

/** The API that the app calls for the person. Nobody else is given a token. */
export const apiOrigin = new URL(issuer).origin;

// Why a sign-in cannot go on, in the words of whoever looks at the page; the server's own words stand below them.
const BACK = "Go back to the app and sign in again.";

const CAUSES: Readonly<Record<string, string>> = {
  invalid_redirect_uri:
    "The app wants to be called back at an address that is not registered for it here. Whoever made the app has to register its redirect URI.",
  invalid_client:
    "No app is registered here under this client id. Whoever made the app has to correct it, or register the app.",
  unauthorized_client: "The app is not registered for this way of signing in.",
  invalid_scope: "The app asks for something that this server does not know, or does not give it.",
  invalid_target: "The app asks for access to an API that this server does not know.",
  invalid_request: `The app's request is not as it should be. ${BACK}`,
  invalid_request_uri: `The address was opened too late, or a second time. ${BACK}`,
  SessionNotFound: `This page was open for too long, or was finished in another window. ${BACK}`,
  access_denied: `You or the server said no. ${BACK}`,
};

/** `error` is that of RFC 6749 4.1.2.1, or a word of oidc-provider's. */
export function causeOf(error: string): string {
  return Object.hasOwn(CAUSES, error) ? CAUSES[error]! : `The server could not go on. ${BACK}`;
}

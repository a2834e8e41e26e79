// What each state of a session is about, where that is written down, and what is open in it: for who sees it for the first time.

export interface Words {
  readonly about: string;
  readonly rfc?: string;
}

const STATES: Readonly<Record<string, Words>> = {
  restoring: { about: "Looks for a session that was stored before." },
  idle: { about: "Nobody is signed in." },
  "awaiting-callback": { about: "A sign-in has begun.", rfc: "RFC 8252" },
  "awaiting-callback.probing": {
    about: "Finds out whether a session could be kept, before a browser opens.",
  },
  "awaiting-callback.discovering": { about: "Reads what the server offers.", rfc: "RFC 8414, section 3" },
  "awaiting-callback.binding": {
    about: "Listens on a free port of this machine.",
    rfc: "RFC 8252, section 7.3",
  },
  "awaiting-callback.requesting": {
    about: "Makes the authorization request, with a fresh state and PKCE challenge.",
    rfc: "RFC 7636, section 4.3",
  },
  "awaiting-callback.opening": { about: "Opens the person's own browser.", rfc: "RFC 8252, section 6" },
  "awaiting-callback.waiting": {
    about: "Waits for the person, and for the one redirect.",
    rfc: "RFC 6749, section 4.1.2",
  },
  "awaiting-callback.requestingDeviceCode": {
    about: "Asks for a code to enter on another device.",
    rfc: "RFC 8628, section 3.1",
  },
  "awaiting-callback.device": {
    about: "Waits until the code was entered elsewhere.",
    rfc: "RFC 8628, section 3.4",
  },
  exchanging: { about: "The redirect has come; the browser waits for its answer." },
  "exchanging.redeeming": {
    about: "Trades the code and the PKCE verifier for tokens.",
    rfc: "RFC 6749, section 4.1.3",
  },
  "exchanging.saving": { about: "Saves the session, under the lock, before anybody sees it." },
  givingUp: { about: "Tells the browser that it did not work." },
  authenticated: { about: "Somebody is signed in; calls get the token.", rfc: "RFC 6750, section 2.1" },
  reviewing: { about: "Another process has changed the session: looks what it is now." },
  refreshing: { about: "Renews the access token, one process at a time.", rfc: "RFC 6749, section 6" },
  "refreshing.locking": {
    about: "Takes the lock: no refresh token is sent twice.",
    rfc: "RFC 9700, section 4.14.2",
  },
  "refreshing.reconciling": { about: "Reads the store again: another process may have been faster." },
  "refreshing.checkingPath": { about: "Asks for something harmless first: the network may be dead." },
  "refreshing.preparing": { about: "Keeps a place for the tokens to come." },
  "refreshing.requesting": { about: "Sends the refresh token.", rfc: "RFC 6749, section 6" },
  "refreshing.askingAgain": { about: "The answer was lost: asks once more, at once." },
  "refreshing.persisting": { about: "Saves the new tokens before anybody sees them." },
  "refreshing.pausing": { about: "They could not be saved: keeps them, and tries again." },
  "refreshing.judging": { about: "The server has refused: is it the token that is stored?" },
  "refreshing.ending": { about: "The grant is over: what is stored of it is deleted." },
  "logging-out": { about: "The person signs out." },
  "logging-out.revoking": { about: "Tells the server to forget the tokens.", rfc: "RFC 7009, section 2.1" },
  "logging-out.clearing": { about: "Deletes the session here." },
  visiting: {
    about: "The browser visits the server's sign-out page.",
    rfc: "OpenID Connect RP-Initiated Logout 1.0, section 2",
  },
  "logged-out": { about: "The session is over." },
};

const OPEN: Readonly<Record<string, string>> = {
  readStore: "store",
  reviewStored: "waits for news",
  saveUnderLock: "lock, store",
  saveSession: "store",
  markSession: "store",
  clearStore: "store",
  prepareSave: "store",
  probeKeeping: "lock, store",
  holdLock: "lock",
  listenForRedirect: "port",
  answerBrowser: "browser's connection",
  visitEndSession: "port, browser",
  openBrowser: "browser",
  awaitDeadline: "timer",
  awaitRefresh: "timer",
  keepRequestFresh: "timer",
  discoverServer: "request",
  buildRequest: "request",
  requestDeviceCode: "request",
  awaitApproval: "timer, request",
  redeemCode: "request",
  refreshSession: "request",
  checkPath: "request",
  revokeTokens: "request",
};

/** Of the innermost state that has some. */
export function wordsOf(state: string): Words | undefined {
  return STATES[state] ?? STATES[state.split(".", 1)[0]!];
}

/** `holdLock` is a lock; of another machine only the name is known. */
export function openOf(actor: string): { readonly name: string; readonly kind: string } {
  return { name: actor, kind: OPEN[actor] ?? "running" };
}

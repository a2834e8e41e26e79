// Where people sign in, and the API they sign in for. A real app has constants here: whoever sets the environment of this one
// decides which server it trusts.
const { FIELDBOOK_ISSUER = "http://127.0.0.1:4711", FIELDBOOK_CLIENT_ID = "loopkey-demo" } = process.env;

export const issuer = FIELDBOOK_ISSUER;
export const clientId = FIELDBOOK_CLIENT_ID;
/** The demo's server has both under one roof. */
export const apiOrigin = new URL(FIELDBOOK_ISSUER).origin;
export const scope = "openid profile email offline_access";
/** Names the keyring entry and the lock: a command-line tool of the same name shares the session. */
export const appName = "Loopkey Fieldbook";

// The ways in which the keyring fails.

/**
 * Why the keyring did not do what it was asked. Adding one is a minor change.
 *
 * - `no_dbus`: the session has no D-Bus, or has lost it (Linux)
 * - `bus_refused`: the D-Bus session is another account's, and refuses this one (Linux)
 * - `no_provider`: nothing on the bus offers the Secret Service (Linux)
 * - `no_collection`: there is no keyring to keep an entry in
 * - `no_logon_session`: the logon has no credentials of its own (Windows services, some network logons)
 * - `locked`: the keyring is locked and may not ask
 * - `dismissed`: a person closed the prompt, or no prompt could be shown
 * - `timed_out`: no answer within the time limit; a prompt may be open
 * - `not_responding`: the keyring's program took the request and has not answered within the time limit; it may be asking
 *   a person
 * - `ambiguous`: several entries of that name
 * - `too_large`: more than the keyring takes
 * - `damaged`: what is there cannot be put together to a record; it is still there, for `quarantine`
 * - `busy`: while it was used, another process deleted an entry, or the keyring was started again
 * - `not_kept`: an entry was taken without a word, and did not come back the same
 * - `backend_unavailable`: the native library is missing or does not fit this system
 * - `unknown`: none of these, by its words, which the message quotes
 */
export type KeyringFailureCode =
  | "no_dbus"
  | "bus_refused"
  | "no_provider"
  | "no_collection"
  | "no_logon_session"
  | "locked"
  | "dismissed"
  | "timed_out"
  | "not_responding"
  | "ambiguous"
  | "too_large"
  | "damaged"
  | "busy"
  | "not_kept"
  | "backend_unavailable"
  | "unknown";

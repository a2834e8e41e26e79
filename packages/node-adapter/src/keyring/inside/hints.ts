// What a person can do on their system about a keyring that failed.
import type { KeyringFailureCode } from "../failure-codes.js";

type Hints = Readonly<Partial<Record<KeyringFailureCode, string>>> & { readonly otherwise: string };

const LINUX: Hints = {
  no_dbus:
    "Run this in your desktop session. Without a desktop, install a keyring (Debian, Ubuntu: sudo apt-get install " +
    "gnome-keyring dbus-x11). Start a session with dbus-run-session -- bash. In it unlock the keyring: " +
    "gnome-keyring-daemon --unlock --components=secrets reads the password from stdin.",
  bus_refused:
    "Run this as the account whose desktop session it is, without sudo or su. For this account, start a session of its own " +
    "with dbus-run-session -- bash.",
  no_provider:
    "Install a keyring (Debian, Ubuntu: sudo apt-get install gnome-keyring; Fedora: sudo dnf install gnome-keyring) " +
    "and sign in to the desktop again, or turn on the Secret Service in KWallet or KeePassXC.",
  no_collection:
    "Create a default keyring with Passwords and Keys (seahorse), or open the database in KeePassXC. Without a " +
    "desktop: gnome-keyring-daemon --unlock --components=secrets creates one with the password it reads from stdin.",
  locked: "Unlock the keyring, for instance with Passwords and Keys (seahorse), and try again.",
  dismissed:
    "Try again and answer the prompt, or unlock the keyring first. Without a desktop: gnome-keyring-daemon --unlock " +
    "--components=secrets reads the password from stdin.",
  timed_out:
    "Look for a prompt that asks to unlock the keyring, on the desktop of this computer, answer it and try again.",
  not_responding:
    "Look for a window of it that asks for a password (KeePassXC's may be behind others), answer it and try again. If there " +
    "is none, sign out of the desktop and in again: the keyring is started anew.",
  ambiguous: "Delete the entries of this app with Passwords and Keys (seahorse), and sign in again.",
  otherwise:
    "Check that the keyring works: secret-tool store --label=test test test (package libsecret-tools).",
};

const MACOS: Hints = {
  no_collection:
    "Open Keychain Access and choose File, New Keychain, or make the login keychain the default.",
  locked:
    "Unlock the login keychain in Keychain Access. Over SSH: security unlock-keychain, in the same session.",
  dismissed: "Try again and allow the access when macOS asks for it.",
  timed_out: "Look for a prompt of macOS that asks for access to the keychain, answer it and try again.",
  ambiguous: "Delete the entries of this app in Keychain Access, and sign in again.",
  otherwise: "Look at the login keychain in Keychain Access: is it there, and unlocked?",
};

const WINDOWS: Hints = {
  no_logon_session:
    "Sign in to Windows with a password (an SSH key or a service account has no Credential Manager), and try again.",
  ambiguous: "Delete the entries of this app in the Credential Manager, and sign in again.",
  otherwise:
    "Open the Credential Manager (control /name Microsoft.CredentialManager) and check that it works, and that the " +
    "service VaultSvc runs.",
};

const ANYWHERE: Readonly<Partial<Record<KeyringFailureCode, string>>> = {
  backend_unavailable:
    "Install the app's dependencies again, on this system and with optional ones (not --no-optional): " +
    "@napi-rs/keyring brings its native part as an optional package of its own for each system.",
  damaged: "Sign in again.",
  busy: "Try again.",
  too_large: "Ask the server for smaller tokens, or use another store.",
};

/** What to do about it on this system. */
export function keyringHint(code: KeyringFailureCode, platform: NodeJS.Platform): string {
  const hints = platform === "darwin" ? MACOS : platform === "win32" ? WINDOWS : LINUX;
  return hints[code] ?? ANYWHERE[code] ?? hints.otherwise;
}

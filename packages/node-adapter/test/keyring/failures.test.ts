import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  classifyKeyringMessage,
  keyringFailure,
  toKeyringFailure,
} from "../../src/keyring/inside/failures.js";
import type { KeyringFailureCode } from "../../src/keyring/failure-codes.js";
import { processorMs } from "../support/processor-time.js";

const PLATFORM = "Platform failure: ";
const STORAGE = "Couldn't access platform storage: ";

// `seen`: on a real Secret Service, to the letter. The others are taken from the libraries' texts.
const CASES: readonly (readonly [KeyringFailureCode, "seen" | "read", string])[] = [
  [
    "no_dbus",
    "seen",
    `${PLATFORM}DBus error: Using X11 for dbus-daemon autolaunch was disabled at compile time, set your DBUS_SESSION_BUS_ADDRESS instead`,
  ],
  [
    "no_dbus",
    "seen",
    `${PLATFORM}DBus error: Failed to connect to socket /nonexistent: No such file or directory`,
  ],
  [
    "bus_refused",
    "seen",
    `${PLATFORM}DBus error: Failed to connect to socket /run/user/1000/bus: Permission denied`,
  ],
  ["no_dbus", "seen", `${PLATFORM}DBus error: Address does not contain a colon`],
  ["no_dbus", "seen", `${PLATFORM}DBus error: Connection was disconnected before a reply was received`],
  ["no_dbus", "seen", `${PLATFORM}DBus error: Connection is closed`],
  [
    "no_provider",
    "seen",
    `${PLATFORM}DBus error: The name org.freedesktop.secrets was not provided by any .service files`,
  ],
  ["no_provider", "read", `${PLATFORM}DBus error: Process org.freedesktop.secrets exited with status 1`],
  ["no_collection", "seen", `${STORAGE}Secret Service: no result found`],
  ["no_collection", "read", `${PLATFORM}A default keychain could not be found.`],
  ["dismissed", "seen", `${STORAGE}Secret Service: unlock prompt was dismissed`],
  ["dismissed", "read", `${PLATFORM}User canceled the operation.`],
  ["locked", "read", `${STORAGE}SS Error: object locked`],
  [
    "locked",
    "seen",
    "zbus error: org.freedesktop.Secret.Error.IsLocked: Cannot get secret of a locked object",
  ],
  ["locked", "read", `${STORAGE}User interaction is not allowed.`],
  [
    "not_responding",
    "seen",
    `${PLATFORM}DBus error: Did not receive a reply. Possible causes include: the remote application did not send a reply, the message bus security policy blocked the reply, the reply timeout expired, or the network connection was broken.`,
  ],
  [
    "not_responding",
    "read",
    `${PLATFORM}DBus error: Message recipient disconnected from message bus without replying`,
  ],
  [
    "ambiguous",
    "seen",
    'Entry is matched by 2 credentials: [Entry { inner: Wrapper { path: Path("/org/freedesktop/secrets/collection/login/2") } }]',
  ],
  ["too_large", "read", "Attribute 'password encoded as UTF-16' is longer than platform limit of 2560 chars"],
  ["too_large", "read", "Value of 'secret' is longer than the platform limit of 2560 chars"],
  [
    "busy",
    "seen",
    `${PLATFORM}DBus error: No such interface “org.freedesktop.Secret.Item” on object at path /org/freedesktop/secrets/collection/login/11`,
  ],
  [
    "busy",
    "seen",
    `${PLATFORM}DBus error: Object does not exist at path “/org/freedesktop/secrets/collection/login/335”`,
  ],
  ["busy", "seen", `${PLATFORM}DBus error: The session does not exist`],
  ["busy", "read", "org.freedesktop.Secret.Error.NoSuchObject"],
  [
    "no_collection",
    "seen",
    `${PLATFORM}DBus error: Object does not exist at path “/org/freedesktop/secrets/collection/login”`,
  ],
  [
    "no_provider",
    "read",
    `${PLATFORM}DBus error: No such interface “org.freedesktop.Secret.Service” on object at path /org/freedesktop/secrets`,
  ],
  ["locked", "seen", `${PLATFORM}DBus error: Cannot get secret of a locked object`],
  ["locked", "seen", `${PLATFORM}DBus error: Cannot delete a locked item`],
  ["damaged", "seen", "Password data is not valid UTF-8"],
  ["damaged", "read", "Password data is not valid UTF-16"],
  ["no_logon_session", "read", `${STORAGE}Windows ERROR_NO_SUCH_LOGON_SESSION`],
  [
    "backend_unavailable",
    "read",
    "Cannot find native binding. npm has a bug related to optional dependencies",
  ],
  ["unknown", "read", `${PLATFORM}something new`],
];

test.each(CASES)("%s is told by a message (%s): %s", (code, _source, message) => {
  expect(classifyKeyringMessage(message)).toBe(code);
});

test("a message made to keep the patterns busy is done with at once", async () => {
  const message = "does not exist at path /collection/a".repeat(1_000);
  const spent = await processorMs(() => expect(classifyKeyringMessage(message)).toBe("no_collection"));
  expect(spent).toBeLessThan(1_000);
});

describe("a failure", () => {
  test("has words for people, a code, a hint for the system and the library's error", () => {
    const cause = Object.assign(new Error(CASES[6]![2]), { code: "GenericFailure" });
    const failure = toKeyringFailure(cause, { platform: "linux" });
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({ code: "no_provider", cause });
    expect(failure.message).toBe(
      "There is no keyring on this D-Bus session: no program offers the Secret Service.",
    );
    expect(failure.hint).toContain("sudo apt-get install gnome-keyring");
  });

  test("is not wrapped twice", () => {
    const failure = keyringFailure("locked", { platform: "darwin" });
    expect(toKeyringFailure(failure, { platform: "darwin" })).toBe(failure);
  });

  test("of a kind nobody knows carries the words of the library", () => {
    const failure = toKeyringFailure(new Error("something new"), { platform: "win32" });
    expect(failure.code).toBe("unknown");
    expect(failure.message).toBe("The system's keyring failed. It said: something new");
    expect(failure.hint).toContain("Credential Manager");
  });

  test("never holds the record, whatever the library's error quotes", () => {
    const secret = '{"refreshToken":"line\\n \\"quoted\\" refresh-token-1"}';
    const cause = new Error("outer", { cause: Object.assign(new Error("inner"), { data: [secret] }) });
    for (const error of [cause, new Error(`bad data: ${secret}`), `thrown text ${secret}`]) {
      const failure = toKeyringFailure(error, { platform: "linux", secret });
      expect(inspect(failure, { depth: Infinity })).not.toContain("refresh-token-1");
      expect(failure.message).toBe(
        "The system's keyring failed. (The error is left out: it quotes the session.)",
      );
    }
  });

  test("never has a hint that ends programs, which may not be ours", () => {
    for (const code of new Set(CASES.map(([code]) => code)))
      for (const platform of ["linux", "darwin", "win32"] as const)
        expect(keyringFailure(code, { platform }).hint).not.toMatch(/\bp?kill|SIGKILL|taskkill/i);
  });

  test.each(["linux", "darwin", "win32", "freebsd"] as const)("always has a hint on %s", (platform) => {
    for (const code of new Set(CASES.map(([code]) => code))) {
      expect(keyringFailure(code, { platform }).hint).toMatch(/^[A-Z].*[^.]/);
    }
  });
});

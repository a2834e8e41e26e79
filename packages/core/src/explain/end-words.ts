// What each end of a session means to the person whose it was. A function a code: of what was noted, and when and where.
import type { AuthErrorCode } from "../ground/error-codes.js";
import { wordsOf, type ToldReason } from "./code-words.js";

/** What is known of an end. */
export interface End {
  readonly reason: ToldReason;
  /** ` on ... in the process ...`, or nothing. */
  readonly where: string;
}

type Tell = (end: End) => readonly string[];

/** What the server called it, where that is known. */
const ownWord = (reason: ToldReason): string =>
  reason.oauthError === undefined ? wordsOf(reason) : `The server's own word: ${reason.oauthError}.`;

/** What takes a session away. */
const ENDS: Partial<Record<AuthErrorCode, Tell>> = {
  signed_out: ({ where }) => [`You signed out${where}.`],
  signed_out_elsewhere: ({ where }) => [
    "You were signed out by another window or program that shares this session, which has noted nothing of it.",
    `It was noticed${where}.`,
  ],
  account_changed: ({ where }) => [
    `Somebody else signed in in another window or program of this app; it was noticed${where}.`,
    "There is one session for each profile: theirs took the place of yours.",
  ],
  session_ended: ({ reason, where }) => [`The server ended the session${where}.`, ownWord(reason)],
  answer_lost: ({ where }) => [
    `The server ended the session because an answer of its was lost on the way; it was noticed${where}.`,
    "It had made new tokens, they never arrived or could not be saved, and the old ones count no more. Nobody did anything wrong.",
  ],
  record_corrupt: ({ reason, where }) => [
    `What was stored of the session could not be read${where}.`,
    wordsOf(reason),
  ],
  sign_in_required: (end) => needed(end),
};

function needed({ reason, where }: End): readonly string[] {
  if (reason.detail === "another machine")
    return [
      "The session was copied here from another machine, and is not used: both would spend the same refresh token.",
      `It was noticed${where}.`,
    ];
  if (reason.oauthError !== undefined)
    return [
      `The server renews the session no more, until you sign in again; it said so${where}.`,
      ownWord(reason),
    ];
  return [`The session could not go on${where}.`, wordsOf(reason)];
}

/** What says nothing of the session itself: nobody knows who is signed in. */
const UNKNOWN: Partial<Record<AuthErrorCode, string>> = {
  store_unavailable:
    "Whether you are signed in is not known: the place where the session is kept does not answer.",
  lock_timeout:
    "Whether you are signed in is not known: another process of this app keeps the session locked.",
  lock_unavailable: "Whether you are signed in is not known: the session cannot be locked here.",
};

export function isEnd(code: AuthErrorCode): boolean {
  return code in ENDS;
}

export function tellEnd(end: End): readonly string[] | undefined {
  return ENDS[end.reason.code]?.(end);
}

export function tellUnknown(reason: ToldReason): readonly string[] | undefined {
  const first = UNKNOWN[reason.code];
  return first === undefined ? undefined : [first, wordsOf(reason)];
}

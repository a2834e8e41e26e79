// What we sent, taken out of the words that come back: a server that repeats a secret in its answer puts it into no error of ours.
import { AuthError } from "../../ground/errors.js";
import type { Secret } from "../../ground/secret.js";

export type Sent = readonly Secret<string>[];

/** Of a longer secret so much at a time: a server that shows the first half of one shows it too. */
const PART = 12;
/** What is shorter may well be a word of ours, and is taken out of the server's words alone. */
const SHORTEST = 8;
/** Text in a URL in JSON: what was written three times over was not meant for people. */
const DEEPEST = 3;

/**
 * The text without the secrets, as they stand or in another spelling: of a form, a URL, JSON, HTML, base64, and one within another.
 * A word that has one in it by its spelling goes as a whole.
 */
export function withoutSent(text: string, sent: Sent): string {
  const secrets = sent.filter((secret) => secret.reveal() !== "");
  if (secrets.length === 0) return text;
  const clean = secrets
    .flatMap((secret) => spellings(secret.reveal()).map((spelling) => [spelling, String(secret)] as const))
    .toSorted(([one], [other]) => other.length - one.length)
    .reduce((rest, [spelling, shown]) => rest.replaceAll(spelling, shown), text);
  return clean.replace(/\S+/g, (word) => {
    const forms = formsOf(word);
    const told = secrets.find((secret) => isIn(forms, bytesOf(secret.reveal())));
    return told ? String(told) : word;
  });
}

/** Whether nothing of the secrets is in it. */
export function isFreeOf(text: string, sent: Sent): boolean {
  return withoutSent(text, sent) === text;
}

/** The same error, or where it repeats what was sent, one that does not. */
export function errorWithoutSent(error: AuthError, all: Sent): AuthError {
  const sent = all.filter((secret) => secret.reveal().length >= SHORTEST);
  const clean = (text: string | undefined): string | undefined => text && withoutSent(text, sent);
  const { code, message, detail, hint, oauthError, stepUp, retryable, retryAfterMs, cause } = error;
  const own = [message, detail, hint, oauthError, ...textsOf(cause)];
  if (own.every((text) => text === undefined || isFreeOf(text, sent))) return error;
  return new AuthError(code, withoutSent(message, sent), {
    detail: clean(detail) as never,
    hint: clean(hint),
    oauthError: clean(oauthError),
    stepUp,
    retryable,
    retryAfterMs,
    cause: textsOf(cause).every((text) => isFreeOf(text, sent)) ? cause : undefined,
  });
}

/** Of an error and all that it came of; the stack begins with the message. */
function textsOf(cause: unknown): string[] {
  return cause instanceof Error ? [cause.message, ...textsOf(cause.cause)] : [];
}

/** As it is, as it stands in a form (what we sent), and in a URL. Not by `encodeURIComponent`, which throws at half a character. */
function spellings(secret: string): string[] {
  const inForm = new URLSearchParams({ secret }).toString().slice("secret=".length);
  return [secret, inForm, inForm.replaceAll("+", "%20")];
}

/** A word as it is and as what it may stand for. Byte by byte, as percent signs count. */
function formsOf(word: string): string[] {
  const forms = [bytesOf(word)];
  for (let depth = 0; depth < DEEPEST; depth++) {
    const [last] = forms.slice(-1) as [string];
    const next = unescaped(last);
    if (next === last) break;
    forms.push(next);
  }
  return forms.flatMap((form) => [form, ...inBase64(form)]);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(
    /%([\da-f]{2})|\\u([\da-f]{4})|&#x([\da-f]{1,6});|&#(\d{1,7});|&(amp|lt|gt|quot|apos);|\\(["\\/])/gi,
    (_, percent?: string, unit?: string, hex?: string, number?: string, entity?: string, plain?: string) => {
      if (percent !== undefined) return String.fromCharCode(parseInt(percent, 16));
      if (entity !== undefined) return ENTITIES[entity.toLowerCase()]!;
      if (plain !== undefined) return plain;
      const point = number === undefined ? parseInt(unit ?? hex!, 16) : Number(number);
      return point > 0x10ffff ? "" : bytesOf(String.fromCodePoint(point));
    },
  );
}

function inBase64(text: string): string[] {
  return (text.match(/[\w+/-]{8,}/g) ?? []).flatMap((run) => {
    try {
      return atob(run.replaceAll("-", "+").replaceAll("_", "/"));
    } catch {
      return [];
    }
  });
}

function bytesOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

function isIn(forms: readonly string[], secret: string): boolean {
  const last = Math.max(0, secret.length - PART);
  for (let at = 0; at <= last; at++) {
    const part = secret.slice(at, at + PART);
    if (forms.some((form) => form.includes(part))) return true;
  }
  return false;
}

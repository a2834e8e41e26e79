// What the program may ask for: origins, methods and paths, as the person allows them.
import { AuthError } from "@loopkey/core/light";

/** One thing that is allowed. */
export interface Rule {
  readonly origin: string;
  /** In capitals. @default all */
  readonly methods: ReadonlySet<string> | undefined;
  /** Exactly this one, or what begins with it. @default all */
  readonly path: { readonly text: string; readonly isPrefix: boolean } | undefined;
}

const METHODS = /^[A-Z]+(,[A-Z]+)*$/;

/**
 * Reads `[METHOD[,METHOD] ]ORIGIN[/PATH[*]]`, like `GET,POST https://api.example.com/notes/*`. Throws `invalid_config`.
 */
export function parseRule(text: string): Rule {
  const words = text.trim().split(/ +/);
  const place = words.at(-1)!;
  const methods = words.length === 2 ? words[0]! : undefined;
  if (words.length > 2 || (methods !== undefined && !METHODS.test(methods))) throw wrongRule(text);
  const [, origin, path] = /^(https?:\/\/[^/?#\\@*]+)(\/[^?#\\]*)?$/i.exec(place) ?? [];
  if (origin === undefined || !URL.canParse(origin)) throw wrongRule(text);
  const hasStar = path?.endsWith("*") ?? false;
  const plain = hasStar ? path!.slice(0, -1) : path;
  if (plain?.includes("*")) throw wrongRule(text);
  return {
    origin: new URL(origin).origin,
    methods: methods === undefined ? undefined : new Set(methods.split(",")),
    // The origin alone, be it with its slash: all that is there.
    path: plain === undefined || place.endsWith("/") ? wholeOr(plain) : { text: plain, isPrefix: hasStar },
  };
}

function wholeOr(path: string | undefined): Rule["path"] {
  return path === undefined || path === "/" ? undefined : { text: path, isPrefix: false };
}

/** A server that decodes twice finds another path in it than the one that was allowed. */
const ENCODED_TWICE = /%(25)+(2e|2f|5c|00|c[01])/i;

/** `path` is without its query. */
export function isAllowed(rules: readonly Rule[], origin: string, method: string, path: string): boolean {
  return rules.some(
    (rule) =>
      rule.origin === origin &&
      (rule.methods?.has(method) ?? true) &&
      (rule.path === undefined || isWithin(path, rule.path)),
  );
}

function isWithin(path: string, { text, isPrefix }: NonNullable<Rule["path"]>): boolean {
  return isPrefix ? path.startsWith(text) && !ENCODED_TWICE.test(path.slice(text.length)) : path === text;
}

export function originsOf(rules: readonly Rule[]): readonly string[] {
  return [...new Set(rules.map(({ origin }) => origin))];
}

/** `https://api.example.com` is `API_EXAMPLE_COM`; what would be the same name twice has a number behind it. */
export function namesOf(origins: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const origin of origins) {
    const name = new URL(origin).host
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, "_")
      .replaceAll(/^_|_$/g, "");
    const same = [...names.values()].filter(
      (other) => other === name || other.startsWith(`${name}__`),
    ).length;
    names.set(origin, same === 0 ? name : `${name}__${same + 1}`);
  }
  return names;
}

function wrongRule(text: string): AuthError {
  return new AuthError("invalid_config", `The option --allow has ${JSON.stringify(text)}.`, {
    detail: "--allow",
    hint: 'Write METHODS ORIGIN/PATH, like "GET,POST https://api.example.com/notes/*"; methods and path may be left out.',
  });
}

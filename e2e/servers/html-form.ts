// Reads a form out of a page, as far as the pages of these servers go.
import type { Page, Submission } from "./http-browser.js";

/** The page's form (of several, the one that `marker` is found in), with its hidden fields and these in addition. */
export function fillIn(
  { url, html, status }: Page,
  fields: Readonly<Record<string, string>>,
  marker = "",
): Submission {
  const forms = html.match(/<form\b.*?<\/form>/gs) ?? [];
  const found = forms.find((form) => form.includes(marker));
  if (found === undefined)
    throw new Error(`No form on the page ${url.pathname} (${status}): ${textOf(html)}`);
  const form = new URLSearchParams();
  for (const [input] of found.matchAll(/<input\b[^>]*>/g)) {
    const [name, type] = [attribute(input, "name"), attribute(input, "type")];
    if (name !== undefined && type === "hidden") form.append(name, attribute(input, "value") ?? "");
  }
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return { url: new URL(attribute(found, "action") || url, url), form };
}

/** What a person reads on it, for the words of a failed test. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<(style|script)\b.*?<\/\1>/gs, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 300);
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`^<[^>]*\\s${name}=(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return (value?.[1] ?? value?.[2])?.replaceAll(
    /&(amp|lt|gt|quot|#39|#x27);/g,
    (_, entity: string) => CHARACTERS[entity]!,
  );
}

const CHARACTERS: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  "#x27": "'",
};

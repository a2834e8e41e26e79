// Which documents are the app's own: by their exact origin, for a file by its exact address.
import type { Frame } from "../electron.js";

/** Whether a document is one of the app's. */
export type IsOwn = (frame: Frame) => boolean;

/** Throws a TypeError that says what to write instead. */
export function createOrigins(origins: unknown): IsOwn {
  if (!Array.isArray(origins) || origins.length === 0)
    throw new TypeError('origins is no list. Write where the windows come from, such as ["app://notes"].');
  const own = new Set(origins.map(normalized));
  return (frame) => {
    const value = valueOf(frame.url);
    return value !== undefined && own.has(value) && frame.origin === originOf(value);
  };
}

function normalized(origin: unknown): string {
  const value = typeof origin === "string" ? valueOf(origin) : undefined;
  const isFile = value?.startsWith("file:") ?? false;
  const isExact = value !== undefined && (origin === value || (!isFile && origin === `${value}/`));
  if (isExact && !(isFile && value.endsWith("/"))) return value;
  throw new TypeError(
    `origins has ${JSON.stringify(origin)}. Write an origin without a path, such as "https://notes.example" or "app://notes", ` +
      "or the whole address of a file, as pathToFileURL(path).href gives it.",
  );
}

/** What is compared: `scheme://host:port`, of a file its address without query and fragment. */
function valueOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol === "file:") return url.host === "" ? `file://${url.pathname}` : undefined;
  // A blob: or data: URL has no host; about:blank has the origin of whoever opened it.
  if (url.host === "" || url.username !== "" || url.password !== "") return undefined;
  return `${url.protocol}//${url.host}`;
}

/** As Chromium writes it. */
function originOf(value: string): string {
  return value.startsWith("file:") ? "file://" : value;
}

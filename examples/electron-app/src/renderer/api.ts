// Where the API is. A real app has it as a constant; this one is told by its main process, in the address of the page.
const base = new URLSearchParams(location.search).get("api") ?? "";

export function api(path: `/${string}`): string {
  return new URL(path, base).href;
}

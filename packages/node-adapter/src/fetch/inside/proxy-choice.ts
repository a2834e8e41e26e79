// Whether a proxy could be meant for a request: looked at before anything is loaded for it.

const VARIABLES = ["https_proxy", "http_proxy", "all_proxy"];

/** A proxy's own loopback is another machine's: what runs on this one is asked directly. */
export function mayHaveProxy(url: URL, proxy: string): boolean {
  if (isLoopback(url.hostname) || proxy === "none") return false;
  return (
    proxy !== "environment" || VARIABLES.some((name) => process.env[name] || process.env[name.toUpperCase()])
  );
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

// What a host alone may stand for.

/** https, and plain http on this machine. What has a scheme stands for itself. */
export function addressesOf(host: string): readonly string[] {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(host)) return [host];
  return [`https://${host}`, `http://${host}`];
}

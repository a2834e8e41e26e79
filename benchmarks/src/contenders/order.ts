// What a command is to do: for whom, at which server, and where its session is kept.
export interface Order {
  readonly issuer: string;
  readonly clientId: string;
  /** The keyring's entry. */
  readonly service: string;
  readonly account: string;
}

/** Of this process. No secret is in it: the session is in the keyring. */
export function readOrder(): Order {
  return JSON.parse(process.argv[2]!) as Order;
}

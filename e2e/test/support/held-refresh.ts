// A server that has rotated the refresh token, and keeps the answer back until the test lets it go.
import type { RunningFakeServer } from "@loopkey/node-adapter/testing";

type Asked = Parameters<NonNullable<RunningFakeServer["intercept"]>>[0];

export interface HeldRefresh {
  /** The token that was sent is spent, and its successor made. */
  readonly committed: Promise<void>;
  /** Lets the answer go. */
  readonly answer: () => void;
}

export function isRefresh({ body }: Asked): boolean {
  return body.get("grant_type") === "refresh_token";
}

/** Of the next refresh. */
export function holdRefresh(server: RunningFakeServer): HeldRefresh {
  let onCommitted: () => void;
  let answer: () => void;
  const committed = new Promise<void>((resolve) => (onCommitted = resolve));
  const answered = new Promise<void>((resolve) => (answer = resolve));

  async function commit({ url, method, headers, text }: Asked): Promise<Response> {
    const outcome = await server.handle(new Request(url, { method, headers, body: text }));
    if (!("response" in outcome)) throw new Error("The server gave no answer.");
    onCommitted();
    await answered;
    return outcome.response;
  }
  server.intercept = (request) => {
    if (!isRefresh(request)) return undefined;
    server.intercept = undefined;
    return commit(request);
  };
  return { committed, answer: () => answer() };
}

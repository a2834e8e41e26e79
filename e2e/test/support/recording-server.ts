// A plain HTTP server that remembers what it was sent.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface RecordedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RecordingServer {
  readonly origin: string;
  readonly requests: readonly RecordedRequest[];
  /** Resolves with the first request, now or later, to this path. */
  requested(path: string): Promise<RecordedRequest>;
}

/** Answers 204, or what `answer` makes of the request; closed when the test is finished. */
export async function startRecordingServer(
  answer: (request: RecordedRequest, response: ServerResponse, origin: string) => void = (_, response) =>
    void response.writeHead(204).end(),
): Promise<RecordingServer> {
  const requests: RecordedRequest[] = [];
  const watchers = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path = "", headers } = request;
      const recorded = { path, headers, body: Buffer.concat(chunks).toString("utf8") };
      requests.push(recorded);
      answer(recorded, response, origin);
      watchers.forEach((watcher) => watcher());
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    requests,
    requested: (path) =>
      new Promise((resolve) => {
        const watcher = (): void => {
          const found = requests.find((request) => request.path === path);
          if (!found) return;
          watchers.delete(watcher);
          resolve(found);
        };
        watchers.add(watcher);
        watcher();
      }),
  };
}

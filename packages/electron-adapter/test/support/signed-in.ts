// An app whose person is signed in, with an API of the test's.
import type { ServeAuthOptions } from "../../src/main/index.js";
import type { WindowAuth } from "../../src/renderer/index.js";
import { createTestApp, type TestApp } from "./app.js";

export const API = "https://api.example";
const EVERYTHING = [{ origin: API, methods: ["GET", "POST", "PUT"], pathPrefix: "/" }];

/** An app whose person is signed in, with an API that answers as told. */
export async function createSignedIn(
  answer: (request: Request) => Response | Promise<Response>,
  fetch: ServeAuthOptions["fetch"] = EVERYTHING,
): Promise<TestApp & { auth: WindowAuth; asked: string[] }> {
  const asked: string[] = [];
  const app = await createTestApp({
    serve: { fetch },
    ports: ({ fetch: server }) => ({
      fetch: async (input, init) => {
        const request = new Request(input, init);
        if (!request.url.startsWith(API)) return server!(input, init);
        asked.push(`${request.method} ${request.url}`);
        return answer(request);
      },
    }),
  });
  const auth = await app.openConnected();
  await auth.signIn();
  return { ...app, auth, asked };
}

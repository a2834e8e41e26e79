// Plays the person's browser: goes to the authorization endpoint, and where that sends it. Notes when the redirect leaves.
import { request as requestPlain } from "node:http";
import { request as requestOverTls } from "node:https";

export interface Page {
  /** Resolves once the page after the redirect was read. */
  readonly open: (url: string) => Promise<void>;
  /** When the newest redirect was sent to the app, as `performance.now()` has it. */
  readonly redirectedAt: () => number;
}

export function createPage(): Page {
  let redirectedAt = 0;
  return {
    redirectedAt: () => redirectedAt,
    async open(url) {
      const { location, text } = await ask(url);
      const form = location === undefined ? readForm(text) : undefined;
      redirectedAt = performance.now();
      if (form) await ask(form.action, form.body);
      else await ask(location!);
    },
  };
}

interface Answer {
  readonly location: string | undefined;
  readonly text: string;
}

function ask(url: string, body?: string): Promise<Answer> {
  const request = url.startsWith("http:") ? requestPlain : requestOverTls;
  const form = { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } };
  return new Promise((resolve, reject) => {
    request(url, body === undefined ? {} : form, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      response.on("end", () => resolve({ location: response.headers.location, text }));
      response.on("error", reject);
    })
      .on("error", reject)
      .end(body);
  });
}

/** With `response_mode=form_post` the redirect is a form that a browser sends by itself. */
function readForm(page: string): { readonly action: string; readonly body: string } {
  const action = /action="([^"]+)"/.exec(page)?.[1];
  if (action === undefined) throw new Error(`The server sent neither a redirect nor a form: ${page}`);
  const body = new URLSearchParams();
  for (const [, name, value] of page.matchAll(/name="([^"]+)" value="([^"]*)"/g)) body.set(name!, value!);
  return { action, body: body.toString() };
}

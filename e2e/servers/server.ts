// What every server in this folder is for the tests: started by one call, and gone after another.
import type { AuthConfig } from "@loopkey/core";
import type { AnswerPage } from "./answer-page.js";

export interface StartedServer {
  readonly origin: string;
  /** All that Loopkey is told of it. */
  readonly config: AuthConfig;
  /** Of a client for devices, where that is another. */
  readonly deviceClientId?: string;
  readonly account: { readonly username: string; readonly password: string };
  /** What a person does on its pages. */
  readonly answerPage: AnswerPage;
  /** Resolves when its process has ended, nothing listens and its folder is gone. */
  readonly stop: () => Promise<void>;
}

export interface KnownServer {
  readonly name: string;
  /** What this machine lacks to start it, in words for a skipped test. */
  readonly missing?: string | undefined;
  readonly start: () => Promise<StartedServer>;
}

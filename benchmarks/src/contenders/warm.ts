// What is measured in a process that is warm: each contender gives these functions, with its session in memory.
interface WarmOptions {
  /** Tokens of a minute: whatever asks for one is given a fresh one, for less than five minutes count as expired. */
  readonly expiring: string;
  /** Tokens of an hour. */
  readonly lasting: string;
  readonly clientId: string;
  readonly openBrowser: OpenPage;
}

/** Plays the person's browser: resolves once the redirect was answered. */
export type OpenPage = (url: string) => Promise<void>;

interface WarmContender {
  /** A token, where the one in memory has expired. */
  token(): Promise<string>;
  /** From nothing to tokens, in the browser. */
  signIn(): Promise<void>;
  /** What has to be undone before the next sign-in; not measured. */
  reset?(): Promise<void>;
}

export type CreateWarm = (options: WarmOptions) => Promise<WarmContender>;

// A contender in a process that stays: does what it is asked, again and again, and says how long it took.
import type { CreateWarm } from "../contenders/warm.js";
import { createPage } from "./open-page.js";

export interface WarmOrder {
  readonly module: string;
  readonly create: string;
  readonly expiring: string;
  readonly lasting: string;
  readonly clientId: string;
}

export type WarmQuestion = { readonly do: "sign in" } | { readonly do: "calls"; readonly count: number };

/** Milliseconds. */
export type WarmAnswer =
  | { readonly error: string }
  | { readonly wholeMs: number; readonly fromRedirectMs?: number };

const { module, create, ...places } = JSON.parse(process.argv[2]!) as WarmOrder;
const page = createPage();
const { [create]: createWarm } = (await import(module)) as Record<string, CreateWarm>;
const contender = await createWarm!({ ...places, openBrowser: page.open });

async function answer(question: WarmQuestion): Promise<WarmAnswer> {
  const begin = performance.now();
  if (question.do === "sign in") {
    await contender.signIn();
    const end = performance.now();
    await contender.reset?.();
    return { wholeMs: end - begin, fromRedirectMs: end - page.redirectedAt() };
  }
  const tokens = await Promise.all(Array.from({ length: question.count }, () => contender.token()));
  const wholeMs = performance.now() - begin;
  if (new Set(tokens).size !== 1) return { error: `${new Set(tokens).size} different tokens were given.` };
  return { wholeMs };
}

async function reply(question: WarmQuestion): Promise<void> {
  process.send!(await answer(question).catch((error: unknown) => ({ error: String(error) })));
}

process.on("message", (question: WarmQuestion) => void reply(question));
process.on("disconnect", () => process.exit());
process.send!({ ready: true });

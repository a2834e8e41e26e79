// A contender in a warm process, as the one that measures it sees it.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Contender } from "../contenders/index.js";
import type { WarmAnswer, WarmOrder, WarmQuestion } from "../programs/warm.js";
import type { NodeVersion } from "../world/nodes.js";
import type { Place, World } from "../world/world.js";

export interface WarmWorker {
  ask(question: WarmQuestion): Promise<{ readonly wholeMs: number; readonly fromRedirectMs?: number }>;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("../../dist/programs/warm.js", import.meta.url));

export async function startWarm(
  { env }: World,
  { path }: NodeVersion,
  { expiring, lasting }: Place,
  contender: Contender,
): Promise<WarmWorker> {
  const order: WarmOrder = {
    ...contender.warm!,
    expiring: expiring.issuer,
    lasting: lasting.issuer,
    clientId: "benchmark",
  };
  const child = fork(PROGRAM, [JSON.stringify(order)], { env, execPath: path, execArgv: [] });
  await next(child, contender);
  return {
    async ask(question) {
      child.send(question);
      const answer = (await next(child, contender)) as WarmAnswer;
      if ("error" in answer) throw new Error(`${contender.name}: ${answer.error}`);
      return answer;
    },
    async stop() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

async function next(child: ChildProcess, { name }: Contender): Promise<unknown> {
  const ended = new AbortController();
  const onExit = (code: number | null): void => ended.abort(new Error(`${name} ended with ${code}.`));
  child.once("exit", onExit);
  try {
    return ((await once(child, "message", { signal: ended.signal })) as [unknown])[0];
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    child.off("exit", onExit);
  }
}

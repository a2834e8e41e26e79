// A process under torture, as the one that started it sees it: it takes orders one at a time, answers each, and says what
// it is about in between.
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** What a worker sends: the answer to the order it has, or something that happened. */
export type Message<Answer, Mark> = { readonly answer: Answer } | { readonly mark: Mark };

export interface Worker<Order, Answer> {
  /** Rejects when the process ends before it has answered, or does not answer in time. */
  ask(order: Order): Promise<Answer>;
  /** SIGKILL; resolves when the process is gone and everything it had said has been heard. */
  kill(): Promise<void>;
  /** SIGSTOP, and SIGCONT: it stands still, as while the machine sleeps. */
  pause(): void;
  resume(): void;
  /** Lets it end by itself; false when it does not, and had to be killed. */
  leave(): Promise<boolean>;
}

export interface WorkerOptions<Mark> {
  /** Its program: the name of a file beside this one. */
  readonly program: string;
  /** Handed over as one argument, in JSON. */
  readonly options: object;
  readonly env: NodeJS.ProcessEnv;
  readonly onMark?: (mark: Mark) => void;
}

const LONGEST_ANSWER_MS = 150_000;
const LONGEST_LEAVING_MS = 10_000;

export function startWorker<Order extends object, Answer, Mark = never>(
  input: WorkerOptions<Mark>,
): Worker<Order, Answer> {
  const file = fileURLToPath(new URL(input.program, import.meta.url));
  const child = fork(file, [JSON.stringify(input.options)], { env: input.env });
  // The channel closes after its last message was read; the exit may be known before.
  const gone = Promise.all([once(child, "exit"), once(child, "disconnect")]);
  // Nobody may be listening when it cannot be started.
  gone.catch(() => {});
  let answered: ((answer: Answer) => void) | undefined;
  child.on("message", (message: Message<Answer, Mark>) => {
    if ("mark" in message) input.onMark?.(message.mark);
    else answered?.(message.answer);
  });

  return {
    ask(order) {
      const answer = new Promise<Answer>((resolve) => (answered = resolve));
      const late = new AbortController();
      const what = JSON.stringify(order);
      // A process that was just killed cannot be told any more.
      child.send(order, () => {});
      return Promise.race([
        answer,
        gone.then(([[code, signal]]) => {
          throw new Error(`The process ended (${String(code ?? signal)}) before it had answered ${what}.`);
        }),
        sleep(LONGEST_ANSWER_MS, undefined, { signal: late.signal, ref: false }).then(() => {
          throw new Error(`No answer to ${what} in ${LONGEST_ANSWER_MS / 1_000} s.`);
        }),
      ]).finally(() => late.abort());
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async leave() {
      if (child.connected) child.disconnect();
      const ended = once(child, "exit").then(() => true);
      if (child.exitCode !== null || child.signalCode !== null) return true;
      const left = await Promise.race([ended, sleep(LONGEST_LEAVING_MS, false, { ref: false })]);
      if (!left) child.kill("SIGKILL");
      return left;
    },
  };
}

/** For the worker's own program. */
export function say<Answer, Mark>(message: Message<Answer, Mark>): void {
  process.send?.(message);
}

/** Milliseconds since the epoch, finer than Date.now(): the same in all processes of a machine. */
export function instant(): number {
  return performance.timeOrigin + performance.now();
}

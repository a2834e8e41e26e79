// Lines that are typed or pasted at the terminal. They are not shown: what is pasted is of no use to anybody else.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { ReadStream } from "node:tty";

/** Calls `onLine` with each line, until the returned function is called. stdin must be a terminal. */
export function readTerminalLines(onLine: (line: string) => void): () => void {
  // Not process.stdin, which stays as the program has it.
  const input = new ReadStream(0);
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Raw: a terminal that edits lines by itself cuts a long address off, on macOS after 1,024 characters.
  const lines = createInterface({ input, output, terminal: true, historySize: 0 });
  function stop(): void {
    lines.close();
    input.destroy();
  }
  // The terminal has gone away.
  input.on("error", stop);
  lines.on("line", onLine);
  // Raw, Ctrl-C is a key like others.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  return stop;
}

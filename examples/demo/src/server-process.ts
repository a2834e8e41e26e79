// The OpenID provider of examples/identity-provider, as a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ServerProcess {
  readonly issuer: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** Starts the server, on a free port unless the options name one, and waits for its ready line. */
export async function startServer(options: readonly string[] = []): Promise<ServerProcess> {
  const bin = fileURLToPath(new URL("./bin.js", import.meta.resolve("@loopkey/example-identity-provider")));
  const child = spawn(process.execPath, [bin, "--port", "0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  // The demo must not outlive its server, nor the server the demo.
  const stopWithUs = (): void => void child.kill();
  process.once("exit", stopWithUs);

  for await (const line of createInterface(child.stdout)) {
    const ready = JSON.parse(line) as Omit<ServerProcess, "stop">;
    return {
      ...ready,
      async stop() {
        process.off("exit", stopWithUs);
        child.kill("SIGTERM");
        await gone;
      },
    };
  }
  const [code] = (await gone) as [number | null];
  throw new Error(`The OpenID provider ended before it was ready (exit code ${code}).`);
}

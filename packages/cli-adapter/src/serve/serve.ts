// serve: the client beside an app that is not JavaScript. It lives as long as its caller: the end of stdin is the end.
import type { Readable, Writable } from "node:stream";
import { createAuthClient, type AuthClient, type AuthConfig, type AuthPorts } from "@loopkey/core";
import { AuthError } from "@loopkey/core/light";
import { createNodePorts } from "@loopkey/node-adapter";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printLines, type CommandIO } from "../terminal/io.js";
import { abandon } from "../terminal/process.js";
import { clean, toJson } from "../terminal/text.js";
import { createConnection } from "./inside/connection.js";
import { ProtocolError } from "./inside/failures.js";
import { createLineSplitter } from "./inside/lines.js";
import { closeWithin } from "./inside/left-behind.js";
import { createMethods } from "./inside/methods.js";
import { createRoom } from "./inside/room.js";
import { LONGEST_LINE, type App } from "./protocol.js";

/** In all less than the five seconds that are promised. */
const FINISH_MS = 3_500;
const FLUSH_MS = 300;

/** Of bodies of the API's, beside the one that is read first. As lines they are twice as long at the most. */
const MOST_HELD = 16 * 1_048_576;
/** A caller that has not read so much, which is more than those, reads no more. */
const MOST_UNREAD = 128 * 1_048_576;

export interface ServeIO extends Pick<CommandIO, "stderr" | "signal"> {
  readonly input: Readable;
  readonly output: Writable;
}

export interface ServeOptions {
  readonly version: string;
  readonly onNotice: NonNullable<AuthConfig["onNotice"]>;
  /** What a test puts in the place of the real thing. @default those of Node */
  readonly createPorts?: (app: Omit<App, "config" | "protocolVersion">) => AuthPorts;
}

/**
 * Resolves when the caller has gone (the end of `input`, `output` without a reader) or the signal has aborted, within 5 s of it: 0; 1
 * when a session could not be saved, which is told on stderr; 130 for the signal.
 */
export async function serve(
  io: ServeIO,
  { version, onNotice, createPorts = nodePorts }: ServeOptions,
): Promise<ExitCode> {
  const { input, output, stderr } = io;
  const room = createRoom(MOST_HELD);
  const { methods, client } = createMethods(makeClient, version, room, tellStates);
  let onGone: (code: ExitCode) => void;
  const gone = new Promise<ExitCode>((resolve) => (onGone = resolve));
  const connection = createConnection(methods, room, send);
  const split = createLineSplitter(
    LONGEST_LINE,
    (line) => connection.receive(line),
    () => connection.refuse(tooLarge()),
  );

  function send(message: object, onRead?: () => void): void {
    if (output.destroyed || output.writableEnded) return;
    output.write(`${toJson(message)}\n`, onRead);
    if (output.writableLength <= MOST_UNREAD) return;
    stderr.write("loopkey: Nobody reads the answers on stdout any more.\n");
    onGone(EXIT.failed);
  }

  function makeClient({ appName, profile, store, config }: App): AuthClient {
    const ports = createPorts({
      appName,
      ...(profile !== undefined && { profile }),
      ...(store !== undefined && { store }),
    });
    return createAuthClient({ ...config, onNotice } as unknown as AuthConfig, ports);
  }

  function tellStates(made: AuthClient): void {
    made.subscribe((state) => connection.notify("stateChanged", { state }));
  }

  input.on("data", split);
  for (const event of ["end", "close", "error"]) input.on(event, () => onGone(EXIT.done));
  for (const event of ["close", "error"]) output.on(event, () => onGone(EXIT.done));
  const onAbort = (): void => onGone(EXIT.interrupted);
  if (io.signal?.aborted) onAbort();
  io.signal?.addEventListener("abort", onAbort);

  const code = await gone;
  io.signal?.removeEventListener("abort", onAbort);
  input.off("data", split);
  input.destroy();
  connection.end(new AuthError("closed", "The sidecar is ending."));
  const made = client();
  // Before `initialize` there is nothing to lose.
  const left = made && (await closeWithin(made, FINISH_MS));
  if (left !== undefined) printLines(stderr, [`loopkey: ${clean(left)}`]);
  await flushed(output);
  return left === undefined ? code : EXIT.failed;
}

function nodePorts(options: Omit<App, "config" | "protocolVersion">): AuthPorts {
  try {
    return createNodePorts({ ...options, network: {} });
  } catch (error) {
    if (error instanceof TypeError) throw new AuthError("invalid_config", error.message);
    throw error;
  }
}

function tooLarge(): ProtocolError {
  return new ProtocolError("message_too_large", `A line may have ${LONGEST_LINE} bytes.`);
}

/** What was answered is read, or it is not: that is no reason to stay. */
async function flushed(output: Writable): Promise<void> {
  if (output.destroyed || output.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      abandon(output);
      resolve();
    }, FLUSH_MS);
    output.write("", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

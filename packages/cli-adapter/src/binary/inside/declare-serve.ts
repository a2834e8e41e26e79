// `loopkey serve`: declared here, and loaded when it runs.
import type { Notice } from "@loopkey/core";
import type { Command } from "commander";
import type { ExitCode } from "../../outcome/exit-codes.js";
import type { CommandIO } from "../../terminal/io.js";
import { writeNotice } from "../../terminal/notice-line.js";
import { version } from "./version.js";

export function declareServe(program: Command, io: CommandIO, onEnd: (code: ExitCode) => void): void {
  program
    .command("serve")
    .description(
      "serve an app that is not JavaScript, in JSON-RPC lines on stdin and stdout (docs/sidecar.md)",
    )
    .action(async () => {
      const { serve } = await import("../../serve/serve.js");
      const { stdin: input, stdout: output } = process;
      const onNotice = (notice: Notice): void => writeNotice(notice, io);
      onEnd(await serve({ ...io, input, output }, { version: version(), onNotice }));
    });
}

// npm start: an OpenID provider on this machine, and the app beside it. Both end together.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { startIdentityProvider } from "@loopkey/example-identity-provider";
import { buildApp } from "./build-app.js";

const folder = fileURLToPath(new URL("../app", import.meta.url));
const server = await startIdentityProvider({ stepUp: {} });
try {
  await buildApp(folder);
  const { username, password, oneTimeCode } = server.account;
  process.stdout.write(
    `Sign in as ${username}, password ${password}; the vault wants the code ${oneTimeCode}.\n` +
      `The server: FIELDBOOK_ISSUER=${server.issuer}\n`,
  );
  // The package's entry is the path of its program, which it downloads the first time.
  const electron = process.env["ELECTRON_BIN"] ?? (createRequire(import.meta.url)("electron") as string);
  const app = spawn(electron, [folder, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, FIELDBOOK_ISSUER: server.issuer, FIELDBOOK_CLIENT_ID: server.clientId },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void app.kill(signal));
  const [code] = (await once(app, "exit")) as [number | null];
  process.exitCode = code ?? 1;
} catch (error) {
  process.stderr.write(
    `The app could not be started: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
} finally {
  await server.close();
}

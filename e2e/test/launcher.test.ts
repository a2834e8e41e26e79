// The browser that the environment names: an app that opens it, signs in and ends by itself.
import { createBrowserLauncher } from "@loopkey/node-adapter";
import { signInByHttp } from "@loopkey/example-identity-provider";
import { expect, it } from "vitest";
import { createApp, startServer } from "./support/app.js";
import { programPath, startProgram } from "./support/program.js";
import { startRecordingServer } from "./support/recording-server.js";

it("an app signs in through the program that BROWSER names, and ends by itself", async () => {
  const server = await startServer();
  const reports = await startRecordingServer();
  const { username, password } = server.account;
  const program = startProgram("sign-in", {
    order: { issuer: server.issuer, clientId: server.clientId },
    env: {
      // No colon may be in it: BROWSER is a list. The report's address is put together by the program.
      BROWSER: `"${process.execPath}" "${programPath("browser")}" ${username} ${password} ${new URL(reports.origin).port} %s`,
    },
  });
  expect(await program.said("signed-in")).toEqual({
    type: "signed-in",
    subject: "account-ada",
    scope: ["openid", "offline_access"],
  });
  expect(await program.ended).toEqual({ code: 0, signal: null, stderr: "" });
  expect((await reports.requested("/page")).body).toBe("You are signed in");
});

it("a BROWSER that fails is told of, and the URL in the state still signs in", async () => {
  const server = await startServer();
  const { client, ...app } = createApp(server, {
    ports: {
      openBrowser: createBrowserLauncher({ env: { BROWSER: `"${process.execPath}" -e process.exit(3) --` } }),
    },
  });
  const signingIn = client.signIn();
  const state = await app.reached(
    (state) => state.status === "awaiting-callback" && state.browser === "failed",
  );
  expect(app.notices).toMatchObject([
    { code: "browser_failed", message: expect.stringContaining("exit code 3") },
  ]);
  await fetch(await signInByHttp((state as { readonly url: string }).url, server.account));
  expect(await signingIn).toMatchObject({ subject: "account-ada" });
});

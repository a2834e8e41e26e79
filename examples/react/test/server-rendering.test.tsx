// @vitest-environment jsdom
// The page before there is a client to look for a session: on a server.
import { startIn } from "@loopkey/core/testing";
import { act } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { expect, it, vi } from "vitest";
import { SignInPage } from "../src/sign-in-page.js";

it("what a server renders is what the browser begins with, then the page shows who is signed in", async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const { client } = await startIn("authenticated");
  const html = renderToString(<SignInPage auth={client} />);
  expect(html).toContain("One moment");
  const page = document.createElement("div");
  page.innerHTML = html;
  const onRecoverableError = vi.fn<(error: unknown) => void>();
  await act(async () => void hydrateRoot(page, <SignInPage auth={client} />, { onRecoverableError }));
  expect(page.querySelector("h1")?.textContent).toBe("You are signed in");
  expect(onRecoverableError).not.toHaveBeenCalled();
});

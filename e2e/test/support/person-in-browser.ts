// What a person does on the server's pages.
import type { Page } from "playwright-core";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export async function logIn(page: Page, { username, password }: Credentials): Promise<void> {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function press(page: Page, name: "Allow" | "Deny" | "Cancel"): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** Waits for the page that the app shows in the end, and returns its heading. */
export async function appPage(page: Page): Promise<string> {
  await page.waitForURL(({ pathname }) => pathname === "/callback");
  return (await page.getByRole("heading", { level: 1 }).textContent()) ?? "";
}

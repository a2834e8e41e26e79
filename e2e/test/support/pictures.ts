// Pictures of windows and pages for docs/, in light and dark: taken when LOOPKEY_PICTURES=1, so that a test run changes no file.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const folder = fileURLToPath(new URL("../../../docs/pictures/", import.meta.url));

export async function takePicture(page: Page, name: string, of = "electron"): Promise<void> {
  if (process.env["LOOPKEY_PICTURES"] !== "1") return;
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // oxlint-disable-next-line no-await-in-loop
    await page.screenshot({ path: `${folder}${of}-${name}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

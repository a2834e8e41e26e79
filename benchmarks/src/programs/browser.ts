// For the environment variable BROWSER: a browser whose person agrees at once.
import { createPage } from "./open-page.js";

await createPage().open(process.argv[2]!);

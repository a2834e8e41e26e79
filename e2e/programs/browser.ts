// A browser for BROWSER, with a person who signs in and allows: `browser.js <username> <password> <port> <url>`. Reports
// the heading of the page it ends on to that port.
import { createPerson } from "@loopkey/example-identity-provider";

const [username, password, port, url] = process.argv.slice(2) as [string, string, string, string];
const redirect = await createPerson({ username, password }).follow(url);
const page = await (await fetch(redirect)).text();
const heading = /<h1[^>]*>([^<]*)/.exec(page)?.[1] ?? "no page";
await fetch(`http://127.0.0.1:${port}/page`, { method: "POST", body: heading });

// A browser for BROWSER that goes where it is sent, and on: `visit.js <url>`. As browsers do, it takes `localhost` for both
// loopback addresses, whatever the machine's list of hosts says.
import { get } from "node:http";
import type { LookupFunction } from "node:net";

const LOOPBACK = [
  { address: "::1", family: 6 },
  { address: "127.0.0.1", family: 4 },
];
const lookup: LookupFunction = (_name, _options, found) => found(null, LOOPBACK);

function visit(url: string): void {
  get(url, { lookup }, (response) => {
    response.resume();
    if (response.headers.location !== undefined) visit(new URL(response.headers.location, url).href);
  });
}

visit(process.argv[2]!);

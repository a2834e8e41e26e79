// One contract, on fetch over node:http and on the runtime's own, over http and over TLS.
import { asFetch, fetchContract, ownConnectionContract } from "@loopkey/core/testing";
import { describe, test } from "vitest";
import { systemFetch } from "../../src/fetch/port.js";
import { fetchOnOwnConnection, fetchOverHttp } from "../../src/fetch/transport.js";
import { createServeOrigin } from "../../src/testing/index.js";

const serve = createServeOrigin();
const overHttp = Object.assign(asFetch(fetchOverHttp), { onOwnConnection: fetchOnOwnConnection });

describe("the port, which is the runtime's own, keeps the promises of a fetch", () => {
  const create = () => ({ fetch: systemFetch, serve });
  for (const promise of fetchContract(create)) test(promise.name, () => promise.run());
  for (const promise of ownConnectionContract(create)) test(promise.name, () => promise.run());
});

describe("fetch over node:http keeps the promises of a fetch", () => {
  const create = () => ({ fetch: overHttp, serve });
  for (const promise of fetchContract(create)) test(promise.name, () => promise.run());
  for (const promise of ownConnectionContract(create)) test(promise.name, () => promise.run());
});

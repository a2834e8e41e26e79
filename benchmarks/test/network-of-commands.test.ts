// What a real network makes long: each connection and each request of a command costs a round trip and more. Over TLS, through a
// line that delays by 50 ms.
import { expect, test } from "vitest";
import { CONTENDERS, LOOPKEY, LOOPKEY_BINARY } from "../src/contenders/index.js";
import { mustRun } from "../src/run/command.js";
import { signInFor } from "../src/world/sessions.js";
import { useStage } from "./support.js";

const stage = useStage("TLS, 50 ms");

test.each([LOOPKEY, LOOPKEY_BINARY])(
  "a cold print-token of %s is one connection and one request",
  async (name) => {
    const { world, place } = stage();
    const contender = CONTENDERS.find((each) => each.name === name)!;
    const { args } = await signInFor(world, contender, place.expiring.issuer, "print");
    await place.expiring.traffic();

    const { stdout } = await mustRun(process.execPath, args, world.env);

    expect(stdout).toMatch(/^at\.\w+\n$/);
    const { connections, requests } = await place.expiring.traffic();
    expect({ connections, requests }).toEqual({ connections: 1, requests: { "/token": 1 } });
  },
);

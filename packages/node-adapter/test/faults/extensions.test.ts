import { describe } from "vitest";
import { testFaults } from "./support.js";

describe("on real sockets, pushed requests, bound tokens and devices", () => {
  testFaults(["par", "dpop", "device"]);
});

import { describe } from "vitest";
import { testFaults } from "./support.js";

describe("on real sockets, before there are tokens", () => {
  testFaults(["discovery", "jwks", "authorization"]);
});

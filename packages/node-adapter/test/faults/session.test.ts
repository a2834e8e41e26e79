import { describe } from "vitest";
import { testFaults } from "./support.js";

describe("on real sockets, during a session and at its end", () => {
  testFaults(["refresh", "userinfo", "revocation", "logout"]);
});

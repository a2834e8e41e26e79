import { describe } from "vitest";
import { testFaults } from "./support.js";

describe("on real sockets, the first tokens", () => {
  testFaults(["token", "id-token"]);
});

import { describe } from "vitest";
import { testFaults } from "./support.js";

describe("on real sockets, a redirect that is posted", () => {
  testFaults(["authorization"], { responseMode: "form_post" });
});

// Where there can be no lock: found before a browser opens, under a name of its own; one that somebody holds is another case.
import { describe, expect, it } from "vitest";
import type { AuthPorts } from "../../src/index.js";
import { failurePage } from "../../src/actors/answer-pages.js";
import { AuthError } from "../../src/ground/errors.js";
import { arrange, codeOf, createTestStore, errorOf, signedIn } from "../support/world.js";

const refusing = (code: string | undefined): AuthPorts["withLock"] & NonNullable<AuthPorts["probeLock"]> => {
  const error = Object.assign(new Error("No locks on this disk"), { code, hint: "Take another disk." });
  return () => Promise.reject(error);
};

describe("a sign-in where there can be no lock", () => {
  for (const code of ["lock_unavailable", "insecure_folder", "folder_unavailable", undefined]) {
    it(`ends before a browser opens, a server or a keyring is asked: the port says ${code}`, async () => {
      const { client, ports, store, server } = await arrange({ probeLock: refusing(code) });
      await client.ready();
      const before = store.calls.length;
      expect(await errorOf(client.signIn())).toMatchObject({
        code: "lock_unavailable",
        message: "No locks on this disk",
        hint: "Take another disk.",
        retryable: false,
        ...(code !== undefined && { detail: code }),
      });
      expect([ports.opened, server.requests, store.calls.slice(before)]).toEqual([[], [], []]);
      expect(client.getState()).toMatchObject({ status: "idle", reason: { code: "lock_unavailable" } });
    });
  }

  it("and a step-up leaves the session that is there", async () => {
    let probeLock: AuthPorts["probeLock"] = async () => {};
    const { client, ports } = await signedIn({ probeLock: () => probeLock!() });
    const opened = ports.opened.length;
    probeLock = refusing("lock_unavailable");
    expect(await codeOf(client.signIn({ acrValues: ["strong"] }))).toBe("lock_unavailable");
    expect(client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
    expect(ports.opened).toHaveLength(opened);
  });

  it("a lock that can be had is tried first, then the store: it may ask a person", async () => {
    const trail: string[] = [];
    const store = createTestStore();
    const probe = store.probe.bind(store);
    store.probe = () => {
      trail.push("store");
      return probe();
    };
    const { client } = await arrange({ store, probeLock: async () => void trail.push("lock") });
    await client.signIn();
    expect(trail).toEqual(["lock", "store"]);
  });
});

describe("a port that gives no lock is told apart by its code", () => {
  it("others hold it: lock_timeout, and trying again helps", async () => {
    const { client } = await arrange({ lock: refusing("lock_timeout") });
    expect(await errorOf(client.signIn())).toMatchObject({ code: "lock_timeout", retryable: true });
  });

  it("anything else: lock_unavailable, and it does not", async () => {
    const { client } = await arrange({ lock: refusing("insecure_lock_file") });
    expect(await errorOf(client.signIn())).toMatchObject({
      code: "lock_unavailable",
      detail: "insecure_lock_file",
      retryable: false,
    });
  });

  it("each has words of its own where the port has none", () => {
    const hints = (["lock_timeout", "lock_unavailable"] as const).map(
      (code) => new AuthError(code, "No").hint,
    );
    expect(new Set(hints).size).toBe(2);
    expect(hints[1]).toMatch(/write to its folder/);
  });
});

describe("the page in the person's browser", () => {
  it("says nothing of files, commands and dependencies: the app does", () => {
    const forDevelopers = { hint: "Run: chmod 600 /home/ada/.local/state/loopkey/app/default.lock" };
    for (const code of ["lock_unavailable", "lock_timeout", "store_unavailable"] as const) {
      const page = failurePage(
        new AuthError(code, "The lock file /home/ada/x.lock is a link.", forDevelopers),
      );
      expect(JSON.stringify(page)).not.toMatch(/chmod|lock file|\.lock|home/);
      expect(page).toMatchObject({ outcome: "failure", code, hint: expect.stringContaining("the app") });
    }
    for (const code of ["authorization_failed", "invalid_config", "insecure_endpoint"] as const)
      expect(failurePage(new AuthError(code, "Refused.", forDevelopers)).hint).not.toContain("chmod");
  });

  it("keeps what the person can do themselves", () => {
    const { hint } = failurePage(new AuthError("timed_out", "Nobody signed in in time."));
    expect(hint).toMatch(/^Sign in again, and finish in time\./);
  });
});

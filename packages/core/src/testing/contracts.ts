// What every implementation of a port must hold to, as cases for any test runner.
import type {
  AnswerPage,
  Clock,
  ListenForRedirect,
  RedirectMode,
  RedirectVerdict,
  SessionStore,
  StrayRequest,
} from "../ports/ports.js";
import { equal, type ContractCase } from "./contract-case.js";

/** What every {@link SessionStore} must hold to. `create` gives one with nothing in it. */
export function storeContract(create: () => SessionStore | Promise<SessionStore>): readonly ContractCase[] {
  const contract = (name: string, run: (store: SessionStore) => Promise<void>): ContractCase => ({
    name,
    run: async () => run(await create()),
  });
  return [
    contract("an empty store loads null", async (store) => {
      equal(await store.load(), null);
    }),
    contract("what was saved is loaded, to the letter", async (store) => {
      const record = JSON.stringify({ text: 'quote " line\n é 漢 🔑', long: "x".repeat(8_000) });
      await store.save(record);
      equal(await store.load(), record);
    }),
    contract("a later save replaces an earlier one", async (store) => {
      await store.save("first, and longer than the second");
      await store.save("second");
      equal(await store.load(), "second");
    }),
    contract("after clear there is nothing, and a second clear does no harm", async (store) => {
      await store.save("record");
      await store.clear();
      equal(await store.load(), null);
      await store.clear();
    }),
    contract("a record of 64 KB is loaded, to the letter", async (store) => {
      const record = "0123456789abcdef".repeat(4_096);
      await store.save(record);
      equal(await store.load(), record);
    }),
    contract("a record that is set aside is not loaded any more, and its place is named", async (store) => {
      equal(await store.quarantine(), null);
      await store.save("damaged");
      if (!(await store.quarantine())) throw new Error("expected the place of the record");
      equal(await store.load(), null);
      await store.save("new");
      equal(await store.load(), "new");
    }),
    contract(
      "a place that is kept takes the record, also a longer one, in place of the one before",
      async (store) => {
        await store.save("before");
        for (const record of ["short", "long ".repeat(4_000)]) {
          // oxlint-disable-next-line no-await-in-loop
          const place = await store.prepare?.(16);
          // oxlint-disable-next-line no-await-in-loop
          await (place ?? store).save(record);
          // oxlint-disable-next-line no-await-in-loop
          equal(await store.load(), record);
        }
      },
    ),
    contract("a place that is given up leaves the record alone, also after its save", async (store) => {
      await store.save("record");
      const given = await store.prepare?.(1_000);
      await given?.discard();
      equal(await store.load(), "record");
      const used = await store.prepare?.(1_000);
      await (used ?? store).save("new");
      await used?.discard();
      equal(await store.load(), "new");
      await store.clear();
      equal(await store.load(), null);
    }),
    contract("a probe leaves the record alone", async (store) => {
      await store.save("record");
      await store.probe();
      equal(await store.load(), "record");
      await store.clear();
      await store.probe();
      equal(await store.load(), null);
    }),
  ];
}

/** A listener, and a browser for it. */
export interface ListenerUnderTest {
  readonly listen: ListenForRedirect;
  /** Asks for a URL as a browser would; the status of the answer, 0 when nobody listens. */
  readonly visit: (url: string) => Promise<number>;
  /** The same with the query as a form that the browser posts. */
  readonly post: (url: string) => Promise<number>;
}

const PAGE: AnswerPage = { outcome: "success", title: "Title", message: "Message" };

/** What every {@link ListenForRedirect} must hold to, on `127.0.0.1` with a port of the system's. */
export function listenerContract(create: () => ListenerUnderTest): readonly ContractCase[] {
  const begin = async (mode?: RedirectMode) => {
    const { listen, visit, post } = create();
    const leaving = new AbortController();
    const strays: StrayRequest[] = [];
    const accept = ({ pathname, searchParams }: URL): RedirectVerdict => {
      if (pathname === "/start") return { accepted: false, redirectTo: "https://id.example/" };
      if (searchParams.get("state") === "right") return { accepted: true };
      return { accepted: false, status: 400, reason: "wrong_state" };
    };
    const { redirectUri, response } = await listen({
      uris: ["http://127.0.0.1/callback"],
      accept,
      onStray: (stray) => strays.push(stray),
      ...(mode === undefined ? {} : { mode }),
      signal: leaving.signal,
    });
    return { visit, post, leaving, strays, redirectUri, response };
  };
  return [
    {
      name: "the redirect URI is the registered one with the port that is bound",
      async run() {
        const { redirectUri, leaving, response } = await begin();
        equal(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/callback$/.test(redirectUri), true);
        leaving.abort(new Error("done"));
        await response.catch(() => {});
      },
    },
    {
      name: "the accepted request is given out and answered, and after it nobody is served",
      async run() {
        const { visit, redirectUri, response } = await begin();
        const visited = visit(`${redirectUri}?state=right&code=c`);
        const { url, respond } = await response;
        equal(url.searchParams.get("code"), "c");
        equal(await visit(`${redirectUri}?state=right`), 0);
        await respond(PAGE);
        await respond({ ...PAGE, outcome: "failure" });
        equal(await visited, 200);
      },
    },
    {
      name: "a request that is turned away gets its status, is told of, and the wait goes on",
      async run() {
        const { visit, redirectUri, response, strays } = await begin();
        equal(await visit(`${redirectUri}?state=wrong`), 400);
        equal(strays.map(({ reason }) => reason).join(), "wrong_state");
        equal(await visit(new URL("/start", redirectUri).href), 302);
        equal(strays.length, 1);
        const visited = visit(`${redirectUri}?state=right`);
        await (await response).respond({ ...PAGE, outcome: "failure" });
        equal(await visited, 400);
      },
    },
    {
      name: "a posted redirect has its form in place of the query, where it is waited for, and a GET is none then",
      async run() {
        const { visit, post, redirectUri, response, strays } = await begin("form_post");
        equal(await visit(`${redirectUri}?state=right&code=c`), 405);
        equal(await post(`${redirectUri}?state=wrong&code=c`), 400);
        equal(strays.map(({ reason }) => reason).join(), "wrong_method,wrong_state");
        const posted = post(`${redirectUri}?state=right&code=a%20b%26c`);
        const { url, respond } = await response;
        equal(url.searchParams.get("code"), "a b&c");
        await respond(PAGE);
        equal(await posted, 200);
      },
    },
    {
      name: "a form is refused where an address is waited for, and the wait goes on",
      async run() {
        const { visit, post, redirectUri, response, strays } = await begin();
        equal(await post(`${redirectUri}?state=right&code=c`), 405);
        equal(strays.map(({ reason }) => reason).join(), "wrong_method");
        const visited = visit(`${redirectUri}?state=right`);
        await (await response).respond(PAGE);
        equal(await visited, 200);
      },
    },
    {
      name: "an abort ends the wait with its reason, and closes the port",
      async run() {
        const { visit, redirectUri, response, leaving } = await begin();
        leaving.abort(new Error("enough"));
        equal(await response.catch((error: Error) => error.message), "enough");
        equal(await visit(`${redirectUri}?state=right`), 0);
      },
    },
  ];
}

/** A clock, and a way to let time pass on it. */
export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least this much time pass on it. */
  readonly pass: (ms: number) => Promise<void>;
  /** Runs the task while the wall clock is ahead by this much, or behind. */
  readonly whileSet: <T>(ms: number, task: () => Promise<T>) => Promise<T>;
}

/** What every {@link Clock} must hold to; its elapsed time only where it has one. */
export function clockContract(create: () => ClockUnderTest): readonly ContractCase[] {
  return [
    {
      name: "elapsed time goes on as time does",
      async run() {
        const { clock, pass } = create();
        const before = clock.elapsed?.() ?? clock.now();
        await pass(60);
        const passed = (clock.elapsed?.() ?? clock.now()) - before;
        equal(passed >= 59 && passed < 10_000, true);
      },
    },
    {
      name: "elapsed time is not moved by a setting of the wall clock, forth or back",
      async run() {
        const { clock, whileSet } = create();
        if (!clock.elapsed) return;
        const elapsed = (): number => clock.elapsed!();
        let last = elapsed();
        const look = async (): Promise<void> => {
          const next = elapsed();
          equal(next >= last && next - last < 10_000, true);
          last = next;
        };
        for (const ms of [7_200_000, -7_200_000]) {
          const before = clock.now();
          // oxlint-disable-next-line no-await-in-loop
          await whileSet(ms, async () => {
            equal(Math.abs(clock.now() - before - ms) < 10_000, true);
            await look();
          });
          // oxlint-disable-next-line no-await-in-loop
          await look();
        }
      },
    },
    {
      name: "a timer runs once, when its time has come and not before",
      async run() {
        const { clock, pass } = create();
        const ran: number[] = [];
        const armedAt = clock.now();
        clock.setTimeout(() => ran.push(clock.now()), 20, { keepAlive: true });
        equal(ran.length, 0);
        await pass(60);
        equal(ran.length, 1);
        // A timer and the wall clock may differ by the fraction that each leaves out.
        equal(ran[0]! - armedAt >= 19, true);
      },
    },
    {
      name: "a timer that was called off does not run, and calling it off again does no harm",
      async run() {
        const { clock, pass } = create();
        let ran = false;
        const timer = clock.setTimeout(() => (ran = true), 10, { keepAlive: true });
        clock.clearTimeout(timer);
        clock.clearTimeout(timer);
        await pass(30);
        equal(ran, false);
      },
    },
  ];
}

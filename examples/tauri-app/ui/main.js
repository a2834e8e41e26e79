// The window: shows what the Rust side tells of the session. No token comes here.
// oxlint-disable-next-line no-underscore-dangle -- Tauri's name
const { core, event } = window.__TAURI__;
const { invoke } = core;
const { listen } = event;
const [status, trouble, signIn, signOut, notes] = ["status", "trouble", "sign-in", "sign-out", "notes"].map(
  (id) => document.getElementById(id),
);

async function show(state) {
  const isSignedIn = state.name !== null;
  status.textContent = isSignedIn ? `Signed in as ${state.name}.` : `Not signed in (${state.status}).`;
  trouble.textContent = state.degraded ?? state.reason ?? "";
  signIn.hidden = isSignedIn || state.status === "awaiting-callback";
  signOut.hidden = !isSignedIn;
  if (!isSignedIn) notes.replaceChildren();
}

async function attempt(run) {
  try {
    await run();
  } catch (message) {
    trouble.textContent = String(message);
  }
}

async function showNotes() {
  const found = await invoke("notes");
  notes.replaceChildren(
    ...found.notes.map((note) =>
      Object.assign(document.createElement("li"), { textContent: note.title ?? note }),
    ),
  );
}

signIn.addEventListener("click", () => void attempt(() => invoke("sign_in").then(showNotes)));
signOut.addEventListener("click", () => void attempt(() => invoke("sign_out")));
await listen("auth-state", ({ payload }) => show(payload));
const now = await invoke("auth_state");
await show(now);
if (now.name !== null) await attempt(showNotes);

// Calls the API. The token is added in the main process, and only for the addresses that are named there.
import { useState } from "react";
import { toFailure, type Auth, type Failure } from "../auth.js";
import { Notice } from "./notice.js";
import { api } from "../api.js";

interface Note {
  readonly id: number;
  readonly title: string;
  readonly text: string;
}

export function Notes({ auth }: { readonly auth: Auth }) {
  const [notes, setNotes] = useState<readonly Note[]>();
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);

  async function load(): Promise<void> {
    setBusy(true);
    try {
      const response = await auth.fetch(api("/api/notes"));
      if (!response.ok) throw new Error(`The API answered with status ${response.status}.`);
      setNotes(((await response.json()) as { notes: Note[] }).notes);
      setFailure(undefined);
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <article className="card">
      <div className="row">
        <div>
          <h2>Notes</h2>
          <p className="lead">Any sign-in may read them.</p>
        </div>
        <button className={notes ? "" : "primary"} disabled={isBusy} onClick={() => void load()}>
          {notes ? "Load again" : "Load notes"}
        </button>
      </div>
      {failure && <Notice tone="bad" failure={failure} />}
      {notes && (
        <ul className="notes">
          {notes.map(({ id, title, text }) => (
            <li key={id}>
              <strong>{title}</strong>
              <p>{text}</p>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

// The live trail of states: what an app sees of the machine.
import { useEffect, useRef } from "react";
import type { AuthState } from "../auth.js";
import type { TrailEntry } from "../use-trail.js";

interface Props {
  readonly entries: readonly TrailEntry[];
  readonly store: AuthState["store"];
}

export function Trail({ entries, store }: Props) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [entries]);
  return (
    <aside>
      <h2>Session</h2>
      <ol ref={list} aria-label="States so far">
        {entries.map(({ name, at }, index) => {
          const [status, ...details] = name.split(" / ");
          return (
            <li key={`${at}-${index}`} data-status={status} aria-current={index === entries.length - 1}>
              <span className="state">
                {status}
                {details.length > 0 && <small>{details.join(", ")}</small>}
              </span>
              <time>{clockOf(at)}</time>
            </li>
          );
        })}
      </ol>
      <footer>
        <span>Kept in</span> {store.kind}
        {!store.persistent && " (until the app ends)"}
      </footer>
    </aside>
  );
}

function clockOf(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour12: false });
}

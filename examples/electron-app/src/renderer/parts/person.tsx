// Who is signed in, as the server says now.
import { useEffect, useState } from "react";
import { toFailure, type Auth, type Failure, type Session } from "../auth.js";
import { Notice } from "./notice.js";

interface Props {
  readonly auth: Auth;
  readonly session: Session;
  /** Undefined: not now. */
  readonly onSignOut: (() => void) | undefined;
}

export function Person({ auth, session, onSignOut }: Props) {
  const { subject } = session;
  const [claims, setClaims] = useState<Readonly<Record<string, unknown>>>();
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => {
    let isCurrent = true;
    auth.userInfo().then(
      (claims) => isCurrent && (setClaims(claims), setFailure(undefined)),
      (error: unknown) => isCurrent && setFailure(toFailure(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [auth, subject]);

  const isAsking = claims === undefined && failure === undefined;
  const name = textOf(claims?.["name"]) ?? textOf(session.claims?.["name"]);
  return (
    <article className="card">
      <div className="person">
        <span className="avatar" aria-hidden="true">
          {initialsOf(name)}
        </span>
        <div className="who">
          <h1>{name ?? (isAsking ? <Loading /> : "Signed in")}</h1>
          <p className="lead">{textOf(claims?.["email"]) ?? (isAsking && <Loading />)}</p>
        </div>
        {onSignOut && <button onClick={onSignOut}>Sign out</button>}
      </div>
      {failure && <Notice tone="bad" failure={failure} />}
      <dl>
        <div>
          <dt>Account</dt>
          <dd>{subject ?? "not named"}</dd>
        </div>
        <div>
          <dt>May</dt>
          <dd>
            {session.scope.map((scope) => (
              <span className="chip" key={scope}>
                {scope}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>Access renews by</dt>
          <dd>{timeOf(session.accessTokenExpiresAt)}</dd>
        </div>
      </dl>
    </article>
  );
}

/** In the place of words that are yet to come. */
function Loading() {
  return <span className="skeleton" role="status" aria-label="Loading" />;
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === "string" && claim !== "" ? claim : undefined;
}

function initialsOf(name = ""): string {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.[0] ?? "").join("");
}

function timeOf(at: number | undefined): string {
  return at === undefined ? "when it is needed" : new Date(at).toLocaleTimeString([], { timeStyle: "short" });
}

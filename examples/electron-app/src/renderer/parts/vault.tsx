// An API that asks for a stronger sign-in first (RFC 9470): the session stays while the person shows that it is them.
import { AuthError } from "@loopkey/core";
import { useState } from "react";
import { toFailure, type Auth, type Failure } from "../auth.js";
import { api } from "../api.js";
import { Lock } from "./icons.js";
import { Notice } from "./notice.js";

export function Vault({ auth }: { readonly auth: Auth }) {
  const [secret, setSecret] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);

  async function open(): Promise<void> {
    setBusy(true);
    try {
      setSecret(await read(auth));
      setFailure(undefined);
    } catch (error) {
      const isGivenUp = error instanceof AuthError && error.code === "cancelled";
      setFailure(isGivenUp ? undefined : toFailure(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <article className="card">
      <div className="row">
        <div>
          <h2>Vault</h2>
          <p className="lead">Asks for a one-time code first.</p>
        </div>
        <button disabled={isBusy} onClick={() => void open()}>
          <Lock /> Open the vault
        </button>
      </div>
      {failure && <Notice tone="bad" failure={failure} />}
      {secret !== undefined && <blockquote>{secret}</blockquote>}
    </article>
  );
}

async function read(auth: Auth): Promise<string> {
  const call = () => auth.fetch(api("/api/vault"));
  const response = await call().catch(async (error: unknown) => {
    if (!(error instanceof AuthError) || error.code !== "step_up_required") throw error;
    await auth.signIn(error.stepUp);
    return call();
  });
  if (!response.ok) throw new Error(`The API answered with status ${response.status}.`);
  return ((await response.json()) as { secret: string }).secret;
}

// The person is at their browser: how long that may take, a way out, and the address in case no browser came up.
import { useState } from "react";
import type { Auth, StateOf } from "../auth.js";
import { Check, Copy, Globe } from "../parts/icons.js";
import { Notice } from "../parts/notice.js";
import { useNow } from "../use-now.js";

interface Props {
  readonly auth: Auth;
  readonly state: StateOf<"awaiting-callback">;
}

export function Waiting({ auth, state }: Props) {
  const { step, url, browser, base, can } = state;
  const isPreparing = step === "preparing";
  return (
    <section className="card centred">
      <span className={isPreparing ? "beacon" : "beacon calling"} aria-hidden="true">
        <Globe />
      </span>
      <h1>{base ? "Confirm that it is you" : "Continue in your browser"}</h1>
      <p className="lead" role="status">
        {isPreparing
          ? "Finding the server."
          : "Sign in there, then come back: this window knows by itself when you are done."}
      </p>
      {browser === "failed" && (
        <Notice
          tone="warn"
          failure={{ message: "No browser opened.", hint: "Open the address below in one." }}
        />
      )}
      {url !== undefined && <Address url={url} />}
      <Countdown deadline={state.deadline} />
      {can.includes("cancel") && (
        <button className="wide" onClick={() => auth.cancel()}>
          Cancel
        </button>
      )}
    </section>
  );
}

function Address({ url }: { readonly url: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void =>
    void navigator.clipboard.writeText(url).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div className="address">
      <label htmlFor="address">No browser? Open this address</label>
      <div className="field">
        <input id="address" readOnly value={url} onFocus={(event) => event.target.select()} />
        <button className="small" onClick={copy}>
          {isCopied ? <Check /> : <Copy />}
          {isCopied ? "Copied" : "Copy"}
        </button>
      </div>
    </div>
  );
}

function Countdown({ deadline }: { readonly deadline: number }) {
  const now = useNow();
  const [start] = useState(now);
  const left = Math.max(0, deadline - now);
  const seconds = Math.ceil(left / 1_000);
  return (
    <div className="countdown">
      <progress max={Math.max(1, deadline - start)} value={left} aria-label="Time left" />
      <span>
        {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")} left
      </span>
    </div>
  );
}
